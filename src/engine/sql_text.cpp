#include "engine/sql_text.hpp"

#include "sql/skipping.hpp"

#include <algorithm>

namespace tidb::detail {
namespace {

constexpr std::string_view spaces = " \t\r\n\f\v";

bool is_space(char character) noexcept { return spaces.find(character) != std::string_view::npos; }

bool is_digit(char character) noexcept { return character >= '0' && character <= '9'; }

bool is_letter(char character) noexcept {
  return (character >= 'a' && character <= 'z') || (character >= 'A' && character <= 'Z') || character == '_' ||
         is_digit(character);
}

char to_upper(char letter) noexcept {
  return letter >= 'a' && letter <= 'z' ? static_cast<char>(letter - 'a' + 'A') : letter;
}

bool contains(std::string_view text, std::string_view upper) noexcept {
  return !std::ranges::search(text, upper, {}, to_upper).empty();
}

}  // namespace

std::string_view sql_words::next() noexcept {
  while (!rest_.empty()) {
    if (skip_comment() || skip_conditional() || skip_quoted()) continue;
    const char first = rest_.front();
    if (!is_letter(first)) {
      // A statement may begin with a parenthesis: that one does not hide what is in it.
      if (first == '(' && seen_) ++depth_;
      if (first == ')' && depth_ > 0) --depth_;
      rest_.remove_prefix(1);
      continue;
    }
    const auto size = static_cast<std::size_t>(std::ranges::find_if_not(rest_, is_letter) - rest_.begin());
    const auto word = rest_.substr(0, size);
    rest_.remove_prefix(size);
    seen_ = true;
    if (depth_ == 0) return word;
  }
  return {};
}

bool sql_words::is_over() noexcept {
  while (!rest_.empty()) {
    if (skip_comment()) continue;
    if (!is_space(rest_.front()) && rest_.front() != ';') return false;
    rest_.remove_prefix(1);
  }
  return true;
}

void sql_words::skip_to(std::string_view end, std::size_t from) noexcept {
  const auto at = rest_.find(end, from);
  rest_.remove_prefix(at == std::string_view::npos ? rest_.size() : at + end.size());
}

bool sql_words::skip(std::size_t bytes) noexcept {
  rest_.remove_prefix(bytes);
  return bytes > 0;
}

bool sql_words::skip_comment() noexcept { return skip(sql::comment_size(rest_, dialect_of(engine_))); }

bool sql_words::skip_quoted() noexcept { return skip(sql::quoted_size(rest_, dialect_of(engine_))); }

/// Passes the start of a comment whose words MySQL and TiDB run: `/*!`, `/*!80000` or `/*T![feature]`.
bool sql_words::skip_conditional() noexcept {
  if (engine_ != engine_kind::tidb || !(rest_.starts_with("/*!") || rest_.starts_with("/*T!"))) return false;
  conditional_ = true;
  skip_to("!", 0);
  while (!rest_.empty() && is_digit(rest_.front())) rest_.remove_prefix(1);
  if (rest_.starts_with('[')) skip_to("]", 1);
  return true;
}

bool is_one_of(std::string_view word, std::initializer_list<std::string_view> uppers) noexcept {
  return std::ranges::any_of(uppers,
                             [&](std::string_view upper) { return std::ranges::equal(word, upper, {}, to_upper); });
}

std::string first_word(std::string_view sql, engine_kind engine) {
  std::string word(sql_words(sql, engine).next());
  std::ranges::transform(word, word.begin(), to_upper);
  return word;
}

bool is_insert(std::string_view sql, engine_kind engine) noexcept {
  sql_words words(sql, engine);
  for (auto word = words.next(); !word.empty(); word = words.next()) {
    if (is_one_of(word, {"INSERT", "REPLACE"})) return true;
    if (is_one_of(word, {"SELECT", "UPDATE", "DELETE", "VALUES"})) return false;
  }
  return false;
}

namespace {

bool changes_server_session(std::string_view sql) {
  sql_words words(sql, engine_kind::tidb);
  const auto first = words.next(), second = words.next();
  if (is_one_of(first, {"SET"}))
    return !is_one_of(second, {"GLOBAL", "PERSIST", "PASSWORD"}) || sql.find(',') != std::string_view::npos;
  if (is_one_of(first, {"PREPARE", "CALL"})) return true;
  if (is_one_of(first, {"CREATE", "DROP"}) && is_one_of(second, {"TEMPORARY", "SESSION", "BINDING"})) return true;
  // these may stand anywhere in a statement
  if (sql.find(":=") != std::string_view::npos || contains(sql, "GET_LOCK")) return true;
  return sql.find('@') != std::string_view::npos && contains(sql, "INTO") && !is_insert(sql, engine_kind::tidb);
}

bool changes_file_session(std::string_view sql) {
  sql_words words(sql, engine_kind::embedded);
  const auto first = words.next();
  if (is_one_of(first, {"ATTACH", "DETACH"})) return true;
  if (is_one_of(first, {"CREATE"})) return contains(sql, "TEMP");
  if (!is_one_of(first, {"PRAGMA"}) || sql.find_first_of("=(") == std::string_view::npos) return false;
  for (auto word = words.next(); !word.empty(); word = words.next())  // the schema may stand before the name
    if (is_one_of(word, {"TABLE_INFO", "TABLE_XINFO", "TABLE_LIST", "INDEX_LIST", "INDEX_INFO", "INDEX_XINFO",
                         "FOREIGN_KEY_LIST", "FOREIGN_KEY_CHECK", "INTEGRITY_CHECK", "QUICK_CHECK", "WAL_CHECKPOINT",
                         "INCREMENTAL_VACUUM", "OPTIMIZE", "USER_VERSION", "APPLICATION_ID"}))
      return false;
  return true;
}

}  // namespace

bool changes_session(std::string_view sql, engine_kind engine) {
  return engine == engine_kind::tidb ? changes_server_session(sql) : changes_file_session(sql);
}

}  // namespace tidb::detail
