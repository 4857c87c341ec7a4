// Functions of texts as typed expressions, the same on every engine.
// Source: TiDB's documentation, "String Functions".
#pragma once

#include "tidbxx/sql/functions.hpp"

#include <cstdint>
#include <optional>
#include <string>

namespace tidb {

// Text. Positions count characters from 1.

template <class... X>
  requires(sizeof...(X) >= 2 && (detail::is_operand<X> || ...))
auto concat(const X&... parts) {
  (detail::check_text<X>(), ...);
  sql::expression built(sql::op::concat);
  (detail::add_to(built, parts), ...);
  return expr<detail::or_null<std::string, X...>, detail::used_by_each<X...>>(std::move(built));
}
template <detail::is_operand X>
auto char_length(const X& text) {
  return detail::of_text<std::int64_t>("CHAR_LENGTH", text);
}
/// In bytes.
template <detail::is_operand X>
auto octet_length(const X& text) {
  return detail::of_text<std::int64_t>("OCTET_LENGTH", text);
}
template <detail::is_operand X>
auto lower(const X& text) {
  return detail::of_text<std::string>("LOWER", text);
}
template <detail::is_operand X>
auto upper(const X& text) {
  return detail::of_text<std::string>("UPPER", text);
}
template <detail::is_operand X>
auto trim(const X& text) {
  return detail::of_text<std::string>("TRIM", text);
}
template <detail::is_operand X>
auto ltrim(const X& text) {
  return detail::of_text<std::string>("LTRIM", text);
}
template <detail::is_operand X>
auto rtrim(const X& text) {
  return detail::of_text<std::string>("RTRIM", text);
}
template <detail::is_operand X, class From, class To>
auto replace(const X& text, const From& from, const To& to) {
  return detail::of_text<std::string>("REPLACE", text, from, to);
}
/// `length` characters from `position` on; a negative position counts from the end.
template <detail::is_operand X, class P, class L>
auto substring(const X& text, const P& position, const L& length) {
  return detail::of_text<std::string>("SUBSTR", text, position, length);
}
template <detail::is_operand X, class P>
auto substring(const X& text, const P& position) {
  return detail::of_text<std::string>("SUBSTR", text, position);
}

/// The first characters.
template <detail::is_operand X, class L>
auto left(const X& text, const L& length) {
  return detail::of_text<std::string>("LEFT", text, length);
}
/// The last characters.
template <detail::is_operand X, class L>
auto right(const X& text, const L& length) {
  return detail::of_text<std::string>("RIGHT", text, length);
}
/// Made so long in front; cut if it is longer. NULL of a negative length.
template <detail::is_operand X, class L, class P>
auto lpad(const X& text, const L& length, const P& with) {
  return detail::of_text<std::string>("LPAD", text, length, with).nullable();
}
/// The same behind.
template <detail::is_operand X, class L, class P>
auto rpad(const X& text, const L& length, const P& with) {
  return detail::of_text<std::string>("RPAD", text, length, with).nullable();
}
template <detail::is_operand X>
auto reverse(const X& text) {
  return detail::of_text<std::string>("REVERSE", text);
}
/// NULL if it would be longer than a packet.
template <detail::is_operand X, class N>
auto repeat(const X& text, const N& times) {
  return detail::of_text<std::string>("REPEAT", text, times).nullable();
}
/// What comes before the delimiter's `count`-th occurrence; behind it, counted from the end, if that is negative.
template <detail::is_operand X, class D, class N>
auto substring_index(const X& text, const D& delimiter, const N& count) {
  return detail::of_text<std::string>("SUBSTRING_INDEX", text, delimiter, count);
}
/// Where `part` begins in the text, from 1; 0 if nowhere.
template <detail::is_operand X, class P>
auto locate(const P& part, const X& text) {
  return detail::of_text<std::int64_t>("LOCATE", part, text);
}
/// Hexadecimal, in lower case.
template <detail::is_operand X>
auto md5(const X& text) {
  return detail::of_text<std::string>("MD5", text);
}
/// Hexadecimal; `bits`: 224, 256, 384 or 512.
template <detail::is_operand X>
auto sha2(const X& text, int bits) {
  return detail::of_text<std::string>("SHA2", text, bits).nullable();
}
/// The texts of a group, one after the other; NULL of no row. TiDB cuts it at `group_concat_max_len`, 1,024 bytes
/// unless set, and so does the embedded engine. `order`: terms as in `order_by`.
template <detail::is_operand X, class... Terms>
auto group_concat(const X& text, const std::string& separator, const Terms&... order) {
  detail::check_text<X>();
  sql::expression built(sql::op::group_concat, std::string_view(separator));
  built.add(text.expression());
  (built.add(detail::term_expression(order)), ...);
  return expr<std::optional<std::string>, typename X::used>(std::move(built));
}

}  // namespace tidb
