// Documents and the vectors that stand for them: the nearest to another vector. An optional URL says where; without one
// it is what TIDB_* in the environment or .env say, or the embedded ./tidbxx.db.
#include <tidbxx/tidbxx.hpp>

#include <cstdint>
#include <string>
#include <string_view>

#include <fmt/format.h>

using tidb::c;

// clang-format off
// [struct]
struct document {
  std::int64_t id{};
  std::string content{};
  tidb::vector<3> embedding{};
};

template <>
inline constexpr auto tidb::schema<document> = tidb::mapping("documents",
    tidb::column<&document::id>(tidb::primary_key, tidb::auto_increment),
    tidb::column<&document::content>(),
    tidb::column<&document::embedding>());
// [/struct]
// clang-format on

namespace {

void print(const document& found, double distance) {
  fmt::print("  - distance: {}\n    document: {}\n", distance, found.content);
}

void search(const tidb::client& db) {
  // [search]
  db.insert_many<document>({
      {.content = "dog", .embedding = {1, 2, 1}},
      {.content = "fish", .embedding = {1, 2, 4}},
      {.content = "tree", .embedding = {1, 0, 0}},
  });
  const auto distance = cosine_distance(c<&document::embedding>, {1, 2, 3}).as("distance");

  fmt::print("Get 3-nearest neighbor documents:\n");
  for (const auto& [found, far] : db.select<document>(distance).order_by(distance).limit(3).all()) print(found, far);

  fmt::print("Get documents within a certain distance:\n");
  for (const auto& [found, far] : db.select<document>(distance).where(distance < 0.2).order_by(distance).all())
    print(found, far);
  // [/search]
}

}  // namespace

int main(int argc, char** argv) try {
  const auto db = argc > 1 ? tidb::connect(argv[1]) : tidb::connect();
  db.create_table<document>();  // an error if there is one: it is not ours to drop
  try {
    search(db);
  } catch (...) {
    db.drop_table<document>();
    throw;
  }
  db.drop_table<document>();
} catch (const tidb::error& problem) {
  const std::string_view text = problem.what();  // further lines tell the SQL, the server and the line of the program
  fmt::print(stderr, "vector_quickstart: {}\n", text.substr(0, text.find('\n')));
  return 1;
}
