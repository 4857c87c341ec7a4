#include "engine/tidb/errors.hpp"

#include <algorithm>
#include <array>

namespace tidb::detail {
namespace {

/// Walks over the words of a statement that stand outside parentheses, quotes and comments.
class words {
public:
  explicit words(std::string_view text) noexcept : rest_(text) {}

  /// The next word, or empty at the end.
  std::string_view next() noexcept {
    while (!rest_.empty()) {
      if (skip_comment() || skip_quoted()) continue;
      const char letter = rest_.front();
      if (!is_letter(letter)) {
        // A statement may begin with a parenthesis: that one does not hide what is in it.
        if (letter == '(' && seen_) ++depth_;
        if (letter == ')' && depth_ > 0) --depth_;
        rest_.remove_prefix(1);
        continue;
      }
      auto size = static_cast<std::size_t>(std::ranges::find_if_not(rest_, is_letter) - rest_.begin());
      auto word = rest_.substr(0, size);
      rest_.remove_prefix(size);
      seen_ = true;
      if (depth_ == 0) return word;
    }
    return {};
  }

  /// Nothing is left that a server would run.
  bool is_over() noexcept {
    while (!rest_.empty()) {
      if (skip_comment()) continue;
      if (std::string_view(" \t\r\n\f\v;").find(rest_.front()) == std::string_view::npos) return false;
      rest_.remove_prefix(1);
    }
    return true;
  }

private:
  static bool is_letter(char letter) noexcept {
    return (letter >= 'a' && letter <= 'z') || (letter >= 'A' && letter <= 'Z') || letter == '_' ||
           (letter >= '0' && letter <= '9');
  }
  void skip_to(std::string_view end) noexcept {
    auto at = rest_.find(end);
    rest_.remove_prefix(at == std::string_view::npos ? rest_.size() : at + end.size());
  }
  bool skip_comment() noexcept {
    if (rest_.starts_with("/*") && !rest_.starts_with("/*!") && !rest_.starts_with("/*T!")) return skip_to("*/"), true;
    if (rest_.starts_with("-- ") || rest_.starts_with("--\n") || rest_.front() == '#') return skip_to("\n"), true;
    return false;
  }
  bool skip_quoted() noexcept {
    const char quote = rest_.front();
    if (quote != '\'' && quote != '"' && quote != '`') return false;
    rest_.remove_prefix(1);
    while (!rest_.empty() && rest_.front() != quote) {
      const bool escapes = rest_.front() == '\\' && quote != '`' && rest_.size() > 1;
      rest_.remove_prefix(escapes ? 2 : 1);
    }
    if (!rest_.empty()) rest_.remove_prefix(1);
    return true;
  }

  std::string_view rest_;
  int depth_{};
  bool seen_{};
};

bool is(std::string_view word, std::string_view upper) noexcept {
  return std::ranges::equal(word, upper, {}, [](char letter) {
    return letter >= 'a' && letter <= 'z' ? static_cast<char>(letter - 'a' + 'A') : letter;
  });
}

template <std::size_t N>
bool is_one_of(std::string_view word, const std::array<std::string_view, N>& all) noexcept {
  return std::ranges::any_of(all, [&](std::string_view one) { return is(word, one); });
}

constexpr std::array<std::string_view, 8> readers{"SELECT", "SHOW",  "TABLE",    "VALUES",
                                                  "BEGIN",  "START", "ROLLBACK", "USE"};
constexpr std::array<std::string_view, 5> savers{"SAVEPOINT", "RELEASE", "HELP", "DO", "CHECKSUM"};
constexpr std::array<std::string_view, 3> explainers{"EXPLAIN", "DESC", "DESCRIBE"};
constexpr std::array<std::string_view, 4> changers{"INSERT", "REPLACE", "UPDATE", "DELETE"};

bool reads(words& from) noexcept {
  auto first = from.next();
  if (is_one_of(first, readers) || is_one_of(first, savers)) return true;
  if (is_one_of(first, explainers)) {
    auto second = from.next();
    return !is(second, "ANALYZE") || reads(from);
  }
  if (is(first, "SET")) {
    auto second = from.next();
    return !is(second, "GLOBAL") && !is(second, "PERSIST") && !is(second, "PASSWORD");
  }
  if (!is(first, "WITH")) return false;
  // The tables of a WITH stand in parentheses, which `words` skips: what is left is the verb that follows them.
  for (auto word = from.next(); !word.empty(); word = from.next()) {
    if (is(word, "SELECT")) return true;
    if (is_one_of(word, changers)) return false;
  }
  return true;
}

/// Of a statement that does not read: whether it is sure to stay inside its transaction. DDL and what is not known here
/// may commit.
bool changes_rows(words from) noexcept {
  auto first = from.next();
  if (is_one_of(first, explainers)) return from.next(), changes_rows(from);
  return is(first, "WITH") || is_one_of(first, changers);
}

}  // namespace

call_phase phase_of(std::string_view sql) noexcept {
  words all(sql);
  if (reads(all)) return call_phase::reading;
  return changes_rows(words(sql)) ? call_phase::writing : call_phase::committing;
}

void check_not_empty(std::string_view sql, std::source_location where) {
  if (words(sql).is_over()) throw_usage("the text holds no SQL statement", where);
}

}  // namespace tidb::detail
