// [program]
#include <tidbxx/tidbxx.hpp>

#include <iostream>

using tidb::c;

struct fish {
  std::int64_t id{};
  std::string name{};
  int length_cm{};
  tidb::vector<3> colour{};
};

// clang-format off
template <>
inline constexpr auto tidb::schema<fish> = tidb::mapping("fish",
    tidb::column<&fish::id>(tidb::primary_key, tidb::auto_increment),
    tidb::column<&fish::name>(tidb::varchar(40), tidb::unique),
    tidb::column<&fish::length_cm>(),
    tidb::column<&fish::colour>());
// clang-format on

int main() {
  auto db = tidb::connect();  // TIDB_* of the environment or .env; with none, the embedded ./tidbxx.db
  db.create_table<fish>(tidb::if_exists::overwrite);  // drops one that is there
  db.insert_many<fish>({{.name = "clownfish", .length_cm = 11, .colour = {1.0F, 0.5F, 0.0F}},
                        {.name = "goldfish", .length_cm = 20, .colour = {1.0F, 0.6F, 0.2F}},
                        {.name = "blue tang", .length_cm = 30, .colour = {0.1F, 0.3F, 0.9F}}});

  for (const auto& found : db.select<fish>().where(c<&fish::length_cm> >= 20).order_by(c<&fish::name>).all())
    std::cout << found.name << '\n';  // blue tang, goldfish

  for (const auto& found : db.table<fish>().search({1.0, 0.6, 0.1}).limit(2).all())
    std::cout << found.row.name << ' ' << found.distance << '\n';  // the two orange ones, the nearest first
}
// [/program]
