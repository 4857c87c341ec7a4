// Documents found by words, and by words together with a vector: the same on both engines, whatever the server has. An
// optional URL says where; without one it is what TIDB_* in the environment or .env say, or the embedded ./tidbxx.db.
#include <tidbxx/tidbxx.hpp>

#include <cstdint>
#include <string>
#include <string_view>

#include <fmt/format.h>

using tidb::c;

// clang-format off
// [struct]
struct article {
  std::int64_t id{};
  std::string title{};
  std::string body{};
  tidb::vector<3> meaning{};
};

template <>
inline constexpr auto tidb::schema<article> = tidb::mapping("articles",
    tidb::column<&article::id>(tidb::primary_key, tidb::auto_increment),
    tidb::column<&article::title>(),
    tidb::column<&article::body>(),
    tidb::column<&article::meaning>());
// [/struct]
// clang-format on

namespace {

void search(const tidb::client& db) {
  const auto articles = db.table<article>();
  articles.insert_many({
      {.title = "Keeping fish", .body = "An aquarium wants clean water, light and patience.", .meaning = {1, 2, 4}},
      {.title = "Walking the dog", .body = "Dogs like water, too; most of them can swim.", .meaning = {1, 2, 1}},
      {.title = "Planting trees", .body = "A young tree is watered every other day.", .meaning = {1, 0, 0}},
  });
  // [index]
  articles.create_fulltext_index<&article::title, &article::body>({.boosts = {2, 1}});
  // [/index]

  // [words]
  auto watered = articles.search("dogs OR \"clean water\"");
  const auto marks = watered.highlighter();
  for (const auto& hit : watered.limit(3).all())
    fmt::print("{:.3f} {}: {}\n", hit.score, hit.row.title, marks.snippet(hit.row.body));
  // [/words]

  // [hybrid]
  for (const auto& hit : articles.search("water", {1, 2, 3}).where(c<&article::id> > 0).limit(2).all())
    fmt::print("{:.4f} {} (words {}, vector {})\n", hit.score, hit.row.title, hit.text.rank, hit.vector.rank);
  // [/hybrid]
}

}  // namespace

int main(int argc, char** argv) try {
  const auto db = argc > 1 ? tidb::connect(argv[1]) : tidb::connect();
  db.create_table<article>();  // an error if there is one: it is not ours to drop
  try {
    search(db);
  } catch (...) {
    db.drop_table<article>();
    throw;
  }
  db.drop_table<article>();
} catch (const tidb::error& problem) {
  const std::string_view text = problem.what();  // further lines tell the SQL, the server and the line of the program
  fmt::print(stderr, "text_search: {}\n", text.substr(0, text.find('\n')));
  return 1;
}
