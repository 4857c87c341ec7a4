// Search over one table by a vector, by words, or by both; the best rows first. By an index where there is one; a
// vector search without one is exact.
#pragma once

#include "tidbxx/orm/select.hpp"
#include "tidbxx/orm/statements.hpp"
#include "tidbxx/search/distance.hpp"
#include "tidbxx/search/highlight.hpp"

#include <algorithm>
#include <concepts>
#include <cstdint>
#include <functional>
#include <limits>
#include <numeric>
#include <optional>
#include <source_location>
#include <span>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

namespace tidb {

/// What one of the two searches of a hybrid one found.
struct ranked {
  std::uint64_t rank{};  ///< from 1; 0: not among those that it gave
  double score{};
};

/// One row found.
template <class Row>
struct hit {
  double distance{};  ///< by the search's metric; smaller is nearer; NaN of a row that only words found
  /// Larger is better. By a vector: 1 − d for cosine, 1 / (1 + d) for L1 and L2, −d for the inner product. By words:
  /// BM25. By both: as they are fused.
  double score{};
  Row row{};
  ranked text{}, vector{};  ///< of a hybrid search
};

/// Reciprocal rank fusion: a row's score is the sum of weight / (k + rank) over the searches that found it.
/// Source: Cormack, Clarke & Büttcher, "Reciprocal rank fusion outperforms Condorcet and individual rank learning
/// methods", SIGIR 2009.
struct rrf {
  double k = 60;
  double text_weight = 1;
  double vector_weight = 1;
};

/// A row's score is the weighted sum of its scores, each first brought to between 0 and 1 over what its search found.
struct weighted {
  double text = 0.5;
  double vector = 0.5;
};

/// When a search by an index looks at its conditions.
enum class filtering {
  automatic,   ///< by how many rows meet them, as seen among the nearest
  prefilter,   ///< first: the index searches among the rows that meet them
  postfilter,  ///< afterwards: the index proposes more rows until enough meet them
};

/// What a term or phrase adds to a row's score.
struct term_score {
  std::string term{};
  std::string column{};
  std::uint64_t documents{};  ///< that have the term in this column, or the rarest word of the phrase
  double frequency{};         ///< in this row; an occurrence of a phrase whose words are apart counts less
  std::uint32_t length{};     ///< of the row's text in this column, in words
  double score{};
};

/// How a search went, step by step. Times are wall-clock microseconds.
struct search_plan {
  /// "exact", "index", "index, prefilter", "index, postfilter"; by TiDB's own index "server index" or "server index,
  /// postfilter"; by words without a usable index "scan"; empty for blank words. Of a hybrid search: that of the words,
  /// then that of the vector.
  std::string way{};
  std::string reason{};        ///< why this way
  std::string warning{};       ///< why TiDB does not use its index, where EXPLAIN shows that it does not
  std::string sql{};           ///< the last that read rows, parameters as `?`; the words for TiDB's own index as text
  std::uint64_t rows{};        ///< found
  std::uint64_t candidates{};  ///< whose exact distance was computed; 0: that of every row which met the conditions
  std::uint64_t allowed{};     ///< prefilter: rows that met the conditions
  std::uint64_t partitions{};  ///< of the index that were visited
  std::uint64_t scanned{};     ///< rows of the index whose first code was compared
  std::uint64_t reranked{};    ///< of those: whose second code was
  std::uint64_t statements{};  ///< sent, BEGIN and COMMIT included: on TiDB a round trip each, and one more for a text
                               ///< that its connection has not met
  // of an index that is larger than index_memory
  std::uint64_t blocks_read{};    ///< fetched by this search
  std::uint64_t bytes_read{};     ///< in these
  std::uint64_t blocks_cached{};  ///< needed, and in memory already
  double refresh_us{};            ///< finding the index and what was written since
  double filter_us{};             ///< prefilter: reading which rows meet the conditions
  double index_us{};              ///< searching the codes
  double rows_us{};               ///< reading rows, with their exact distances
  // of a search by words
  std::uint64_t documents{};                     ///< that its statistics are of
  std::vector<std::vector<term_score>> terms{};  ///< of each hit, in their order; none of one that only a vector found
};

namespace detail {

/// The words of a search: any text, but no list in braces, which is a vector.
struct words_view {
  std::string_view text;
  template <std::convertible_to<std::string_view> S>
  words_view(const S& words) : text(words) {}
};

/// What words are looked for by.
enum class word_way : std::uint8_t {
  automatic,  ///< all that there is: the full-text index, and a model that is bound to the column of vectors
  words,      ///< the full-text index
  vector,     ///< the vector that the model makes of them
};

/// What it asks for of words.
struct words_request {
  std::string words{};
  word_way way{};
  std::string column{};  ///< of the index, where the table has several
  bool match_all{}, strict{};
};

/// How two searches become one.
struct hybrid_request {
  std::variant<rrf, weighted> fusion{};
  std::uint64_t text_limit{}, vector_limit{};  ///< how many rows each gives; 0: as many as were asked for, at least 10
};

/// What a search asks for, without types.
struct search_request {
  std::optional<words_request> words{};
  hybrid_request hybrid{};
  std::vector<float> query{};
  metric by{metric::cosine};
  std::uint64_t limit{10};
  std::uint64_t offset{};
  std::optional<double> lowest{}, highest{};
  double recall{0.99};
  std::uint64_t num_candidates{};
  tidb::filtering filtering{};
  sql::expression column{};
  std::uint32_t dimensions{};
  sql::expression where{};
  sql::select rows{};                  ///< the columns asked for
  sql::expression ties{sql::op::row};  ///< the order of rows that are equally near, where SQL finds them
  sql::expression group{};             ///< best of each
  sql::expression like{};              ///< instead of `query`: the row whose vector is searched by, itself left out
  bool explains{};                     ///< its plan was asked for
};

double score_of(metric by, double distance);

struct found_hit {
  double distance{};
  double score{};
  std::uint64_t order{};  ///< rows of a search by words come in any order, and those of the offset too
  ranked text{}, vector{};
};

/// What takes the rows of a search.
struct search_results {
  function_ref<void()> restart;  ///< those taken so far do not count
  function_ref<void(const open_rows&, const found_hit&)> take;
};

/// Errors: usage_error for a query that is no vector, or of another length than the column's; errc::no_row if there is
/// no row to search by; errc::statement for words where there is no full-text index.
void run_search(const executor& on, const search_request& request, const search_results& into, search_plan* plan,
                std::source_location where);
/// The same for each of several queries, on one state of the database; `next` is called before each.
void run_searches(const executor& on, const search_request& request, std::span<const std::vector<float>> queries,
                  function_ref<void()> next, const search_results& into, std::source_location where);
/// The statement of an exact search.
std::string search_sql(const executor& on, const search_request& request);

/// How many rows each part of a search gives at least, and how many are put into another order, if it is not said.
/// Each row that a part gives costs an exact distance, and more than ten do not make the best better (bench/quality).
inline constexpr std::uint64_t least_fused = 10, least_reranked = 50;

highlighter highlighter_of(const executor& on, const search_request& request, std::source_location where);

/// Errors: usage_error for another number of scores than hits, and for NaN.
void check_scores(std::size_t hits, std::span<const double> scores, std::source_location where);

/// Sets their scores, and sorts by these; equal ones stay as they are.
template <class Row>
void rerank(std::vector<hit<Row>>& hits, const std::vector<double>& scores, std::source_location where) {
  check_scores(hits.size(), scores, where);
  for (std::size_t i = 0; i < hits.size(); ++i) hits[i].score = scores[i];
  std::ranges::stable_sort(hits, std::ranges::greater(), &hit<Row>::score);
}

template <class T>
consteval std::size_t vector_columns() {
  std::size_t found = 0;
  for_each_column<T>([&](const auto& column, std::size_t) { found += column.type.kind == type_kind::vector; });
  return found;
}

/// By which column vectors are searched, where the table has only one.
template <class T>
void use_only_vectors(search_request& request) {
  if constexpr (vector_columns<T>() == 1)
    for_each_column<T>([&](const auto& column, std::size_t) {
      if (column.type.kind != type_kind::vector) return;
      request.column = sql::column({}, std::string(column.name));
      request.dimensions = column.type.length;
    });
}

/// Takes the hits of one search.
template <class Row>
class hit_list {
public:
  void clear() {
    hits_.clear();
    orders_.clear();
  }
  void take(const open_rows& rows, const found_hit& found) { row_reader<Row>::read(rows, add(found)); }
  /// Its row, to be filled.
  Row& add(const found_hit& found) {
    orders_.push_back(found.order);
    return hits_.emplace_back(hit<Row>{found.distance, found.score, {}, found.text, found.vector}).row;
  }
  /// As they came, or in their order; of those, the ones that were asked for.
  std::vector<hit<Row>> finish(const search_request& request) {
    if (!request.words) return std::move(hits_);
    std::vector<std::size_t> places(hits_.size());
    std::iota(places.begin(), places.end(), std::size_t{});
    std::ranges::sort(places, {}, [&](std::size_t i) { return orders_[i]; });
    std::vector<hit<Row>> chosen;
    for (auto i = std::min<std::uint64_t>(request.offset, places.size());
         i < places.size() && chosen.size() < request.limit; ++i)
      chosen.push_back(std::move(hits_[places[i]]));
    return chosen;
  }

private:
  std::vector<hit<Row>> hits_;
  std::vector<std::uint64_t> orders_;
};

}  // namespace detail

/// A search being put together; runs with `all`.
/// Lifetime: must not outlive the client or transaction it was made from.
template <detail::mapped T, class Row = T>
class search_builder {
public:
  search_builder(detail::executor on, std::vector<float> query,
                 std::optional<detail::words_request> words = std::nullopt)
      : on_(std::move(on)) {
    request_.query = std::move(query);
    request_.words = std::move(words);
    request_.rows = sql::select(detail::select_from<T>());
    detail::use_only_vectors<T>(request_);
  }
  search_builder(detail::executor on, detail::search_request request)
      : on_(std::move(on)), request_(std::move(request)) {}

