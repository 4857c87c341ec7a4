// Regular expressions. TiDB's are those of Go, and Go's are RE2's: so RE2 it is. The syntax is the same, an expression
// never takes more time than the text is long, and what Go refuses (look-ahead, back references) is refused.
#include "core/utf8.hpp"
#include "engine/sqlite/function_call.hpp"

#include <algorithm>
#include <memory>
#include <span>
#include <stdexcept>
#include <vector>

#include <re2/re2.h>

namespace tidb::detail {
namespace {

/// Becomes the call's error.
class regexp_failure : public std::runtime_error {
public:
  using std::runtime_error::runtime_error;
};

/// The match type's letters as RE2 has them in front of an expression; the last one of i and c counts.
std::string flags_of(std::string_view match_type) {
  bool fold = false;
  bool lines = false;
  bool all = false;
  for (const char letter : match_type) {
    switch (letter) {
    case 'i': fold = true; break;
    case 'c': fold = false; break;
    case 'm': lines = true; break;
    case 's': all = true; break;
    default: throw regexp_failure("Got error 'Invalid match type' from regexp");
    }
  }
  std::string flags;
  if (fold) flags += 'i';
  if (lines) flags += 'm';
  if (all) flags += 's';
  return flags.empty() ? flags : "(?" + flags + ")";
}

std::unique_ptr<re2::RE2> compile(std::string_view pattern, std::string_view match_type, bool bytes) {
  if (pattern.empty()) throw regexp_failure("Got error 'Empty pattern is invalid' from regexp");
  re2::RE2::Options options;
  options.set_log_errors(false);
  if (bytes) options.set_encoding(re2::RE2::Options::EncodingLatin1);
  auto compiled = std::make_unique<re2::RE2>(flags_of(match_type) + std::string(pattern), options);
  if (!compiled->ok()) throw regexp_failure("Got error 'error parsing regexp: " + compiled->error() + "' from regexp");
  return compiled;
}

/// The compiled expression of a call. SQLite keeps it from row to row where the pattern is a constant or a parameter.
class expression {
public:
  expression(function_call& call, int pattern, int match_type, bool bytes) {
    // The compiled one would be another's with a match type that is no constant, and for bytes.
    const bool typed = match_type < call.count();
    const bool keep = !typed && !bytes;
    if (keep) kept_ = static_cast<re2::RE2*>(sqlite3_get_auxdata(call.context(), pattern));
    if (kept_ != nullptr) return;
    own_ = compile(call.text(pattern), typed ? call.text(match_type) : std::string_view(), bytes);
    kept_ = own_.get();
    keep_at_ = keep ? pattern : -1;
  }

  const re2::RE2& operator*() const noexcept { return *kept_; }
  const re2::RE2* operator->() const noexcept { return kept_; }

  /// Gives the expression to SQLite, when it is needed no longer: SQLite may drop it at once.
  void give_back(function_call& call) noexcept {
    if (keep_at_ < 0) return;
    sqlite3_set_auxdata(call.context(), keep_at_, own_.release(),
                        [](void* old) { delete static_cast<re2::RE2*>(old); });
  }

private:
  std::unique_ptr<re2::RE2> own_;
  const re2::RE2* kept_{};
  int keep_at_{-1};
};

bool is_binary(const function_call& call, int text, int pattern) noexcept {
  return call.is_blob(text) || call.is_blob(pattern);
}

bool matches(function_call& call, int text, int pattern, int match_type) {
  expression compiled(call, pattern, match_type, is_binary(call, text, pattern));
  const auto within = call.text(text);
  const bool found = re2::RE2::PartialMatch(re2::StringPiece(within.data(), within.size()), *compiled);
  compiled.give_back(call);
  return found;
}

/// `text REGEXP pattern`, which SQLite calls with the pattern first.
void regexp(function_call& call) { call.result(matches(call, 1, 0, 2)); }
/// REGEXP_LIKE(text, pattern[, match type])
void regexp_like(function_call& call) { call.result(matches(call, 0, 1, 2)); }

/// A text from a position on, and the matches in it.
class search {
public:
  search(function_call& call, int position, const re2::RE2& compiled)
      : text_(call.text(0)), unit_(is_binary(call, 0, 1) ? text_unit::byte : text_unit::code_point),
        compiled_(compiled) {
    const auto from = call.count() > position ? call.integer(position) : 1;
    const auto has = static_cast<std::int64_t>(count_units(text_, unit_));
    if (from < 1 || (from > has && !(from == 1 && has == 0)))
      throw regexp_failure("Got error 'Index out of bounds in regular expression search' from regexp");
    // What lies before the position is no part of the text: ^ matches there.
    begin_ = offset_of(text_, static_cast<std::size_t>(from) - 1, unit_);
    at_ = begin_;
  }

  /// The next match, and its groups; false if there is none.
  bool next(re2::StringPiece* groups, int count) {
    const auto rest = text_.substr(begin_);
    while (at_ <= text_.size() && compiled_.Match(re2::StringPiece(rest.data(), rest.size()), at_ - begin_, rest.size(),
                                                  re2::RE2::UNANCHORED, groups, count)) {
      const auto found = static_cast<std::size_t>(groups[0].data() - text_.data());
      // An empty match is followed by the next unit, and does not count right behind another match.
      const bool counts = !groups[0].empty() || !any_ || found != end_of_match_;
      at_ = found + groups[0].size();
      if (groups[0].empty()) at_ += at_ < text_.size() ? unit_size(text_.substr(at_), unit_) : 1;
      if (!counts) continue;
      begin_of_match_ = found;
      end_of_match_ = found + groups[0].size();
      any_ = true;
      return true;
    }
    return false;
  }

