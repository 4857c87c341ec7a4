#include "tidbxx/search/search.hpp"

#include "tidbxx/core/error.hpp"

#include <cmath>

namespace tidb::detail {

double score_of(metric by, double distance) {
  switch (by) {
  case metric::cosine: return 1 - distance;
  case metric::l2:
  case metric::l1: return 1 / (1 + distance);
  case metric::negative_inner_product: return -distance;
  }
  return 0;
}

sql::select search_statement(const search_request& request, sql::select all, bool skip_null) {
  const auto distance = sql::label(sql::function(std::string(distance_function(request.by)),
                                                 {request.column, vector_literal(std::span(request.query))}),
                                   "_tidbxx_distance");
  const auto bound = [&](sql::op kind, double limit) {
    return sql::binary(kind, distance, sql::literal(value_view::of(limit)));
  };
  auto where = sql::both(request.where, sql::unary(sql::op::is_not_null, skip_null ? distance : request.column));
  if (request.lowest) where = sql::both(std::move(where), bound(sql::op::greater_equal, *request.lowest));
  if (request.highest) where = sql::both(std::move(where), bound(sql::op::less_equal, *request.highest));
  all.columns.push_back(distance);
  all.where = std::move(where);
  all.order.push_back({distance, false});
  all.limit = row_number(request.limit);
  return all;
}

void check_query(const search_request& request, std::uint32_t dimensions, std::string_view column,
                 std::source_location where) {
  const auto name = "the search vector for column \"" + std::string(column) + "\"";
  if (request.query.empty()) throw_usage(name + " is empty", where);
  if (dimensions != 0 && request.query.size() != dimensions)
    throw_usage(name + " has " + std::to_string(request.query.size()) + " dimensions; the column has " +
                    std::to_string(dimensions),
                where);
  if (const auto why = check_vector(request.query); !why.empty()) throw_usage(name + ": " + why, where);
  const auto not_a_number = [](const std::optional<double>& limit) { return limit && std::isnan(*limit); };
  if (not_a_number(request.lowest) || not_a_number(request.highest))
    throw_usage("a distance limit of the search is NaN", where);
}

}  // namespace tidb::detail
