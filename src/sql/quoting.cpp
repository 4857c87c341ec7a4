#include "tidbxx/core/error.hpp"
#include "tidbxx/sql/printer.hpp"

#include <algorithm>
#include <string>

namespace tidb::sql {

std::string quote_identifier(std::string_view name) {
  if (name.empty()) throw_usage("a name of a table or column is empty");
  if (name.find('\0') != std::string_view::npos) throw_usage("a name of a table or column has a NUL in it");
  std::size_t characters = 0;
  std::string quoted = "`";
  for (char letter : name) {
    if ((static_cast<unsigned char>(letter) & 0xC0U) != 0x80U) ++characters;
    if (letter == '`') quoted += '`';
    quoted += letter;
  }
  if (characters > 64) throw_usage("the name \"" + std::string(name) + "\" is longer than 64 characters");
  return quoted += '`';
}

std::string quote_text(std::string_view text, dialect to) {
  std::string quoted = "'";
  for (char letter : text) {
    if (letter == '\'') quoted += '\'';
    if (letter == '\\' && to == dialect::tidb) quoted += '\\';
    if (letter == '\0') {
      if (to == dialect::sqlite) throw_usage("a text with a NUL cannot be written as a literal");
      quoted += "\\0";
      continue;
    }
    quoted += letter;
  }
  return quoted += '\'';
}

std::size_t rows_within(std::size_t columns, std::size_t wanted_rows, std::size_t budget) {
  if (columns == 0) return 1;
  return std::clamp<std::size_t>(wanted_rows, 1, std::max<std::size_t>(budget / columns, 1));
}

}  // namespace tidb::sql
