// Search by words and by a vector at once. Run by the tests on the embedded engine.
#include <tidbxx/tidbxx.hpp>

#include <cstdint>
#include <iostream>
#include <string>
#include <string_view>
#include <vector>

using tidb::c;

namespace {

struct doc {
  std::int64_t id{};
  std::string text{};
  int year{};
  tidb::vector<26> embedding{};
};

constexpr auto tidb_schema(tidb::of<doc>) {
  return tidb::mapping("docs", tidb::column<&doc::id>(tidb::primary_key, tidb::auto_increment),
                       tidb::column<&doc::text>(), tidb::column<&doc::year>(), tidb::column<&doc::embedding>());
}

/// How often each letter is in a text. A real model is a call of a library, or of a service by HTTP.
std::vector<float> count_letters(std::string_view text) {
  std::vector<float> vector(26);
  for (const char letter : text)
    if (letter >= 'a' && letter <= 'z') vector[static_cast<std::size_t>(letter - 'a')] += 1;
  return vector;
}

void search_by_both(const tidb::table<doc>& docs) {
  // [both]
  const auto meaning = count_letters("animals in water");
  for (const auto& hit : docs.search("whale OR fish", meaning).where(c<&doc::year> >= 2020).limit(5).all())
    std::cout << hit.score << ' ' << hit.row.text << " (words " << hit.text.rank << ", vector " << hit.vector.rank
              << ", distance " << hit.distance << ")\n";
  // [/both]
}

void choose_parts(const tidb::table<doc>& docs) {
  // [parts]
  auto all = docs.search("blue whale").all();                                 // both
  auto by_words = docs.search("blue whale").words_only().all();               // the full-text index alone
  auto by_meaning = docs.search("big animals").vector_only().limit(3).all();  // the model's vector alone
  // [/parts]
  std::cout << all.size() << ' ' << by_words.size() << ' ' << by_meaning.size() << '\n';
}

void fuse(const tidb::table<doc>& docs) {
  // [fusion]
  auto by_ranks = docs.search("blue whale").hybrid(tidb::rrf{.k = 20, .text_weight = 2}).all();
  auto by_scores = docs.search("blue whale").hybrid(tidb::weighted{.text = 0.3, .vector = 0.7}).all();
  auto of_more = docs.search("blue whale").text_limit(200).vector_limit(100).limit(20).all();
  // [/fusion]
  std::cout << by_ranks.size() << ' ' << by_scores.size() << ' ' << of_more.size() << '\n';
}

void rerank(const tidb::table<doc>& docs) {
  // [rerank]
  const auto newest_first = [](const std::vector<tidb::hit<doc>>& hits) {
    std::vector<double> scores;
    for (const auto& hit : hits) scores.push_back(hit.row.year);
    return scores;
  };
  auto newest = docs.search("blue whale").rerank(newest_first, 30).limit(5).all();  // the newest of the best 30
  // [/rerank]
  std::cout << newest.size() << '\n';
}

void explain(const tidb::table<doc>& docs) {
  // [explain]
  const auto plan = docs.search("blue whale").where(c<&doc::year> >= 2020).explain();
  std::cout << plan.way << " (" << plan.reason << "), " << plan.statements << " statements\n";
  // [/explain]
}

}  // namespace

int main() {
  const auto db = tidb::connect("sqlite::memory:");
  db.create_table<doc>();

  // [bind]
  const auto docs = db.table<doc>();
  docs.create_fulltext_index<&doc::text>();
  docs.create_vector_index<&doc::embedding>();
  docs.embed_with<&doc::embedding, &doc::text>(count_letters, {.model = "letters-1"});

  docs.insert_many({{.text = "a blue whale", .year = 2021}, {.text = "a small fish", .year = 2019}});
  for (const auto& hit : docs.search("blue animals").limit(3).all()) std::cout << hit.row.text << '\n';
  // [/bind]
  search_by_both(docs);
  choose_parts(docs);
  fuse(docs);
  rerank(docs);
  explain(docs);
}
