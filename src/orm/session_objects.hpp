// The objects of a session, found by their keys.
#pragma once

#include "orm/cells_text.hpp"
#include "tidbxx/orm/tracked.hpp"

#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace tidb::detail {

/// The cells of an object's primary key. Lifetime: borrows from the object.
class object_key {
public:
  object_key(const object_class& type, const void* object) : cells_(type.table.key.size()) {
    type.encode_key(object, cells_.data(), kept_);
  }
  /// That which its row has.
  explicit object_key(const tracked& object) : cells_(object.type->table.key.size()) {
    object.type->encode_row_key(object.original, cells_.data(), kept_);
  }
  std::span<const value_view> cells() const noexcept { return cells_; }
  /// Whether it has all its values: a generated one may be still to come.
  bool is_known() const noexcept;

private:
  kept_cells kept_{{}};
  std::vector<value_view> cells_;
};

/// All cells of an object. Lifetime: borrows from the object.
class object_cells {
public:
  object_cells(const object_class& type, const void* object) : cells_(type.table.names.size()) {
    type.encode(object, cells_.data(), kept_);
  }
  /// Those of its row.
  explicit object_cells(const tracked& object) : cells_(object.type->table.names.size()) {
    object.type->encode_row(object.original, cells_.data(), kept_);
  }
  std::span<const value_view> all() const noexcept { return cells_; }
  std::vector<value_view> at(std::span<const std::size_t> places) const;

private:
  kept_cells kept_{{}};
  std::vector<value_view> cells_;
};

/// The columns of a relation that hold the key of the one. Lifetime: borrows from the object.
class relation_key {
public:
  relation_key(const relation_facts& relation, const void* many) : cells_(relation.columns.size()) {
    relation.encode(many, cells_.data(), kept_);
  }
  std::span<const value_view> cells() const noexcept { return cells_; }

private:
  kept_cells kept_{{}};
  std::vector<value_view> cells_;
};

bool any_null(std::span<const value_view> cells) noexcept;
bool same_cells(std::span<const value_view> left, std::span<const value_view> right) noexcept;
/// "5 of `players`", for messages; its key must be known.
std::string values_and_table(const tracked& object);
/// "the row 5 of `players`", or "a new row of `players`".
std::string name_of(const tracked& object);

/// All columns of the row with this key.
sql::select select_by_key(const object_class& type, std::span<const value_view> key);

/// Finds numbers by a hash. (A node of std::unordered_multimap for each row took longer than reading the row.)
class number_index {
public:
  void add(std::size_t hash, std::uint32_t number);
  void remove(std::size_t hash, std::uint32_t number) noexcept;
  /// The first number of this hash, or of one that looks like it, for which f is true.
  template <class F>
  std::optional<std::uint32_t> find(std::size_t hash, F&& f) const {
    if (places_.empty()) return std::nullopt;
    for (auto at = first_place(hash); places_[at].is_taken(); at = next_place(at))
      if (places_[at].hash == static_cast<std::uint32_t>(hash) && f(places_[at].number - 1))
        return places_[at].number - 1;
    return std::nullopt;
  }
  std::size_t size() const noexcept { return size_; }

private:
  struct place {
    std::uint32_t hash{};
    std::uint32_t number{};  ///< one more than it; 0: none
    bool is_taken() const noexcept { return number != 0; }
  };
  std::size_t first_place(std::size_t hash) const noexcept {
    return static_cast<std::uint32_t>(hash) & (places_.size() - 1);
  }
  std::size_t next_place(std::size_t at) const noexcept { return (at + 1) & (places_.size() - 1); }
  void put(place one) noexcept;
  void grow();

  std::vector<place> places_;  // a power of two, at most half of them taken; each behind where its hash begins
  std::size_t size_{};
};

/// Those of one struct that have rows: one object for each key.
class objects_of_class {
public:
  objects_of_class(session_core& session, const object_class& type) : session_(&session), type_(&type) {}

  session_core& session() const noexcept { return *session_; }
  const object_class& type() const noexcept { return *type_; }
  tracked* find(std::span<const value_view> key) const;
  void keep(std::shared_ptr<tracked> object, std::span<const value_view> key);
  /// Under the key that its row has.
  std::shared_ptr<tracked> drop(const tracked& object);
  std::size_t size() const noexcept { return all_.size() - holes_.size(); }
  /// f may add others.
  template <class F>
  void each(F&& f) const {
    for (std::size_t place = 0; place < all_.size(); ++place)
      if (all_[place]) f(*all_[place]);
  }
  /// Lets all go, those that others hold after a call of f.
  template <class F>
  void end(F&& f) {
    for (auto& object : all_) {
      if (object && object.use_count() > 1) f(*object);
      object.reset();
    }
  }

private:
  bool is_behind_all(std::span<const value_view> key) const noexcept;
  void add_to_index() const;

  session_core* session_;
  const object_class* type_;
  std::vector<std::shared_ptr<tracked>> all_;
  std::vector<std::uint32_t> holes_;  // places in all_ that are free
  // Rows that come in the order of their keys need no index: it is made when one is looked for that may be there.
  mutable number_index by_key_;  // places in all_
  mutable std::size_t indexed_{};
  std::int64_t greatest_{std::numeric_limits<std::int64_t>::min()};  // no key is behind it
};

}  // namespace tidb::detail
