#include "engine/sqlite/sql_text.hpp"

#include <algorithm>
#include <string>

namespace tidb::detail {
namespace {

bool is_word(char character) {
  return (character >= 'a' && character <= 'z') || (character >= 'A' && character <= 'Z') || character == '_' ||
         (character >= '0' && character <= '9');
}

/// The text behind what ends with `end`, or nothing.
std::string_view behind(std::string_view sql, std::string_view end, std::size_t from) {
  const auto found = sql.find(end, from);
  return found == std::string_view::npos ? std::string_view() : sql.substr(found + end.size());
}

}  // namespace

std::string_view skip_blank(std::string_view sql, std::string_view also) {
  constexpr std::string_view spaces = " \t\n\r\f";
  while (!sql.empty()) {
    if (spaces.find(sql.front()) != std::string_view::npos || also.find(sql.front()) != std::string_view::npos)
      sql.remove_prefix(1);
    else if (sql.starts_with("--"))
      sql = behind(sql, "\n", 2);
    else if (sql.starts_with("/*"))
      sql = behind(sql, "*/", 2);
    else
      break;
  }
  return sql;
}

bool is_insert(std::string_view sql) {
  int depth = 0;
  for (sql = skip_blank(sql); !sql.empty(); sql = skip_blank(sql)) {
    const char first = sql.front();
    if (first == '\'' || first == '"' || first == '`') {  // a doubled quote reads as two strings
      sql = behind(sql, std::string_view(&first, 1), 1);
      continue;
    }
    if (first == '[') {
      sql = behind(sql, "]", 1);
      continue;
    }
    if (first == '(') ++depth;
    if (first == ')') --depth;
    const auto end = std::find_if_not(sql.begin(), sql.end(), is_word);
    std::string word(sql.begin(), end);
    std::transform(word.begin(), word.end(), word.begin(), [](char letter) {
      return letter >= 'a' && letter <= 'z' ? static_cast<char>(letter - 32) : letter;
    });
    sql.remove_prefix(std::max<std::size_t>(word.size(), 1));
    if (depth != 0 || word.empty()) continue;
    if (word == "INSERT" || word == "REPLACE") return true;
    if (word == "SELECT" || word == "UPDATE" || word == "DELETE" || word == "VALUES") return false;
  }
  return false;
}

}  // namespace tidb::detail
