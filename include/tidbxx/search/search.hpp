// Vector search over one table: exact, the nearest rows first.
#pragma once

#include "tidbxx/orm/select.hpp"
#include "tidbxx/search/distance.hpp"

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

namespace detail {

/// What a search asks for, without types.
struct search_request {
  std::vector<float> query{};
  metric by{metric::cosine};
  std::uint64_t limit{10};
  std::optional<double> lowest{}, highest{};
  sql::expression column{};
  sql::expression where{};
};

double score_of(metric by, double distance);
/// `all` with the request's conditions, order and limit, and the distance as one column more.
/// `skip_null`: leave out rows without a distance by a condition.
sql::select search_statement(const search_request& request, sql::select all, bool skip_null);
/// Errors: usage_error for a query that is no vector, or of another length than `dimensions` (0: any).
void check_query(const search_request& request, std::uint32_t dimensions, std::string_view column,
                 std::source_location where);

template <class T>
consteval std::size_t vector_columns() {
  std::size_t found = 0;
  for_each_column<T>([&](const auto& column, std::size_t) { found += column.type.kind == type_kind::vector; });
  return found;
}

}  // namespace detail

/// A search being put together; runs with `all`.
/// Lifetime: must not outlive the client or transaction it was made from.
template <detail::mapped T>
class search_builder {
public:
  search_builder(detail::executor on, std::vector<float> query) : on_(std::move(on)) {
    request_.query = std::move(query);
    detail::for_each_column<T>([&](const auto& column, std::size_t) {
      if (column.type.kind == type_kind::vector && !request_.column) use_column(column.name, column.type.length);
    });
  }

  /// Which column to search, where the table has several of vectors.
  template <auto Member>
  search_builder& column() {
    constexpr auto name = column_ref<T, Member>::name();
    static_assert(detail::category_of<typename column_ref<T, Member>::type>() == detail::category::vector,
                  "search looks through a column of vectors");
    use_column(name, codec<detail::bare<typename column_ref<T, Member>::type>>::type.length);
    return *this;
  }
  /// Default: cosine.
  search_builder& metric(tidb::metric by) {
    request_.by = by;
    return *this;
  }
  /// Only rows for which this holds; called again, all conditions must.
  template <class Used>
  search_builder& where(const expr<bool, Used>& condition) {
    detail::check_tables<T, Used>();
    request_.where = sql::both(std::move(request_.where), condition.expression());
    return *this;
  }
  /// Only rows whose distance is at most this.
  search_builder& distance_threshold(double highest) {
    request_.highest = highest;
    return *this;
  }
  /// Only rows whose distance is between these, both included.
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

  /// The nearest rows, nearest first; rows without a distance (NULL, zero vectors under cosine) are no neighbours.
  /// Errors: usage_error for a query of another length than the column's.
  /// Cost: reads every row that `where` leaves, on the server.
  std::vector<hit<T>> all(std::source_location where = std::source_location::current()) const {
    static_assert(detail::vector_columns<T>() > 0, "this table has no column of vectors to search");
    if (detail::vector_columns<T>() > 1 && !chosen_)
      throw_usage("the table has several columns of vectors: choose one with .column<&T::member>()", where);
    detail::check_query(request_, dimensions_, request_.column.name, where);
    auto found = run(false, where);
    // NULL sorts first and would take places of the limit: then ask again without such rows
    if (!found) found = run(true, where);
    return std::move(*found);
  }
  /// The SQL that `all` sends, parameters as `?`.
  std::string sql() const { return sql::print(statement(false), detail::dialect_of(on_)).text; }

private:
  void use_column(std::string_view name, std::uint32_t dimensions) {
    chosen_ = static_cast<bool>(request_.column) || detail::vector_columns<T>() == 1;
    request_.column = sql::column({}, std::string(name));
    dimensions_ = dimensions;
  }
  sql::select statement(bool skip_null) const {
    return detail::search_statement(request_, detail::select_from<T>(), skip_null);
  }
  std::optional<std::vector<hit<T>>> run(bool skip_null, std::source_location where) const {
    const detail::bound_select bound(on_, statement(skip_null), where);
    detail::typed_rows<std::tuple<T, std::optional<double>>> rows(bound.request());
    std::vector<hit<T>> found;
    for (std::tuple<T, std::optional<double>> each; rows.next(each);) {
      auto& [row, distance] = each;
      if (!distance) return std::nullopt;
      found.push_back({*distance, detail::score_of(request_.by, *distance), std::move(row)});
    }
    return found;
  }

  detail::executor on_;
  detail::search_request request_;
  std::uint32_t dimensions_{};
  bool chosen_{};
};

}  // namespace tidb
