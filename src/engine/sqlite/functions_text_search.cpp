// Text: finding, comparing and replacing. Comparisons are those of utf8mb4_bin.
#include "core/utf8.hpp"
#include "engine/sqlite/function_call.hpp"
#include "engine/sqlite/numeric_text.hpp"

#include <algorithm>
#include <limits>

namespace tidb::detail {
namespace {

/// utf8mb4_bin does not count trailing spaces.
std::string_view without_padding(std::string_view text) noexcept {
  const auto last = text.find_last_not_of(' ');
  return last == text.npos ? std::string_view() : text.substr(0, last + 1);
}

int compare(std::string_view left, std::string_view right) noexcept {
  const int order = without_padding(left).compare(without_padding(right));
  return order < 0 ? -1 : order > 0 ? 1 : 0;
}

/// The position, from 1, of `part` in `text` from a position on; 0 if it is not there.
std::int64_t position_of(std::string_view part, std::string_view text, std::int64_t from, text_unit unit) noexcept {
  if (from < 1) return 0;
  const auto skipped = static_cast<std::size_t>(from) - 1;
  const auto begin = offset_of(text, skipped, unit);
  if (begin == text.size() && count_units(text, unit) < skipped) return 0;
  const auto found = text.find(part, begin);
  if (found == text.npos) return 0;
  return from + static_cast<std::int64_t>(count_units(text.substr(begin, found - begin), unit));
}

text_unit unit_of(const function_call& call, int left, int right) noexcept {
  return call.is_blob(left) || call.is_blob(right) ? text_unit::byte : text_unit::code_point;
}

void locate(function_call& call) {
  const auto from = call.count() == 3 ? call.integer(2) : 1;
  call.result(position_of(call.text(0), call.text(1), from, unit_of(call, 0, 1)));
}

void instr(function_call& call) { call.result(position_of(call.text(1), call.text(0), 1, unit_of(call, 0, 1))); }

void find_in_set(function_call& call) {
  const auto wanted = call.text(0);
  auto list = call.text(1);
  if (list.empty()) return call.result(std::int64_t{0});
  for (std::int64_t position = 1;; ++position) {
    const auto comma = list.find(',');
    if (compare(list.substr(0, comma), wanted) == 0) return call.result(position);
    if (comma == list.npos) return call.result(std::int64_t{0});
    list.remove_prefix(comma + 1);
  }
}

/// FIELD(value, candidate…): compared as text if all are, as integers if all are, else as reals.
void field(function_call& call) {
  if (call.is_null(0)) return call.result(std::int64_t{0});
  bool texts = true;
  bool integers = true;
  for (int i = 0; i < call.count(); ++i) {
    const auto kind = call.kind(i);
    texts = texts && (kind == argument_kind::text || kind == argument_kind::blob || kind == argument_kind::null);
    integers = integers && (kind == argument_kind::integer || kind == argument_kind::null);
  }
  for (int i = 1; i < call.count(); ++i) {
    if (call.is_null(i)) continue;
    const bool equal = texts      ? compare(call.text(0), call.text(i)) == 0
                       : integers ? call.integer(0) == call.integer(i)
                                  : call.real(0) == call.real(i);
    if (equal) return call.result(std::int64_t{i});
  }
  call.result(std::int64_t{0});
}

/// The start of the text before the separator's occurrence number `count`.
std::string_view before(std::string_view text, std::string_view separator, std::uint64_t count) noexcept {
  std::size_t at = 0;
  for (; count > 0; --count) {
    const auto found = text.find(separator, at);
    if (found == text.npos) return text;
    if (count == 1) return text.substr(0, found);
    at = found + separator.size();
  }
  return {};
}

/// The end of the text behind the separator's occurrence number `count` from the end. TiDB splits from the left, which
/// tells where separators overlap.
std::string_view behind(std::string_view text, std::string_view separator, std::uint64_t count) noexcept {
  std::uint64_t parts = 0;
  for (std::size_t at = 0; (at = text.find(separator, at)) != text.npos; at += separator.size()) ++parts;
  if (parts < count) return text;
  std::size_t at = 0;
  for (auto skipped = parts - count + 1; skipped > 0; --skipped) at = text.find(separator, at) + separator.size();
  return text.substr(at);
}

void substring_index(function_call& call) {
  const auto text = call.text(0);
  const auto separator = call.text(1);
  const auto count = call.integer(2);
  if (separator.empty() || count == 0) return call.result_like(0, {});
  const auto magnitude = count < 0 ? ~static_cast<std::uint64_t>(count) + 1 : static_cast<std::uint64_t>(count);
  call.result_like(0, count > 0 ? before(text, separator, magnitude) : behind(text, separator, magnitude));
}

void strcmp(function_call& call) { call.result(std::int64_t{compare(call.text(0), call.text(1))}); }

void replace(function_call& call) {
  const auto text = call.text(0);
  const auto part = call.text(1);
  const auto instead = call.text(2);
  if (part.empty()) return call.result_like(0, text);
  std::string changed;
  std::size_t at = 0;
  for (auto found = text.find(part); found != text.npos; found = text.find(part, at)) {
    changed += text.substr(at, found - at);
    changed += instead;
    at = found + part.size();
    if (changed.size() > longest_result) return call.null();
  }
  changed += text.substr(at);
  call.result_like(0, changed);
}

/// Without `part` at the start, the end or both, as often as it is there.
void trim(function_call& call) {
  auto text = call.text(0);
  const auto part = call.count() > 1 ? call.text(1) : std::string_view(" ");
  const auto where = call.count() > 2 ? std::string(call.text(2)) : std::string("both");
  const bool leading = where == "both" || where == "leading" || where == "LEADING" || where == "BOTH";
  const bool trailing = where == "both" || where == "trailing" || where == "TRAILING" || where == "BOTH";
  if (!leading && !trailing) return call.fail("TIDB_TRIM: the side is 'leading', 'trailing' or 'both'");
  if (!part.empty()) {
    while (leading && text.starts_with(part)) text.remove_prefix(part.size());
    while (trailing && text.ends_with(part)) text.remove_suffix(part.size());
  }
  call.result_like(0, text);
}

/// The order of two arguments that are numbers, or both compared as text.
int order(function_call& call, int left, int right, bool as_numbers) {
  if (!as_numbers) return compare(call.text(left), call.text(right));
  const auto sign = [](auto a, auto b) { return a < b ? -1 : a > b ? 1 : 0; };
  const bool integers = call.kind(left) == argument_kind::integer && call.kind(right) == argument_kind::integer;
  return integers ? sign(call.integer(left), call.integer(right)) : sign(call.real(left), call.real(right));
}

/// The argument that comes last in this direction: as text if one of them is text, else as numbers.
template <int Direction>
void extremum(function_call& call) {
  bool numbers = true;
  for (int i = 0; i < call.count(); ++i) numbers = numbers && call.is_number(i);
  int best = 0;
  for (int i = 1; i < call.count(); ++i)
    if (order(call, i, best, numbers) == Direction) best = i;
  if (numbers) return call.result_argument(best);
  call.result_like(best, call.text(best));
}

constexpr auto any = -1;

constexpr function_entry entries[] = {
    {"LOCATE", 2, 3, locate},
    {"POSITION", 2, 2, locate},
    {"TIDB_INSTR", 2, 2, instr},
    {"FIND_IN_SET", 2, 2, find_in_set},
    {"FIELD", 2, any, field, on_null::call},
    {"SUBSTRING_INDEX", 3, 3, substring_index},
    {"STRCMP", 2, 2, strcmp},
    {"TIDB_REPLACE", 3, 3, replace},
    {"TIDB_TRIM", 1, 3, trim},
    {"GREATEST", 2, any, extremum<1>},
    {"LEAST", 2, any, extremum<-1>},
};

}  // namespace

int register_text_search_functions(function_registry& registry) noexcept { return registry.add(entries); }

}  // namespace tidb::detail
