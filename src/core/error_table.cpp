#include "core/error_table.hpp"

#include "core/text.hpp"

#include <algorithm>
#include <iterator>
#include <span>

namespace tidb::detail {
namespace {

static_assert(std::ranges::is_sorted(tidb_matches, {}, &error_match::code));
static_assert(std::ranges::is_sorted(sqlite_matches, {}, &error_match::code));

using conditions = std::initializer_list<condition>;

bool fits(const error_match& match, std::string_view lowered, call_phase phase, conditions holding) {
  if ((match.phases >> static_cast<unsigned>(phase) & 1U) == 0) return false;
  if (match.when != condition::always && std::ranges::find(holding, match.when) == holding.end()) return false;
  return lowered.find(match.text) != std::string_view::npos;
}

const error_match* find(std::span<const error_match> matches, int code, std::string_view lowered, call_phase phase,
                        conditions holding) {
  for (const auto& match : std::ranges::equal_range(matches, code, {}, &error_match::code))
    if (fits(match, lowered, phase, holding)) return &match;
  return nullptr;
}

/// The name between its two marks, as " 'name'", or nothing. The last place counts, as values come first in these
/// texts; a name that goes to the end of the text has its mark in the first.
std::string name_in(std::string_view text, std::string_view lowered, const error_match& match) {
  if (!match.named) return {};
  const auto start = match.name_end.empty() ? lowered.find(match.name_start) : lowered.rfind(match.name_start);
  if (start == std::string_view::npos) return {};
  text.remove_prefix(start + match.name_start.size());
  const auto end = match.name_end.empty() ? text.size() : text.find(match.name_end);
  if (end == std::string_view::npos || end == 0 || end > 200) return {};
  const auto name = text.substr(0, end);
  for (const char letter : name)
    if (static_cast<unsigned char>(letter) < 0x20) return {};
  return " '" + std::string(name) + "'";
}

found_error found(const error_match& match, std::string_view text, std::string_view lowered) {
  return {error_entries[match.entry], name_in(text, lowered, match)};
}

std::string filled(std::string_view pattern, error_words words) {
  std::string text;
  while (true) {
    const auto open = pattern.find('{');
    text += pattern.substr(0, open);
    if (open == std::string_view::npos) return text;
    const auto close = pattern.find('}', open);
    const auto gap = pattern.substr(open + 1, close - open - 1);
    const auto* word = std::ranges::find(words, gap, &std::pair<std::string_view, std::string_view>::first);
    if (word != words.end()) text += word->second;
    pattern.remove_prefix(close + 1);
  }
}

}  // namespace

found_error find_tidb_error(int code, std::string_view text, call_phase phase,
                            std::initializer_list<condition> holding) {
  const auto lowered = lower(text);
  for (const int each : {code, 0})
    if (const auto* match = find(tidb_matches, each, lowered, phase, holding)) return found(*match, text, lowered);
  return {entry_named("statement-refused"), {}};
}

found_error find_sqlite_error(int code, std::string_view text, condition system) {
  const auto lowered = lower(text);
  for (const int each : {code, code & 0xFF, 0})
    if (const auto* match = find(sqlite_matches, each, lowered, call_phase::reading, {system}))
      return found(*match, text, lowered);
  return {entry_named("statement-refused"), {}};
}

void judge(error_info& info, const error_entry& entry, error_words words) {
  info.code = entry.what.code;
  info.retryable = entry.what.retryable;
  info.poisons_transaction = entry.what.poisons_transaction;
  info.poisons_connection = entry.what.poisons_connection;
  if (info.sqlstate.empty()) info.sqlstate = entry.sqlstate;
  info.message = filled(entry.cause, words) + ": " + filled(entry.remedy, words);
  info.entry = entry.name;
}

}  // namespace tidb::detail
