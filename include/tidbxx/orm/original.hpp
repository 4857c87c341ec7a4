// What the row of an object held when the session read or wrote it, to tell what has changed.
#pragma once

#include "tidbxx/orm/mapping.hpp"

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <new>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>

namespace tidb::detail {

/// Room for texts behind an object, in the memory that is allocated for it.
struct room_behind {
  std::size_t size{};  ///< bytes
  char* at{};          ///< the next free one, once the object has its memory
};

/// Allocates objects with room behind them.
template <class T>
struct allocator_with_room {
  using value_type = T;

  explicit allocator_with_room(room_behind& wanted) noexcept : room(&wanted) {}
  template <class Other>
  explicit(false) allocator_with_room(const allocator_with_room<Other>& other) noexcept : room(other.room) {}
  T* allocate(std::size_t count) {
    static_assert(alignof(T) <= __STDCPP_DEFAULT_NEW_ALIGNMENT__, "a session's structs have no larger alignment");
    auto* const made = static_cast<char*>(::operator new(count * sizeof(T) + room->size));
    room->at = made + count * sizeof(T);
    return reinterpret_cast<T*>(made);
  }
  void deallocate(T* made, std::size_t /*count*/) noexcept { ::operator delete(made); }
  template <class Other>
  friend bool operator==(const allocator_with_room&, const allocator_with_room<Other>&) noexcept {
    return true;
  }

  room_behind* room;  ///< while it allocates
};

/// A text, in the room behind its object until it needs more.
class original_text {
public:
  original_text() = default;
  original_text(const original_text&) = delete;
  original_text& operator=(const original_text&) = delete;
  ~original_text() {
    if (is_own_) delete[] at_;
  }
  void take_room(room_behind& from, std::size_t size) noexcept {
    at_ = from.at;
    most_ = static_cast<std::uint32_t>(size);
    from.at += size;
  }
  void assign(std::string_view text);
  std::string_view view() const noexcept { return {at_, size_}; }

private:
  char* at_{};
  std::uint32_t size_{}, most_{};  // no engine has larger texts
  bool is_own_{};
};

/// A member as its row has it.
template <class M>
struct original_member {
  M value{};

  static std::size_t room_for(const M& /*member*/) noexcept { return 0; }
  void take_room(room_behind& /*from*/, const M& /*member*/) noexcept {}
  void keep(const M& member) { value = member; }
  void restore(M& member) const { member = value; }
  bool is(const M& member) const {
    if constexpr (std::floating_point<M>) {
      return member == value || (member != member && value != value);
    } else if constexpr (std::equality_comparable<M>) {
      return member == value;
    } else {
      const auto& left = codec<M>::encode(member);
      const auto& right = codec<M>::encode(value);
      return tidb::value(left) == tidb::value(right);
    }
  }
  template <class Column>
  void encode(const Column& column, value_view& cell, kept_cells& kept) const {
    encode_cell(column, value, cell, kept);
  }
};

template <>
struct original_member<std::string> {
  original_text text{};

  static std::size_t room_for(const std::string& member) noexcept { return member.size(); }
  void take_room(room_behind& from, const std::string& member) noexcept { text.take_room(from, member.size()); }
  void keep(const std::string& member) { text.assign(member); }
  void restore(std::string& member) const { member = text.view(); }
  bool is(const std::string& member) const noexcept { return member == text.view(); }
  template <class Column>
  void encode(const Column& /*column*/, value_view& cell, kept_cells& /*kept*/) const {
    cell = value_view::of(text.view());
  }
};

template <>
struct original_member<std::optional<std::string>> {
  original_member<std::string> text{};
  bool has_text{};

  static std::size_t room_for(const std::optional<std::string>& member) noexcept { return member ? member->size() : 0; }
  void take_room(room_behind& from, const std::optional<std::string>& member) noexcept {
    if (member) text.take_room(from, *member);
  }
  void keep(const std::optional<std::string>& member) {
    has_text = member.has_value();
    if (member) text.keep(*member);
  }
  void restore(std::optional<std::string>& member) const {
    if (has_text)
      text.restore(member.emplace());
    else
      member.reset();
  }
  bool is(const std::optional<std::string>& member) const noexcept {
    return member.has_value() == has_text && (!has_text || text.is(*member));
  }
  template <class Column>
  void encode(const Column& column, value_view& cell, kept_cells& kept) const {
    cell = {};
    if (has_text) text.encode(column, cell, kept);
  }
};

template <class T, class Places = std::make_index_sequence<column_count<T>>>
struct original_members;
template <class T, std::size_t... Place>
struct original_members<T, std::index_sequence<Place...>> {
  using type = std::tuple<original_member<
      typename member_of<std::remove_cvref_t<decltype(column_at<Place>(mapping_for<T>.columns).member)>>::type>...>;
};

/// A row of T as it is in the database.
template <class T>
class original_row {
public:
  /// f(column, the member, its original, the column's place)
  template <class Object, class Original, class F>
  static void each(Object& object, Original& original, F&& f) {
    [&]<std::size_t... Place>(std::index_sequence<Place...>) {
      (f(column_at<Place>(mapping_for<T>.columns), object.*(column_at<Place>(mapping_for<T>.columns).member),
         std::get<Place>(original.members_), Place),
       ...);
    }(std::make_index_sequence<column_count<T>>{});
  }
  /// f(column, the original)
  template <class F>
  void each_member(F&& f) const {
    [&]<std::size_t... Place>(std::index_sequence<Place...>) {
      (f(column_at<Place>(mapping_for<T>.columns), std::get<Place>(members_)), ...);
    }(std::make_index_sequence<column_count<T>>{});
  }
  static std::size_t room_for(const T& row) {
    std::size_t bytes = 0;
    for_each_column<T>([&](const auto& column, std::size_t) {
      using member = std::remove_cvref_t<decltype(row.*(column.member))>;
      bytes += original_member<member>::room_for(row.*(column.member));
    });
    return bytes;
  }

private:
  typename original_members<T>::type members_{};
};

}  // namespace tidb::detail
