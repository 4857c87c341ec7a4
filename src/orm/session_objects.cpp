#include "orm/session_objects.hpp"

#include <algorithm>
#include <cstring>
#include <functional>
#include <string_view>
#include <utility>

namespace tidb::detail {

namespace {

bool is_integer_cell(const value_view& cell) noexcept {
  return cell.kind == value_kind::integer || cell.kind == value_kind::unsigned_integer;
}

bool same_cell(const value_view& left, const value_view& right) noexcept {
  if (is_integer_cell(left) && is_integer_cell(right)) {
    const bool signs_differ = left.kind != right.kind && left.integer < 0;
    return left.integer == right.integer && !signs_differ;
  }
  if (left.kind != right.kind) return false;
  if (left.has_bytes()) return left.text() == right.text();
  return left.is_null() || left.integer == right.integer;
}

std::size_t hash_of(std::span<const value_view> key) noexcept {
  std::size_t hash = 0;
  for (const auto& cell : key) {
    const auto part = cell.has_bytes() ? std::hash<std::string_view>{}(cell.text())
                                       : static_cast<std::size_t>(cell.integer) * 0x9E3779B97F4A7C15U;
    hash = (hash ^ part) * 31 + (part >> 32);
  }
  return hash;
}

}  // namespace

bool any_null(std::span<const value_view> cells) noexcept {
  return std::ranges::any_of(cells, [](const value_view& cell) { return cell.is_null(); });
}

bool same_cells(std::span<const value_view> left, std::span<const value_view> right) noexcept {
  return std::ranges::equal(left, right, same_cell);
}

std::string cells_text(std::span<const value_view> cells) {
  std::string text;
  for (const auto& cell : cells) {
    const auto one = to_string(cell);
    text += std::to_string(one.size()) + ":" + one;
  }
  return text;
}

std::string name_of(const tracked& object) {
  const auto table = " of `" + std::string(object.type->name()) + "`";
  const object_key key(*object.type, object.state == object_state::added ? object.object : object.original);
  if (!key.is_known()) return "a new row" + table;
  std::string values;
  for (const auto& cell : key.cells()) values += (values.empty() ? "" : ", ") + to_string(cell);
  return "the row " + values + table;
}

sql::select select_by_key(const object_class& type, std::span<const value_view> key) {
  const sql::lasting table{type.name()};
  sql::select statement;
  statement.table = type.name();
  for (const auto& name : type.table.names) statement.columns.add_column(table, {name});
  for (std::size_t part = 0; part < key.size(); ++part)
    statement.where =
        sql::both(std::move(statement.where),
                  sql::binary(sql::op::equal, sql::column(table, sql::lasting{type.table.names[type.table.key[part]]}),
                              sql::literal(key[part])));
  return statement;
}

bool object_key::is_known() const noexcept { return !any_null(cells_); }

std::vector<value_view> object_cells::at(std::span<const std::size_t> places) const {
  std::vector<value_view> made;
  for (const auto place : places) made.push_back(cells_[place]);
  return made;
}

tracked* objects_of_class::find(std::span<const value_view> key) const {
  const auto [first, last] = by_key_.equal_range(hash_of(key));
  for (auto each = first; each != last; ++each)
    if (same_cells(object_key(*type_, each->second->original).cells(), key)) return each->second;
  return nullptr;
}

void objects_of_class::keep(std::shared_ptr<tracked> object, std::span<const value_view> key) {
  object->place = all_.size();
  by_key_.emplace(hash_of(key), object.get());
  all_.push_back(std::move(object));
}

std::shared_ptr<tracked> objects_of_class::drop(const tracked& object) {
  const object_key key(*type_, object.original);
  const auto [first, last] = by_key_.equal_range(hash_of(key.cells()));
  const auto found = std::find_if(first, last, [&](const auto& each) { return each.second == &object; });
  if (found != last) by_key_.erase(found);
  auto dropped = std::move(all_[object.place]);
  while (!all_.empty() && !all_.back()) all_.pop_back();
  return dropped;
}

}  // namespace tidb::detail
