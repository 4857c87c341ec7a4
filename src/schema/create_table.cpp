// The SQL that makes tables and indexes.
#include "core/text.hpp"
#include "engine/sql_text.hpp"
#include "schema/default_form.hpp"
#include "schema/embedded_column.hpp"
#include "schema/sql_tokens.hpp"
#include "schema/table_sql.hpp"
#include "tidbxx/core/error.hpp"
#include "tidbxx/sql/printer.hpp"

#include <algorithm>
#include <cstdint>
#include <iterator>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <fmt/format.h>

namespace tidb {

namespace detail {

namespace {

/// Whether the embedded engine holds it as a number: an ENUM and a SET are those of their labels.
bool holds_number(type_kind kind) {
  return is_integer(kind) || kind == type_kind::boolean || kind == type_kind::float32 || kind == type_kind::float64 ||
         kind == type_kind::year || kind == type_kind::bit || kind == type_kind::enumeration || kind == type_kind::set;
}

/// SQLite finds a row fastest by a sole key of type INTEGER: it is the row's own number.
bool is_row_number(const table_definition& table, const column_definition& column) {
  return table.primary_key.size() == 1 && table.primary_key.front() == column.name && is_integer(column.type.kind);
}

}  // namespace

std::string quoted_at_any_length(std::string_view name) {
  std::string quoted = "`";
  for (char letter : name) quoted.append(letter == '`' ? 2 : 1, letter);
  return quoted + '`';
}

/// A literal of a column's own kind: SQLite's checks look at the kind, TiDB takes any text.
std::string default_literal(const table_definition& table, const column_definition& column, sql::dialect to) {
  const auto form = form_of_default(column, column.default_to->text);
  if (!form) refuse(table, column, "its default \"" + column.default_to->text + "\" is no value of it");
  const bool is_bytes = column.type.kind == type_kind::binary || column.type.kind == type_kind::varbinary;
  if (column.type.kind == type_kind::bit) return *form;
  const bool is_plain = std::ranges::all_of(*form, [](char letter) { return letter >= ' ' && letter <= '~'; });
  if (is_bytes && (to == sql::dialect::sqlite || !is_plain))
    return sql::quote_value(value_view::bytes(value_kind::blob, form->data(), form->size()), to);
  if (to == sql::dialect::tidb) return sql::quote_text(*form, to);
  if (!column.labels.empty()) return std::to_string(number_of_labels(column, *form).value_or(0));
  return holds_number(column.type.kind) ? *form : sql::quote_text(*form, to);
}

/// SQLite writes it in another form than its columns hold.
bool is_now(const column_default& what) {
  const auto small = lower(what.text);
  return what.is_expression && (small.starts_with("current_timestamp") || small.starts_with("now("));
}

namespace {

/// What only TiDB knows, as the embedded engine's file says it: there it is a comment.
/// Errors: usage_error for what would end it.
std::string for_tidb_only(std::string_view text) {
  if (text.find("*/") != std::string_view::npos)
    throw_usage("\"" + std::string(text) + "\" would end the comment that it is kept in");
  return " /*T!" + std::string(text) + " */";
}

/// A text in such a comment, which `*/` would end.
std::string commented_text(std::string_view text, sql::dialect to) {
  auto quoted = sql::quote_text(text, to);
  if (to == sql::dialect::sqlite)
    for (auto at = quoted.find("*/"); at != std::string::npos; at = quoted.find("*/", at))
      quoted.replace(at, 2, "*' '/");
  return quoted;
}

/// ('red','green'), or nothing.
std::string label_list(const column_definition& column, sql::dialect to) {
  std::string text;
  for (const auto& label : column.labels) text += (text.empty() ? "(" : ",") + commented_text(label, to);
  return text.empty() ? text : text + ")";
}

std::string embedded_default(const table_definition& table, const column_definition& column) {
  const auto& what = *column.default_to;
  if (!what.is_expression) return " DEFAULT " + default_literal(table, column, sql::dialect::sqlite);
  if (!is_now(what)) return " DEFAULT (" + what.text + ")";
  // SQLite's clock has three digits of fraction
  const auto seconds = column.type.scale == 0 ? std::string("'%S.000000', 'now')")
                       : column.type.scale < 3
                           ? fmt::format("'', 'now') || substr(strftime('%f', 'now'), 1, {}) || '{}'",
                                         3 + column.type.scale, std::string(std::size_t{6} - column.type.scale, '0'))
                           : std::string("'%f000', 'now')");
  const auto form = "strftime('%Y-%m-%d %H:%M:" + seconds.substr(1);
  return " DEFAULT (" + form + ")" + for_tidb_only("DEFAULT " + what.text);
}

std::string generated_sql(const column_definition& column) {
  if (column.generated.empty()) return {};
  return " GENERATED ALWAYS AS (" + column.generated + ")" + (column.stored ? " STORED" : " VIRTUAL");
}

/// What a column is called in the embedded engine's file, and TiDB's name behind it where that does not tell it.
std::string embedded_type_of(const column_definition& column, bool row_number) {
  const auto exact = to_string(column.type) + label_list(column, sql::dialect::sqlite);
  const auto own = row_number ? std::string("INTEGER") : embedded_type(column.type);
  const bool tells = row_number ? column.type == column_type{type_kind::bigint} : column.labels.empty();
  return tells ? own : own + for_tidb_only(exact);
}

std::string embedded_column(const table_definition& table, const column_definition& column) {
  const auto name = sql::quote_identifier(column.name);
  const bool row_number = is_row_number(table, column);
  const bool strict_already = row_number && column.type == column_type{type_kind::bigint};
  const bool counts = column.auto_increment || column.auto_random > 0;
  if (counts && !row_number)
    refuse(table, "on the embedded engine a column that counts by itself is the whole primary key");
  if (column.on_update_now)
    refuse(table, column, "the embedded engine has no ON UPDATE CURRENT_TIMESTAMP: set the column in each update");
  auto text = name + " " + embedded_type_of(column, row_number);
  if (row_number) text += counts ? " PRIMARY KEY AUTOINCREMENT" : " PRIMARY KEY";
  text += generated_sql(column);
  if (!column.nullable) text += " NOT NULL";
  if (column.unique) text += " UNIQUE";
  if (column.default_to) text += embedded_default(table, column);
  if (const auto strict = strict_already ? std::nullopt : embedded_check(column))
    text += " CONSTRAINT " + quoted_at_any_length("tidbxx:" + strict->tag) + " CHECK (" + strict->condition + ")";
  if (column.auto_random > 0) text += for_tidb_only("AUTO_RANDOM(" + std::to_string(column.auto_random) + ")");
  if (!column.collation.empty()) text += for_tidb_only("COLLATE " + sql::quote_identifier(column.collation));
  if (!column.comment.empty()) text += for_tidb_only("COMMENT " + commented_text(column.comment, sql::dialect::sqlite));
  return text;
}

std::string_view words_for(reference_action action) {
  switch (action) {
  case reference_action::no_action: return {};
  case reference_action::restrict: return "RESTRICT";
  case reference_action::cascade: return "CASCADE";
  case reference_action::set_null: return "SET NULL";
  case reference_action::set_default: return "SET DEFAULT";
  }
  return {};
}

/// The options of the whole table, as TiDB has them.
std::string table_options(const table_definition& table, sql::dialect to) {
  std::string text;
  if (!table.collation.empty()) text += " COLLATE " + sql::quote_identifier(table.collation);
  if (!table.comment.empty()) text += " COMMENT " + commented_text(table.comment, to);
  if (table.auto_id_cache > 0) text += " AUTO_ID_CACHE " + std::to_string(table.auto_id_cache);
  if (table.shard_row_id_bits > 0) text += " SHARD_ROW_ID_BITS " + std::to_string(table.shard_row_id_bits);
  if (to == sql::dialect::sqlite && table.clustered) text += *table.clustered ? " CLUSTERED" : " NONCLUSTERED";
  return text;
}

}  // namespace

std::string tidb_column(const table_definition& table, const column_definition& column) {
  constexpr auto tidb = sql::dialect::tidb;
  auto text = sql::quote_identifier(column.name) + " " + to_string(column.type) + label_list(column, tidb);
  if (!column.collation.empty()) text += " COLLATE " + sql::quote_identifier(column.collation);
  text += generated_sql(column);
  text += column.nullable ? " NULL" : " NOT NULL";
  if (column.default_to)
    text += " DEFAULT " + (!column.default_to->is_expression ? default_literal(table, column, tidb)
                           : is_now(*column.default_to)      ? column.default_to->text
                                                             : "(" + column.default_to->text + ")");
  if (column.on_update_now)
    text +=
        " ON UPDATE CURRENT_TIMESTAMP" + (column.type.scale == 0 ? "" : "(" + std::to_string(column.type.scale) + ")");
  if (column.auto_increment) text += " AUTO_INCREMENT";
  if (column.auto_random > 0) text += " AUTO_RANDOM(" + std::to_string(column.auto_random) + ")";
  if (column.unique) text += " UNIQUE";
  if (!column.comment.empty()) text += " COMMENT " + sql::quote_text(column.comment, tidb);
  return text;
}

std::string name_list(std::span<const std::string> names) {
  std::string text;
  for (const auto& each : names) text += (text.empty() ? "(" : ", ") + sql::quote_identifier(each);
  return text + ")";
}

std::string part_list(const index_definition& index, sql::dialect to) {
  std::string text;
  for (const auto& part : index.parts) {
    text += text.empty() ? "(" : ", ";
    if (!part.expression.empty())
      text += "(" + part.expression + ")";
    else if (part.prefix > 0 && to == sql::dialect::sqlite)
      text += "(substr(" + sql::quote_identifier(part.column) + ", 1, " + std::to_string(part.prefix) + "))";
    else
      text += sql::quote_identifier(part.column);
    if (part.prefix > 0 && to == sql::dialect::tidb) text += "(" + std::to_string(part.prefix) + ")";
    if (part.descending) text += " DESC";
  }
  return text + ")";
}

std::string foreign_key_sql(const foreign_key_definition& key) {
  std::string text;
  if (!key.name.empty()) text += "CONSTRAINT " + sql::quote_identifier(key.name) + " ";
  text += "FOREIGN KEY " + name_list(key.columns) + " REFERENCES " + sql::quote_identifier(key.table) + " " +
          name_list(key.referenced);
  if (key.on_delete != reference_action::no_action) text += " ON DELETE " + std::string(words_for(key.on_delete));
  if (key.on_update != reference_action::no_action) text += " ON UPDATE " + std::string(words_for(key.on_update));
  return text;
}

std::string check_sql(const check_definition& check) {
  return (check.name.empty() ? "" : "CONSTRAINT " + sql::quote_identifier(check.name) + " ") + "CHECK (" +
         check.condition + ")";
}

}  // namespace detail

std::string create_table_sql(const table_definition& given, engine_kind engine, bool skip_existing) {
  const auto table = detail::with_names(given);
  const auto name = sql::quote_identifier(table.name);
  detail::check_definition_of(table);
  if (!table.not_told.empty()) detail::refuse(table, "it had more than a definition tells: " + table.not_told.front());
  const bool embedded = engine == engine_kind::embedded;
  std::vector<std::string> elements, apart;
  for (auto column : table.columns) {
    // TiDB would give the index another name than the column's
    const bool is_apart =
        !embedded && column.unique && std::ranges::find(table.primary_key, column.name) != table.primary_key.end();
    if (is_apart) {
      column.unique = false;
      apart.push_back("UNIQUE KEY " + sql::quote_identifier(column.name) + " " + detail::name_list({&column.name, 1}));
    }
    elements.push_back(embedded ? detail::embedded_column(table, column) : detail::tidb_column(table, column));
  }
  const bool in_column = embedded && std::ranges::any_of(table.columns, [&](const auto& column) {
                           return detail::is_row_number(table, column);
                         });
  if (!table.primary_key.empty() && !in_column) {
    elements.push_back("PRIMARY KEY " + detail::name_list(table.primary_key));
    if (!embedded && table.clustered) elements.back() += *table.clustered ? " CLUSTERED" : " NONCLUSTERED";
  }
  std::ranges::move(apart, std::back_inserter(elements));
  if (!embedded)
    for (const auto& index : table.indexes)
      elements.push_back((index.unique ? "UNIQUE KEY " : "KEY ") + sql::quote_identifier(index.name) + " " +
                         detail::part_list(index, sql::dialect::tidb));
  for (const auto& key : table.foreign_keys) elements.push_back(detail::foreign_key_sql(key));
  for (const auto& each : table.checks) elements.push_back(detail::check_sql(each));
  std::string text = "CREATE TABLE " + std::string(skip_existing ? "IF NOT EXISTS " : "") + name + " (";
  for (std::size_t i = 0; i < elements.size(); ++i) text += (i == 0 ? "\n  " : ",\n  ") + elements[i];
  const auto options = detail::table_options(table, detail::dialect_of(engine));
  if (!embedded) {
    text += "\n)" + options;
    for (const auto& option : table.options) text += " " + option;
    return text;
  }
  if (!options.empty()) text += detail::for_tidb_only("TABLE" + options);
  for (const auto& option : table.options) {
    for (detail::token_reader whole(option, sql::dialect::sqlite); !whole.is_over();) whole.next();  // it ends
    if (option.find("--") != std::string::npos || option.find("/*") != std::string::npos ||
        option.find('\n') != std::string::npos)
      detail::refuse(table, "the option \"" + option + "\" has a comment or several lines");
    text += detail::for_tidb_only("TABLE " + option);
  }
  return text + "\n)";
}

std::vector<std::string> create_index_sql(const table_definition& given, engine_kind engine) {
  std::vector<std::string> all;
  if (engine == engine_kind::tidb) return all;
  const auto table = detail::with_names(given);
  for (const auto& index : table.indexes)
    all.push_back("CREATE " + std::string(index.unique ? "UNIQUE " : "") + "INDEX " +
                  detail::quoted_at_any_length(table.name + "." + index.name) + " ON " +
                  sql::quote_identifier(table.name) + " " + detail::part_list(index, sql::dialect::sqlite));
  return all;
}

}  // namespace tidb
