#include "orm/session_objects.hpp"

#include "tidbxx/core/error.hpp"

#include <algorithm>
#include <functional>
#include <limits>
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

std::size_t mixed(std::size_t hash, std::size_t part) noexcept {
  hash = (hash ^ part) * 0x9E3779B97F4A7C15U;  // 2^64 divided by the golden ratio
  return hash ^ (hash >> 32);
}

/// Keys that follow one another lie beside one another, as many as a line of the processor's cache takes: rows mostly
/// come in the order of their keys.
std::size_t hash_of(std::span<const value_view> key) noexcept {
  constexpr std::size_t beside = 8;
  std::size_t hash = 0;
  for (const auto& cell : key) {
    const auto part =
        cell.has_bytes() ? std::hash<std::string_view>{}(cell.text()) : static_cast<std::size_t>(cell.integer);
    hash = mixed(hash, part / beside) * beside + part % beside;
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

namespace {

object_key key_of(const tracked& object) {
  return object.state == object_state::added ? object_key(*object.type, object.object) : object_key(object);
}

}  // namespace

std::string values_and_table(const tracked& object) {
  std::string text;
  const auto key = key_of(object);
  for (const auto& cell : key.cells()) text += (text.empty() ? "" : ", ") + to_string(cell);
  return text + " of `" + std::string(object.type->name()) + "`";
}

std::string name_of(const tracked& object) {
  if (!key_of(object).is_known()) return "a new row of `" + std::string(object.type->name()) + "`";
  return "the row " + values_and_table(object);
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

void number_index::add(std::size_t hash, std::uint32_t number) {
  if (2 * (size_ + 1) > places_.size()) grow();
  put({static_cast<std::uint32_t>(hash), number + 1});
  ++size_;
}

void number_index::put(place one) noexcept {
  auto at = first_place(one.hash);
  while (places_[at].is_taken()) at = next_place(at);
  places_[at] = one;
}

void number_index::grow() {
  constexpr std::size_t least = 16;
  const auto before = std::exchange(places_, std::vector<place>(std::max(least, places_.size() * 2)));
  for (const auto& each : before)
    if (each.is_taken()) put(each);
}

void number_index::remove(std::size_t hash, std::uint32_t number) noexcept {
  if (places_.empty()) return;
  auto hole = first_place(hash);
  while (places_[hole].number != number + 1) {
    if (!places_[hole].is_taken()) return;
    hole = next_place(hole);
  }
  --size_;
  // those behind move up, unless the hole lies before where their hash begins
  const auto mask = places_.size() - 1;
  for (auto at = next_place(hole); places_[at].is_taken(); at = next_place(at)) {
    const auto first = first_place(places_[at].hash);
    if (((at - first) & mask) < ((at - hole) & mask)) continue;
    places_[hole] = places_[at];
    hole = at;
  }
  places_[hole] = {};
}

tracked* objects_of_class::find(std::span<const value_view> key) const {
  if (is_behind_all(key)) return nullptr;
  add_to_index();
  const auto found = by_key_.find(
      hash_of(key), [&](std::uint32_t place) { return same_cells(object_key(*all_[place]).cells(), key); });
  return found ? all_[*found].get() : nullptr;
}

void objects_of_class::keep(std::shared_ptr<tracked> object, std::span<const value_view> key) {
  if (all_.size() >= std::numeric_limits<std::uint32_t>::max() - 1)
    throw_usage("a session holds at most 2^32 - 2 objects of a table: take several");
  const bool is_number = key.size() == 1 && is_integer_cell(key.front());
  greatest_ = is_number ? std::max(greatest_, key.front().integer) : std::numeric_limits<std::int64_t>::max();
  if (holes_.empty()) {
    object->place = static_cast<std::uint32_t>(all_.size());
    all_.push_back(std::move(object));
    return;
  }
  add_to_index();
  by_key_.add(hash_of(key), holes_.back());
  object->place = holes_.back();
  holes_.pop_back();
  all_[object->place] = std::move(object);
}

bool objects_of_class::is_behind_all(std::span<const value_view> key) const noexcept {
  return key.size() == 1 && is_integer_cell(key.front()) && key.front().integer > greatest_;
}

void objects_of_class::add_to_index() const {
  for (; indexed_ < all_.size(); ++indexed_)
    by_key_.add(hash_of(object_key(*all_[indexed_]).cells()), static_cast<std::uint32_t>(indexed_));
}

std::shared_ptr<tracked> objects_of_class::drop(const tracked& object) {
  add_to_index();
  by_key_.remove(hash_of(object_key(object).cells()), object.place);
  holes_.push_back(object.place);
  return std::move(all_[object.place]);
}

}  // namespace tidb::detail
