// Vectors that a model makes of the texts in a table. Run by the tests on the embedded engine.
#include <tidbxx/tidbxx.hpp>

#include <cstdint>
#include <iostream>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

using tidb::c;

namespace {

struct doc {
  std::int64_t id{};
  std::string title{};
  std::string text{};
  tidb::vector<26> embedding{};
};

constexpr auto tidb_schema(tidb::of<doc>) {
  return tidb::mapping("docs", tidb::column<&doc::id>(tidb::primary_key, tidb::auto_increment),
                       tidb::column<&doc::title>(), tidb::column<&doc::text>(), tidb::column<&doc::embedding>());
}

// [model]
/// How often each letter is in a text. A real model is a call of a library, or of a service by HTTP.
std::vector<float> count_letters(std::string_view text) {
  std::vector<float> vector(26);
  for (const char letter : text)
    if (letter >= 'a' && letter <= 'z') vector[static_cast<std::size_t>(letter - 'a')] += 1;
  return vector;
}
// [/model]

// [many]
std::vector<std::vector<float>> count_all(std::span<const std::string> texts) {
  std::vector<std::vector<float>> vectors;
  for (const auto& text : texts) vectors.push_back(count_letters(text));
  return vectors;
}
// [/many]

void update(const tidb::table<doc>& docs) {
  // [update]
  docs.update().set(c<&doc::title> = "sea", c<&doc::text> = "a blue whale").where(c<&doc::id> == 1).run();
  auto rows = docs.select().where(c<&doc::title> == "sea").all();
  for (auto& row : rows) row.text += "!";
  docs.update_many<&doc::title, &doc::text>(rows);
  // [/update]
}

void embed_anew(const tidb::table<doc>& docs) {
  // [anew]
  docs.embed_with<&doc::embedding, &doc::title, &doc::text>(count_all, {.model = "letters-2", .replace = true});
  for (std::int64_t last = 0;;) {
    const auto rows = docs.select().where(c<&doc::id> > last).order_by(c<&doc::id>).limit(1000).all();
    if (rows.empty()) break;
    docs.update_many<&doc::title, &doc::text>(rows);
    last = rows.back().id;
  }
  // [/anew]
}

}  // namespace

int main() {
  const auto db = tidb::connect("sqlite::memory:");
  db.create_table<doc>();

  // [bind]
  const auto docs = db.table<doc>();
  docs.embed_with<&doc::embedding, &doc::title, &doc::text>(count_letters, {.model = "letters-1"});

  const auto whale = docs.insert(doc{.title = "sea", .text = "a whale"});
  for (const auto& hit : docs.search(whale.embedding).limit(3).all()) std::cout << hit.row.text << '\n';
  // [/bind]
  update(docs);
  embed_anew(docs);
}
