// The rows of schemas at random, written and read as what they mean.
#include "support/schema_pairs.hpp"

#include <algorithm>
#include <span>
#include <utility>

#include <fmt/format.h>

namespace tests {

namespace {

using tidb::engine_kind;
using tidb::type_kind;

/// SQL of a value as the column holds it.
std::string literal(const meant_column& of, const std::optional<std::string>& value, engine_kind engine) {
  if (!value) return "NULL";
  const bool embedded = engine == engine_kind::embedded;
  const auto quoted = tidb::sql::quote_text(*value, embedded ? tidb::sql::dialect::sqlite : tidb::sql::dialect::tidb);
  const auto& column = of.column;
  switch (of.of) {
  case meaning::serial:
  case meaning::number:
    if (column.type.kind == type_kind::varchar || column.type.kind == type_kind::text) return quoted;
    if (column.type.kind != type_kind::decimal || !embedded) return *value;
    return column.type.scale == 0 ? quoted : "'" + *value + "." + std::string(column.type.scale, '0') + "'";
  case meaning::real:
  case meaning::season:
  case meaning::flags: return *value;
  case meaning::word:
    if (!embedded || column.labels.empty()) return quoted;
    return std::to_string(std::ranges::find(column.labels, *value) - column.labels.begin() + 1);
  case meaning::day:
    return embedded && column.type.kind != type_kind::date && column.type.kind != type_kind::varchar
               ? "'" + *value + " 00:00:00.000000'"
               : quoted;
  case meaning::tags: {
    if (!embedded) return quoted;
    std::size_t bits = 0;
    for (std::size_t i = 0; i < column.labels.size(); ++i)
      if (("," + *value + ",").find("," + column.labels[i] + ",") != std::string::npos) bits |= std::size_t{1} << i;
    return std::to_string(bits);
  }
  case meaning::moment: return embedded ? "'0" + *value + ".000000'" : quoted;
  case meaning::raw: return "x'" + *value + "'";
  case meaning::document: return quoted;
  case meaning::point: return embedded ? "VEC_FROM_TEXT(" + quoted + ")" : quoted;
  }
  return {};
}

/// What a text of the engine's means.
std::string meaning_of(const meant_column& of, std::string text, engine_kind engine) {
  const auto& labels = of.column.labels;
  switch (of.of) {
  case meaning::serial:
  case meaning::number:
  case meaning::real:
    if (text.find('.') != std::string::npos) {
      text.erase(text.find_last_not_of('0') + 1);
      if (text.ends_with('.')) text.pop_back();
    }
    return text;
  case meaning::word:
    if (engine == engine_kind::tidb || labels.empty()) return text;
    return labels[std::stoul(text) - 1];
  case meaning::day: return text.substr(0, 10);
  case meaning::tags: {
    std::string all;
    for (const auto& each : meant_tags) {
      const auto place = std::ranges::find(labels, each) - labels.begin();
      const bool is_there = engine == engine_kind::tidb ? ("," + text + ",").find("," + each + ",") != std::string::npos
                                                        : (std::stoul(text) >> place & 1U) != 0;
      if (is_there) all += (all.empty() ? "" : ",") + each;
    }
    return all;
  }
  case meaning::moment: return text.substr(engine == engine_kind::embedded ? 1 : 0, 8);
  case meaning::raw: {
    std::ranges::transform(text, text.begin(), [](char letter) {
      return letter >= 'A' && letter <= 'F' ? static_cast<char>(letter + 32) : letter;
    });
    return text;
  }
  default: return text;
  }
}

/// SQL of a column's value as text.
std::string as_text(const meant_column& of, engine_kind engine) {
  const auto name = tidb::sql::quote_identifier(of.column.name);
  if (of.of == meaning::raw) return "CASE WHEN " + name + " IS NOT NULL THEN HEX(" + name + ") END";
  if (of.of == meaning::flags && engine == engine_kind::tidb) return "CAST(" + name + " + 0 AS CHAR)";
  if (of.of == meaning::point) return "VEC_AS_TEXT(" + name + ")";
  return "CAST(" + name + (engine == engine_kind::embedded ? " AS TEXT)" : " AS CHAR)");
}

/// The rows of a table as what they mean.
std::vector<std::vector<std::optional<std::string>>> read(const tidb::client& db, const meant_table& table,
                                                          std::span<const meant_column> columns) {
  std::string list;
  for (const auto& each : columns) list += (list.empty() ? "" : ", ") + as_text(each, db.engine());
  std::vector<std::vector<std::optional<std::string>>> all;
  for (const auto& row : db.query("SELECT " + list + " FROM " + tidb::sql::quote_identifier(table.table.name)).all()) {
    auto& cells = all.emplace_back();
    for (std::size_t i = 0; i < columns.size(); ++i) {
      const auto cell = row[i].view();
      cells.push_back(cell.is_null() ? std::nullopt
                                     : std::optional(meaning_of(columns[i], std::string(cell.text()), db.engine())));
    }
  }
  std::ranges::sort(all);
  return all;
}

std::string list_of(const std::vector<std::optional<std::string>>& row) {
  std::string text;
  for (const auto& cell : row) text += " " + cell.value_or("NULL");
  return text;
}

}  // namespace

void fill(const tidb::client& db, const schema_pair& pair) {
  auto tables = schema_pair::tables(pair.from);
  for (auto& table : tables) table.foreign_keys.clear();  // rows come in any order
  (void)tidb::migrate(db, tables);
  for (const auto& table : pair.from) {
    std::string rows, names;
    for (const auto& each : table.columns)
      names += (names.empty() ? "" : ", ") + tidb::sql::quote_identifier(each.column.name);
    for (const auto& row : table.rows) {
      rows += rows.empty() ? "(" : ", (";
      for (std::size_t i = 0; i < row.size(); ++i)
        rows += (i == 0 ? "" : ", ") + literal(table.columns[i], row[i], db.engine());
      rows += ")";
    }
    if (!rows.empty())
      db.execute(std::string("INSERT ") +
                 (db.engine() == engine_kind::tidb ? "/*+ SET_VAR(allow_auto_random_explicit_insert=1) */ " : "") +
                 "INTO " + tidb::sql::quote_identifier(table.table.name) + " (" + names + ") VALUES " + rows);
  }
  (void)tidb::migrate(db, schema_pair::tables(pair.from));
}

std::string what_is_lost(const tidb::client& db, const schema_pair& pair) {
  for (const auto& table : pair.to) {
    if (table.was.empty()) continue;
    const auto from = std::ranges::find(pair.from, table.was, [](const auto& each) { return each.table.name; });
    std::vector<meant_column> kept;
    std::vector<std::size_t> places;
    for (const auto& column : table.columns) {
      if (column.was.empty()) continue;
      kept.push_back(column);
      places.push_back(static_cast<std::size_t>(
          std::ranges::find(from->columns, column.was, [](const auto& each) { return each.column.name; }) -
          from->columns.begin()));
    }
    std::vector<std::vector<std::optional<std::string>>> expected;
    for (const auto& row : from->rows) {
      auto& cells = expected.emplace_back();
      for (std::size_t i = 0; i < kept.size(); ++i) {
        const auto& cell = row[places[i]];
        const bool is_filled = !cell && !kept[i].column.nullable && kept[i].column.default_to;
        cells.push_back(is_filled ? std::optional(kept[i].column.default_to->text) : cell);
      }
    }
    std::ranges::sort(expected);
    const auto found = read(db, table, kept);
    if (found == expected) continue;
    if (found.size() != expected.size())
      return fmt::format("{} has {} rows, not {}", table.table.name, found.size(), expected.size());
    const auto differs = std::ranges::mismatch(found, expected);
    return table.table.name + " has" + list_of(*differs.in1) + ", not" + list_of(*differs.in2);
  }
  return {};
}

}  // namespace tests
