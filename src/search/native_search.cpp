#include "search/native_search.hpp"

#include "search/indexed_search.hpp"
#include "search/native_index.hpp"
#include "search/timed.hpp"
#include "tidbxx/orm/prepared.hpp"
#include "tidbxx/sql/printer.hpp"

#include <algorithm>
#include <memory>
#include <span>
#include <string>
#include <utility>

namespace tidb::detail {

namespace {

constexpr std::uint64_t most_proposed = 8192;  ///< by one statement
constexpr const char* nearest_rows = "_tidbxx_nearest";
constexpr const char* distance_name = "_tidbxx_distance";

/// The vector is no parameter: TiDB looks for a constant, and a plan that is kept must not keep another one.
sql::expression distance_of(const search_request& request) {
  const auto vector = sql::quote_value(value_view::of(std::span<const float>(request.query)), sql::dialect::tidb);
  return sql::label(sql::function(std::string(distance_function(request.by)), {request.column, sql::raw(vector, {})}),
                    distance_name);
}

void take_nearest(sql::select& statement, const sql::expression& distance, std::uint64_t rows) {
  statement.order.add(sql::order_term(distance));
  statement.limit = row_number(rows);
}

}  // namespace

sql::select native_statement(const search_request& request, std::uint64_t rows) {
  auto statement = request.rows;
  const auto distance = distance_of(request);
  statement.columns.add(distance);
  if (request.group) statement.columns.add(request.group);
  take_nearest(statement, distance, rows);
  return statement;
}

sql::select filtered_native_statement(const search_request& request, std::uint64_t rows, std::uint64_t proposed) {
  auto nearest = std::make_shared<sql::select>();
  const auto distance = distance_of(request);
  nearest->columns.add(sql::raw("*", {}));
  nearest->columns.add(distance);
  nearest->table = request.rows.table;
  take_nearest(*nearest, distance, proposed);

  auto statement = request.rows;
  statement.with.push_back({.name = nearest_rows, .columns = {}, .query = std::move(nearest)});
  // by the table's own name, for conditions that say it
  if (statement.alias.empty()) statement.alias = statement.table;
  statement.table = nearest_rows;
  const auto known = sql::column({}, distance_name);
  statement.columns.add(known);
  if (request.group) statement.columns.add(request.group);
  statement.where = request.where;
  if (request.like)
    statement.where = sql::both(std::move(statement.where), sql::unary(sql::op::logical_not, request.like));
  take_nearest(statement, known, rows);
  return statement;
}

void indexed_search::look_for_native() {
  const auto* const found = listing_->find_native(request_.rows.table, request_.column.root().name());
  if (found == nullptr) return give_up_index("the column has no vector index");
  if (found->by != request_.by) return give_up_index("the index is for another metric");
  native_ = found;
}

std::uint64_t indexed_search::from_native(std::uint64_t wanted) {
  const auto proposed = std::max(wanted, request_.num_candidates);
  if (proposed > most_proposed) return exact(wanted, "so many rows were asked for that all are compared");
  if (request_.where && request_.filtering == filtering::prefilter)
    return exact(wanted, "the conditions are to go first, and TiDB's own index knows none");
  if (request_.where && request_.filtering == filtering::automatic && finds_few_by_index())
    return exact(wanted, "an index of the table finds the rows that meet the conditions");
  if (request_.where || request_.like || proposed > wanted) return filtered_native(wanted, proposed);
  choose("server index", "TiDB has an index of its own on the column");
  const auto found = read_native(native_statement(request_, wanted));
  plan_.candidates = wanted;
  if (!found) return exact_after_all(wanted, "rows without a distance were among the nearest");
  return *found >= wanted || seen_too_far_ ? *found : exact_after_all(wanted, "TiDB's own index gave too few rows");
}

/// TiDB would take an index of the table for the conditions, and does so where few rows meet them.
bool indexed_search::finds_few_by_index() {
  sql::select statement{};
  statement.columns.add(request_.column);
  statement.table = request_.rows.table;
  statement.where = request_.where;
  const timed timing(plan_.filter_us);
  return finds_by_index(on_, statement, *listing_, context_);
}

std::uint64_t indexed_search::filtered_native(std::uint64_t wanted, std::uint64_t proposed) {
  // a row that is left out, such as the one that is searched by, is among the nearest
  proposed = request_.where ? std::clamp(2 * wanted + rows_probed, proposed, most_proposed)
                            : std::max(proposed, wanted + (request_.like ? 1 : 0));
  for (;;) {
    if (request_.where)
      choose("server index, postfilter", "the conditions are asked of the rows that TiDB's own index proposes");
    else
      choose("server index", "TiDB has an index of its own on the column");
    const auto found = read_native(filtered_native_statement(request_, wanted, proposed));
    plan_.candidates = proposed;
    if (!found) return exact_after_all(wanted, "rows without a distance were among the nearest");
    if (*found >= wanted || seen_too_far_) return *found;
    if (!request_.where) return exact_after_all(wanted, "TiDB's own index gave too few rows");
    proposed = *found == 0 ? 8 * proposed : std::max(2 * proposed, 3 * wanted * proposed / (2 * *found));
    if (proposed > most_proposed) return exact_after_all(wanted, "too few of the nearest rows meet the conditions");
    into_.restart();
    groups_.clear();
  }
}

std::optional<std::uint64_t> indexed_search::read_native(const sql::select& statement) {
  const auto made = sql::print(statement, sql::dialect::tidb);
  const auto parameters = literals(made.slots, context_);
  if (request_.explains) explain_native(made, parameters);
  const timed timing(plan_.rows_us);
  seen_too_far_ = false;
  std::uint64_t count = 0;
  if (!read_rows(statement_text(made.text), parameters, count)) return std::nullopt;
  return count;
}

void indexed_search::explain_native(const sql::printed& made, std::span<const value_view> parameters) {
  const timed timing(plan_.refresh_us);
  {
    const statement_text text("EXPLAIN " + made.text);
    open_rows rows(on_, text, parameters, on_.context(context_.where));
    while (rows.next())
      for (const auto& cell : rows.cells())
        if (cell.has_bytes() && cell.text().find("annIndex") != std::string_view::npos) return;
  }
  plan_.warning = why_index_is_unused(on_, *native_, context_);
}

}  // namespace tidb::detail
