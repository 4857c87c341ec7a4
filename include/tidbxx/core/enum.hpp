// A C++ enum as an ENUM column, and a set of its values as a SET.
#pragma once

#include "tidbxx/core/column_type.hpp"
#include "tidbxx/core/value.hpp"

#include <array>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <span>
#include <string_view>
#include <type_traits>

namespace tidb {

/// Names a type to `tidb_schema` and `tidb_labels`, which are found in the type's own namespace.
template <class T>
struct of {};

/// A value of an enum and its label in the column.
template <class E>
struct label {
  E value{};
  std::string_view text{};
};

/// What `labels` makes.
template <class E, std::size_t N>
struct labels_t {
  std::array<E, N> values{};
  std::array<std::string_view, N> texts{};
};

namespace detail {

/// The number that a text is, as a value is sent: up to 19 digits, without a leading 0.
constexpr std::optional<std::uint64_t> number_of(std::string_view text) noexcept {
  if (text.empty() || text.size() > 19 || (text.size() > 1 && text.front() == '0')) return std::nullopt;
  std::uint64_t number = 0;
  for (const char letter : text) {
    if (letter < '0' || letter > '9') return std::nullopt;
    number = number * 10 + static_cast<std::uint64_t>(letter - '0');
  }
  return number;
}

}  // namespace detail

/// The labels of an enum, in the order that ORDER BY has:
///   template <> inline constexpr auto tidb::enum_labels<color> =
///       tidb::labels<color>({{color::red, "red"}, {color::green, "green"}});
/// or, in the enum's namespace, `constexpr auto tidb_labels(tidb::of<color>) { return tidb::labels<color>({…}); }`.
/// A label that is none, is there twice or ends with a blank does not compile, nor one that is the number of another,
/// such as "1" in the second place: TiDB would take that number for this label.
/// Note: new labels come last. An ENUM is stored as its label's place in this list.
template <class E, std::size_t N>
consteval labels_t<E, N> labels(const label<E> (&list)[N]) {
  labels_t<E, N> made;
  for (std::size_t i = 0; i < N; ++i) {
    if (list[i].text.empty() || list[i].text.back() == ' ') throw "a label is empty or ends with a blank";
    if (const auto number = detail::number_of(list[i].text); number && *number > 0 && *number <= N && *number != i + 1)
      throw "a label is the number of another";
    for (std::size_t j = 0; j < i; ++j)
      if (list[j].text == list[i].text || list[j].value == list[i].value) throw "a label or a value is there twice";
    made.values[i] = list[i].value;
    made.texts[i] = list[i].text;
  }
  return made;
}

struct no_labels {};
/// Specialise it for an enum, or define `tidb_labels(tidb::of<E>)` in its namespace.
template <class E>
inline constexpr no_labels enum_labels{};

namespace detail {

template <class E>
constexpr auto find_labels() {
  if constexpr (requires { tidb_labels(of<E>{}); })
    return tidb_labels(of<E>{});
  else
    return enum_labels<E>;
}

template <class E>
struct labels_holder {
  static constexpr auto value = find_labels<E>();
};

template <class E>
concept labelled = std::is_enum_v<E> && !std::same_as<std::remove_cv_t<decltype(labels_holder<E>::value)>, no_labels>;

/// The place of a value's label, from 0; the number of labels if it has none.
template <labelled E>
constexpr std::size_t label_position(E item) noexcept {
  const auto& values = labels_holder<E>::value.values;
  std::size_t position = 0;
  while (position < values.size() && values[position] != item) ++position;
  return position;
}

/// A label's place from 0, of its text or of its number from 1.
decode_result decode_label(const value_view& cell, std::span<const std::string_view> labels,
                           std::size_t& position) noexcept;
/// Bits of labels, of a list with commas or of their number.
decode_result decode_labels(const value_view& cell, std::span<const std::string_view> labels,
                            std::uint64_t& bits) noexcept;

/// A SET divides its labels with commas.
template <labelled E>
constexpr bool fits_set() {
  if (labels_holder<E>::value.texts.size() > 64) return false;
  for (auto text : labels_holder<E>::value.texts)
    if (text.find(',') != std::string_view::npos) return false;
  return true;
}
/// No label is the number of a set other than its own one, which TiDB would take for this label.
template <labelled E>
constexpr bool set_is_clear() {
  const auto& texts = labels_holder<E>::value.texts;
  for (std::size_t i = 0; i < texts.size(); ++i) {
    const auto number = number_of(texts[i]);
    const bool is_set = number && (texts.size() == 64 || *number >> texts.size() == 0);
    if (is_set && *number != std::uint64_t{1} << i) return false;
  }
  return true;
}

}  // namespace detail

/// An ENUM with the enum's labels. It crosses as the number of its label, so that conditions and orders compare places
/// in the list. Errors, when read: malformed for a text that is no label; when sent: usage_error for a value without
/// one.
template <detail::labelled E>
struct codec<E> {
  static constexpr std::span<const std::string_view> labels{detail::labels_holder<E>::value.texts};
  static constexpr column_type type{type_kind::enumeration};
  static value_view encode(const E& item) noexcept {
    const auto position = detail::label_position(item);
    return value_view::of(static_cast<std::int64_t>(position < labels.size() ? position + 1 : 0));
  }
  static decode_result decode(const value_view& cell, E& out) noexcept {
    std::size_t position{};
    if (auto result = detail::decode_label(cell, labels, position); result != decode_result::ok) return result;
    out = detail::labels_holder<E>::value.values[position];
    return decode_result::ok;
  }
};

/// A set of an enum's values, as a column a SET of its labels: `tidb::enum_set<right>{right::read, right::write}`.
template <detail::labelled E>
class enum_set {
  static_assert(detail::fits_set<E>(), "a SET has at most 64 labels, and none has a comma");
  static_assert(detail::set_is_clear<E>(),
                "a label of a SET is the number of another set, which TiDB would take it for");

public:
  constexpr enum_set() noexcept = default;
  constexpr enum_set(std::initializer_list<E> items) noexcept {
    for (auto item : items) insert(item);
  }
  /// Bit 0 is the first label, as SQL counts them.
  static constexpr enum_set from_bits(std::uint64_t bits) noexcept {
    enum_set made;
    made.bits_ = bits & all;
    return made;
  }