  /// Words: rows must have all of them, not any.
  search_builder& match_all(bool all = true) {
    words().match_all = all;
    return *this;
  }
  /// Words: what is not understood of them is an error, not a word.
  search_builder& strict(bool is = true) {
    words().strict = is;
    return *this;
  }
  /// Words: by the full-text index alone, also where a model is bound to the column of vectors, or a vector is given.
  search_builder& words_only() {
    words().way = detail::word_way::words;
    return *this;
  }
  /// Words: by the vector that the bound model makes of them alone. Errors, when run: usage_error where none is bound.
  search_builder& vector_only() {
    words().way = detail::word_way::vector;
    return *this;
  }
  /// Words: by the full-text index that has this column, where the table has several.
  template <auto Member>
  search_builder& text_column() {
    words().column = column_ref<T, Member>::name();
    return *this;
  }
  /// How the searches by words and by a vector become one; default: rrf{}. Errors, when run: usage_error for weights
  /// that are not finite, and for a k below 0.
  search_builder& hybrid(rrf by) {
    request_.hybrid.fusion = by;
    return *this;
  }
  search_builder& hybrid(weighted by) {
    request_.hybrid.fusion = by;
    return *this;
  }
  /// How many rows each of the two gives; default: as many as `limit` and `offset` ask for, but at least 10.
  /// Note: pages are of one ranking only if these are the same for all of them.
  search_builder& text_limit(std::uint64_t rows) {
    request_.hybrid.text_limit = rows;
    return *this;
  }
  search_builder& vector_limit(std::uint64_t rows) {
    request_.hybrid.vector_limit = rows;
    return *this;
  }
  /// The best `candidates` are put into another order, and `limit` is of that: f(hits) gives a score for each of them,
  /// larger is better, which becomes theirs. Default: as many as `limit` and `offset` ask for, but at least 50.
  /// Errors, when run: usage_error for another number of scores, and for NaN; what f throws.
  template <class F>
  search_builder& rerank(F f, std::uint64_t candidates = 0) {
    static_assert(std::is_invocable_v<const F&, const std::vector<hit<Row>>&>,
                  "rerank takes a function from a std::vector of hits to a score for each");
    rerank_ = [f = std::move(f)](const std::vector<hit<Row>>& hits) {
      std::vector<double> scores;
      for (const auto& score : f(hits)) scores.push_back(static_cast<double>(score));
      return scores;
    };
    reranked_ = candidates;
    return *this;
  }

