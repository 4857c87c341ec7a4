#include "tidbxx/orm/output.hpp"

#include "orm/typed_cell.hpp"
#include "tidbxx/core/error.hpp"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <optional>
#include <ostream>
#include <string_view>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace tidb::detail {
namespace {

/// What is handed to a stream at once.
constexpr std::size_t enough = std::size_t{64} << 10U;

bool is_plain(char letter) noexcept { return letter >= ' ' && letter <= '~' && letter != '"' && letter != '\\'; }

/// Bytes that are not UTF-8 are replaced: JSON has no other text.
void add_string(std::string_view text, std::string& to) {
  if (std::ranges::all_of(text, is_plain))
    to.append(1, '"').append(text).append(1, '"');
  else
    to += nlohmann::json(text).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

void add_base64(std::string_view bytes, std::string& to) {
  constexpr std::string_view digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  to += '"';
  for (std::size_t i = 0; i < bytes.size(); i += 3) {
    const auto group = bytes.substr(i, 3);
    std::uint32_t bits = 0;
    for (std::size_t j = 0; j < 3; ++j)
      bits = bits << 8U | (j < group.size() ? static_cast<unsigned char>(group[j]) : 0U);
    for (std::size_t j = 0; j < 4; ++j) to += j <= group.size() ? digits[bits >> (18 - 6 * j) & 63U] : '=';
  }
  to += '"';
}

/// Never as an integer; JSON has no infinity.
void add_real(double number, type_kind type, std::string& to) {
  if (!std::isfinite(number)) {
    to += "null";
    return;
  }
  const auto text = shortest(number, type);
  to += text;
  if (text.find_first_of(".e") == std::string::npos) to += ".0";
}

void add_json(const typed_cell& from, std::string& to) {
  const auto& cell = from.cell;
  switch (cell.kind) {
  case value_kind::null: to += "null"; return;
  case value_kind::integer:
    if (from.type == type_kind::boolean && (cell.integer == 0 || cell.integer == 1))
      to += cell.integer == 0 ? "false" : "true";
    else
      to += fmt::to_string(cell.integer);
    return;
  case value_kind::real: return add_real(cell.real, from.type, to);
  case value_kind::unsigned_integer:
  case value_kind::vector: to += to_string(cell); return;
  case value_kind::blob: return add_base64(cell.text(), to);
  case value_kind::json:
  case value_kind::text: {
    // what a table of another program calls JSON may be none; a vector is a list in JSON as it is
    const bool may_be = cell.kind == value_kind::json || from.type == type_kind::json || from.type == type_kind::vector;
    if (may_be && nlohmann::json::accept(cell.text()))
      to += cell.text();
    else
      add_string(cell.text(), to);
    return;
  }
  case value_kind::decimal:
  case value_kind::datetime:
  case value_kind::date:
  case value_kind::time: return add_string(to_string(cell), to);
  }
}

void add_field(std::string_view text, std::string& to) {
  if (!text.empty() && text.find_first_of(",\"\r\n") == std::string_view::npos) {
    to += text;
    return;
  }
  to += '"';
  for (const char letter : text) to.append(letter == '"' ? 2 : 1, letter);
  to += '"';
}

void add_csv(const typed_cell& from, std::string& to) {
  if (from.cell.is_null()) return;
  if (from.cell.kind == value_kind::text)
    add_field(from.cell.text(), to);
  else
    add_field(from.cell.kind == value_kind::real ? shortest(from.cell.real, from.type) : to_string(from.cell), to);
}

void check_names(std::span<const std::string> names, std::source_location where) {
  for (auto name = names.begin(); name != names.end(); ++name)
    if (std::find(names.begin(), name, *name) != name)
      throw_usage(fmt::format("two columns are called \"{}\", which would be one key of a JSON object: label one of "
                              "them, in SQL by AS, in a typed select by as(\"…\")",
                              *name),
                  where);
}

void check_width(const open_rows& rows, const read_request& request, std::span<const column_facts> columns) {
  if (!columns.empty() && columns.size() != rows.columns().size())
    throw_column_count(columns.size(), rows, request.text, request.context);
}

}  // namespace

row_printer::row_printer(text_format format, std::span<const std::string> names, std::span<const column_facts> columns,
                         std::source_location where)
    : format_(format), columns_(columns) {
  if (format == text_format::json) check_names(names, where);
  for (const auto& name : names) {
    auto& text = names_.emplace_back();
    if (format == text_format::csv)
      add_field(name, text);
    else
      add_string(name, text);
  }
}

void row_printer::begin(std::string& text) const {
  if (format_ == text_format::json) {
    text += '[';
    return;
  }
  for (std::size_t i = 0; i < names_.size(); ++i) text.append(i == 0 ? "" : ",").append(names_[i]);
  text += '\n';
}

void row_printer::add(std::span<const value_view> cells, std::string& text) {
  const bool json = format_ == text_format::json;
  if (json) text += any_ ? ",\n{" : "\n{";
  any_ = true;
  for (std::size_t i = 0; i < cells.size(); ++i) {
    const typed_cell cell(cells[i], i < columns_.size() ? &columns_[i] : nullptr);
    if (i > 0) text += ',';
    if (json) {
      text.append(names_[i]).append(1, ':');
      add_json(cell, text);
    } else {
      add_csv(cell, text);
    }
  }
  text += json ? '}' : '\n';
}

void row_printer::end(std::string& text) const {
  if (format_ == text_format::json) text += any_ ? "\n]" : "]";
}

std::string text_of(const read_request& request, text_format format, std::span<const column_facts> columns) {
  std::string text;
  retry_read(request.on, request.context, [&] {
    text.clear();
    open_rows rows(request.on, request.text, request.parameters, request.context);
    check_width(rows, request, columns);
    row_printer printer(format, rows.columns(), columns, request.context.where);
    printer.begin(text);
    while (rows.next()) printer.add(rows.cells(), text);
    printer.end(text);
  });
  return text;
}

void write_text(const read_request& request, text_format format, std::span<const column_facts> columns,
                std::ostream& out) {
  std::optional<open_rows> rows;
  bool more = false;
  retry_read(request.on, request.context, [&] {  // until a row was handed out
    rows.emplace(request.on, request.text, request.parameters, request.context);
    more = rows->next();
  });
  check_width(*rows, request, columns);
  row_printer printer(format, rows->columns(), columns, request.context.where);
  std::string text;
  printer.begin(text);
  for (; more && out; more = rows->next()) {
    printer.add(rows->cells(), text);
    if (text.size() < enough) continue;
    out.write(text.data(), static_cast<std::streamsize>(text.size()));
    text.clear();
  }
  printer.end(text);
  out.write(text.data(), static_cast<std::streamsize>(text.size()));
}

}  // namespace tidb::detail
