#include "sql/depth.hpp"
#include "sql/shape.hpp"
#include "sql/statement_printer.hpp"
#include "tidbxx/core/error.hpp"

#include <algorithm>
#include <utility>

namespace tidb::sql {

namespace {

std::string_view word_of(join_kind kind) {
  switch (kind) {
  case join_kind::inner: return " JOIN ";
  case join_kind::left: return " LEFT JOIN ";
  case join_kind::cross: return " CROSS JOIN ";
  }
  return {};
}

std::string_view word_of(set_kind kind) {
  switch (kind) {
  case set_kind::union_distinct: return " UNION ";
  case set_kind::union_all: return " UNION ALL ";
  case set_kind::intersect: return " INTERSECT ";
  case set_kind::except: return " EXCEPT ";
  }
  return {};
}

expression truth() { return {op::constant, lasting{"TRUE"}}; }

const node_range no_columns{nullptr, 0, nullptr};

template <class Statement>
void refuse_order(const Statement& joined) {
  if (joined.order.arguments().empty() && !joined.limit) return;
  throw_usage("an update or delete of " + joined.table +
              " with join() has no order and no limit: choose its rows by "
              "their keys, in a query that in() looks through");
}

const node& without_label(const node& item) { return item.kind == op::label ? item.arguments().front() : item; }

/// Where a term is among the columns, from 1, if it has to be named by that: TiDB takes no two values for the same, not
/// even equal ones. Else 0.
std::size_t place_of(const node& term, node_range columns) {
  const auto& wanted = without_label(term);
  if (is_constant(wanted) || !has_value(wanted)) return 0;
  std::size_t place = 0;
  for (const auto& column : columns) {
    ++place;
    if (same_nodes(wanted, without_label(column))) return place;
  }
  return 0;
}

template <class Test>
bool any_of(node_range items, Test&& test) {
  for (const auto& item : items)
    if (test(item)) return true;
  return false;
}

}  // namespace

void statement_printer::condition(std::string_view before, const expression& what) {
  if (!what) return;
  put(before);
  whole(what.root());
}

void statement_printer::group(node_range items, node_range columns) {
  std::string_view before = " GROUP BY ";
  for (const auto& item : items) {
    put(std::exchange(before, ", "));
    if (const auto place = place_of(item, columns); place > 0)
      put(std::to_string(place));
    else
      whole(item);
  }
}

void statement_printer::order(const expression& terms, node_range columns, bool by_place) {
  labels_ = any_of(columns, [](const node& column) { return column.kind == op::label; });
  std::string_view between = " ORDER BY ";
  for (const auto& each : terms.arguments()) {
    const auto& term = each[0];
    if (is_constant(term)) continue;
    put(std::exchange(between, ", "));
    null_place(each);
    const auto is_its_label = [&](const node& column) {
      return column.kind == op::label && column.name() == term.name();
    };
    if (term.kind == op::label && any_of(columns, is_its_label))
      name(term.name());
    else if (const auto place = by_place ? place_of(term, columns) : 0; place > 0)
      put(std::to_string(place));
    else
      whole(term);
    if (each.kind == op::descending) put(" DESC");
  }
  labels_ = false;
}

void statement_printer::page(const expression& limit, const expression& offset) {
  if (limit) {
    put(" LIMIT ");
    whole(limit.root());
  } else if (offset) {
    put(no_limit());
  }
  if (offset) {
    put(" OFFSET ");
    whole(offset.root());
  }
}

void statement_printer::source(std::string_view table, std::string_view alias) {
  name(table);
  if (alias.empty()) return;
  put(" AS ");
  name(alias);
}

void statement_printer::sources(const select& from) {
  if (from.table.empty()) return;
  put(" FROM ");
  name(from.table);
  if (!from.as_of.empty()) as_of(from.as_of);
  if (!from.alias.empty()) {
    put(" AS ");
    name(from.alias);
  }
  print_joins(from.joins);
}

void statement_printer::sources(std::string_view table, std::span<const join> joins) {
  name(table);
  print_joins(joins);
}

void statement_printer::print_joins(std::span<const join> joins) {
  for (const auto& each : joins) {
    put(word_of(each.kind));
    source(each.table, each.alias);
    condition(" ON ", each.on);
  }
}

void statement_printer::body(const select& from) {
  put("SELECT ");
  if (!from.hints.empty()) hints(from.hints);
  if (from.distinct) put("DISTINCT ");
  std::string_view between;
  for (const auto& column : from.columns.arguments()) {
    put(between);
    whole(column);
    if (column.kind == op::label) {
      put(" AS ");
      name(column.name());
    }
    between = ", ";
  }
  sources(from);
  condition(" WHERE ", from.where);
  group(from.group.arguments(), from.columns.arguments());
  condition(" HAVING ", from.having);
}

void statement_printer::with(const select& from) {
  for (std::size_t i = 0; i < from.with.size(); ++i) {
    const auto& each = from.with[i];
    put(i > 0 ? ", " : from.recursive ? "WITH RECURSIVE " : "WITH ");
    name(each.name);
    for (std::size_t column = 0; column < each.columns.size(); ++column) {
      put(column == 0 ? " (" : ", ");
      name(each.columns[column]);
    }
    if (!each.columns.empty()) put(")");
    put(" AS ");
    nested(*each.query);
  }
  if (!from.with.empty()) put(" ");
}

void statement_printer::query(const select& from) {
  with(from);
  const auto around = std::exchange(bare_, {});
  if (from.joins.empty() && from.alias.empty()) bare_ = from.table;
  body(from);
  for (const auto& part : from.sets) {
    put(word_of(part.kind));
    // neither engine takes what orders or limits only a part, nor the other's way to put it in parentheses
    const bool whole_part = part.query->sets.empty() && part.query->order.arguments().empty() && !part.query->limit &&
                            !part.query->offset && part.query->with.empty();
    if (whole_part) {
      const auto first = std::exchange(bare_, {});
      if (part.query->joins.empty() && part.query->alias.empty()) bare_ = part.query->table;
      body(*part.query);
      bare_ = first;
      continue;
    }
    put("SELECT * FROM ");
    nested(*part.query);
    put(" AS ");
    name("_tidbxx_part");
  }
  united_ = !from.sets.empty();
  order(from.order, from.columns.arguments(), !from.group.arguments().empty());
  united_ = false;
  page(from.limit, from.offset);
  if (from.lock.for_update) lock(from.lock);
  bare_ = around;
}

void statement_printer::nested(const select& inner) {
  const deeper here(levels_, levels_of_query);
  put("(");
  ++depth_;
  const auto labels = std::exchange(labels_, false), united = std::exchange(united_, false);
  query(inner);
  labels_ = labels;
  united_ = united;
  --depth_;
  put(")");
}

void statement_printer::statement(const select& from) { query(from); }

void statement_printer::assignments(std::span<const assignment> set, std::string_view table) {
  for (std::size_t i = 0; i < set.size(); ++i) {
    if (i > 0) put(", ");
    if (!table.empty()) {
      name(table);
      put(".");
    }
    name(set[i].column);
    put(" = ");
    whole(set[i].to.root());
  }
}

void statement_printer::statement(const insert& into) {
  put("INSERT INTO ");
  name(into.table);
  put(" (");
  for (std::size_t i = 0; i < into.columns.size(); ++i) {
    if (i > 0) put(", ");
    name(into.columns[i]);
  }
  put(") ");
  if (into.query) {
    auto from = *into.query;
    // without a WHERE, SQLite takes what comes behind for the ON of a join
    if (into.conflict != on_conflict::fail && !from.where && from.sets.empty()) from.where = truth();
    query(from);
  } else {
    put("VALUES ");
    std::string row = "(";
    for (std::size_t i = 0; i < into.columns.size(); ++i) row += i == 0 ? "?" : ", ?";
    row += ")";
    out_.text.reserve(out_.text.size() + (row.size() + 2) * into.rows);
    for (std::size_t i = 0; i < into.rows; ++i) {
      if (i > 0) put(", ");
      put(row);
    }
  }
  bare_ = into.table;
  if (into.conflict != on_conflict::fail) conflict(into);
}

void statement_printer::statement(const update& of) {
  if (of.set.empty()) throw_usage("an update of " + of.table + " sets no column: call set(c<...> = ...) first");
  if (!of.joins.empty()) {
    refuse_order(of);
    return statement_with_joins(of);
  }
  bare_ = of.table;
  put("UPDATE ");
  name(of.table);
  put(" SET ");
  assignments(of.set);
  condition(" WHERE ", of.where);
  order(of.order, no_columns);
  page(of.limit, expression());
}

void statement_printer::statement(const erase& from) {
  if (!from.joins.empty()) {
    refuse_order(from);
    return statement_with_joins(from);
  }
  bare_ = from.table;
  put("DELETE FROM ");
  name(from.table);
  condition(" WHERE ", from.where);
  order(from.order, no_columns);
  page(from.limit, expression());
}

}  // namespace tidb::sql