  /// Which column to search, where the table has several of vectors. Words without it are searched by the only one
  /// that has a model.
  template <auto Member>
  search_builder& column() {
    constexpr auto name = column_ref<T, Member>::name();
    static_assert(detail::category_of<typename column_ref<T, Member>::type>() == detail::category::vector,
                  "search looks through a column of vectors");
    request_.column = sql::column({}, std::string(name));
    request_.dimensions = codec<detail::bare<typename column_ref<T, Member>::type>>::type.length;
    return *this;
  }
  /// Default: cosine. An index helps only searches by its own metric; others are exact.
  search_builder& metric(tidb::metric by) {
    request_.by = by;
    return *this;
  }
  /// Only rows for which this holds; called again, all conditions must.
  template <class Used>
  search_builder& where(const expr<bool, Used>& condition) {
    detail::check_tables<tables<T>, Used>();
    sql::add_condition(request_.where, sql::expression(condition.expression()));
    return *this;
  }
  /// When an index looks at the conditions; the rows found are those that meet them either way. Note: one of the
  /// server's looks afterwards or not at all, so that a prefilter makes the search exact.
  search_builder& filter(filtering when) {
    request_.filtering = when;
    return *this;
  }
  /// Only rows whose distance is at most this.
  search_builder& distance_threshold(double highest) {
    request_.highest = highest;
    return *this;
  }
  /// Only rows whose distance is between these, both included. Note: a lowest distance makes the search exact.
  search_builder& distance_range(double lowest, double highest) {
    request_.lowest = lowest;
    request_.highest = highest;
    return *this;
  }
  /// At most so many rows; default 10.
  search_builder& limit(std::uint64_t rows) {
    request_.limit = rows;
    return *this;
  }
  /// Without so many of the nearest.
  search_builder& offset(std::uint64_t rows) {
    request_.offset = rows;
    return *this;
  }
  /// How many of the true nearest rows a search by an index finds, on average, as a share between 0.5 and 1; default
  /// 0.99; 1 is an exact search. Note: what an index is calibrated for are queries like its rows; one of the server's
  /// is not calibrated, and takes no notice of this.
  /// Errors: usage_error, when run, outside of that range.
  search_builder& recall(double share) {
    request_.recall = share;
    return *this;
  }
  /// How many rows the index proposes, in place of what `recall` needs.
  search_builder& num_candidates(std::uint64_t rows) {
    request_.num_candidates = rows;
    return *this;
  }
  /// The best row for each value of a column, so that `limit` counts values; rows with NULL are one group.
  template <auto Member>
  search_builder& group_by() {
    request_.group = column_ref<T, Member>{}.expression();
    return *this;
  }
  /// Reads these columns only; hits then have a tuple of them (of one: its type) as their row.
  template <auto... Members>
  auto columns() const {
    static_assert(sizeof...(Members) > 0, "columns<> takes the members to read");
    auto request = request_;
    request.rows.columns = sql::expression(sql::op::row);
    (detail::add_to(request.rows.columns, column_ref<T, Members>{}), ...);
    if (rerank_) throw_usage("rerank is for hits as they are: call it behind columns<>()");
    using chosen_row = typename detail::raw_row<typename column_ref<T, Members>::type...>::type;
    return search_builder<T, chosen_row>(on_, std::move(request));
  }

