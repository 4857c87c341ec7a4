#include "tidbxx/sql/printer.hpp"

#include "tidbxx/core/error.hpp"

#include <algorithm>
#include <memory>
#include <span>
#include <utility>

namespace tidb::sql {

namespace {

/// One printer for both dialects; a dialect overrides what it says otherwise.
class printer {
public:
  virtual ~printer() = default;

  printed take() && { return std::move(out_); }

  void statement(const select& from);
  void statement(const insert& into);
  void statement(const update& of);
  void statement(const erase& from);

protected:
  void put(std::string_view text) { out_.text += text; }
  void operand(const expression& item) { print(item, true); }

  // What dialects say differently.
  virtual void like(const expression& item) = 0;
  virtual void divide(const expression& item) = 0;
  virtual std::string_view no_limit() const = 0;
  virtual std::string_view lock() const = 0;

private:
  void name(std::string_view identifier) { put(quote_identifier(identifier)); }
  void slot_for(slot made) {
    put("?");
    out_.slots.push_back(std::move(made));
  }
  /// `nested`: an operator's operand, which gets parentheses if it is an operator itself.
  void print(const expression& item, bool nested);
  void infix(const expression& item, std::string_view sign);
  void chain(std::span<const expression> items, std::string_view sign);
  void membership(const expression& item);
  void list(std::span<const expression> items);
  void order(const select& from);
  void page(const select& from);
  void condition(const expression& where);

