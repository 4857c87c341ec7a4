#include "sql/skipping.hpp"

namespace tidb::sql {
namespace {

/// The bytes up to `end`, with it, or all.
std::size_t size_to(std::string_view text, std::string_view end, std::size_t from) noexcept {
  const auto at = text.find(end, from);
  return at == std::string_view::npos ? text.size() : at + end.size();
}

}  // namespace

std::size_t comment_size(std::string_view text, dialect of) noexcept {
  const bool tidb = of == dialect::tidb;
  if (text.starts_with("/*") && !(tidb && (text.starts_with("/*!") || text.starts_with("/*T!"))))
    return size_to(text, "*/", 2);
  // To MySQL and TiDB two minus signs are a comment only before a blank.
  constexpr std::string_view blanks = " \t\r\n\f\v";
  if (text.starts_with("--") && (!tidb || text.size() == 2 || blanks.find(text[2]) != std::string_view::npos))
    return size_to(text, "\n", 2);
  return tidb && text.starts_with('#') ? size_to(text, "\n", 1) : 0;
}

std::size_t quoted_size(std::string_view text, dialect of) noexcept {
  if (text.empty()) return 0;
  const char quote = text.front();
  if (quote == '[' && of == dialect::sqlite) return size_to(text, "]", 1);
  if (quote != '\'' && quote != '"' && quote != '`') return 0;
  const bool escapes = of == dialect::tidb && quote != '`';
  std::size_t end = 1;
  while (end < text.size() && text[end] != quote) end += escapes && text[end] == '\\' && end + 1 < text.size() ? 2 : 1;
  return end < text.size() ? end + 1 : end;
}

}  // namespace tidb::sql
