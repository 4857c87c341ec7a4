// Players who trade, as objects of a session. An optional URL says where; without one it is what TIDB_* in the
// environment or .env say, or the embedded ./tidbxx.db.
#include <tidbxx/tidbxx.hpp>

#include <cstdint>
#include <stdexcept>
#include <string>
#include <string_view>

#include <fmt/format.h>

using tidb::c;

// clang-format off
// [struct]
struct player {
  std::int64_t id{};
  std::string name{};
  int coins{}, goods{};
};

template <>
inline constexpr auto tidb::schema<player> = tidb::mapping("players",
    tidb::column<&player::id>(tidb::primary_key, tidb::auto_increment),
    tidb::column<&player::name>(tidb::varchar(32), tidb::unique),
    tidb::column<&player::coins>(),
    tidb::column<&player::goods>());
// [/struct]
// clang-format on

namespace {

struct refused : std::runtime_error {
  using std::runtime_error::runtime_error;
};

void print(const player& who) { fmt::print("Player(name={}, coins={}, goods={})\n", who.name, who.coins, who.goods); }

void add_players(const tidb::client& db) {
  // [add]
  tidb::session work(db);
  work.add(player{.name = "test", .coins = 1, .goods = 1});
  work.commit();

  const auto test = work.query<player>().where(c<&player::name> == "test").one();
  print(*test);

  for (int i = 0; i < 200; ++i) {
    work.add(player{.name = fmt::format("player_{}", i), .coins = 10'000, .goods = 100});
    if (i % 50 == 49) work.flush();  // a batch of 50 in one statement
  }
  work.commit();

  fmt::print("number of players: {}\n", work.query<player>().count());
  for (const auto& who : work.query<player>().order_by(c<&player::id>).limit(3).all()) print(*who);
  // [/add]
}

// clang-format off
// [trade]
/// Moves `amount` goods to the buyer and `price` coins to the seller, or throws `refused` and moves nothing.
void trade(const tidb::client& db, std::int64_t buyer_id, std::int64_t seller_id, int amount, int price) {
  // run again, with a new session, if another transaction was in the way
  tidb::unit_of_work(db, [&](tidb::session& work) {
    work.query<player>().where(c<&player::id>.in({buyer_id, seller_id})).for_update().all();
    const auto buyer = work.get<player>(buyer_id), seller = work.get<player>(seller_id);
    if (!buyer || !seller) throw refused("no such traders");
    if (buyer->coins < price) throw refused("buyer coins not enough");
    if (seller->goods < amount) throw refused("seller goods not enough");
    buyer->goods += amount;
    buyer->coins -= price;
    seller->goods -= amount;
    seller->coins += price;
  });
}
// [/trade]
// clang-format on

void try_trades(const tidb::client& db) {
  tidb::session work(db);
  const auto buyer = work.add(player{.name = "buyer", .coins = 100});
  const auto seller = work.add(player{.name = "seller", .goods = 100});
  work.commit();
  int number = 0;
  for (const int price : {500, 100}) {
    fmt::print("============== trade {} start =================\n", ++number);
    try {
      trade(db, buyer->id, seller->id, 10, price);
      fmt::print("trade success\n");
    } catch (const refused& why) {
      fmt::print("{}\n", why.what());
    }
    fmt::print("============== trade {} end ===================\n", number);
  }
  for (const auto& who : {buyer, seller}) {
    work.refresh(who);
    print(*who);
  }
}

}  // namespace

int main(int argc, char** argv) try {
  const auto db = argc > 1 ? tidb::connect(argv[1]) : tidb::connect();
  db.create_table<player>();  // an error if there is one: it is not ours to drop
  try {
    add_players(db);
    try_trades(db);
  } catch (...) {
    db.drop_table<player>();
    throw;
  }
  db.drop_table<player>();
} catch (const tidb::error& problem) {
  const std::string_view text = problem.what();  // further lines tell the SQL, the server and the line of the program
  fmt::print(stderr, "player_session: {}\n", text.substr(0, text.find('\n')));
  return 1;
}
