// Vector search over one table: the nearest rows first, by an index where there is one, else exact.
#pragma once

#include "tidbxx/orm/select.hpp"
#include "tidbxx/orm/statements.hpp"
#include "tidbxx/search/distance.hpp"

#include <algorithm>
#include <cstdint>
#include <limits>
#include <optional>
#include <source_location>
#include <span>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

namespace tidb {

/// One row found.
template <class Row>
struct hit {
  double distance{};  ///< by the search's metric; smaller is nearer
  double score{};     ///< larger is better: 1 − d for cosine, 1 / (1 + d) for L1 and L2, −d for the inner product
  Row row{};
};

/// When a search by an index looks at its conditions.
enum class filtering {
  automatic,   ///< by how many rows meet them, as seen among the nearest
  prefilter,   ///< first: the index searches among the rows that meet them
  postfilter,  ///< afterwards: the index proposes more rows until enough meet them
};

/// How a search went, step by step. Times are wall-clock microseconds.
struct search_plan {
  /// "exact", "index", "index, prefilter", "index, postfilter"; by TiDB's own index "server index" or "server index,
  /// postfilter".
  std::string way{};
  std::string reason{};        ///< why this way
  std::string warning{};       ///< why TiDB does not use its index, where EXPLAIN shows that it does not
  std::string sql{};           ///< the last statement that read rows, parameters as `?`
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
};

namespace detail {

/// What a search asks for, without types.
struct search_request {
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
  sql::select rows{};       ///< the columns asked for
  sql::expression group{};  ///< best of each
  sql::expression like{};   ///< instead of `query`: the row whose vector is searched by, itself left out
  bool explains{};          ///< its plan was asked for
};

double score_of(metric by, double distance);

/// What takes the rows of a search.
struct search_results {
  function_ref<void()> restart;                       ///< those taken so far do not count
  function_ref<void(const open_rows&, double)> take;  ///< one row, and its distance
};

/// Errors: usage_error for a query that is no vector, or of another length than the column's; errc::no_row if there is
/// no row to search by.
void run_search(const executor& on, const search_request& request, const search_results& into, search_plan* plan,
                std::source_location where);
/// The same for each of several queries, on one state of the database; `next` is called before each.
void run_searches(const executor& on, const search_request& request, std::span<const std::vector<float>> queries,
                  function_ref<void()> next, const search_results& into, std::source_location where);
/// The statement of an exact search.
std::string search_sql(const executor& on, const search_request& request);

template <class T>
consteval std::size_t vector_columns() {
  std::size_t found = 0;
  for_each_column<T>([&](const auto& column, std::size_t) { found += column.type.kind == type_kind::vector; });
  return found;
}

/// Fills a list with the hits of one search.
template <class Row>
auto hits_into(std::vector<hit<Row>>& found, metric by) {
  return [&found, by](const open_rows& rows, double distance) {
    auto& made = found.emplace_back(hit<Row>{distance, score_of(by, distance), {}});
    row_reader<Row>::read(rows, made.row);
  };
}

}  // namespace detail

/// A search being put together; runs with `all`.
/// Lifetime: must not outlive the client or transaction it was made from.
template <detail::mapped T, class Row = T>
class search_builder {
public:
  search_builder(detail::executor on, std::vector<float> query) : on_(std::move(on)) {
    request_.query = std::move(query);
    request_.rows = sql::select(detail::select_from<T>());
    detail::for_each_column<T>([&](const auto& column, std::size_t) {
      if (column.type.kind == type_kind::vector && !request_.column) use_column(column.name, column.type.length);
    });
  }
  search_builder(detail::executor on, detail::search_request request, bool chosen)
      : on_(std::move(on)), request_(std::move(request)), chosen_(chosen) {}

  /// Which column to search, where the table has several of vectors.
  template <auto Member>
  search_builder& column() {
    constexpr auto name = column_ref<T, Member>::name();
    static_assert(detail::category_of<typename column_ref<T, Member>::type>() == detail::category::vector,
                  "search looks through a column of vectors");
    use_column(name, codec<detail::bare<typename column_ref<T, Member>::type>>::type.length);
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
    using chosen_row = typename detail::raw_row<typename column_ref<T, Members>::type...>::type;
    return search_builder<T, chosen_row>(on_, std::move(request), chosen_);
  }

  /// The nearest rows, nearest first; rows without a distance (NULL, zero vectors under cosine) are no neighbours.
  /// By an index, if the column has one for the metric: it proposes rows, and their distances are computed from the
  /// table as it is now. As many as match, up to the limit.
  /// Errors: usage_error for a query of another length than the column's.
  /// Cost: without an index it reads every row that the conditions leave, on the server.
  std::vector<hit<Row>> all(std::source_location where = std::source_location::current()) const {
    check_column(where);
    std::vector<hit<Row>> found;
    detail::run_search(on_, request_, {[&] { found.clear(); }, detail::hits_into(found, request_.by)}, nullptr, where);
    return found;
  }
  /// `all` for each query, in their order, on one state of the database. The builder's own vector is not searched by.
  template <detail::iterable Queries>
  std::vector<std::vector<hit<Row>>> all_for(const Queries& queries,
                                             std::source_location where = std::source_location::current()) const {
    check_column(where);
    std::vector<std::vector<float>> given;
    for (std::span<const float> query : queries) given.emplace_back(query.begin(), query.end());
    std::vector<std::vector<hit<Row>>> found;
    found.reserve(given.size());
    detail::run_searches(
        on_, request_, given, [&] { found.emplace_back(); },
        {[&] { found.back().clear(); },
         [&](const detail::open_rows& rows, double distance) {
           detail::hits_into(found.back(), request_.by)(rows, distance);
         }},
        where);
    return found;
  }
  /// Runs the search and tells how it went. Cost: one EXPLAIN more for each statement by an index of the server.
  search_plan explain(std::source_location where = std::source_location::current()) const {
    check_column(where);
    search_plan plan;
    detail::run_search(on_, request_, {[&] { plan.rows = 0; }, [&](const detail::open_rows&, double) { ++plan.rows; }},
                       &plan, where);
    return plan;
  }
  /// The SQL of an exact search, parameters as `?`.
  std::string sql() const { return detail::search_sql(on_, request_); }

private:
  void check_column(std::source_location where) const {
    static_assert(detail::vector_columns<T>() > 0, "this table has no column of vectors to search");
    if (detail::vector_columns<T>() > 1 && !chosen_)
      throw_usage("the table has several columns of vectors: choose one with .column<&T::member>()", where);
  }
  void use_column(std::string_view name, std::uint32_t dimensions) {
    chosen_ = static_cast<bool>(request_.column) || detail::vector_columns<T>() == 1;
    request_.column = sql::column({}, std::string(name));
    request_.dimensions = dimensions;
  }

  detail::executor on_;
  detail::search_request request_;
  bool chosen_{};
};

namespace detail {

/// The condition that the key columns have these values. Errors: usage_error for another number of values.
sql::expression has_key(const mapped_table& table, std::vector<sql::expression> values);

template <class T>
search_request request_by_key(std::vector<sql::expression> values) {
  search_request request{.rows = sql::select(select_from<T>()), .like = has_key(table_of<T>(), std::move(values))};
  for_each_column<T>([&](const auto& column, std::size_t) {
    if (column.type.kind != type_kind::vector || request.column) return;
    request.column = sql::column({}, std::string(column.name));
    request.dimensions = column.type.length;
  });
  return request;
}

}  // namespace detail

}  // namespace tidb
