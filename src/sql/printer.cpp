#include "tidbxx/sql/printer.hpp"

#include "sql/statement_printer.hpp"
#include "tidbxx/core/error.hpp"

#include <utility>

namespace tidb::sql {

namespace {

/// Our name of a function, and what a dialect calls it.
struct renamed {
  std::string_view name, becomes;
};

class tidb_printer final : public statement_printer {
  void like(const expression& item) override {
    operand(item.arguments[0]);
    put(item.kind == op::like ? " LIKE " : " NOT LIKE ");
    operand(item.arguments[1]);
    if (item.arguments.size() < 3) return;
    put(" ESCAPE ");  // no parameter can stand here
    put(quote_text(item.arguments[2].literal.view().text(), dialect::tidb));
  }
  void regexp(const expression& item) override { infix(item, item.kind == op::regexp ? " REGEXP " : " NOT REGEXP "); }
  // an integer division would give a decimal of four more digits; the cast makes it real, as SQLite's is made
  void divide(const expression& item) override {
    put("CAST(");
    whole(item.arguments[0]);
    put(" AS DOUBLE) / ");
    operand(item.arguments[1]);
  }
  void concat(const expression& item) override { call("CONCAT", item.arguments); }
  void cast(const expression& item) override {
    constexpr std::string_view types[] = {"SIGNED", "UNSIGNED",    "DOUBLE",  "CHAR", "BINARY",
                                          "DATE",   "DATETIME(6)", "TIME(6)", "JSON"};
    put("CAST(");
    whole(item.arguments[0]);
    put(" AS ");
    put(types[item.index]);
    put(")");
  }
  void null_safe_equal(const expression& item) override { infix(item, " <=> "); }
  void quantified(const expression& item) override {
    put(item.kind == op::any_of ? "ANY " : "ALL ");
    nested(*item.query);
  }
  void rows_of_in(std::span<const expression> rows) override {
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
  void function(const expression& item) override {
    if (item.name == "INSERTED") return inserted(item.arguments[0].name);
    call(item.name, item.arguments);
  }
};

class sqlite_printer final : public statement_printer {
  // SQLite's own LIKE folds the case of ASCII letters and has no default escape
  void like(const expression& item) override {
    if (item.kind == op::not_like) put("NOT ");
    call("TIDB_LIKE", item.arguments);
  }
  void regexp(const expression& item) override { infix(item, item.kind == op::regexp ? " REGEXP " : " NOT REGEXP "); }
  void divide(const expression& item) override {
    put("CAST(");
    whole(item.arguments[0]);
    put(" AS REAL) / ");
    operand(item.arguments[1]);
  }
  void concat(const expression& item) override { infix(item, " || "); }
  void cast(const expression& item) override {
    constexpr std::string_view types[] = {"INTEGER", "INTEGER", "REAL", "TEXT", "BLOB"};
    if (item.index >= std::size(types)) return text_of_time(item);
    put("CAST(");
    whole(item.arguments[0]);
    put(" AS ");
    put(types[item.index]);
    put(")");
  }
  /// Dates and times are text that sorts.
  void text_of_time(const expression& item) {
    switch (static_cast<cast_type>(item.index)) {
    case cast_type::date: put("strftime('%Y-%m-%d', "); break;
    case cast_type::datetime: put("strftime('%Y-%m-%d %H:%M:%f000', "); break;
    case cast_type::json: put("json("); break;
    default: throw_usage("the embedded engine casts nothing to TIME: compute it in the program");
    }
    whole(item.arguments[0]);
    put(")");
  }
  void null_safe_equal(const expression& item) override { infix(item, " IS "); }
  void quantified(const expression& item) override {
    throw_usage(std::string("the embedded engine has no ") + (item.kind == op::any_of ? "ANY" : "ALL") +
                " of a query: compare with MIN or MAX of it, or use in()");
  }
  void rows_of_in(std::span<const expression> rows) override {
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
    assignments(into.set);
  }
  void inserted(std::string_view column) override {
    put("excluded.");
    name(column);
  }
  void function(const expression& item) override {
    if (item.name == "INSERTED") return inserted(item.arguments[0].name);
    for (const auto& [name, becomes] : renames)
      if (item.name == name) return call(becomes, item.arguments);
    call(item.name, item.arguments);
  }

  static constexpr renamed renames[] = {{"CHAR_LENGTH", "length"}, {"GREATEST", "max"}, {"LEAST", "min"},
                                        {"RAND", "random"},        {"LN", "ln"},        {"IF", "iif"}};
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

}  // namespace

printed print(const select& statement, dialect to) { return print_as(statement, to); }

printed print(const insert& statement, dialect to) { return print_as(statement, to); }

printed print(const update& statement, dialect to) { return print_as(statement, to); }

printed print(const erase& statement, dialect to) { return print_as(statement, to); }

}  // namespace tidb::sql
