#include "core/utf8.hpp"
#include "tidbxx/core/decimal.hpp"
#include "tidbxx/core/error.hpp"
#include "tidbxx/core/time.hpp"
#include "tidbxx/core/vector.hpp"
#include "tidbxx/sql/printer.hpp"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>

namespace tidb::sql {

namespace {

std::string hex_literal(std::string_view bytes) {
  constexpr std::string_view digits = "0123456789abcdef";
  std::string text = "x'";
  text.reserve(3 + bytes.size() * 2);
  for (const char letter : bytes) {
    const auto code = static_cast<unsigned char>(letter);
    text += digits[code >> 4U];
    text += digits[code & 0xFU];
  }
  return text += '\'';
}

/// With an exponent, or TiDB would take it for a decimal.
std::string real_literal(double number, dialect to) {
  if (!std::isfinite(number)) throw_usage(fmt::format("{} cannot be written as a literal", number));
  if (to == dialect::tidb) {
    auto text = fmt::format("{}", number);
    return text.find('e') == std::string::npos ? text + "e0" : text;
  }
  // SQLite's reader of digits is not exact to the last bit: of 18 digits, one more than tell a double, the nearest
  // double is far enough from the next. Very small ones it rounds twice; a power of two makes them larger.
  constexpr double reads_exactly = 1e-270;
  if (number != 0 && std::abs(number) < reads_exactly)
    return fmt::format("({:.17e} / {:.17e})", number * 0x1p200, 0x1p200);
  auto text = fmt::format("{:.17e}", number);
  const auto mark = text.find('e');
  const auto last = text.find_last_not_of('0', mark - 1);
  return text.erase(last + (text[last] == '.' ? 2 : 1), mark - last - (text[last] == '.' ? 2 : 1));
}

std::string unsigned_literal(std::uint64_t number, dialect to) {
  if (to == dialect::sqlite && number > static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max()))
    throw_error(
        {.code = errc::unsupported,
         .message = fmt::format("the embedded engine holds integers up to 9223372036854775807, not {}", number)});
  return fmt::to_string(number);
}

/// With a point, where TiDB would take it for an integer; a point at its end would make a name of the next word.
std::string decimal_literal(std::string_view digits, dialect to) {
  decimal number;
  if (detail::parse_decimal(digits, number) != decode_result::ok) throw_usage("a decimal has digits that are none");
  if (to == dialect::sqlite) return quote_text(number.text(), to);
  constexpr std::size_t most_of_integer = 20;
  const bool is_integer = number.scale() == 0 && number.text().size() <= most_of_integer;
  return std::string(number.text()) + (is_integer ? ".0" : "");
}

std::string vector_literal(const value_view& item, dialect to) {
  std::vector<float> floats(item.size / sizeof(float));
  if (!floats.empty()) std::memcpy(floats.data(), item.data, floats.size() * sizeof(float));
  if (const auto why = detail::check_vector(floats); !why.empty()) throw_usage("a value is no vector: " + why);
  return to == dialect::sqlite ? hex_literal(item.text()) : quote_text(to_text(floats), to);
}

std::string count_literal(const value_view& item, dialect to) {
  if (const auto why = detail::check_count(item.kind, item.integer); !why.empty()) throw_usage("a value " + why);
  const auto [word, text] = item.kind == value_kind::date ? std::pair("DATE ", detail::date_to_text(item.integer))
                            : item.kind == value_kind::datetime
                                ? std::pair("TIMESTAMP ", detail::datetime_to_text(item.integer))
                                : std::pair("TIME ", detail::time_to_text(item.integer));
  return (to == dialect::tidb ? word : "") + quote_text(text, to);
}

std::string text_literal(std::string_view text, dialect to) {
  const bool has_nul = to == dialect::sqlite && text.find('\0') != std::string_view::npos;
  if (!has_nul || !detail::is_utf8(text)) return quote_text(text, to);
  return "CAST(" + hex_literal(text) + " AS TEXT)";
}

}  // namespace

std::string quote_identifier(std::string_view name) {
  if (name.empty()) throw_usage("a name of a table or column is empty");
  if (name.find('\0') != std::string_view::npos) throw_usage("a name of a table or column has a NUL in it");
  std::size_t characters = 0;
  std::string quoted = "`";
  for (char letter : name) {
    if ((static_cast<unsigned char>(letter) & 0xC0U) != 0x80U) ++characters;
    if (letter == '`') quoted += '`';
    quoted += letter;
  }
  if (characters > 64) throw_usage("the name \"" + std::string(name) + "\" is longer than 64 characters");
  if (!detail::is_utf8(name)) throw_usage("a name of a table or column is not UTF-8");
  return quoted += '`';
}

std::string quote_text(std::string_view text, dialect to) {
  if (!detail::is_utf8(text)) throw_usage("a text that is not UTF-8 cannot be written as a literal: take it as a blob");
  std::string quoted = "'";
  for (char letter : text) {
    if (letter == '\'') quoted += '\'';
    if (letter == '\\' && to == dialect::tidb) quoted += '\\';
    if (letter == '\0') {
      if (to == dialect::sqlite) throw_usage("a text with a NUL cannot be written as a literal");
      quoted += "\\0";
      continue;
    }
    quoted += letter;
  }
  return quoted += '\'';
}

std::string quote_value(const value_view& item, dialect to) {
  switch (item.kind) {
  case value_kind::null: return "NULL";
  case value_kind::integer: return fmt::to_string(item.integer);
  case value_kind::unsigned_integer: return unsigned_literal(item.unsigned_integer, to);
  case value_kind::real: return real_literal(item.real, to);
  case value_kind::text:
  case value_kind::json: return text_literal(item.text(), to);
  case value_kind::blob: return hex_literal(item.text());
  case value_kind::decimal: return decimal_literal(item.text(), to);
  case value_kind::vector: return vector_literal(item, to);
  case value_kind::datetime:
  case value_kind::date:
  case value_kind::time: return count_literal(item, to);
  }
  return {};
}

std::size_t rows_within(std::size_t columns, std::size_t wanted_rows, std::size_t budget) {
  if (columns == 0) return 1;
  return std::clamp<std::size_t>(wanted_rows, 1, std::max<std::size_t>(budget / columns, 1));
}

}  // namespace tidb::sql
