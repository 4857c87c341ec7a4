// Text: joining, padding, cutting and counting it. Positions count characters, in blobs bytes.
#include "core/utf8.hpp"
#include "engine/sqlite/function_call.hpp"
#include "engine/sqlite/numeric_text.hpp"

#include <algorithm>
#include <limits>

#include <unicode/uchar.h>

namespace tidb::detail {
namespace {

text_unit unit_of(const function_call& call, int position) noexcept {
  return call.is_blob(position) ? text_unit::byte : text_unit::code_point;
}

/// A count or position that is certainly no less than 0.
std::size_t at_least_zero(std::int64_t count) noexcept { return count > 0 ? static_cast<std::size_t>(count) : 0; }

void concat(function_call& call) {
  std::string joined;
  bool binary = false;
  for (int i = 0; i < call.count(); ++i) {
    const auto part = call.text(i);
    if (part.size() > longest_result - joined.size()) return call.null();
    joined += part;
    binary = binary || call.is_blob(i);
  }
  binary ? call.result_bytes(joined) : call.result_text(joined);
}

void concat_ws(function_call& call) {
  if (call.is_null(0)) return call.null();
  const auto separator = call.text(0);
  std::string joined;
  bool first = true;
  for (int i = 1; i < call.count(); ++i) {
    if (call.is_null(i)) continue;
    const auto part = call.text(i);
    if (joined.size() + separator.size() + part.size() > longest_result) return call.null();
    if (!first) joined += separator;
    joined += part;
    first = false;
  }
  call.result_text(joined);
}

void choose(function_call& call) { call.result_argument(!call.is_null(0) && call.truth(0) ? 1 : 2); }

void elt(function_call& call) {
  if (call.is_null(0)) return call.null();
  const auto position = call.integer(0);
  if (position < 1 || position >= call.count() || call.is_null(static_cast<int>(position))) return call.null();
  const int chosen = static_cast<int>(position);
  call.result_like(chosen, call.text(chosen));
}

enum class side { left, right };

template <side Side>
void pad(function_call& call) {
  const auto unit = unit_of(call, 0);
  const auto text = call.text(0);
  const auto wanted = call.integer(1);
  const auto filler = call.text(2);
  if (wanted < 0 || static_cast<std::uint64_t>(wanted) > longest_result) return call.null();
  const auto length = static_cast<std::size_t>(wanted);
  const auto has = count_units(text, unit);
  if (has >= length) return call.result_like(0, text.substr(0, offset_of(text, length, unit)));
  if (filler.empty()) return call.null();
  const auto missing = length - has;
  const auto filler_units = count_units(filler, unit);
  // TiDB reckons with the longest characters.
  const std::size_t widest = unit == text_unit::byte ? 1 : 4;
  if (length > (longest_result - 1) / widest) return call.null();
  std::string padding;
  for (std::size_t i = 0; i < missing / filler_units; ++i) padding += filler;
  padding += filler.substr(0, offset_of(filler, missing % filler_units, unit));
  call.result_like(0, Side == side::left ? padding + std::string(text) : std::string(text) + padding);
}

void repeat(function_call& call) {
  const auto text = call.text(0);
  const auto count = at_least_zero(call.integer(1));
  if (!text.empty() && count > longest_result / text.size()) return call.null();
  std::string repeated;
  if (!text.empty()) {
    repeated.reserve(text.size() * count);
    for (std::size_t i = 0; i < count; ++i) repeated += text;
  }
  call.result_like(0, repeated);
}

void space(function_call& call) {
  const auto count = at_least_zero(call.integer(0));
  if (count > longest_result) return call.null();
  call.result_text(std::string(count, ' '));
}

void reverse(function_call& call) {
  const auto unit = unit_of(call, 0);
  auto text = call.text(0);
  std::string reversed(text.size(), '\0');
  for (auto end = reversed.size(); !text.empty();) {
    const auto size = unit_size(text, unit);
    end -= size;
    std::copy_n(text.begin(), size, reversed.begin() + static_cast<std::ptrdiff_t>(end));
    text.remove_prefix(size);
  }
  call.result_like(0, reversed);
}

/// INSERT(text, position, length, new text)
void insert(function_call& call) {
  const auto unit = unit_of(call, 0);
  const auto text = call.text(0);
  const auto position = call.integer(1);
  const auto length = call.integer(2);
  const auto instead = call.text(3);
  const auto has = count_units(text, unit);
  if (position < 1 || static_cast<std::uint64_t>(position) > has) return call.result_like(0, text);
  const auto before = static_cast<std::size_t>(position) - 1;
  const auto rest = has - before;
  const auto taken = length < 0 || static_cast<std::uint64_t>(length) > rest ? rest : static_cast<std::size_t>(length);
  const auto begin = offset_of(text, before, unit);
  const auto end = begin + offset_of(text.substr(begin), taken, unit);
  if (text.size() - (end - begin) + instead.size() > longest_result) return call.null();
  std::string changed(text.substr(0, begin));
  changed += instead;
  changed += text.substr(end);
  call.result_like(0, changed);
}

/// SUBSTR(text, position[, length]): a position of 0 gives nothing, a negative one counts from the end.
void substring(function_call& call) {
  const auto unit = unit_of(call, 0);
  const auto text = call.text(0);
  const auto position = call.integer(1);
  const auto length = call.count() == 3 ? call.integer(2) : std::numeric_limits<std::int64_t>::max();
  const auto has = static_cast<std::int64_t>(count_units(text, unit));
  const auto begin = position > 0 ? position - 1 : position + has;
  if (position == 0 || length <= 0 || begin < 0 || begin >= has) return call.result_like(0, {});
  const auto first = offset_of(text, static_cast<std::size_t>(begin), unit);
  const auto rest = text.substr(first);
  call.result_like(0, rest.substr(0, offset_of(rest, static_cast<std::size_t>(length), unit)));
}

void left(function_call& call) {
  const auto text = call.text(0);
  call.result_like(0, text.substr(0, offset_of(text, at_least_zero(call.integer(1)), unit_of(call, 0))));
}

void right(function_call& call) {
  const auto unit = unit_of(call, 0);
  const auto text = call.text(0);
  const auto wanted = at_least_zero(call.integer(1));
  const auto has = count_units(text, unit);
  call.result_like(0, text.substr(offset_of(text, has - std::min(has, wanted), unit)));
}

void char_length(function_call& call) {
  call.result(static_cast<std::int64_t>(count_units(call.text(0), unit_of(call, 0))));
}
void byte_length(function_call& call) { call.result(static_cast<std::int64_t>(call.text(0).size())); }
void bit_length(function_call& call) { call.result(static_cast<std::int64_t>(call.text(0).size()) * 8); }

void ascii(function_call& call) {
  const auto text = call.text(0);
  call.result(text.empty() ? std::int64_t{0} : static_cast<unsigned char>(text.front()));
}

/// The bytes of the first character as one number.
void ord(function_call& call) {
  const auto text = call.text(0);
  std::int64_t number = 0;
  const auto size = text.empty() ? 0 : unit_size(text, unit_of(call, 0));
  for (std::size_t i = 0; i < size; ++i) number = number * 256 + static_cast<unsigned char>(text[i]);
  call.result(number);
}

/// CHAR(number…): the bytes of each number; NULL is left out.
void characters(function_call& call) {
  std::string bytes;
  for (int i = 0; i < call.count(); ++i) {
    if (call.is_null(i)) continue;
    const auto number = static_cast<std::uint64_t>(call.integer(i));
    const int size = number > 0xFFFFFF ? 4 : number > 0xFFFF ? 3 : number > 0xFF ? 2 : 1;
    for (int byte = size - 1; byte >= 0; --byte) bytes += static_cast<char>(number >> (8 * byte));
  }
  call.result_bytes(bytes);
}

/// Character by character, as TiDB does: no character becomes two.
template <std::int32_t (*Map)(std::int32_t)>
void change_case(function_call& call) {
  if (call.is_blob(0)) return call.result_bytes(call.text(0));
  auto text = call.text(0);
  std::string changed;
  changed.reserve(text.size());
  while (!text.empty()) {
    const auto size = unit_size(text, text_unit::code_point);
    const auto character = code_point(text.substr(0, size));
    if (character < 0)
      changed += text.front();
    else
      append_code_point(changed, Map(character));
    text.remove_prefix(size);
  }
  call.result_text(changed);
}

/// QUOTE(text): as a literal.
void quote(function_call& call) {
  if (call.is_null(0)) return call.result_text("NULL");
  std::string quoted = "'";
  for (const char character : call.text(0)) {
    if (character == '\\' || character == '\'') quoted += '\\';
    if (character == '\0')
      quoted += "\\0";
    else if (character == '\x1A')
      quoted += "\\Z";
    else
      quoted += character;
  }
  call.result_text(quoted + '\'');
}

constexpr auto any = -1;

constexpr function_entry entries[] = {
    {"CONCAT", 1, any, concat},
    {"CONCAT_WS", 2, any, concat_ws, on_null::call},
    {"IF", 3, 3, choose, on_null::call},
    {"ELT", 2, any, elt, on_null::call},
    {"LPAD", 3, 3, pad<side::left>},
    {"RPAD", 3, 3, pad<side::right>},
    {"REPEAT", 2, 2, repeat},
    {"SPACE", 1, 1, space},
    {"REVERSE", 1, 1, reverse},
    {"INSERT", 4, 4, insert},
    {"TIDB_INSERT", 4, 4, insert},
    {"TIDB_SUBSTR", 2, 3, substring},
    {"TIDB_SUBSTRING", 2, 3, substring},
    {"MID", 3, 3, substring},
    {"LEFT", 2, 2, left},
    {"TIDB_LEFT", 2, 2, left},
    {"RIGHT", 2, 2, right},
    {"TIDB_RIGHT", 2, 2, right},
    {"CHAR_LENGTH", 1, 1, char_length},
    {"CHARACTER_LENGTH", 1, 1, char_length},
    {"OCTET_LENGTH", 1, 1, byte_length},
    {"TIDB_LENGTH", 1, 1, byte_length},
    {"BIT_LENGTH", 1, 1, bit_length},
    {"ASCII", 1, 1, ascii},
    {"ORD", 1, 1, ord},
    {"TIDB_CHAR", 1, any, characters, on_null::call},
    {"UCASE", 1, 1, change_case<u_toupper>},
    {"TIDB_UPPER", 1, 1, change_case<u_toupper>},
    {"LCASE", 1, 1, change_case<u_tolower>},
    {"TIDB_LOWER", 1, 1, change_case<u_tolower>},
    {"TIDB_QUOTE", 1, 1, quote, on_null::call},
};

}  // namespace

int register_text_functions(function_registry& registry) noexcept { return registry.add(entries); }

}  // namespace tidb::detail
