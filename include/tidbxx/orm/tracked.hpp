// An object that a session keeps, without its type; and its struct's facts.
#pragma once

#include "tidbxx/orm/original.hpp"
#include "tidbxx/orm/row_vectors.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

namespace tidb {

/// What becomes of the rows of a one_to_many when the row that they belong to is removed through a session.
enum class cascade : std::uint8_t {
  none,     ///< they stay, and their foreign key becomes NULL; an error if it cannot
  remove,   ///< they are removed with it
  orphans,  ///< the same, and those that are taken out of the relation are removed too
};

namespace detail {

class session_core;
class objects_of_class;
class relation_base;
struct object_class;

enum class relation_kind : std::uint8_t { many_to_one, one_to_many, many_to_many };

/// What tells how the rows of two structs belong together.
struct relation_facts {
  std::string_view name{};
  relation_kind kind{};
  const object_class& (*other)(){};
  relation_base& (*of)(void* object){};
  /// The columns that hold the key of the one: of this struct (many_to_one), or of the other (one_to_many).
  std::vector<std::size_t> columns{};
  void (*point)(void* many, const void* one){};  ///< puts the key of the one there
  bool (*clear)(void* many){};                   ///< puts NULL there; false if it cannot be
  void (*encode)(const void* many, value_view* cells, kept_cells& kept){};
  cascade on_remove{};
  mapped_table between{};  ///< many_to_many: the two columns of the table between, this side's first
};

enum class object_state : std::uint8_t {
  apart,    ///< of no session
  added,    ///< to be inserted
  kept,     ///< there is a row of it
  removed,  ///< to be deleted
  gone,     ///< deleted in this transaction
};

/// One object. Threads: as its session. There may be many: nothing is here that few of them need.
struct tracked : std::enable_shared_from_this<tracked> {
  const object_class* type{};
  void* object{};
  void* original{};  ///< what its row is
  session_core* session{};
  std::uint32_t place{};     ///< in the session's list
  std::uint32_t known_in{};  ///< the transaction in which its row was last read or written
  object_state state{};
  bool expired{};        ///< to be read anew before it counts
  bool inserted_here{};  ///< in the open transaction
  bool written_here{};   ///< in the open transaction; the session has a copy of it from before
};

/// A struct's facts and what can be done with objects of it.
struct object_class {
  const mapped_table& table;
  std::size_t version{no_version};  ///< the column's place
  std::vector<relation_facts> relations{};

  void (*encode)(const void* object, value_view* cells, kept_cells& kept){};
  void (*encode_key)(const void* object, value_view* cells, kept_cells& kept){};
  void (*assign)(void* to, const void* from){};  ///< from one object to another
  std::shared_ptr<void> (*copy)(const tracked& object, bool of_row){};

  // what the row is
  void (*keep)(void* original, const void* object){};
  void (*restore)(void* object, const void* original){};
  bool (*same)(const void* object, const void* original){};
  /// The places of columns that differ.
  void (*compare)(const void* object, const void* original, std::vector<std::size_t>& places){};
  void (*encode_row)(const void* original, value_view* cells, kept_cells& kept){};
  void (*encode_row_key)(const void* original, value_view* cells, kept_cells& kept){};

  bool (*wants_key)(const void* object){};
  void (*fill_key)(void* object, std::uint64_t key){};
  void (*set_vector)(void* object, std::size_t place, const value_view& vector){};
  void (*begin_version)(void* object){};  ///< 1, if it is 0
  void (*next_version)(void* object){};
  /// The session's object for a row: the one it has, brought up to date, or a new one.
  tracked* (*take)(objects_of_class& objects, const value_view* cells){};

  static constexpr std::size_t no_version = static_cast<std::size_t>(-1);
  std::string_view name() const noexcept { return table.definition.name; }
};

template <class T>
struct tracked_row : tracked {
  T value{};
  original_row<T> as_read{};

  explicit tracked_row(T&& row);
  /// Its texts as they are get this room.
  tracked_row(T&& row, room_behind& room);
};

/// Reads of a session that its rows' types take part in.
/// The object with this key; nullptr if the session has none.
tracked* find_object(const objects_of_class& objects, std::span<const value_view> key);
/// Whether what was read may replace what the program sees: it has changed nothing.
bool may_replace(const tracked& object);
void note_read(tracked& object);
tracked* keep_object(objects_of_class& objects, std::shared_ptr<tracked> object, std::span<const value_view> key);

template <class T>
const object_class& class_of();

template <class T>
constexpr auto key_places = [] {
  constexpr std::size_t count = [] {
    std::size_t found = 0;
    for_each_column<T>([&](const auto& column, std::size_t) { found += column.primary_key ? 1 : 0; });
    return found;
  }();
  std::array<std::size_t, count> places{};
  std::size_t next = 0;
  for_each_column<T>([&](const auto& column, std::size_t place) {
    if (column.primary_key) places[next++] = place;
  });
  return places;
}();

/// The member of the primary key's column of this number.
template <class T, std::size_t Part>
inline constexpr auto key_member = column_at<key_places<T>[Part]>(mapping_for<T>.columns).member;

template <class T>
constexpr std::size_t version_place() {
  auto found = object_class::no_version;
  for_each_column<T>([&](const auto& column, std::size_t place) {
    if constexpr (requires { column.more; })
      if (column.more.row_version) found = place;
  });
  return found;
}

/// What can be done with objects of T.
template <class T>
struct object_calls {
  static const T& get(const void* object) { return *static_cast<const T*>(object); }
  static T& get(void* object) { return *static_cast<T*>(object); }
  static const original_row<T>& row_of(const void* original) { return *static_cast<const original_row<T>*>(original); }
  static original_row<T>& row_of(void* original) { return *static_cast<original_row<T>*>(original); }

