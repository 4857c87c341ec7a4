// Full-text search. Run by the tests on the embedded engine.
#include <tidbxx/tidbxx.hpp>

#include <chrono>
#include <cstdint>
#include <iostream>
#include <string>

using tidb::c;

namespace {

struct article {
  std::int64_t id{};
  std::string title{};
  std::string body{};
  int year{};
};

constexpr auto tidb_schema(tidb::of<article>) {
  return tidb::mapping("articles", tidb::column<&article::id>(tidb::primary_key, tidb::auto_increment),
                       tidb::column<&article::title>(), tidb::column<&article::body>(), tidb::column<&article::year>());
}

struct function {
  std::int64_t id{};
  std::string name{};
  std::string comment{};
};

constexpr auto tidb_schema(tidb::of<function>) {
  return tidb::mapping("functions", tidb::column<&function::id>(tidb::primary_key, tidb::auto_increment),
                       tidb::column<&function::name>(), tidb::column<&function::comment>());
}

struct message {
  std::int64_t id{};
  std::string text{};
  std::chrono::sys_time<std::chrono::microseconds> changed_at{};
};

constexpr auto tidb_schema(tidb::of<message>) {
  return tidb::mapping("messages", tidb::column<&message::id>(tidb::primary_key), tidb::column<&message::text>(),
                       tidb::column<&message::changed_at>(tidb::timestamp));
}

void search(const tidb::table<article>& articles) {
  // [search]
  auto either = articles.search("dogs water").where(c<&article::year> >= 2020).limit(5).all();
  auto both = articles.search("dogs water").match_all().all();
  auto typed = articles.search(R"(title:dog* "clean water"~2 -fish)").strict().columns<&article::title>().all();
  // [/search]
  std::cout << either.size() << ' ' << both.size() << ' ' << typed.size() << '\n';
}

void highlight(const tidb::table<article>& articles) {
  // [highlight]
  auto watered = articles.search("water title:dogs");
  const auto marks = watered.highlighter();
  for (const auto& hit : watered.all()) {
    std::cout << marks.highlight(hit.row.title, {.escape_html = true, .column = "title"}) << '\n';
    std::cout << marks.snippet(hit.row.body, {.words = 20},
                               {.before = "<mark>", .after = "</mark>", .escape_html = true, .column = "body"})
              << '\n';
  }
  // [/highlight]
}

void explain(const tidb::table<article>& articles) {
  // [explain]
  const auto plan = articles.search("dogs water").explain();
  std::cout << plan.way << ": " << plan.reason << ", of " << plan.documents << " documents\n";
  for (const auto& of_hit : plan.terms)
    for (const auto& term : of_hit)
      std::cout << term.term << " in " << term.column << ", " << term.frequency << " times: " << term.score << '\n';
  // [/explain]
}

void care(const tidb::table<article>& articles) {
  // [care]
  const auto now = articles.fulltext_index_stats();    // rows, delta, bytes, seconds spent
  articles.optimize_fulltext_index();                  // merges what writers have not yet
  const auto check = articles.check_fulltext_index();  // compares it with the whole table
  if (!check.ok()) articles.rebuild_fulltext_index();
  // [/care]
  std::cout << now.rows << '\n';
}

void choose_an_analyzer(const tidb::client& db) {
  // [analyzer]
  const auto functions = db.table<function>();
  functions.create_fulltext_index<&function::name, &function::comment>(
      {.analyzer = {.stop_words = tidb::stop_word_use::keep,
                    .split_identifiers = true,
                    .synonyms = {{.from = {"delete", "remove", "erase"}}, {.from = {"utf8"}, .to = {"unicode"}}}},
       .boosts = {3, 1}});
  for (const auto& hit : functions.search("remove user").all()) std::cout << hit.row.name << '\n';  // eraseUserName
  // [/analyzer]
}

void search_without_a_struct(const tidb::client& db) {
  // [dynamic]
  auto search = db.open_table("articles").search("dogs water").where(R"({"year": {"$gte": 2020}})");
  for (const auto& hit : search.columns({"title"}).limit(5).all())
    std::cout << hit.score << ' ' << hit.row.get<std::string>("title") << '\n';
  for (const auto& index : db.list_search_indexes("articles"))
    std::cout << index.columns.front() << (index.is_fulltext ? ": full-text" : ": vector") << '\n';
  // [/dynamic]
}

void show_terms() {
  // [analyze]
  for (const auto& token : tidb::analyze("The libraries of Łódź", {.stop_words = tidb::stop_word_use::drop}))
    std::cout << token.position << ' ' << token.term << '\n';  // 1 librari, 3 lodz
  // [/analyze]
}

void track(const tidb::client& db) {
  // [tracked]
  const auto messages = db.table<message>();
  messages.create_fulltext_index<&message::text>({.tracked_by = c<&message::changed_at>});
  // [/tracked]
}

}  // namespace

int main() {
  const auto db = tidb::connect("sqlite::memory:");
  db.create_table<article>();

  // [index]
  const auto articles = db.table<article>();
  articles.create_fulltext_index<&article::title, &article::body>({.boosts = {2, 1}});

  articles.insert_many({{.title = "Keeping fish", .body = "An aquarium wants clean water and patience.", .year = 2019},
                        {.title = "Walking the dog", .body = "Dogs like water, too.", .year = 2024}});
  for (const auto& hit : articles.search("dogs water").limit(10).all())
    std::cout << hit.score << ' ' << hit.row.title << '\n';  // Walking the dog, then Keeping fish
  // [/index]
  search(articles);
  highlight(articles);
  explain(articles);
  care(articles);
  search_without_a_struct(db);
  db.create_table<function>();
  db.table<function>().insert(function{.name = "eraseUserName", .comment = "Forgets what somebody is called."});
  choose_an_analyzer(db);
  show_terms();
  db.create_table<message>();
  track(db);
}
