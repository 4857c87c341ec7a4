#include "orm/field_value.hpp"

#include "core/utf8.hpp"
#include "tidbxx/core/decimal.hpp"
#include "tidbxx/core/enum.hpp"
#include "tidbxx/core/error.hpp"
#include "tidbxx/core/json.hpp"
#include "tidbxx/core/time.hpp"
#include "tidbxx/core/vector.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdint>
#include <limits>
#include <optional>
#include <vector>

#include <fmt/format.h>

namespace tidb::detail {
namespace {

constexpr const char* out_of_range = "is out of the column's range";

int bits_of(column_type type) noexcept {
  switch (type.kind) {
  case type_kind::tinyint: return 8;
  case type_kind::smallint: return 16;
  case type_kind::integer: return 32;
  case type_kind::bit: return static_cast<int>(type.length);
  default: return 64;
  }
}

/// Digits that are the whole text.
template <class Number>
std::string parse(std::string_view text, Number& out) {
  const auto* const end = text.data() + text.size();
  const auto [stop, code] = std::from_chars(text.data(), end, out);
  if (stop != end || code == std::errc::invalid_argument) return "is no whole number";
  return code == std::errc{} ? "" : out_of_range;
}

std::string read_unsigned(std::string_view text, int bits, value_view& out) {
  std::uint64_t number{};
  // from_chars takes a minus for no part of an unsigned number
  if (text.starts_with('-') && text.find_first_not_of("0123456789", 1) == std::string_view::npos && text.size() > 1)
    return out_of_range;
  if (auto why = parse(text, number); !why.empty()) return why;
  out = value_view::of(number);
  return bits == 64 || number >> bits == 0 ? "" : out_of_range;
}

std::string read_signed(std::string_view text, int bits, value_view& out) {
  std::int64_t number{};
  if (auto why = parse(text, number); !why.empty()) return why;
  out = value_view::of(number);
  const auto limit = std::int64_t{1} << (bits - 1);
  return bits == 64 || (number >= -limit && number < limit) ? "" : out_of_range;
}

std::string read_integer(std::string_view text, column_type type, value_view& out) {
  const bool plus = type.is_unsigned || type.kind == type_kind::bit;
  return plus ? read_unsigned(text, bits_of(type), out) : read_signed(text, bits_of(type), out);
}

std::string read_bool(std::string_view text, value_view& out) {
  std::string small(text);
  for (char& letter : small) letter = letter >= 'A' && letter <= 'Z' ? static_cast<char>(letter + ('a' - 'A')) : letter;
  const bool yes = small == "1" || small == "true";
  out = value_view::of(std::int64_t{yes});
  return yes || small == "0" || small == "false" ? "" : "is neither true nor false";
}

/// A float is what a struct's member would be: the number rounded once.
std::string read_real(std::string_view text, bool single, value_view& out) {
  double number{};
  const auto* const end = text.data() + text.size();
  const auto [stop, code] = std::from_chars(text.data(), end, number);
  if (stop != end || code == std::errc::invalid_argument) return "is no number";
  if (code != std::errc{}) return out_of_range;
  if (!std::isfinite(number)) return "is no number";
  if (single && std::fabs(number) > std::numeric_limits<float>::max()) return out_of_range;
  out = value_view::of(single ? static_cast<double>(static_cast<float>(number)) : number);
  return {};
}

std::string read_count(value_kind kind, std::optional<std::int64_t> count, value_view& out) {
  if (!count)
    return kind == value_kind::date   ? "is no date, such as 2026-01-31"
           : kind == value_kind::time ? "is no time, such as 23:59:59.5"
                                      : "is no date with a time, such as 2026-01-31 23:59:59.5";
  out = value_view::count(kind, *count);
  return check_count(kind, *count);
}

std::string read_text(std::string_view text, value_view& out) {
  out = value_view::of(text);
  return is_utf8(text) ? "" : "is not UTF-8";
}

std::string read_json(std::string_view text, value_view& out) try {
  const json document{std::string(text)};
  out = value_view::bytes(value_kind::json, text.data(), text.size());
  return {};
} catch (const usage_error&) {
  return "is not JSON";
}

std::string read_decimal(std::string_view text, value_view& out) {
  decimal number;
  out = value_view::bytes(value_kind::decimal, text.data(), text.size());
  switch (parse_decimal(text, number)) {
  case decode_result::ok: return {};
  case decode_result::out_of_range: return out_of_range;
  default: return "is no decimal number";
  }
}

std::string read_label(std::string_view text, const column_facts& column, value_view& out) {
  const auto cell = value_view::of(text);
  if (column.type.kind == type_kind::set) {
    std::uint64_t bits{};
    if (decode_labels(cell, column.labels, bits) != decode_result::ok) return "has a label that the column lacks";
    out = value_view::of(bits);
    return {};
  }
  std::size_t position{};
  if (decode_label(cell, column.labels, position) != decode_result::ok) return "is no label of the column";
  out = value_view::of(static_cast<std::int64_t>(position + 1));
  return {};
}

/// The field in an error: not all of a long one, and no bytes that are not text.
std::string shown(std::string_view text) {
  constexpr std::size_t most = 60;
  if (!is_utf8(text)) return "the field";
  std::size_t size = std::min(text.size(), most);
  while (size > 0 && !is_utf8(text.substr(0, size))) --size;
  return fmt::format("\"{}{}\"", text.substr(0, size), size < text.size() ? "…" : "");
}

int digit_of(char letter) noexcept {
  if (letter >= '0' && letter <= '9') return letter - '0';
  if (letter >= 'a' && letter <= 'f') return letter - 'a' + 10;
  if (letter >= 'A' && letter <= 'F') return letter - 'A' + 10;
  return -1;
}

}  // namespace

std::string field_values::read_bytes(std::string_view text, value_view& out) {
  std::string bytes;
  bool hex = text.starts_with("0x") && text.size() % 2 == 0;
  for (std::size_t i = 2; hex && i < text.size(); i += 2) {
    const int high = digit_of(text[i]), low = digit_of(text[i + 1]);
    hex = high >= 0 && low >= 0;
    bytes += static_cast<char>(high * 16 + low);
  }
  if (!hex) return "is no bytes: 0x and pairs of hexadecimal digits";
  out = kept_.keep(value_view::bytes(value_kind::blob, bytes.data(), bytes.size()));
  return {};
}

std::string field_values::read_vector(std::string_view text, std::size_t dimensions, value_view& out) {
  std::vector<float> floats;
  if (const auto why = parse_vector(text, floats); !why.empty()) return "is no vector: " + why;
  if (dimensions != 0 && floats.size() != dimensions)
    return fmt::format("has {} dimensions, and the column's vectors have {}", floats.size(), dimensions);
  out = kept_.keep(value_view::of(std::span<const float>(floats)));
  return {};
}

/// What a struct's member would be refused for.
std::string field_values::fit(const column_facts& column, value_view& out) try {
  out = kept_.fit(out, column.name, column.type);
  return {};
} catch (const usage_error& refused) {
  return refused.info().message;  // which names the column
}

std::string field_values::read(std::string_view text, const column_facts& column, value_view& out) {
  std::string why;
  switch (column.type.kind) {
  case type_kind::boolean: why = read_bool(text, out); break;
  case type_kind::tinyint:
  case type_kind::smallint:
  case type_kind::integer:
  case type_kind::bigint:
  case type_kind::year:
  case type_kind::bit: why = read_integer(text, column.type, out); break;
  case type_kind::float32:
  case type_kind::float64: why = read_real(text, column.type.kind == type_kind::float32, out); break;
  case type_kind::decimal: why = read_decimal(text, out); break;
  case type_kind::char_:
  case type_kind::varchar:
  case type_kind::tinytext:
  case type_kind::text:
  case type_kind::mediumtext:
  case type_kind::longtext: why = read_text(text, out); break;
  case type_kind::binary:
  case type_kind::varbinary:
  case type_kind::tinyblob:
  case type_kind::blob:
  case type_kind::mediumblob:
  case type_kind::longblob: why = read_bytes(text, out); break;
  case type_kind::datetime:
  case type_kind::timestamp: why = read_count(value_kind::datetime, datetime_from_text(text), out); break;
  case type_kind::date: why = read_count(value_kind::date, date_from_text(text), out); break;
  case type_kind::time: why = read_count(value_kind::time, time_from_text(text), out); break;
  case type_kind::json: why = read_json(text, out); break;
  case type_kind::vector: why = read_vector(text, column.type.length, out); break;
  case type_kind::enumeration:
  case type_kind::set: why = read_label(text, column, out); break;
  }
  if (!why.empty())
    return fmt::format("the column \"{}\" ({}): {} {}", column.name, to_string(column.type), shown(text), why);
  return must_fit(column.type) ? fit(column, out) : std::string();
}

}  // namespace tidb::detail
