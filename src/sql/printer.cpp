#include "tidbxx/sql/printer.hpp"

#include "core/text.hpp"
#include "sql/statement_printer.hpp"
#include "tidbxx/core/error.hpp"

#include <algorithm>
#include <array>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tidb::sql {

namespace {

/// SQLite has functions of these names that answer otherwise than TiDB, and indexes of existing files may use them:
/// ours have a prefix there.
constexpr std::array<std::string_view, 35> named_otherwise{
    "abs",         "ceil",       "ceiling",     "char",         "date",       "extract",      "floor",
    "format",      "hex",        "insert",      "instr",        "json_array", "json_extract", "json_insert",
    "json_object", "json_quote", "json_remove", "json_replace", "json_set",   "json_type",    "json_valid",
    "left",        "length",     "log",         "lower",        "mod",        "quote",        "replace",
    "right",       "round",      "sign",        "substr",       "substring",  "trim",         "upper"};

constexpr std::string_view each_row = "_tidbxx_each";
constexpr std::string_view each_value = "_tidbxx_value";

bool has_exact(const node& item) {
  return std::any_of(&item, &item + item.size, [](const node& each) { return each.kind == op::exact; });
}

/// Columns that were set before as what they were set to.
expression with_changes(const expression& whole, const node& item, std::span<const assignment> before) {
  if (item.kind == op::column) {
    const auto found = std::ranges::find(before, item.name(), &assignment::column);
    return found == before.end() ? whole.part(item) : found->to;
  }
  auto changed = whole.head(item);
  for (const auto& argument : item.arguments()) changed.add(with_changes(whole, argument, before));
  return changed;
}

/// TiDB's ON DUPLICATE KEY UPDATE sets one column after the other, where SQLite's sees the row as it was.
std::vector<assignment> one_after_another(std::span<const assignment> set) {
  std::vector<assignment> made;
  for (const auto& [column, to] : set) made.push_back({column, with_changes(to, to.root(), made)});
  return made;
}

class tidb_printer final : public statement_printer {
  dialect spoken() const override { return dialect::tidb; }
  void like(const node& item) override {
    operand(item[0]);
    put(item.kind == op::like ? " LIKE " : " NOT LIKE ");
    operand(item[1]);
    if (item.count < 3) return;
    put(" ESCAPE ");  // no parameter can stand here
    put(quote_text(item[2].name(), dialect::tidb));
  }
  // an integer division would give a decimal of four more digits; the cast makes it real, as SQLite's is made
  void divide(const node& item) override {
    put("CAST(");
    whole(item[0]);
    put(" AS DOUBLE) / ");
    operand(item[1]);
  }
  void concat(const node& item) override { call("CONCAT", item.arguments()); }
  void exact(const node& item) override { operand(item); }
  void cast(const node& item) override {
    constexpr std::string_view types[] = {"SIGNED", "UNSIGNED",    "DOUBLE",  "CHAR", "BINARY",
                                          "DATE",   "DATETIME(6)", "TIME(6)", "JSON"};
    put("CAST(");
    whole(item[0]);
    put(" AS ");
    put(types[item.index()]);
    put(")");
  }
  void null_safe_equal(const node& item) override { infix(item, " <=> "); }
  void quantified(const node& item) override {
    const auto& rows = item[1];
    operand(item[0]);
    put(sign_of(item.kind));
    put(rows.kind == op::any_of ? "ANY " : "ALL ");
    nested(*rows.query);
  }
  void rows_of_in(node_range rows) override {
    put("(");
    list(rows);
    put(")");
  }
  std::string_view no_limit() const override { return " LIMIT 18446744073709551615"; }
  void lock(const row_lock& how) override {
    put(" FOR UPDATE");
    for (std::size_t i = 0; i < how.of.size(); ++i) {
      put(i == 0 ? " OF " : ", ");
      name(how.of[i]);
    }
    if (how.waiting == lock_wait::nowait) put(" NOWAIT");
    if (how.waiting == lock_wait::skip_locked) put(" SKIP LOCKED");
  }
  void hints(std::span<const std::string> hints) override {
    put("/*+ ");
    for (const auto& hint : hints) {
      if (hint.find("*/") != std::string::npos) throw_usage("the hint \"" + hint + "\" ends the comment it is sent in");
      put(hint);
      put(" ");
    }
    put("*/ ");
  }
  void as_of(std::string_view time) override {
    put(" AS OF TIMESTAMP ");
    put(quote_text(time, dialect::tidb));
  }
  void conflict(const insert& into) override {
    put(" ON DUPLICATE KEY UPDATE ");
    if (into.conflict == on_conflict::update) return assignments(into.set);
    // INSERT IGNORE would cut what is too long, too
    name(into.columns.front());
    put(" = ");
    name(into.columns.front());
  }
  void inserted(std::string_view column) override {
    put("VALUES(");
    name(column);
    put(")");
  }
  std::string_view name_of(op kind) const override {
    return kind == op::round_real ? "ROUND" : kind == op::decimal_sum ? "SUM" : "AVG";
  }
  void date_add(const node& item) override {
    put("DATE_ADD(");
    whole(item[0]);
    put(", INTERVAL ");
    operand(item[1]);
    put(" ");
    put(item.name());
    put(")");
  }
  void group_concat(const node& item) override {
    put("GROUP_CONCAT(");
    whole(item[0]);
    std::string_view before = " ORDER BY ";
    for (const auto& term : item.arguments().without(1)) {
      if (is_constant(term)) continue;
      put(std::exchange(before, ", "));
      whole(term);
    }
    put(" SEPARATOR ");  // no parameter can stand here
    put(quote_text(item.name(), dialect::tidb));
    put(")");
  }
  void statement_with_joins(const update& of) override {
    put("UPDATE ");
    sources(of.table, of.joins);
    put(" SET ");
    assignments(of.set, of.table);
    condition(" WHERE ", of.where);
  }
  void statement_with_joins(const erase& from) override {
    put("DELETE ");
    name(from.table);
    put(" FROM ");
    sources(from.table, from.joins);
    condition(" WHERE ", from.where);
  }
};

class sqlite_printer final : public statement_printer {
  dialect spoken() const override { return dialect::sqlite; }
  /// Durations are text there, and negative ones have the order of numbers only if that is said.
  void literal(const node& item) override {
    const bool duration = item.literal().kind == value_kind::time;
    if (duration) put("(");
    statement_printer::literal(item);
    if (duration) put(" COLLATE TIDBXX_TIME)");
  }
  /// A COLLATE among the arguments would be that of the result, too, and texts would be compared as decimals.
  bool ends_collation(const node& item) const override {
    const bool gives_text = item.kind == op::function || item.kind == op::case_when || item.kind == op::cast ||
                            item.kind == op::concat || item.kind == op::over;
    return gives_text && has_exact(item);
  }
  // SQLite's own LIKE folds the case of ASCII letters and has no default escape
  void like(const node& item) override {
    put(item.kind == op::not_like ? "NOT TIDB_LIKE(" : "TIDB_LIKE(");
    list(item.arguments().first(2));
    if (item.count > 2) {
      put(", ");
      constant_slot(value_view::of(item[2].name()));
    }
    put(")");
  }
  void divide(const node& item) override {
    put("CAST(");
    whole(item[0]);
    put(" AS REAL) / ");
    operand(item[1]);
  }
  void concat(const node& item) override { infix(item, " || "); }
  /// Decimals are text there, and a computed one has the order of numbers only if that is said.
  void exact(const node& item) override {
    put("(");
    switch (item.kind) {
    case op::add: call("TIDBXX_DECIMAL_ADD", item.arguments()); break;
    case op::subtract: call("TIDBXX_DECIMAL_SUBTRACT", item.arguments()); break;
    case op::multiply: call("TIDBXX_DECIMAL_MULTIPLY", item.arguments()); break;
    case op::function: decimal_function(item); break;
    case op::parameter: argument(item); break;
    default: print_operator(item);
    }
    put(" COLLATE TIDBXX_DECIMAL)");
  }
  /// Its value may be a whole number.
  void argument(const node& item) {
    put("TIDBXX_DECIMAL_ADD(");
    whole(item);
    put(", 0)");
  }
  void decimal_function(const node& item) {
    constexpr std::array<std::string_view, 5> ours{"ABS", "ROUND", "TRUNCATE", "GREATEST", "LEAST"};
    if (std::ranges::find(ours, item.name()) == ours.end()) return function(item);
    call("TIDBXX_DECIMAL_" + std::string(item.name()), item.arguments());
  }
  void cast(const node& item) override {
    switch (static_cast<cast_type>(item.index())) {
    case cast_type::signed_integer:
    case cast_type::unsigned_integer: return whole_number(item[0]);
    case cast_type::text: return call("TIDBXX_TEXT", item.arguments());
    case cast_type::real: return plain_cast(item, "REAL");
    case cast_type::bytes: return plain_cast(item, "BLOB");
    default: text_of_time(item);
    }
  }
  void plain_cast(const node& item, std::string_view type) {
    put("CAST(");
    whole(item[0]);
    put(" AS ");
    put(type);
    put(")");
  }
  /// SQLite would cut off what TiDB rounds; a text is cut off there, too, unless it is a decimal.
  void whole_number(const node& item) {
    const bool decimal = item.kind == op::exact;
    put("TIDBXX_INTEGER(");
    if (decimal) put("TIDBXX_DECIMAL_ROUND(");
    whole(item);
    put(decimal ? ", 0))" : ")");
  }
  /// Dates and times are text that sorts.
  void text_of_time(const node& item) {
    const auto to = static_cast<cast_type>(item.index());
    if (to == cast_type::time) throw_usage("the embedded engine casts nothing to TIME: compute it in the program");
    put(to == cast_type::date ? "TIDB_DATE(" : to == cast_type::json ? "json(" : "DATE_FORMAT(");
    whole(item[0]);
    put(to == cast_type::datetime ? ", '%Y-%m-%d %H:%i:%s.%f')" : ")");
  }
  void null_safe_equal(const node& item) override { infix(item, " IS "); }
  /// SQLite has neither ANY nor ALL: each row is compared, and what that gives is counted.
  void quantified(const node& item) override {
    const bool any = item[1].kind == op::any_of;
    const auto& query = *item[1].query;
    if (item.kind == (any ? op::equal : op::not_equal)) {
      operand(item[0]);
      put(any ? " IN " : " NOT IN ");
      return nested(query);
    }
    const auto compared = [&] {
      operand(item[0]);
      put(sign_of(item.kind));
      name(each_value);
    };
    put("(WITH ");
    name(each_row);
    put("(");
    name(each_value);
    put(") AS ");
    nested(query);
    put(" SELECT CASE WHEN ");
    inside([&] {
      put(any ? "MAX(" : "MIN(");
      compared();
      put(any ? ") THEN 1 WHEN COUNT(*) > COUNT(" : ") = 0 THEN 0 WHEN COUNT(*) > COUNT(");
      compared();
    });
    put(any ? ") THEN NULL ELSE 0 END FROM " : ") THEN NULL ELSE 1 END FROM ");
    name(each_row);
    put(")");
  }
  void rows_of_in(node_range rows) override {
    put("(VALUES ");
    list(rows);
    put(")");
  }
  std::string_view no_limit() const override { return " LIMIT -1"; }
  void lock(const row_lock& /*how*/) override {}
  void hints(std::span<const std::string> /*hints*/) override {}
  void as_of(std::string_view /*time*/) override {
    throw_usage("the embedded engine keeps no earlier states: as_of() is for TiDB");
  }
  void conflict(const insert& into) override {
    put(into.conflict == on_conflict::ignore ? " ON CONFLICT DO NOTHING" : " ON CONFLICT DO UPDATE SET ");
    assignments(one_after_another(into.set));
  }
  void inserted(std::string_view column) override {
    put("excluded.");
    name(column);
  }
  void function(const node& item) override {
    const bool otherwise = std::ranges::find(named_otherwise, detail::lower(item.name())) != named_otherwise.end();
    call((otherwise ? "TIDB_" : "") + std::string(item.name()), item.arguments());
  }
  std::string_view name_of(op kind) const override {
    return kind == op::round_real    ? "TIDB_ROUND_REAL"
           : kind == op::decimal_sum ? "TIDBXX_DECIMAL_SUM"
                                     : "TIDBXX_DECIMAL_AVG";
  }
  void date_add(const node& item) override {
    put("TIDBXX_DATE_ADD(");
    whole(item[0]);
    put(", ");
    whole(item[1]);
    put(", ");
    put(quote_text(item.name(), dialect::sqlite));
    put(")");
  }
  void group_concat(const node& item) override {
    put("TIDB_GROUP_CONCAT(");
    whole(item[0]);
    put(", ");
    constant_slot(value_view::of(item.name()));
    for (const auto& term : item.arguments().without(1)) {
      if (const auto nulls = static_cast<null_order>(term.index()); nulls != null_order::by_default) {
        put(", ");
        operand(term[0]);
        put(nulls == null_order::first ? " IS NOT NULL, 1" : " IS NULL, 1");
      }
      put(", ");
      whole(term[0]);
      put(term.kind == op::descending ? ", -1" : ", 1");
    }
    put(")");
  }
  void statement_with_joins(const update& of) override {
    put("UPDATE ");
    name(of.table);
    put(" SET ");
    assignments(of.set);
    put(" FROM ");
    condition(" WHERE ", of_first(of.joins, of.where));
  }
  /// SQLite deletes from one table: the others are looked through for each of its rows.
  void statement_with_joins(const erase& from) override {
    put("DELETE FROM ");
    name(from.table);
    put(" WHERE EXISTS (SELECT 1 FROM ");
    condition(" WHERE ", of_first(from.joins, from.where));
    put(")");
  }
  /// Prints the tables as sources, the first without its condition, which the other table is part of: together with
  /// that of the statement.
  expression of_first(std::span<const join> joins, const expression& where) {
    const auto& first = joins.front();
    source(first.table, first.alias);
    print_joins(joins.subspan(1));
    return both(first.on, where);
  }
};

template <class Statement>
printed print_as(const Statement& statement, dialect to) {
  if (to == dialect::tidb) {
    tidb_printer out;
    out.statement(statement);
    return std::move(out).take();
  }
  sqlite_printer out;
  out.statement(statement);
  return std::move(out).take();
}

template <class Statement>
std::string batches_of(const Statement& statement, std::string_view column, std::uint64_t rows) {
  if (rows == 0) throw_usage("a batch has at least one row");
  if (!statement.joins.empty() || !statement.order.arguments().empty() || statement.limit)
    throw_usage("a statement in batches has no join, no order and no limit");
  tidb_printer out;
  out.put_values();
  out.statement(statement);
  const auto by = column.empty() ? "" : "ON " + quote_identifier(column) + " ";
  return "BATCH " + by + "LIMIT " + std::to_string(rows) + " " + std::move(out).take().text;
}

}  // namespace

std::string print_in_batches(const update& statement, std::string_view column, std::uint64_t rows) {
  return batches_of(statement, column, rows);
}

std::string print_in_batches(const erase& statement, std::string_view column, std::uint64_t rows) {
  return batches_of(statement, column, rows);
}

printed print(const select& statement, dialect to) { return print_as(statement, to); }

printed print(const insert& statement, dialect to) { return print_as(statement, to); }

printed print(const update& statement, dialect to) { return print_as(statement, to); }

printed print(const erase& statement, dialect to) { return print_as(statement, to); }

}  // namespace tidb::sql