  /// A value without a label is in no set.
  constexpr void insert(E item) noexcept { bits_ |= bit_of(item); }
  constexpr void erase(E item) noexcept { bits_ &= ~bit_of(item); }
  constexpr bool contains(E item) const noexcept { return (bits_ & bit_of(item)) != 0; }
  constexpr bool empty() const noexcept { return bits_ == 0; }
  constexpr std::uint64_t bits() const noexcept { return bits_; }

  friend constexpr bool operator==(const enum_set&, const enum_set&) noexcept = default;
  friend constexpr enum_set operator|(enum_set left, enum_set right) noexcept {
    return from_bits(left.bits_ | right.bits_);
  }
  friend constexpr enum_set operator&(enum_set left, enum_set right) noexcept {
    return from_bits(left.bits_ & right.bits_);
  }

private:
  static constexpr std::size_t count = codec<E>::labels.size();
  static constexpr std::uint64_t all = ~std::uint64_t{0} >> (64 - count);
  static constexpr std::uint64_t bit_of(E item) noexcept {
    const auto position = detail::label_position(item);
    return position < count ? std::uint64_t{1} << position : 0;
  }

  std::uint64_t bits_{};
};

/// A SET. Errors, when read: malformed for a text that has another label.
template <class E>
struct codec<enum_set<E>> {
  static constexpr std::span<const std::string_view> labels = codec<E>::labels;
  static constexpr column_type type{type_kind::set};
  static value_view encode(const enum_set<E>& item) noexcept { return value_view::of(item.bits()); }
  static decode_result decode(const value_view& cell, enum_set<E>& out) noexcept {
    std::uint64_t bits{};
    const auto result = detail::decode_labels(cell, labels, bits);
    if (result == decode_result::ok) out = enum_set<E>::from_bits(bits);
    return result;
  }
};

}  // namespace tidb
