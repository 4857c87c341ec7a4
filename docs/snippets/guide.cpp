// What docs/guide.md shows, as one program; it runs on the embedded engine in memory, or on the URL given, and checks
// what the page says.
#include <tidbxx/tidbxx.hpp>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <optional>
#include <source_location>
#include <stdexcept>
#include <stop_token>
#include <string>
#include <thread>
#include <vector>

using tidb::c;

namespace {

void expect(bool holds, std::source_location where = std::source_location::current()) {
  if (!holds) throw std::runtime_error("guide.cpp:" + std::to_string(where.line()) + ": this does not hold");
}

}  // namespace

// clang-format off
// [struct]
struct player {
  std::int64_t id{};
  std::string name{};
  int coins{}, goods{};
  std::optional<std::string> motto{};      // NULL when empty
};

template <>
inline constexpr auto tidb::schema<player> = tidb::mapping("guide_players",
    tidb::column<&player::id>(tidb::primary_key, tidb::auto_increment),
    tidb::column<&player::name>(tidb::varchar(32), tidb::unique),
    tidb::column<&player::coins>(),
    tidb::column<&player::goods>(),
    tidb::column<&player::motto>("words"));  // a column of another name
// [/struct]

// [namespace]
namespace library {

struct doc {
  std::int64_t id{};
  std::string text{};
  tidb::vector<3> embedding{};
};

constexpr auto tidb_schema(tidb::of<doc>) {
  return tidb::mapping("guide_docs",
      tidb::column<&doc::id>(tidb::primary_key),
      tidb::column<&doc::text>(tidb::mediumtext),
      tidb::column<&doc::embedding>());
}

}  // namespace library
// [/namespace]
// clang-format on

