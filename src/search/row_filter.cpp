#include "search/row_filter.hpp"

#include "engine/sqlite/functions.hpp"
#include "orm/columns_among.hpp"
#include "search/own_sql.hpp"
#include "tidbxx/sql/printer.hpp"

#include <algorithm>
#include <bit>
#include <cstring>
#include <limits>
#include <vector>

namespace tidb::detail {

namespace {

/// A list that repeats its last key up to a power of two, or a multiple of 16 before 64: few texts to prepare.
sql::expression is_among(const std::string& key, std::span<const std::int64_t> keys) {
  auto among = sql::expression(sql::op::in);
  const auto count = keys.size() <= 64 ? (keys.size() + 15) / 16 * 16 : std::bit_ceil(keys.size());
  among.add(sql::column({}, key));
  for (std::size_t i = 0; i < count; ++i) among.add_literal(value_view::of(keys[std::min(i, keys.size() - 1)]));
  return among;
}

}  // namespace

std::uint64_t next_probe(std::uint64_t probed, std::uint64_t found, std::uint64_t wanted) {
  return found == 0 ? 8 * probed : std::max(2 * probed, 3 * wanted * probed / (2 * found));
}

std::uint64_t wanted_rows(const search_request& request) {
  constexpr auto most = static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max());
  return request.limit > most - request.offset ? most : request.limit + request.offset;
}

void row_filter::add_key_columns(sql::select& statement) const {
  if (of_.key_columns.empty()) statement.columns.add(sql::column({}, of_.key));
  for (const auto& column : of_.key_columns) statement.columns.add(sql::column({}, column.name));
}

std::int64_t row_filter::key_in(std::span<const value_view> cells, std::string& name) const {
  if (of_.key_columns.empty()) return cells[0].integer;
  name = name_of_key(of_.key_columns, cells);
  return row_number_of(name);
}

sql::select row_filter::matching(std::int64_t most) const {
  sql::select statement{};
  add_key_columns(statement);
  statement.table = request_.rows.table;
  statement.where = request_.where;  // a row without a value is not in the index: to ask for one reads each row
  statement.limit = row_number(static_cast<std::uint64_t>(most));
  return statement;
}

row_keys row_filter::matching_keys(std::int64_t most) const {
  const auto made = sql::print(matching(most), dialect_of(on_));
  const auto parameters = literals(made.slots, context_);
  row_keys keys;
  if (on_.engine() == engine_kind::tidb) {
    const statement_text text(made.text);
    open_rows rows(on_, text, parameters, on_.context(context_.where));
    while (rows.next()) {
      if (of_.key_columns.empty())
        keys.add(rows.cells()[0].integer, {});
      else if (const auto name = name_of_key(of_.key_columns, rows.cells()); !name.empty())
        keys.add(row_number_of(name), name);
    }
    return keys;
  }
  // all in one row: it takes longer to fetch many than to find them
  const statement_text text(std::string("SELECT ") + collect_function + "(" + sql::quote_identifier(of_.key) +
                            ") FROM (" + made.text + ")");
  open_rows rows(on_, text, parameters, on_.context(context_.where));
  if (!rows.next() || !rows.cells()[0].has_bytes()) return keys;
  const auto bytes = rows.cells()[0].text();
  keys.numbers.resize(bytes.size() / sizeof(std::int64_t));
  if (!keys.empty()) std::memcpy(keys.numbers.data(), bytes.data(), bytes.size());
  return keys;
}

bool row_filter::has_index(const index_listing& known) const {
  return finds_by_index(on_, matching(1), known, context_);
}

sql::expression row_filter::has_key_among(const row_keys& keys) const {
  if (of_.key_columns.empty()) return is_among(of_.key, keys.numbers);
  std::vector<std::string> columns;
  for (const auto& column : of_.key_columns) columns.push_back(column.name);
  std::vector<key_values> lists(keys.size());
  for (std::size_t i = 0; i < keys.size(); ++i)
    if (!add_values(keys.name(i), of_.key_columns, lists[i]))
      throw damaged_index("it has a key that is none of the table's");
  return columns_among({}, columns, lists);
}

bool finds_by_index(const executor& on, const sql::select& statement, const index_listing& known,
                    const call_context& context) {
  const auto made = sql::print(statement, dialect_of(on));
  if (const auto noted = known.filter_has_index(made.text)) return *noted;
  const auto parameters = literals(made.slots, context);
  const bool embedded = on.engine() == engine_kind::embedded;
  const statement_text text((embedded ? "EXPLAIN QUERY PLAN " : "EXPLAIN ") + made.text);
  open_rows rows(on, text, parameters, on.context(context.where));
  const auto reads_all = [&](std::string_view step) {
    return embedded ? step.starts_with("SCAN") : step.find("TableFullScan") != std::string_view::npos;
  };
  bool has = true;
  while (rows.next()) {
    const auto& step = rows.cells()[embedded ? 3 : 0];
    has = has && step.has_bytes() && !reads_all(step.text());
  }
  known.note_filter(made.text, has);
  return has;
}

}  // namespace tidb::detail