  printed out_;
  std::string_view qualifier_;  ///< the table of columns that name none; empty where that is plain
};

std::string_view sign_of(op kind) {
  switch (kind) {
  case op::equal: return " = ";
  case op::not_equal: return " <> ";
  case op::less: return " < ";
  case op::less_equal: return " <= ";
  case op::greater: return " > ";
  case op::greater_equal: return " >= ";
  case op::logical_and: return " AND ";
  case op::logical_or: return " OR ";
  case op::add: return " + ";
  case op::subtract: return " - ";
  case op::multiply: return " * ";
  case op::modulo: return " % ";
  default: return {};
  }
}

bool is_atom(op kind) {
  return kind == op::column || kind == op::literal || kind == op::parameter || kind == op::function || kind == op::star;
}

void printer::print(const expression& item, bool nested) {
  if (item.kind == op::label) return print(item.arguments.front(), nested);
  const bool parentheses = nested && !is_atom(item.kind);
  if (parentheses) put("(");
  switch (item.kind) {
  case op::column:
    if (const auto table = item.table.empty() ? qualifier_ : std::string_view(item.table); !table.empty()) {
      name(table);
      put(".");
    }
    name(item.name);
    break;
  case op::literal: slot_for({.literal = item.literal}); break;
  case op::parameter: slot_for({.is_argument = true, .index = item.index}); break;
  case op::function:
    put(item.name);
    put("(");
    list(item.arguments);
    put(")");
    break;
  case op::star: put("*"); break;
  case op::like:
  case op::not_like: like(item); break;
  case op::in:
  case op::not_in: membership(item); break;
  case op::between:
    operand(item.arguments[0]);
    put(" BETWEEN ");
    operand(item.arguments[1]);
    put(" AND ");
    operand(item.arguments[2]);
    break;
  case op::is_null:
  case op::is_not_null:
    operand(item.arguments[0]);
    put(item.kind == op::is_null ? " IS NULL" : " IS NOT NULL");
    break;
  case op::logical_not:
    put("NOT ");
    operand(item.arguments[0]);
    break;
  case op::negate:
    put("-");
    operand(item.arguments[0]);
    break;
  case op::divide: divide(item); break;
  default: infix(item, sign_of(item.kind));
  }
  if (parentheses) put(")");
}

void printer::infix(const expression& item, std::string_view sign) {
  if (item.kind == op::logical_and || item.kind == op::logical_or) return chain(item.arguments, sign);
  for (std::size_t i = 0; i < item.arguments.size(); ++i) {
    if (i > 0) put(sign);
    operand(item.arguments[i]);
  }
}

/// Each sign makes what a parser builds one deeper, and SQLite goes 1,000 deep: long chains are halved.
void printer::chain(std::span<const expression> items, std::string_view sign) {
  constexpr std::size_t longest = 100;
  if (items.size() > longest) {
    put("(");
    chain(items.first(items.size() / 2), sign);
    put(")");
    put(sign);
    put("(");
    chain(items.subspan(items.size() / 2), sign);
    return put(")");
  }
  for (const auto& item : items) {
    if (&item != items.data()) put(sign);
    operand(item);
  }
}

void printer::membership(const expression& item) {
  if (item.arguments.size() == 1) return put(item.kind == op::in ? "1 = 0" : "1 = 1");
  operand(item.arguments.front());
  put(item.kind == op::in ? " IN (" : " NOT IN (");
  list(std::span(item.arguments).subspan(1));
  put(")");
}

void printer::list(std::span<const expression> items) {
  for (std::size_t i = 0; i < items.size(); ++i) {
    if (i > 0) put(", ");
    print(items[i], false);
  }
}

void printer::condition(const expression& where) {
  if (!where) return;
  put(" WHERE ");
  print(where, false);
}

void printer::order(const select& from) {
  // in ORDER BY a plain name means a label before it means a column
  const bool labels = std::ranges::any_of(from.columns, [](const auto& column) { return column.kind == op::label; });
  if (labels) qualifier_ = from.alias.empty() ? from.table : from.alias;
  for (std::size_t i = 0; i < from.order.size(); ++i) {
    put(i == 0 ? " ORDER BY " : ", ");
    const auto& term = from.order[i];
    const bool selected = term.by.kind == op::label && std::ranges::any_of(from.columns, [&](const expression& column) {
                            return column.kind == op::label && column.name == term.by.name;
                          });
    if (selected)
      name(term.by.name);
    else
      print(term.by, false);
    if (term.descending) put(" DESC");
  }
  qualifier_ = {};
}

void printer::page(const select& from) {
  if (from.limit) {
    put(" LIMIT ");
    print(from.limit, false);
  } else if (from.offset) {
    put(no_limit());
  }
  if (from.offset) {
    put(" OFFSET ");
    print(from.offset, false);
  }
}

void printer::statement(const select& from) {
  put("SELECT ");
  for (std::size_t i = 0; i < from.columns.size(); ++i) {
    if (i > 0) put(", ");
    print(from.columns[i], false);
    if (from.columns[i].kind == op::label) {
      put(" AS ");
      name(from.columns[i].name);
    }
  }
  put(" FROM ");
  name(from.table);
  if (!from.alias.empty()) {
    put(" AS ");
    name(from.alias);
  }
  condition(from.where);
  order(from);
  page(from);
  if (from.for_update) put(lock());
}

void printer::statement(const insert& into) {
  put("INSERT INTO ");
  name(into.table);
  put(" (");
  for (std::size_t i = 0; i < into.columns.size(); ++i) {
    if (i > 0) put(", ");
    name(into.columns[i]);
  }
  put(") VALUES ");
  std::string row = "(";
  for (std::size_t i = 0; i < into.columns.size(); ++i) row += i == 0 ? "?" : ", ?";
  row += ")";
  out_.text.reserve(out_.text.size() + (row.size() + 2) * into.rows);
  for (std::size_t i = 0; i < into.rows; ++i) {
    if (i > 0) put(", ");
    put(row);
  }
}

void printer::statement(const update& of) {
  if (of.set.empty()) throw_usage("an update of " + of.table + " sets no column: call set(c<...> = ...) first");
  put("UPDATE ");
  name(of.table);
  for (std::size_t i = 0; i < of.set.size(); ++i) {
    put(i == 0 ? " SET " : ", ");
    name(of.set[i].column);
    put(" = ");
    print(of.set[i].to, false);
  }
  condition(of.where);
}

void printer::statement(const erase& from) {
  put("DELETE FROM ");
  name(from.table);
  condition(from.where);
}

class tidb_printer final : public printer {
  void like(const expression& item) override {
    operand(item.arguments[0]);
    put(item.kind == op::like ? " LIKE " : " NOT LIKE ");
    operand(item.arguments[1]);
  }
  // an integer division would give a decimal of four more digits; the cast makes it real, as SQLite's is made
  void divide(const expression& item) override {
    put("CAST(");
    operand(item.arguments[0]);
    put(" AS DOUBLE) / ");
    operand(item.arguments[1]);
  }
  std::string_view no_limit() const override { return " LIMIT 18446744073709551615"; }
  std::string_view lock() const override { return " FOR UPDATE"; }
};

class sqlite_printer final : public printer {
  // SQLite's own LIKE folds the case of ASCII letters and has no default escape
  void like(const expression& item) override {
    put(item.kind == op::like ? "TIDB_LIKE(" : "NOT TIDB_LIKE(");
    operand(item.arguments[0]);
    put(", ");
    operand(item.arguments[1]);
    put(")");
  }
  void divide(const expression& item) override {
    put("CAST(");
    operand(item.arguments[0]);
    put(" AS REAL) / ");
    operand(item.arguments[1]);
  }
  std::string_view no_limit() const override { return " LIMIT -1"; }
  std::string_view lock() const override { return {}; }
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

std::string quote_identifier(std::string_view name) {
  if (name.empty()) throw_usage("a name of a table or column is empty");
  if (name.find('\0') != std::string_view::npos) throw_usage("a name of a table or column has a NUL in it");
  std::size_t characters = 0;
  std::string quoted = "`";
  for (char letter : name) {
    if ((static_cast<unsigned char>(letter) & 0xC0U) != 0x80U) ++characters;
    if (letter == '`') quoted += '`';
    quoted += letter;
  }
  if (characters > 64) throw_usage("the name \"" + std::string(name) + "\" is longer than 64 characters");
  return quoted += '`';
}

std::string quote_text(std::string_view text, dialect to) {
  std::string quoted = "'";
  for (char letter : text) {
    if (letter == '\'') quoted += '\'';
    if (letter == '\\' && to == dialect::tidb) quoted += '\\';
    if (letter == '\0') {
      if (to == dialect::sqlite) throw_usage("a text with a NUL cannot be written as a literal");
      quoted += "\\0";
      continue;
    }
    quoted += letter;
  }
  return quoted += '\'';
}

std::size_t rows_within(std::size_t columns, std::size_t wanted_rows, std::size_t budget) {
  if (columns == 0) return 1;
  return std::clamp<std::size_t>(wanted_rows, 1, std::max<std::size_t>(budget / columns, 1));
}

}  // namespace tidb::sql