  bool next() {
    re2::StringPiece whole;
    return next(&whole, 1);
  }

  std::string_view text() const noexcept { return text_; }
  std::string_view match() const noexcept { return text_.substr(begin_of_match_, end_of_match_ - begin_of_match_); }
  std::size_t match_begin() const noexcept { return begin_of_match_; }
  std::size_t match_end() const noexcept { return end_of_match_; }
  std::int64_t position_of(std::size_t offset) const noexcept {
    return static_cast<std::int64_t>(count_units(text_.substr(0, offset), unit_)) + 1;
  }

private:
  std::string_view text_;
  text_unit unit_;
  const re2::RE2& compiled_;
  std::size_t begin_{};
  std::size_t at_{};
  std::size_t begin_of_match_{};
  std::size_t end_of_match_{};
  bool any_{};
};

/// Moves on to occurrence number `wanted`; what is less than one is the first.
bool skip_to(search& looking, std::int64_t wanted) {
  for (; wanted > 1; --wanted)
    if (!looking.next()) return false;
  return looking.next();
}

std::int64_t occurrence(function_call& call, int position) {
  return call.count() > position ? call.integer(position) : 1;
}

/// REGEXP_SUBSTR(text, pattern[, position[, occurrence[, match type]]])
void regexp_substr(function_call& call) {
  expression compiled(call, 1, 4, is_binary(call, 0, 1));
  search looking(call, 2, *compiled);
  skip_to(looking, occurrence(call, 3)) ? call.result_like(0, looking.match()) : call.null();
  compiled.give_back(call);
}

/// REGEXP_INSTR(text, pattern[, position[, occurrence[, return option[, match type]]]])
void regexp_instr(function_call& call) {
  const auto option = call.count() > 4 ? call.integer(4) : 0;
  if (option != 0 && option != 1)
    throw regexp_failure("Got error 'Incorrect arguments to regexp_instr: return_option must be 1 or 0' from regexp");
  expression compiled(call, 1, 5, is_binary(call, 0, 1));
  search looking(call, 2, *compiled);
  if (!skip_to(looking, occurrence(call, 3)))
    call.result(std::int64_t{0});
  else
    call.result(looking.position_of(option == 0 ? looking.match_begin() : looking.match_end()));
  compiled.give_back(call);
}

/// What stands for a match: \1 to \9 are its groups, \0 all of it, any other character behind a backslash itself.
void append_replacement(std::string& changed, std::string_view replacement, std::span<const re2::StringPiece> groups) {
  for (std::size_t i = 0; i < replacement.size(); ++i) {
    if (replacement[i] != '\\') {
      changed += replacement[i];
      continue;
    }
    if (++i == replacement.size()) return;  // a backslash at the end stands for nothing
    if (replacement[i] < '0' || replacement[i] > '9') {
      changed += replacement[i];
      continue;
    }
    const auto group = static_cast<std::size_t>(replacement[i] - '0');
    if (group >= groups.size()) throw regexp_failure("Got error 'Substitution number is out of range' from regexp");
    changed.append(groups[group].data() != nullptr ? groups[group].data() : "", groups[group].size());
  }
}

/// REGEXP_REPLACE(text, pattern, replacement[, position[, occurrence[, match type]]]): every one for occurrence 0.
void regexp_replace(function_call& call) {
  expression compiled(call, 1, 5, is_binary(call, 0, 1));
  search looking(call, 3, *compiled);
  const auto only = call.count() > 4 ? std::max<std::int64_t>(call.integer(4), call.integer(4) < 0 ? 1 : 0) : 0;
  const auto replacement = call.text(2);
  std::vector<re2::StringPiece> groups(static_cast<std::size_t>(compiled->NumberOfCapturingGroups()) + 1);
  std::string changed;
  std::size_t copied = 0;
  for (std::int64_t number = 1; looking.next(groups.data(), static_cast<int>(groups.size())); ++number) {
    if (only != 0 && number < only) continue;
    changed += looking.text().substr(copied, looking.match_begin() - copied);
    append_replacement(changed, replacement, groups);
    copied = looking.match_end();
    if (only != 0) break;
    if (changed.size() > longest_result) return call.null();
  }
  changed += looking.text().substr(copied);
  call.result_like(0, changed);
  compiled.give_back(call);
}

constexpr function_entry entries[] = {
    {"REGEXP", 2, 2, regexp},
    {"REGEXP_LIKE", 2, 3, regexp_like},
    {"REGEXP_SUBSTR", 2, 5, regexp_substr},
    {"REGEXP_INSTR", 2, 6, regexp_instr},
    {"REGEXP_REPLACE", 3, 6, regexp_replace},
};

}  // namespace

int register_regexp_functions(function_registry& registry) noexcept { return registry.add(entries); }

}  // namespace tidb::detail