  static void encode(const void* object, value_view* cells, kept_cells& kept) {
    detail::encode_row(get(object), cells, kept);
  }
  static void encode_key(const void* object, value_view* cells, kept_cells& kept) {
    for_each_column<T>([&](const auto& column, std::size_t) {
      if (column.primary_key) encode_cell(column, get(object).*(column.member), *cells++, kept);
    });
  }
  static bool same(const void* object, const void* original) {
    bool all = true;
    original_row<T>::each(
        get(object), row_of(original),
        [&](const auto&, const auto& member, const auto& as_read, std::size_t) { all = all && as_read.is(member); });
    return all;
  }
  static void compare(const void* object, const void* original, std::vector<std::size_t>& places) {
    original_row<T>::each(get(object), row_of(original),
                          [&](const auto&, const auto& member, const auto& as_read, std::size_t place) {
                            if (!as_read.is(member)) places.push_back(place);
                          });
  }
  static void keep(void* original, const void* object) {
    original_row<T>::each(get(object), row_of(original),
                          [](const auto&, const auto& member, auto& as_read, std::size_t) { as_read.keep(member); });
  }
  static void restore(void* object, const void* original) {
    original_row<T>::each(get(object), row_of(original),
                          [](const auto&, auto& member, const auto& as_read, std::size_t) { as_read.restore(member); });
  }
  static void encode_row(const void* original, value_view* cells, kept_cells& kept) {
    row_of(original).each_member(
        [&](const auto& column, const auto& as_read) { as_read.encode(column, *cells++, kept); });
  }
  static void encode_row_key(const void* original, value_view* cells, kept_cells& kept) {
    row_of(original).each_member([&](const auto& column, const auto& as_read) {
      if (column.primary_key) as_read.encode(column, *cells++, kept);
    });
  }
  /// The columns only: relations are the object's own.
  static void assign(void* to, const void* from) {
    for_each_column<T>([&](const auto& column, std::size_t) { get(to).*(column.member) = get(from).*(column.member); });
  }
  static std::shared_ptr<void> copy(const tracked& object, bool of_row) {
    auto made = std::make_shared<T>();
    if (of_row)
      restore(made.get(), object.original);
    else
      assign(made.get(), object.object);
    return made;
  }
  static bool wants_key(const void* object) { return detail::wants_key(get(object)); }
  static void fill_key(void* object, std::uint64_t key) { detail::fill_key(get(object), key); }
  static void set_vector(void* object, std::size_t place, const value_view& vector) {
    detail::set_vector(get(object), place, vector);
  }
  template <class F>
  static void with_version(void* object, F&& f) {
    constexpr auto place = version_place<T>();
    if constexpr (place != object_class::no_version) f(get(object).*(column_at<place>(mapping_for<T>.columns).member));
  }
  static void begin_version(void* object) {
    with_version(object, [](auto& version) { version = version == 0 ? 1 : version; });
  }
  static void next_version(void* object) {
    with_version(object, [](auto& version) { ++version; });
  }
  static tracked* take(objects_of_class& objects, const value_view* cells) {
    T row{};
    decode_row(cells, row);
    std::array<value_view, key_places<T>.size()> key;
    kept_cells kept({});
    encode_key(&row, key.data(), kept);
    auto* found = find_object(objects, key);
    if (found == nullptr) {
      room_behind room{.size = original_row<T>::room_for(row)};
      const allocator_with_room<tracked_row<T>> memory(room);
      return keep_object(objects, std::allocate_shared<tracked_row<T>>(memory, std::move(row), room), key);
    }
    if (may_replace(*found)) {
      assign(found->object, &row);
      keep(found->original, &row);
      note_read(*found);
    }
    return found;
  }
};

template <class T>
void add_relations(std::vector<relation_facts>& to);

template <class T>
object_class make_class() {
  static_assert(has_primary_key<T>(), "a session knows objects by their primary key, and this schema has none");
  using calls = object_calls<T>;
  object_class made{.table = table_of<T>(),
                    .version = version_place<T>(),
                    .encode = calls::encode,
                    .encode_key = calls::encode_key,
                    .assign = calls::assign,
                    .copy = calls::copy,
                    .keep = calls::keep,
                    .restore = calls::restore,
                    .same = calls::same,
                    .compare = calls::compare,
                    .encode_row = calls::encode_row,
                    .encode_row_key = calls::encode_row_key,
                    .wants_key = calls::wants_key,
                    .fill_key = calls::fill_key,
                    .set_vector = calls::set_vector,
                    .begin_version = calls::begin_version,
                    .next_version = calls::next_version,
                    .take = calls::take};
  add_relations<T>(made.relations);
  return made;
}

template <class T>
const object_class& class_of() {
  static const object_class made = make_class<T>();
  return made;
}

template <class T>
tracked_row<T>::tracked_row(T&& row) : value(std::move(row)) {
  type = &class_of<T>();
  object = &value;
  original = &as_read;
}
template <class T>
tracked_row<T>::tracked_row(T&& row, room_behind& room) : tracked_row(std::move(row)) {
  original_row<T>::each(value, as_read, [&](const auto&, const auto& member, auto& of_row, std::size_t) {
    of_row.take_room(room, member);
  });
}

}  // namespace detail

}  // namespace tidb