  /// The best rows, best first, as many as match, up to the limit.
  /// By a vector: the nearest; rows without a distance (NULL, zero vectors under cosine) are no neighbours. By an
  /// index, if the column has one for the metric: it proposes rows, and their distances are computed from the table as
  /// it is now. Cost: without an index it reads every row that the conditions leave, on the server. By words: the rows
  /// that match best by BM25, of the table's full-text index. By both: the best of each, fused. Errors: usage_error for
  /// a vector of another length than the column's, for words that are not understood if they are strict, and for scores
  /// of rerank that are not as many as the hits; errc::statement for words where there is no full-text index; what
  /// `rerank` throws.
  std::vector<hit<Row>> all(std::source_location where = std::source_location::current()) const {
    check_column(where);
    if (!rerank_) return found_by(request_, where);
    constexpr auto most = std::numeric_limits<std::uint64_t>::max();
    const auto wanted = request_.limit + std::min(request_.offset, most - request_.limit);
    auto wider = request_;
    wider.offset = 0;
    wider.limit = reranked_ != 0 ? std::max(reranked_, wanted) : std::max(wanted, detail::least_reranked);
    auto hits = found_by(wider, where);
    detail::rerank(hits, rerank_(hits), where);
    const auto skipped = std::min<std::uint64_t>(request_.offset, hits.size());
    hits.erase(hits.begin(), hits.begin() + static_cast<std::ptrdiff_t>(skipped));
    if (hits.size() > request_.limit) hits.resize(request_.limit);
    return hits;
  }
  /// `all` for each query, in their order, on one state of the database. The builder's own vector is not searched by.
  /// Errors: usage_error for a search by words.
  template <detail::iterable Queries>
  std::vector<std::vector<hit<Row>>> all_for(const Queries& queries,
                                             std::source_location where = std::source_location::current()) const {
    check_column(where);
    std::vector<std::vector<float>> given;
    for (std::span<const float> query : queries) given.emplace_back(query.begin(), query.end());
    std::vector<detail::hit_list<Row>> found;
    found.reserve(given.size());
    detail::run_searches(
        on_, request_, given, [&] { found.emplace_back(); },
        {[&] { found.back().clear(); },
         [&](const detail::open_rows& rows, const detail::found_hit& hit) { found.back().take(rows, hit); }},
        where);
    std::vector<std::vector<hit<Row>>> made;
    made.reserve(found.size());
    for (auto& each : found) made.push_back(each.finish(request_));
    return made;
  }
  /// Runs the search and tells how it went. Cost: one EXPLAIN more for each statement by an index of the server.
  search_plan explain(std::source_location where = std::source_location::current()) const {
    check_column(where);
    search_plan plan;
    detail::run_search(
        on_, request_,
        {[&] { plan.rows = 0; }, [&](const detail::open_rows&, const detail::found_hit&) { ++plan.rows; }}, &plan,
        where);
    return plan;
  }
  /// What marks the words of the search in texts, as the index reads them. Errors: as all().
  tidb::highlighter highlighter(std::source_location where = std::source_location::current()) const {
    return detail::highlighter_of(on_, request_, where);
  }
  /// The SQL of an exact search, parameters as `?`. Errors: usage_error for a search by words.
  std::string sql(std::source_location where = std::source_location::current()) const {
    check_column(where);
    return detail::search_sql(on_, request_);
  }

private:
  std::vector<hit<Row>> found_by(const detail::search_request& request, std::source_location where) const {
    detail::hit_list<Row> found;
    detail::run_search(on_, request,
                       {[&] { found.clear(); },
                        [&](const detail::open_rows& rows, const detail::found_hit& hit) { found.take(rows, hit); }},
                       nullptr, where);
    return found.finish(request);
  }
  detail::words_request& words() {
    if (!request_.words) throw_usage("this search is by a vector, and has no words");
    return *request_.words;
  }
  void check_column(std::source_location where) const {
    if (request_.words && (request_.query.empty() || request_.words->way == detail::word_way::words)) return;
    if (detail::vector_columns<T>() > 1 && !request_.column)
      throw_usage("the table has several columns of vectors: choose one with .column<&T::member>()", where);
  }

  detail::executor on_;
  detail::search_request request_;
  std::function<std::vector<double>(const std::vector<hit<Row>>&)> rerank_{};
  std::uint64_t reranked_{};
};

namespace detail {

/// The condition that the key columns have these values. Errors: usage_error for another number of values.
sql::expression has_key(const mapped_table& table, std::vector<sql::expression> values);

template <class T>
search_request request_by_key(std::vector<sql::expression> values) {
  search_request request{.rows = sql::select(select_from<T>()), .like = has_key(table_of<T>(), std::move(values))};
  use_only_vectors<T>(request);
  return request;
}

}  // namespace detail

}  // namespace tidb
