#include "sql/depth.hpp"
#include "sql/skipping.hpp"
#include "sql/statement_printer.hpp"
#include "tidbxx/core/error.hpp"

#include <utility>
#include <vector>

namespace tidb::sql {

std::string_view statement_printer::sign_of(op kind) {
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

namespace {

/// What needs no parentheses as an operand.
bool is_atom(op kind) {
  switch (kind) {
  case op::column:
  case op::literal:
  case op::parameter:
  case op::function:
  case op::star:
  case op::row:
  case op::query:
  case op::cast:
  case op::date_add:
  case op::round_real:
  case op::inserted:
  case op::decimal_sum:
  case op::decimal_avg:
  case op::group_concat:
  case op::exact:
  case op::over: return true;
  default: return false;
  }
}

}  // namespace

bool is_constant(const node& item) {
  const auto* inner = &item;
  while (inner->kind == op::label || inner->kind == op::exact || inner->kind == op::ascending ||
         inner->kind == op::descending)
    inner = &inner->arguments().front();
  return inner->kind == op::literal || inner->kind == op::parameter;
}

namespace {

/// The operands of a chain of AND or OR, with those of such chains within it.
std::vector<const node*> parts_of(const node& chain) {
  std::vector<const node*> parts;
  const node* const end = &chain + chain.size;
  for (const node* at = &chain + 1; at != end; at += at->kind == chain.kind ? 1 : at->size)
    if (at->kind != chain.kind) parts.push_back(at);
  return parts;
}

}  // namespace

statement_printer::deeper::deeper(std::size_t& levels, std::size_t by) : levels_(levels), by_(by) {
  if (levels + by > deepest)
    throw_usage(
        "the statement's parts lie too deep in one another, beyond 1,000 operators or 100 queries: write a list "
        "with in(), or make it several statements");
  levels += by;
}

void statement_printer::slot_for(slot made) {
  if (puts_values_) {
    if (made.is_argument) throw_usage("a statement in batches takes no tidb::param<...>: give it the value");
    return put(quote_value(made.literal, dialect::tidb));
  }
  put("?");
  out_.slots.push_back(std::move(made));
}

void statement_printer::constant_slot(const value_view& item) { slot_for({.literal = value(item)}); }

void statement_printer::print(const node& item, bool nested) {
  if (item.kind == op::label) return print(item[0], nested);
  const deeper here(levels_, 1);
  const bool collated = ends_collation(item);
  const bool parentheses = collated || (nested && !is_atom(item.kind));
  if (parentheses) put("(");
  print_operator(item);
  if (collated) put(" COLLATE BINARY");
  if (parentheses) put(")");
}

void statement_printer::print_operator(const node& item) {
  switch (item.kind) {
  case op::column: return column(item);
  case op::literal: return literal(item);
  case op::constant: return put(item.name());
  case op::parameter: return slot_for({.is_argument = true, .index = item.index(), .comparison = item.comparison()});
  case op::function: return function(item);
  case op::star: return put("*");
  case op::row:
    put("(");
    list(item.arguments());
    return put(")");
  case op::raw: return raw(item);
  case op::query: return nested(*item.query);
  case op::exists: put("EXISTS "); return nested(*item.query);
  case op::null_safe_equal: return null_safe_equal(item);
  case op::like:
  case op::not_like:
    if (item.count > 2 && static_cast<unsigned char>(item[2].name()[0]) > 127)
      throw_usage("what escapes in a pattern is an ASCII character");
    return like(item);
  case op::regexp:
  case op::not_regexp: return infix(item, item.kind == op::regexp ? " REGEXP " : " NOT REGEXP ");
  case op::in:
  case op::not_in: return membership(item);
  case op::between: return between(item, " BETWEEN ");
  case op::not_between: return between(item, " NOT BETWEEN ");
  case op::is_null:
  case op::is_not_null: operand(item[0]); return put(item.kind == op::is_null ? " IS NULL" : " IS NOT NULL");
  case op::logical_not: put("NOT "); return operand(item[0]);
  case op::negate: put("-"); return operand(item[0]);
  case op::divide: return divide(item);
  case op::exact: return exact(item[0]);
  case op::concat: return concat(item);
  case op::case_when: return cases(item);
  case op::cast: return cast(item);
  case op::date_add: return date_add(item);
  case op::round_real:
  case op::decimal_sum:
  case op::decimal_avg: return call(name_of(item.kind), item.arguments());
  case op::inserted: return inserted(item.name());
  case op::group_concat: return group_concat(item);
  case op::distinct: put("DISTINCT "); return whole(item[0]);
  case op::ascending:
  case op::descending: return term(item);
  case op::over: return window(item);
  default: return infix(item, sign_of(item.kind));
  }
}

void statement_printer::literal(const node& item) {
  // as a parameter it would have a type, by which TiDB tells that of a whole column
  if (item.literal().is_null()) return put("NULL");
  slot_for({.literal = value(item.literal()), .from = &item});
}

void statement_printer::column(const node& item) {
  std::string_view table = item.table();
  if (united_)
    table = {};
  else if (depth_ == 0 && !bare_.empty() && (table.empty() || table == bare_))
    table = labels_ ? bare_ : std::string_view();
  if (!table.empty()) {
    name(table);
    put(".");
  }
  name(item.name());
}

void statement_printer::infix(const node& item, std::string_view sign) {
  if (item.kind == op::logical_and || item.kind == op::logical_or) return chain(parts_of(item), sign);
  if (item.count == 2 && (item[1].kind == op::any_of || item[1].kind == op::all_of)) return quantified(item);
  joined(item.arguments(), sign);
}

/// Each sign makes what a parser builds one deeper, and SQLite goes 1,000 deep: long chains are halved.
void statement_printer::chain(std::span<const node* const> items, std::string_view sign) {
  constexpr std::size_t longest = 100;
  if (items.size() <= longest) {
    for (std::size_t i = 0; i < items.size(); ++i) {
      if (i > 0) put(sign);
      operand(*items[i]);
    }
    return;
  }
  const auto half = items.size() / 2;
  put("(");
  chain(items.first(half), sign);
  put(")");
  put(sign);
  put("(");
  chain(items.subspan(half), sign);
  put(")");
}

void statement_printer::joined(node_range items, std::string_view sign) {
  std::string_view between;
  for (const auto& item : items) {
    put(between);
    operand(item);
    between = sign;
  }
}

void statement_printer::membership(const node& item) {
  const auto among = item.arguments().without(1);
  if (among.empty()) return put(item.kind == op::in ? "1 = 0" : "1 = 1");
  operand(item[0]);
  put(item.kind == op::in ? " IN " : " NOT IN ");
  if (among.front().kind == op::query) return nested(*among.front().query);
  if (among.front().kind == op::row) return rows_of_in(among);
  put("(");
  list(among);
  put(")");
}

void statement_printer::between(const node& item, std::string_view sign) {
  operand(item[0]);
  put(sign);
  operand(item[1]);
  put(" AND ");
  operand(item[2]);
}

void statement_printer::cases(const node& item) {
  put("CASE");
  auto left = item.arguments();
  for (; left.size() >= 2; left = left.without(2)) {
    put(" WHEN ");
    whole(left.front());
    put(" THEN ");
    whole(left.without(1).front());
  }
  if (!left.empty()) {
    put(" ELSE ");
    whole(left.front());
  }
  put(" END");
}

void statement_printer::window(const node& item) {
  print_operator(item[0]);
  put(" OVER (");
  std::string_view space;
  const auto part = [&](std::string_view words, node_range items) {
    bool first = true;
    for (const auto& each : items) {
      if (is_constant(each)) continue;
      put(first ? space : ", ");
      if (std::exchange(first, false)) put(words);
      whole(each);
      space = " ";
    }
  };
  part("PARTITION BY ", item[1].arguments());
  part("ORDER BY ", item[2].arguments());
  if (!item.name().empty()) {
    put(space);
    put(item.name());
  }
  put(")");
}

void statement_printer::raw(const node& item) {
  std::size_t used = 0;
  for (auto left = item.name(); !left.empty();) {
    std::size_t size = comment_size(left, spoken());
    if (size == 0) size = quoted_size(left, spoken());
    if (size == 0) size = 1;
    if (left.front() == '?') {
      if (used == item.count)
        throw_usage("raw(\"" + std::string(item.name()) + "\") has more ? than the " + std::to_string(used) +
                    " values given");
      operand(item[used++]);
    } else {
      put(left.substr(0, size));
    }
    left.remove_prefix(size);
  }
  if (used != item.count)
    throw_usage("raw(\"" + std::string(item.name()) + "\") has fewer ? than the " + std::to_string(item.count) +
                " values given");
}

void statement_printer::term(const node& item) {
  null_place(item);
  whole(item[0]);
  if (item.kind == op::descending) put(" DESC");
}

/// Neither engine needs to know NULLS FIRST.
void statement_printer::null_place(const node& term) {
  const auto nulls = static_cast<null_order>(term.index());
  if (nulls == null_order::by_default) return;
  operand(term[0]);
  put(nulls == null_order::first ? " IS NOT NULL, " : " IS NULL, ");
}

void statement_printer::list(node_range items) {
  std::string_view between;
  for (const auto& item : items) {
    put(between);
    whole(item);
    between = ", ";
  }
}

void statement_printer::call(std::string_view function, node_range arguments) {
  put(function);
  put("(");
  list(arguments);
  put(")");
}

}  // namespace tidb::sql
