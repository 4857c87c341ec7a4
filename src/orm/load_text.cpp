#include "orm/load_text.hpp"

#include "orm/typed_cell.hpp"
#include "tidbxx/sql/printer.hpp"

#include <fmt/format.h>

namespace tidb::detail {
namespace {

constexpr std::size_t enough = std::size_t{64} << 10U;

void add_escaped(std::string_view text, std::string& to) {
  while (true) {
    constexpr std::string_view special("\\\t\n\r\0", 5);
    const auto at = text.find_first_of(special);
    to += text.substr(0, at);
    if (at == std::string_view::npos) return;
    constexpr std::string_view letters = "\\tnr0";
    to.append(1, '\\').append(1, letters[special.find(text[at])]);
    text.remove_prefix(at + 1);
  }
}

/// A BIT takes a text for its bytes.
void add_bits(std::uint64_t bits, std::string& to) {
  std::string bytes;
  for (int shift = 56; shift >= 0; shift -= 8)
    if (const auto byte = static_cast<char>(bits >> shift & 0xFFU); byte != 0 || !bytes.empty() || shift == 0)
      bytes += byte;
  add_escaped(bytes, to);
}

void add_cell(const value_view& from, const column_facts& column, std::string& to) {
  const typed_cell typed(from, &column);
  const auto& cell = typed.cell;
  if (typed.type == type_kind::bit && !cell.is_null()) return add_bits(cell.unsigned_integer, to);
  if (typed.type == type_kind::year && !cell.is_null()) {
    to += fmt::format("{:04}", cell.integer);  // with fewer digits it would be a year of this century
    return;
  }
  switch (cell.kind) {
  case value_kind::null: to += "\\N"; return;
  case value_kind::text:
  case value_kind::json:
  case value_kind::blob: return add_escaped(cell.text(), to);
  case value_kind::real: to += shortest(cell.real, typed.type); return;
  default: to += to_string(cell); return;
  }
}

}  // namespace

/// Without words for its form: those that stand by default are the same in every SQL mode.
std::string load_sql(std::string_view table, std::span<const column_facts> columns) {
  std::string names;
  for (const auto& column : columns) names.append(names.empty() ? "" : ", ").append(sql::quote_identifier(column.name));
  return fmt::format("LOAD DATA LOCAL INFILE '{}' INTO TABLE {} CHARACTER SET utf8mb4 ({})", byte_source::name,
                     sql::quote_identifier(table), names);
}

std::string_view load_text::next() {
  text_.clear();
  while (text_.size() < enough && rows_.next(cells_)) {
    for (std::size_t i = 0; i < rows_.fields(); ++i) {
      if (i > 0) text_ += '\t';
      add_cell(cells_[i], rows_.columns()[i], text_);
    }
    text_ += '\n';
    ++count_;
  }
  return text_;
}

}  // namespace tidb::detail
