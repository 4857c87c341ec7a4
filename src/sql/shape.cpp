#include "sql/shape.hpp"

#include "sql/depth.hpp"

#include <algorithm>
#include <bit>
#include <functional>
#include <ranges>
#include <string_view>

namespace tidb::sql {

namespace {

enum class payload : std::uint8_t { none, text, literal, query };

/// Of what does not last.
payload payload_of(op kind) noexcept {
  switch (kind) {
  case op::column:
  case op::constant:
  case op::label:
  case op::function:
  case op::raw:
  case op::date_add:
  case op::inserted:
  case op::group_concat:
  case op::over: return payload::text;
  case op::literal: return payload::literal;
  case op::query:
  case op::exists:
  case op::any_of:
  case op::all_of: return payload::query;
  default: return payload::none;
  }
}

/// All nodes of an expression, in their order.
std::ranges::subrange<const node*> nodes_of(const expression& of) noexcept {
  if (!of) return {};
  return {&of.root(), &of.root() + of.root().size};
}

/// Calls visit for each expression of its own, and query for each select inside of it.
template <class Visit, class Query>
void for_each_part(const select& of, Visit&& visit, Query&& query) {
  for (const auto& each : of.with) query(*each.query);
  visit(of.columns);
  for (const auto& each : of.joins) visit(each.on);
  visit(of.where);
  if (!of.group.arguments().empty()) visit(of.group);
  visit(of.having);
  for (const auto& each : of.sets) query(*each.query);
  if (!of.order.arguments().empty()) visit(of.order);
  visit(of.limit);
  visit(of.offset);
}

/// What of a literal the statement's text tells: NULL, and in SQLite a duration.
std::uint64_t printed_as(const value_view& literal) noexcept {
  return literal.is_null() ? 1 : literal.kind == value_kind::time ? 2 : 0;
}

class shape_hash {
public:
  void add(std::uint64_t word) noexcept { hash_ = std::rotl(hash_, 5) ^ word; }
  void add(std::string_view text) noexcept { add(std::hash<std::string_view>{}(text)); }
  void add(const node& item) noexcept {
    add(static_cast<std::uint64_t>(item.kind) | std::uint64_t{item.count} << 8U);
    if (item.lasting) return add(item.words[0]);  // or where its name is
    if (item.kind == op::literal) return add(printed_as(item.literal()));
    switch (payload_of(item.kind)) {
    case payload::text: return add(item.name());
    case payload::query: return add(*item.query);
    default: return;
    }
  }
  void add(const select& statement) noexcept {
    if (depth_ == deepest_queries) return;  // which are not printed
    ++depth_;
    add(std::string_view(statement.table));
    for_each_part(
        statement,
        [&](const expression& part) {
          if (part.is_shared()) return add(reinterpret_cast<std::uintptr_t>(&part.root()));
          for (const auto& item : nodes_of(part)) add(item);
        },
        [&](const select& query) { add(query); });
    --depth_;
  }
  std::uint64_t value() const noexcept { return (hash_ * 0x9E3779B97F4A7C15U) >> 32U; }

private:
  std::uint64_t hash_{};
  std::size_t depth_{};
};

bool same(const node& left, const node& right) noexcept {
  if (left.kind != right.kind || left.count != right.count || left.size != right.size || left.lasting != right.lasting)
    return false;
  if (left.lasting)
    return left.words[0] == right.words[0] && left.words[1] == right.words[1] && left.words[2] == right.words[2];
  if (left.kind == op::literal) return printed_as(left.literal()) == printed_as(right.literal());
  switch (payload_of(left.kind)) {
  case payload::text: return left.name() == right.name() && left.table() == right.table();
  case payload::query: return left.query == right.query || same_shape(*left.query, *right.query);
  default: return true;
  }
}

bool same(const expression& left, const expression& right) noexcept {
  if (left && right && &left.root() == &right.root()) return true;
  return std::ranges::equal(nodes_of(left), nodes_of(right),
                            [](const node& one, const node& other) { return same(one, other); });
}

template <class Items, class Same>
bool all_same(const Items& left, const Items& right, Same&& are_same) noexcept {
  return std::ranges::equal(left, right, are_same);
}

}  // namespace

std::uint64_t shape_of(const select& statement) noexcept {
  shape_hash hash;
  hash.add(statement);
  return hash.value();
}

bool same_shape(const select& left, const select& right) noexcept {
  const auto same_with = [](const common_table& one, const common_table& other) {
    return one.name == other.name && one.columns == other.columns && same_shape(*one.query, *other.query);
  };
  const auto same_join = [](const join& one, const join& other) {
    return one.kind == other.kind && one.table == other.table && one.alias == other.alias && same(one.on, other.on);
  };
  const auto same_set = [](const set_part& one, const set_part& other) {
    return one.kind == other.kind && same_shape(*one.query, *other.query);
  };
  // the values of groups, and of their order, tell which column they are
  if (!left.group.arguments().empty() && (has_value(left.group.root()) || has_value(left.order.root()))) return false;
  return left.distinct == right.distinct && left.recursive == right.recursive && left.table == right.table &&
         left.alias == right.alias && left.as_of == right.as_of && left.hints == right.hints &&
         left.lock.for_update == right.lock.for_update && left.lock.waiting == right.lock.waiting &&
         left.lock.of == right.lock.of && all_same(left.with, right.with, same_with) &&
         same(left.columns, right.columns) && all_same(left.joins, right.joins, same_join) &&
         same(left.where, right.where) && same(left.group, right.group) && same(left.having, right.having) &&
         all_same(left.sets, right.sets, same_set) && same(left.order, right.order) && same(left.limit, right.limit) &&
         same(left.offset, right.offset);
}

bool has_value(const node& of) noexcept {
  return std::any_of(&of, &of + of.size,
                     [](const node& each) { return each.kind == op::literal || each.kind == op::parameter; });
}

bool same_nodes(const node& left, const node& right) noexcept {
  return std::equal(&left, &left + left.size, &right, &right + right.size, [](const node& one, const node& other) {
    return same(one, other) && (one.kind != op::literal || tidb::value(one.literal()) == tidb::value(other.literal()));
  });
}

namespace {

template <class Take>
void for_each_literal(const select& statement, Take&& take) {
  for_each_part(
      statement,
      [&](const expression& part) {
        if (part.is_shared()) return;  // what lasts has none
        for (const auto& item : nodes_of(part)) {
          if (item.kind == op::literal)
            take(item);
          else if (!item.lasting && payload_of(item.kind) == payload::query)
            for_each_literal(*item.query, take);
        }
      },
      [&](const select& query) { for_each_literal(query, take); });
}

}  // namespace

void literal_nodes_of(const select& statement, std::vector<const node*>& into) {
  for_each_literal(statement, [&](const node& item) { into.push_back(&item); });
}

void literals_of(const select& statement, std::vector<value_view>& into) {
  for_each_literal(statement, [&](const node& item) { into.push_back(item.literal()); });
}

}  // namespace tidb::sql
