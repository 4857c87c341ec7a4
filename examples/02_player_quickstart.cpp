// A table of players who trade: typed statements and transactions. An optional URL says where; without one it is what
// TIDB_* in the environment or .env say, or the embedded ./tidbxx.db.
#include <tidbxx/tidbxx.hpp>

#include <cstdint>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

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

// [print]
struct refused : std::runtime_error {
  using std::runtime_error::runtime_error;
};

void print(const player& who) { fmt::print("Player(name={}, coins={}, goods={})\n", who.name, who.coins, who.goods); }
// [/print]

void add_players(const tidb::client& db) {
  // [add]
  db.transaction([](tidb::transaction& tx) {
    tx.insert(player{.name = "test", .coins = 1, .goods = 1});
    print(tx.select<player>().where(c<&player::name> == "test").one());

    std::vector<player> batch;
    for (int i = 0; i < 200; ++i) {
      batch.push_back({.name = fmt::format("player_{}", i), .coins = 10'000, .goods = 100});
      if (batch.size() < 50) continue;
      tx.insert_many(batch);
      batch.clear();
    }

    fmt::print("number of players: {}\n", tx.count<player>());
    for (const auto& who : tx.select<player>().order_by(c<&player::id>).limit(3).all()) print(who);
  });
  // [/add]
}

// clang-format off
// [trade]
/// Moves `amount` goods to the buyer and `price` coins to the seller, or throws `refused` and moves nothing.
void trade(const tidb::client& db, std::int64_t buyer, std::int64_t seller, int amount, int price) {
  db.transaction([&](tidb::transaction& tx) {
    // one statement locks both, in one round trip
    const auto both = tx.select<player>().where(c<&player::id>.in({buyer, seller})).for_update().all();
    if (both.size() != 2) throw refused("no such traders");
    for (const auto& who : both) {
      if (who.id == buyer && who.coins < price) throw refused("buyer coins not enough");
      if (who.id == seller && who.goods < amount) throw refused("seller goods not enough");
    }
    tx.update<player>()
        .set(c<&player::coins> = c<&player::coins> - price, c<&player::goods> = c<&player::goods> + amount)
        .where(c<&player::id> == buyer)
        .run();
    tx.update<player>()
        .set(c<&player::coins> = c<&player::coins> + price, c<&player::goods> = c<&player::goods> - amount)
        .where(c<&player::id> == seller)
        .run();
  });
}
// [/trade]
// clang-format on

void try_trades(const tidb::client& db) {
  const auto buyer = db.insert(player{.name = "buyer", .coins = 100});
  const auto seller = db.insert(player{.name = "seller", .goods = 100});
  int number = 0;
  for (const int price : {500, 100}) {
    fmt::print("============== trade {} start =================\n", ++number);
    try {
      trade(db, buyer.id, seller.id, 10, price);
      fmt::print("trade success\n");
    } catch (const refused& why) {
      fmt::print("{}\n", why.what());
    }
    fmt::print("============== trade {} end ===================\n", number);
  }
  for (const auto id : {buyer.id, seller.id}) print(db.select<player>().where(c<&player::id> == id).one());
}

}  // namespace

// [main]
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
  fmt::print(stderr, "player_quickstart: {}\n", text.substr(0, text.find('\n')));
  return 1;
}
// [/main]