namespace {

using library::doc;

void write(const tidb::client& db) {
  // [insert]
  const auto ann = db.insert(player{.name = "Ann", .coins = 100});  // ann.id is the generated key
  std::vector<player> more{{.name = "Bob"}, {.name = "Cy", .coins = 7, .motto = "onwards"}};
  db.insert_many(more);                                         // all or none
  db.save(player{.id = ann.id, .name = "Anna", .coins = 100});  // inserts, or updates the row with this key
  // [/insert]
  expect(ann.id != 0 && db.count<player>() == 3);

  // clang-format off
  // [many]
  auto made = db.insert(std::vector<player>{{.name = "Di"}, {.name = "Ed"}});  // each with its generated key
  for (auto& each : made) each.coins = 30;
  db.update_many(made);                          // the rows with these keys; update_many<&player::coins>: one column
  made.push_back({.name = "Flo", .coins = 9});
  const auto added = db.save_many(made);         // updates those that are there, inserts the others: 1
  db.insert_missing(more);                       // leaves the rows that are there as they are
  db.upsert(made).set(c<&player::coins> = c<&player::coins> + inserted(c<&player::coins>)).run();
  // [/many]
  expect(added == 1);
  db.erase<player>().where(c<&player::name>.in({"Di", "Ed", "Flo"})).run();
  // [batches]
  db.erase<player>().where(c<&player::coins> < 0).run_in_batches(10'000);  // each batch is committed by itself
  // [/batches]
  // [update]
  const auto matched = db.update<player>()
                           .set(c<&player::coins> = c<&player::coins> + 5, c<&player::motto> = std::nullopt)
                           .where(c<&player::name> == "Cy")
                           .run();
  const auto gone = db.erase<player>().where(c<&player::coins> == 0).run();
  // [/update]
  // clang-format on
  expect(matched == 1 && gone == 1);
}

void load(const tidb::client& db) {
  const auto path = (std::filesystem::temp_directory_path() / "guide_players.csv").string();
  {
    std::ofstream file(path);
    db.select<player>().csv(file);
  }
  db.erase<player>().run();

  // [load]
  const auto loaded = db.load_csv<player>(path);  // all or none; the header names the columns
  // [/load]
  expect(loaded == 2 && db.count<player>() == 2);

  std::ofstream(path) << "Dee;1;0\nEve;2;0\n";
  // [load_members]
  db.load_csv<player, &player::name, &player::coins, &player::goods>(path, {.header = false, .delimiter = ';'});
  // [/load_members]
  expect(db.erase<player>().where(c<&player::name>.in({"Dee", "Eve"})).run() == 2);
  std::filesystem::remove(path);
}

void read(const tidb::client& db) {
  // [select]
  const auto rich = db.select<player>()
                        .where(c<&player::coins> >= 10 && c<&player::name>.like("A%"))
                        .where(c<&player::motto>.is_null())  // and
                        .order_by(desc(c<&player::coins>), c<&player::name>)
                        .limit(10)
                        .all();
  // [/select]
  expect(rich.size() == 1 && rich.front().name == "Anna");

  // [words]
  const auto mine = c<&player::name> == "Anna";
  const player one = db.select<player>().where(mine).one();  // else errc::no_row
  const std::optional<player> some = db.select<player>().where(mine).one_or_none();
  const std::int64_t number = db.select<player>().where(mine).count();
  db.select<player>().each([](const player& each) { std::cout << each.name << '\n'; });  // as they arrive
  // [/words]
  expect(some && some->id == one.id && number == 1);

  // [early]
  db.select<player>().order_by(c<&player::id>).each([&](const player& each) {
    std::cout << each.name << '\n';
    return each.coins < 100;  // false: enough
  });
  // [/early]

  // [labelled]
  const auto worth = (c<&player::coins> + 10 * c<&player::goods>).as("worth");
  for (const auto& [who, coins_and_goods] : db.select<player>(worth).where(worth > 0).order_by(desc(worth)).all())
    std::cout << who.name << ' ' << coins_and_goods << '\n';
  // [/labelled]

  // [prepare]
  const auto by_coins = db.prepare(
      tidb::select<player>().where(c<&player::coins>.between(tidb::param<0>, tidb::param<1>)).order_by(c<&player::id>));
  for (const auto& who : by_coins.all(1, 50)) std::cout << who.name << '\n';
  // [/prepare]
  expect(by_coins.all(1, 50).size() == 1);
}

void raw(const tidb::client& db) {
  // [raw]
  for (const auto& [name, coins] :
       db.query<std::string, int>("SELECT name, coins FROM guide_players WHERE coins > ?", 10))
    std::cout << name << ' ' << coins << '\n';

  const auto total = db.query<std::int64_t>("SELECT COUNT(*) FROM guide_players").value();
  const auto changed = db.execute("UPDATE guide_players SET goods = ? WHERE name = ?", 3, "Anna").affected_rows;
  // [/raw]
  expect(total == 2 && changed == 1);

  // [json]
  const std::string rich = db.select<player>().where(c<&player::coins> > 50).json();  // [{"id":1,"name":"Anna",…}]
  db.query("SELECT name, coins FROM guide_players ORDER BY name").json(std::cout);    // row by row
  // [/json]
  expect(rich.find("\"Anna\"") != std::string::npos);

  // [rows]
  for (const tidb::row& row : db.query("SELECT * FROM guide_players"))  // columns known at run time only
    std::cout << row.get<std::string>("name") << ' ' << to_string(row["goods"]) << '\n';
  // [/rows]
}

void transact(const tidb::client& db) {
  // clang-format off
  // [transaction]
  const int left = db.transaction([](tidb::transaction& tx) {
    const auto ann = tx.select<player>().where(c<&player::name> == "Anna").for_update().one();
    if (ann.coins < 30) throw std::runtime_error("too poor");  // rolls back, and goes on to the caller
    tx.update<player>().set(c<&player::coins> = c<&player::coins> - 30).where(c<&player::id> == ann.id).run();
    return ann.coins - 30;
  });
  // [/transaction]
  // clang-format on
  expect(left == 70);

  // [nested]
  db.transaction([](tidb::transaction& tx) {
    tx.insert(player{.name = "Dee"});
    try {
      tx.nested([](tidb::transaction& part) { part.insert(player{.name = "Dee"}); });
    } catch (const tidb::constraint_violation&) {
      // only the inner part is undone
    }
  });
  // [/nested]
  expect(db.select<player>().where(c<&player::name> == "Dee").count() == 1);
}

void search(const tidb::client& db) {
  db.insert_many<doc>({{.id = 1, .text = "dog", .embedding = {1, 2, 1}},
                       {.id = 2, .text = "fish", .embedding = {1, 2, 4}},
                       {.id = 3, .text = "tree", .embedding = {1, 0, 0}}});
  // [search]
  const auto docs = db.table<doc>();
  const auto near = docs.search({1, 2, 3})
                        .metric(tidb::metric::cosine)
                        .where(c<&doc::text> != "tree")
                        .distance_threshold(0.2)
                        .limit(5)
                        .all();
  for (const auto& hit : near) std::cout << hit.row.text << ' ' << hit.distance << ' ' << hit.score << '\n';
  // [/search]
  expect(near.size() == 2 && near.front().row.text == "fish");

  // [distance]
  const auto far = l2_distance(c<&doc::embedding>, {1, 2, 3}).as("far");
  for (const auto& [each, how_far] : db.select<doc>(far).where(far < 3).order_by(far).all())
    std::cout << each.text << ' ' << how_far << '\n';
  // [/distance]

  // [nullable]
  const auto by_angle = cosine_distance(c<&doc::embedding>, {0, 0, 0}).nullable();  // a zero vector has no angle
  for (const auto& [each, angle] : db.select<doc>(by_angle).all()) expect(!angle.has_value());
  // [/nullable]
}

void fail(const tidb::client& db) {
  // [errors]
  try {
    db.insert(player{.name = "Anna"});
  } catch (const tidb::constraint_violation& problem) {  // the name is taken
    std::cerr << problem.info().message << '\n';
  } catch (const tidb::error& problem) {  // the root of all
    if (problem.is_retryable()) std::cerr << "running the whole transaction again may succeed\n";
    if (problem.outcome_is_unknown()) std::cerr << "look whether it happened before doing it again\n";
    throw;
  }
  // [/errors]
}

void limit(const tidb::client& db) {
  // [limits]
  const auto brief = db.with({.timeout = std::chrono::seconds(2)});
  brief.count<player>();  // tidb::timeout when the two seconds are over
  // [/limits]

  // [threads]
  std::jthread worker([db](std::stop_token stop) {  // a copy of the client shares its pool
    try {
      db.with({.stop = stop}).count<player>();
    } catch (const tidb::timeout&) {
      // worker.request_stop() ended the statement
    }
  });
  // [/threads]
  worker.request_stop();
}

}  // namespace

int main(int argc, char** argv) try {
  const auto db = tidb::connect(argc > 1 ? argv[1] : "sqlite::memory:");
  // [tables]
  db.create_table<player>();  // an error if there is one; if_exists::skip leaves it, overwrite makes it anew
  db.create_table<doc>(tidb::if_exists::overwrite);
  // [/tables]
  write(db);
  load(db);
  read(db);
  raw(db);
  transact(db);
  search(db);
  fail(db);
  limit(db);
  db.drop_table<player>();
  db.drop_table<doc>();
} catch (const std::exception& problem) {
  std::cerr << problem.what() << '\n';
  return 1;
}
