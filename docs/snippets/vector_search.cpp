// Vector search with an index. Run by the tests on the embedded engine.
#include <tidbxx/tidbxx.hpp>

#include <chrono>
#include <cstdint>
#include <iostream>
#include <string>
#include <vector>

using tidb::c;

namespace {

struct doc {
  std::int64_t id{};
  std::string text{};
  std::string author{};
  int year{};
  tidb::vector<3> embedding{};
};

constexpr auto tidb_schema(tidb::of<doc>) {
  return tidb::mapping("docs", tidb::column<&doc::id>(tidb::primary_key, tidb::auto_increment),
                       tidb::column<&doc::text>(), tidb::column<&doc::author>(), tidb::column<&doc::year>(),
                       tidb::column<&doc::embedding>());
}

struct article {
  std::int64_t id{};
  tidb::vector<3> embedding{};
  std::chrono::sys_time<std::chrono::microseconds> changed_at{};
};

constexpr auto tidb_schema(tidb::of<article>) {
  return tidb::mapping("articles", tidb::column<&article::id>(tidb::primary_key), tidb::column<&article::embedding>(),
                       tidb::column<&article::changed_at>(tidb::timestamp));
}

void track(const tidb::client& db) {
  // [tracked]
  const auto articles = db.table<article>();
  articles.create_vector_index<&article::embedding>({.tracked_by = c<&article::changed_at>});
  const auto now = articles.index_stats<&article::embedding>();
  if (!now.warning.empty()) std::cerr << now.warning << '\n';  // only of an index that is tracked by nothing
  // [/tracked]
}

void search(const tidb::table<doc>& docs) {
  // [search]
  auto near = docs.search({0.1, 0.7, 0.2}).where(c<&doc::year> >= 2020).limit(5).all();
  for (const auto& hit : near) std::cout << hit.distance << ' ' << hit.row.text << '\n';

  auto one_each = docs.search({0.1, 0.7, 0.2}).group_by<&doc::author>().columns<&doc::author, &doc::text>().all();
  auto like_the_first = docs.search_by_key(1).recall(0.999).all();
  // [/search]
  std::cout << one_each.size() << ' ' << like_the_first.size() << '\n';
}

void care(const tidb::table<doc>& docs) {
  // [care]
  const auto expected = docs.estimate_vector_index<&doc::embedding>();  // bytes, before it is made
  const auto now = docs.index_stats<&doc::embedding>();                 // rows, delta, bytes, seconds spent
  docs.optimize<&doc::embedding>();                                     // merges what writers have not yet
  const auto check = docs.check_index<&doc::embedding>();               // compares it with the whole table
  if (!check.ok()) docs.rebuild_index<&doc::embedding>();
  // [/care]
  std::cout << expected.bytes_in_memory << ' ' << now.rows << '\n';
}

void tell(const tidb::client& db) {
  // [touches]
  db.transaction([&](tidb::transaction& tx) {
    tx.touches<doc>(std::vector{7, 8});
    tx.execute("UPDATE docs SET text = CONCAT(text, '!') WHERE id IN (7, 8)");
  });
  // [/touches]
}

void use_the_servers(const tidb::table<doc>& docs) {
  using namespace std::chrono_literals;
  // [server]
  docs.create_vector_index<&doc::embedding>({.kind = tidb::index_kind::server, .replica_timeout = 30min});
  const auto plan = docs.search({0.1, 0.7, 0.2}).explain();
  std::cout << plan.way << ' ' << plan.warning << '\n';  // "server index", and why not if TiDB does not take it
  const auto built = docs.index_stats<&doc::embedding>();
  std::cout << built.rows << " rows indexed, " << built.not_indexed << " not yet " << built.error << '\n';
  // [/server]
}

}  // namespace

int main() {
  const auto db = tidb::connect("sqlite::memory:");
  db.create_table<doc>();
  std::vector<doc> rows;
  for (int i = 0; i < 1000; ++i)
    rows.push_back(
        {.text = "doc " + std::to_string(i),
         .author = "author " + std::to_string(i % 20),
         .year = 2000 + i % 30,
         .embedding = {static_cast<float>(i % 7) + 0.5F, static_cast<float>(i % 11), static_cast<float>(i % 13)}});
  db.insert_many(rows);

  // [index]
  const auto docs = db.table<doc>();
  docs.create_vector_index<&doc::embedding>();  // for cosine; {.metric = tidb::metric::l2} for another
  std::cout << docs.search({0.1, 0.7, 0.2}).explain().way << '\n';  // "index"
  // [/index]
  search(docs);
  care(docs);
  tell(db);
  db.create_table<article>();
  track(db);
  try {
    use_the_servers(docs);
  } catch (const tidb::unsupported&) {  // here is no TiDB with TiFlash
  }
}
