// The words for a cell that does not fit its C++ type.
#include "tidbxx/core/codec.hpp"
#include "tidbxx/core/error.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

namespace tidb::detail {
namespace {

constexpr std::size_t shown_bytes = 40;

/// The value for a message: quoted if it is words, and cut before a UTF-8 sequence that would be torn.
std::string shown(const value_view& cell) {
  auto part = cell;
  // No more is turned into text than is shown: a blob's byte makes two digits, a vector's float at least one and a
  // comma.
  if (cell.has_bytes())
    part.size = std::min(cell.size, cell.kind == value_kind::vector ? shown_bytes * 4 : shown_bytes * 2);
  auto text = to_string(part);
  if (text.size() > shown_bytes || part.size < cell.size) {
    auto end = std::min(shown_bytes, text.size());
    while (end > 0 && end < text.size() && (static_cast<unsigned char>(text[end]) & 0xC0U) == 0x80U) --end;
    text.replace(end, std::string::npos, "…");
  }
  for (char& letter : text)
    if (static_cast<unsigned char>(letter) < 0x20 || letter == 0x7F) letter = ' ';
  return cell.kind == value_kind::text || cell.kind == value_kind::json ? '"' + text + '"' : text;
}

std::string integer_words(column_type target, int bits) {
  return fmt::format("an {}integer of {} bits", target.is_unsigned ? "unsigned " : "", bits);
}

std::string target_words(column_type target) {
  switch (target.kind) {
  case type_kind::boolean: return "bool";
  case type_kind::tinyint: return integer_words(target, 8);
  case type_kind::smallint: return integer_words(target, 16);
  case type_kind::integer: return integer_words(target, 32);
  case type_kind::bigint: return integer_words(target, 64);
  case type_kind::float32: return "float";
  case type_kind::float64: return "double";
  case type_kind::varchar:
  case type_kind::char_:
  case type_kind::tinytext:
  case type_kind::text:
  case type_kind::mediumtext:
  case type_kind::longtext: return "text";
  case type_kind::binary: return fmt::format("{} bytes", target.length);
  case type_kind::varbinary:
  case type_kind::tinyblob:
  case type_kind::blob:
  case type_kind::mediumblob:
  case type_kind::longblob: return "a blob";
  case type_kind::decimal: return "a decimal of 65 digits";
  case type_kind::year: return "a year";
  case type_kind::bit: return "bits";
  case type_kind::enumeration: return "an enum";
  case type_kind::set: return "a set of an enum";
  case type_kind::timestamp:
  case type_kind::datetime: return "a point in time";
  case type_kind::date: return "a date";
  case type_kind::time: return "a duration";
  case type_kind::json: return "JSON";
  case type_kind::vector: return target.length == 0 ? "VECTOR" : fmt::format("VECTOR({})", target.length);
  }
  return "this type";
}

/// The C++ type that takes every value of the kind.
std::string_view home_of(value_kind kind) {
  switch (kind) {
  case value_kind::integer: return "std::int64_t";
  case value_kind::unsigned_integer: return "std::uint64_t";
  case value_kind::real: return "double";
  case value_kind::text: return "std::string";
  case value_kind::decimal: return "tidb::decimal";
  case value_kind::blob: return "tidb::blob";
  case value_kind::json: return "tidb::json";
  case value_kind::vector: return "tidb::vector<>";
  case value_kind::datetime: return "std::chrono::sys_time<std::chrono::microseconds>";
  case value_kind::date: return "std::chrono::year_month_day";
  case value_kind::time: return "std::chrono::microseconds";
  case value_kind::null: break;
  }
  return "tidb::value";
}

std::size_t dimensions(const value_view& cell) {
  if (cell.kind != value_kind::text) return cell.size / sizeof(float);
  std::vector<float> parsed;
  parse_vector(cell.text(), parsed);
  return parsed.size();
}

std::string vector_problem(const value_view& cell) {
  if (cell.kind == value_kind::blob) return fmt::format("{} bytes are not a whole number of float32", cell.size);
  if (cell.kind != value_kind::text) return {};
  std::vector<float> parsed;
  return parse_vector(cell.text(), parsed);
}

std::string label_list(std::span<const std::string_view> labels) {
  std::string list;
  for (auto label : labels) list += fmt::format("{}\"{}\"", list.empty() ? "" : ", ", label);
  return list;
}

bool is_instant(type_kind kind) {
  return kind == type_kind::datetime || kind == type_kind::timestamp || kind == type_kind::date;
}

/// A date whose month or day is 00, such as TiDB keeps.
bool is_zero_date(const value_view& cell) {
  const auto text = cell.kind == value_kind::text ? cell.text() : std::string_view();
  return text.size() >= 10 && text[4] == '-' && text[7] == '-' &&
         (text.substr(5, 2) == "00" || text.substr(8, 2) == "00");
}

/// More about a malformed cell, behind a colon; perhaps empty.
std::string problem_of(const value_view& cell, column_type target, std::span<const std::string_view> labels) {
  if (target.kind == type_kind::vector) return vector_problem(cell);
  if (!labels.empty()) return "the labels are " + label_list(labels);
  if (is_instant(target.kind) && is_zero_date(cell)) return "a zero date is no day; read it into a std::string";
  return {};
}

std::string message_for(decode_result why, const value_view& cell, std::string_view column, column_type target,
                        std::span<const std::string_view> labels) {
  if (why == decode_result::null) return fmt::format("column \"{}\" is NULL: read it into std::optional", column);
  if (why == decode_result::wrong_length && target.kind == type_kind::binary)
    return fmt::format("column \"{}\": {} bytes do not fit {}; read them into tidb::blob", column, cell.size,
                       target_words(target));
  if (why == decode_result::wrong_length)
    return fmt::format("column \"{}\": a vector of {} dimensions does not fit {}", column, dimensions(cell),
                       target_words(target));
  auto start = fmt::format("column \"{}\": the value {} ({})", column, shown(cell), to_string(cell.kind));
  if (why == decode_result::malformed) {
    const auto problem = problem_of(cell, target, labels);
    return fmt::format("{} cannot be read as {}{}{}", start, target_words(target), problem.empty() ? "" : ": ",
                       problem);
  }
  return fmt::format("{} does not fit {}; read it into {}", start, target_words(target), home_of(cell.kind));
}

}  // namespace

void throw_decode(decode_result why, const value_view& cell, std::string_view column, column_type target,
                  std::span<const std::string_view> labels) {
  error_info info;
  info.code = errc::decode;
  info.message = message_for(why, cell, column, target, labels);
  info.entry = "decode";
  throw_error(std::move(info));
}

}  // namespace tidb::detail
