#include "search/table_rows.hpp"

#include "search/own_sql.hpp"
#include "search/search_index.hpp"
#include "tidbxx/core/vector.hpp"
#include "tidbxx/sql/printer.hpp"

#include <algorithm>
#include <bit>
#include <string>

namespace tidb::detail {

namespace {

constexpr std::size_t keys_at_once = 128;  // one text for all full batches, so that it is prepared once

std::string quoted(std::string_view name) { return sql::quote_identifier(name); }

std::string key_list(const indexed_column& of) {
  if (of.key_columns.empty()) return quoted(of.key);
  std::string names;
  for (const auto& column : of.key_columns) names += (names.empty() ? "" : ", ") + quoted(column.name);
  return names;
}

/// For the values of keys. A batch that is not full repeats its last key up to a power of two: few texts to prepare.
std::string places(std::size_t count, std::size_t width) {
  std::string one = "?";
  for (std::size_t i = 1; i < width; ++i) one += ",?";
  if (width > 1) one = "(" + one + ")";
  std::string text = one;
  for (std::size_t i = 1; i < std::bit_ceil(count); ++i) text += "," + one;
  return text;
}

std::string select_rows(const index_manifest& of, const index_place& place) {
  std::string columns;
  for (const auto& column : place.columns) columns += ", " + quoted(column);
  return "SELECT " + key_list(of.of) + columns + " FROM " + quoted(place.table) + " WHERE ";
}

void read_cells(const executor& on, const index_manifest& of, const statement_text& text,
                std::span<const value_view> parameters, cells_taker f, const call_context& context) {
  open_rows rows(on, text, parameters, on.context(context.where));
  const auto& key = of.of.key_columns;
  const auto width = std::max<std::size_t>(key.size(), 1);
  while (rows.next()) {
    const auto cells = rows.cells();
    if (key.empty()) {
      if (cells[0].kind == value_kind::integer) f(cells[0].integer, {}, cells.subspan(width));
    } else if (const auto name = name_of_key(key, cells); !name.empty()) {
      f(row_number_of(name), name, cells.subspan(width));
    }
  }
}

/// The vector of a cell, if it is one of the index's; another tool may have written anything.
bool read_vector(const value_view& cell, std::vector<float>& out) {
  return decode_floats(cell, out.data(), out.size()) == decode_result::ok && check_vector(out).empty();
}

}  // namespace

void each_row_cells(const executor& on, const index_manifest& of, const index_place& place, cells_taker f,
                    const call_context& context) {
  std::string any;
  for (const auto& column : place.columns) any += (any.empty() ? "" : " OR ") + quoted(column) + " IS NOT NULL";
  read_cells(on, of, statement_text(select_rows(of, place) + any), {}, f, context);
}

void each_row_with(const executor& on, const index_manifest& of, const index_place& place, const row_keys& keys,
                   cells_taker f, const call_context& context) {
  const auto& columns = of.of.key_columns;
  const auto width = std::max<std::size_t>(columns.size(), 1);
  const auto list = key_list(of.of);
  const auto select = select_rows(of, place) + (width > 1 ? "(" + list + ")" : list) + " IN (";
  for (std::size_t first = 0; first < keys.size(); first += keys_at_once) {
    const auto some = std::min(keys.size() - first, keys_at_once);
    std::vector<value_view> parameters;
    for (std::size_t i = 0; i < std::bit_ceil(some); ++i) {
      const auto at = first + std::min(i, some - 1);
      if (columns.empty())
        parameters.push_back(value_view::of(keys.numbers[at]));
      else if (!add_values(keys.name(at), columns, parameters))
        throw damaged_index("its delta names a key that is none of the table's");
    }
    read_cells(on, of, statement_text(select + places(some, width) + ")"), parameters, f, context);
  }
}

void each_row(const executor& on, const index_manifest& of, const index_place& place, row_taker f,
              const call_context& context) {
  std::vector<float> vector(of.of.dimensions);
  each_row_cells(
      on, of, place,
      [&](std::int64_t number, std::string_view name, std::span<const value_view> cells) {
        if (read_vector(cells.front(), vector)) f(number, name, vector);
      },
      context);
}

table_rows read_rows(const executor& on, const index_manifest& of, const index_place& place, const row_keys& keys,
                     const call_context& context) {
  table_rows found;
  std::vector<float> vector(of.of.dimensions);
  const auto take = [&](std::int64_t number, std::string_view name, std::span<const value_view> cells) {
    if (!read_vector(cells.front(), vector)) return;
    found.keys.add(number, name);
    found.vectors.insert(found.vectors.end(), vector.begin(), vector.end());
  };
  each_row_with(on, of, place, keys, take, context);
  return found;
}

}  // namespace tidb::detail
