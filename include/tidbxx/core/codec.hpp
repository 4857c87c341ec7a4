// How a C++ type crosses to an engine and back: its column type, encoding and decoding.
#pragma once

#include "tidbxx/core/column_type.hpp"
#include "tidbxx/core/json.hpp"
#include "tidbxx/core/time.hpp"
#include "tidbxx/core/value.hpp"
#include "tidbxx/core/vector.hpp"

#include <array>
#include <chrono>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <limits>
#include <optional>
#include <ratio>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

namespace tidb {

namespace detail {

/// What a range-for takes. (<ranges> itself would be a tenth of what a program pays to compile our headers.)
template <class R>
concept iterable = requires(R& items) {
  std::begin(items);
  std::end(items);
};

}  // namespace detail

/// Bytes: a BLOB column.
using blob = std::vector<std::byte>;

namespace detail {

template <class T>
inline constexpr bool is_optional = false;
template <class T>
inline constexpr bool is_optional<std::optional<T>> = true;

template <class T>
struct bare_value {
  using type = T;
};
template <class T>
struct bare_value<std::optional<T>> {
  using type = T;
};
/// T without std::optional.
template <class T>
using bare = typename bare_value<T>::type;

/// The labels of an ENUM or SET; none for other types.
template <class T>
constexpr std::span<const std::string_view> labels_of() {
  if constexpr (requires { codec<T>::labels; })
    return codec<T>::labels;
  else
    return {};
}

decode_result decode_signed(const value_view& cell, std::int64_t& out) noexcept;
decode_result decode_unsigned(const value_view& cell, std::uint64_t& out) noexcept;
decode_result decode_real(const value_view& cell, double& out) noexcept;
decode_result decode_text(const value_view& cell, std::string& out);
decode_result decode_blob(const value_view& cell, blob& out);
/// Writes exactly `size` bytes, or tells wrong_length.
decode_result decode_bytes(const value_view& cell, std::byte* out, std::size_t size) noexcept;
decode_result decode_json(const value_view& cell, json& out);
decode_result decode_count(const value_view& cell, value_kind kind, std::int64_t& out) noexcept;
/// Writes exactly `size` floats, or tells wrong_length.
decode_result decode_floats(const value_view& cell, float* out, std::size_t size);
decode_result decode_floats(const value_view& cell, std::vector<float>& out);

template <class T>
constexpr type_kind integer_kind() {
  if constexpr (std::same_as<T, bool>)
    return type_kind::boolean;
  else if constexpr (sizeof(T) == 1)
    return type_kind::tinyint;
  else if constexpr (sizeof(T) == 2)
    return type_kind::smallint;
  else if constexpr (sizeof(T) == 4)
    return type_kind::integer;
  else
    return type_kind::bigint;
}

/// Whether a count of From's units is one of To's, whose range may be smaller (nanoseconds end in the year 2262).
template <class To, class From>
constexpr bool fits_duration(From from) noexcept {
  using rep = typename To::rep;
  if constexpr (!std::integral<rep> ||
                (sizeof(rep) == 8 && std::ratio_greater_equal_v<typename To::period, typename From::period>))
    return true;
  else {
    using factor = std::ratio_divide<typename From::period, typename To::period>;
    auto wide = static_cast<long double>(from.count()) * factor::num / factor::den;
    return wide >= static_cast<long double>(std::numeric_limits<rep>::min()) &&
           wide < static_cast<long double>(std::numeric_limits<rep>::max()) + 1;
  }
}

/// The microseconds of a duration; of one beyond 30,000 years, or NaN, a count that no column holds. What is finer is
/// rounded to the nearest, or cut downwards.
template <bool Cut, class Duration>
constexpr std::int64_t microseconds_in(const Duration& item) noexcept {
  using std::chrono::microseconds;
  constexpr double most_seconds = 1e12;
  const double size = std::chrono::duration<double>(item).count();
  if (!(size > -most_seconds && size < most_seconds))
    return size < 0 ? std::numeric_limits<std::int64_t>::min() : std::numeric_limits<std::int64_t>::max();
  // The seconds apart: a fraction such as that of 44,100 a second would overflow on its way to microseconds.
  const auto seconds = std::chrono::floor<std::chrono::seconds>(item);
  const auto rest = item - seconds;
  if constexpr (Cut)
    return microseconds(seconds + std::chrono::floor<microseconds>(rest)).count();
  else
    return microseconds(seconds + std::chrono::round<microseconds>(rest)).count();
}

template <class T>
concept character = std::same_as<T, char> || std::same_as<T, wchar_t> || std::same_as<T, char8_t> ||
                    std::same_as<T, char16_t> || std::same_as<T, char32_t>;

}  // namespace detail

/// Integers of 8 to 64 bits, and bool. Errors, when read: out_of_range rather than a cut-off number.
template <std::integral T>
  requires(!detail::character<T>)
struct codec<T> {
  static constexpr column_type type{detail::integer_kind<T>(), std::unsigned_integral<T> && !std::same_as<T, bool>, 0};
  static value_view encode(const T& item) noexcept {
    if constexpr (std::same_as<T, bool> || std::signed_integral<T>)
      return value_view::of(static_cast<std::int64_t>(item));
    else
      return value_view::of(static_cast<std::uint64_t>(item));
  }
  static decode_result decode(const value_view& cell, T& out) noexcept {
    if constexpr (std::same_as<T, bool>) {
      std::int64_t wide{};
      if (auto result = detail::decode_signed(cell, wide); result != decode_result::ok) return result;
      if (wide != 0 && wide != 1) return decode_result::out_of_range;
      out = wide != 0;
      return decode_result::ok;
    } else if constexpr (std::signed_integral<T>) {
      std::int64_t wide{};
      if (cell.kind == value_kind::integer)
        wide = cell.integer;  // the common case, without a call
      else if (auto result = detail::decode_signed(cell, wide); result != decode_result::ok)
        return result;
      out = static_cast<T>(wide);
      return out == wide ? decode_result::ok : decode_result::out_of_range;
    } else {
      std::uint64_t wide{};
      if (auto result = detail::decode_unsigned(cell, wide); result != decode_result::ok) return result;
      out = static_cast<T>(wide);
      return out == wide ? decode_result::ok : decode_result::out_of_range;
    }
  }
};

/// float and double.
template <std::floating_point T>
struct codec<T> {
  static constexpr column_type type{sizeof(T) == 4 ? type_kind::float32 : type_kind::float64, false, 0};
  static value_view encode(const T& item) noexcept { return value_view::of(static_cast<double>(item)); }
  static decode_result decode(const value_view& cell, T& out) noexcept {
    double wide{};
    if (auto result = detail::decode_real(cell, wide); result != decode_result::ok) return result;
    constexpr double beyond_float = 0x1.ffffffp127;  // from here on float rounds to infinity
    constexpr double largest = std::numeric_limits<double>::max();
    if constexpr (sizeof(T) < sizeof(double))
      if ((wide >= beyond_float && wide <= largest) || (wide <= -beyond_float && wide >= -largest))
        return decode_result::out_of_range;
    out = static_cast<T>(wide);
    return decode_result::ok;
  }
};

/// Text, UTF-8.
template <>
struct codec<std::string> {
  static constexpr column_type type{type_kind::text, false, 0};
  static value_view encode(const std::string& item) noexcept { return value_view::of(std::string_view(item)); }
  static decode_result decode(const value_view& cell, std::string& out) {
    if (cell.kind != value_kind::text) return detail::decode_text(cell, out);
    out.assign(static_cast<const char*>(cell.data), cell.size);
    return decode_result::ok;
  }
};

/// Parameters only: a view cannot own a cell.
template <>
struct codec<std::string_view> {
  static constexpr column_type type{type_kind::text, false, 0};
  static value_view encode(const std::string_view& item) noexcept { return value_view::of(item); }
};

/// Parameters only: a text up to its NUL.
template <>
struct codec<const char*> {
  static constexpr column_type type{type_kind::text, false, 0};
  static value_view encode(const char* item) noexcept { return value_view::of(std::string_view(item)); }
};

/// Parameters only: NULL.
template <>
struct codec<std::nullopt_t> {
  static value_view encode(std::nullopt_t) noexcept { return value_view::null(); }
};

/// Bytes.
template <>
struct codec<blob> {
  static constexpr column_type type{type_kind::blob, false, 0};
  static value_view encode(const blob& item) noexcept {
    return value_view::bytes(value_kind::blob, item.data(), item.size());
  }
  static decode_result decode(const value_view& cell, blob& out) { return detail::decode_blob(cell, out); }
};

/// A fixed number of bytes is BINARY(N). Errors, when read: wrong_length.
template <std::size_t N>
struct codec<std::array<std::byte, N>> {
  static_assert(N >= 1 && N <= 255, "BINARY(N): N is between 1 and 255; take tidb::blob for more");
  static constexpr column_type type{type_kind::binary, false, static_cast<std::uint32_t>(N)};
  static value_view encode(const std::array<std::byte, N>& item) noexcept {
    return value_view::bytes(value_kind::blob, item.data(), N);
  }
  static decode_result decode(const value_view& cell, std::array<std::byte, N>& out) noexcept {
    return detail::decode_bytes(cell, out.data(), N);
  }
};

/// A JSON document.
template <>
struct codec<json> {
  static constexpr column_type type{type_kind::json, false, 0};
  static value_view encode(const json& item) noexcept {
    return value_view::bytes(value_kind::json, item.text().data(), item.text().size());
  }
  static decode_result decode(const value_view& cell, json& out) { return detail::decode_json(cell, out); }
};

/// An owning value of any kind.
template <>
struct codec<value> {
  static value_view encode(const value& item) noexcept { return item.view(); }
  static decode_result decode(const value_view& cell, value& out) {
    out = value(cell);
    return decode_result::ok;
  }
};

/// A vector of N dimensions. Errors, when read: wrong_length.
template <std::size_t N>
struct codec<vector<N>> {
  static_assert(N >= 1 && N <= max_dimensions, "tidb::vector<N>: N is between 1 and 16383");
  static constexpr column_type type{type_kind::vector, false, static_cast<std::uint32_t>(N)};
  static value_view encode(const vector<N>& item) noexcept { return value_view::of(std::span<const float>(item)); }
  static decode_result decode(const value_view& cell, vector<N>& out) {
    return detail::decode_floats(cell, out.data(), N);
  }
};

/// A vector of any length.
template <>
struct codec<vector<dynamic>> {
  static constexpr column_type type{type_kind::vector, false, 0};
  static value_view encode(const vector<>& item) noexcept { return value_view::of(std::span<const float>(item)); }
  static decode_result decode(const value_view& cell, vector<>& out) { return detail::decode_floats(cell, out); }
};

/// A point in time is DATETIME(6) in UTC; one of whole days is a DATE.
/// Note: one finer than microseconds, such as std::chrono::system_clock::time_point, is cut to the microsecond towards
/// the past, also in conditions; one of floating-point numbers is rounded to the nearest.
/// Errors, when sent: usage_error outside the years 1 to 9999.
template <class Duration>
struct codec<std::chrono::sys_time<Duration>> {
  static constexpr bool is_date = std::same_as<Duration, std::chrono::days>;
  static constexpr value_kind kind = is_date ? value_kind::date : value_kind::datetime;
  using unit = std::conditional_t<is_date, std::chrono::days, std::chrono::microseconds>;
  static constexpr column_type type{is_date ? type_kind::date : type_kind::datetime, false, 0, is_date ? 0 : 6};
  static value_view encode(const std::chrono::sys_time<Duration>& item) noexcept {
    if constexpr (is_date)
      return value_view::count(kind, item.time_since_epoch().count());
    else
      return value_view::count(kind,
                               detail::microseconds_in<std::integral<typename Duration::rep>>(item.time_since_epoch()));
  }
  static decode_result decode(const value_view& cell, std::chrono::sys_time<Duration>& out) noexcept {
    std::int64_t count{};
    if (auto result = detail::decode_count(cell, kind, count); result != decode_result::ok) return result;
    const unit since_epoch(static_cast<typename unit::rep>(count));
    if (!detail::fits_duration<Duration>(since_epoch)) return decode_result::out_of_range;
    out = std::chrono::floor<Duration>(std::chrono::sys_time<unit>(since_epoch));
    return decode_result::ok;
  }
};

/// A calendar date is a DATE. Errors, when sent: usage_error for a day that does not exist, such as February 30.
template <>
struct codec<std::chrono::year_month_day> {
  static constexpr column_type type{type_kind::date, false, 0};
  static value_view encode(const std::chrono::year_month_day& item) noexcept {
    return value_view::count(value_kind::date,
                             item.ok() ? std::chrono::sys_days(item).time_since_epoch().count() : detail::no_such_date);
  }
  static decode_result decode(const value_view& cell, std::chrono::year_month_day& out) noexcept {
    std::chrono::sys_days day{};
    if (auto result = codec<std::chrono::sys_days>::decode(cell, day); result != decode_result::ok) return result;
    out = day;
    return decode_result::ok;
  }
};

/// A year is a YEAR: 1901 to 2155, or 0.
template <>
struct codec<std::chrono::year> {
  static constexpr column_type type{type_kind::year};
  static value_view encode(const std::chrono::year& item) noexcept {
    return value_view::of(static_cast<std::int64_t>(static_cast<int>(item)));
  }
  static decode_result decode(const value_view& cell, std::chrono::year& out) noexcept {
    std::int16_t number{};
    const auto result = codec<std::int16_t>::decode(cell, number);
    if (result == decode_result::ok) out = std::chrono::year(number);
    return result;
  }
};

/// A duration is TIME(6), from -838:59:59 to 838:59:59. Note: one finer than microseconds is rounded to the nearest.
/// Errors, when sent: usage_error beyond that.
template <class Rep, class Period>
struct codec<std::chrono::duration<Rep, Period>> {
  using duration = std::chrono::duration<Rep, Period>;
  static constexpr column_type type{type_kind::time, false, 0, 6};
  static value_view encode(const duration& item) noexcept {
    return value_view::count(value_kind::time, detail::microseconds_in<false>(item));
  }
  static decode_result decode(const value_view& cell, duration& out) noexcept {
    std::int64_t count{};
    if (auto result = detail::decode_count(cell, value_kind::time, count); result != decode_result::ok) return result;
    const std::chrono::microseconds microseconds(count);
    if (!detail::fits_duration<duration>(microseconds)) return decode_result::out_of_range;
    out = std::chrono::duration_cast<duration>(microseconds);
    return decode_result::ok;
  }
};

/// An empty optional is NULL.
template <class T>
struct codec<std::optional<T>> {
  static constexpr column_type type = codec<T>::type;
  static constexpr std::span<const std::string_view> labels = detail::labels_of<T>();
  static auto encode(const std::optional<T>& item) {
    using encoded = decltype(codec<T>::encode(*item));
    return item ? codec<T>::encode(*item) : encoded(value_view::null());
  }
  static decode_result decode(const value_view& cell, std::optional<T>& out) {
    if (cell.is_null()) {
      out.reset();
      return decode_result::ok;
    }
    if (!out) out.emplace();
    return codec<T>::decode(cell, *out);
  }
};

namespace detail {

/// Throws errc::decode: which column, what is in the cell, and why it does not fit a C++ type of this column type.
[[noreturn]] void throw_decode(decode_result why, const value_view& cell, std::string_view column, column_type target,
                               std::span<const std::string_view> labels = {});

template <class T>
constexpr column_type type_of() {
  if constexpr (requires { codec<T>::type; })
    return codec<T>::type;
  else
    return {};
}

// Each cell of each row comes by here: a call would be 1 % of reading a small one.
template <class T>
[[gnu::always_inline]] inline void decode_cell(const value_view& cell, T& out, std::string_view column) {
  static_assert(decodable<T>,
                "this type cannot be read from a column: use an arithmetic type, std::string, tidb::decimal, "
                "tidb::blob, tidb::json, tidb::vector, tidb::uuid, a std::chrono type, an enum with tidb::enum_labels, "
                "tidb::value, a type with a tidb::converter, or std::optional of one");
  if (auto result = codec<T>::decode(cell, out); result != decode_result::ok) [[unlikely]]
    throw_decode(result, cell, column, type_of<T>(), labels_of<T>());
}

}  // namespace detail

}  // namespace tidb
