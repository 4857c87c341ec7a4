#include "orm/csv_rows.hpp"

#include "tidbxx/core/error.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

#include <fmt/format.h>

namespace tidb::detail {
namespace {

const column_facts* find(std::span<const column_facts> columns, std::string_view name) {
  const auto found = std::ranges::find(columns, name, &column_facts::name);
  return found == columns.end() ? nullptr : &*found;
}

std::string names_of(std::span<const column_facts> columns) {
  std::string text;
  for (const auto& column : columns) text.append(text.empty() ? "" : ", ").append(column.name);
  return text;
}

}  // namespace

csv_rows::csv_rows(std::string path, const csv_options& options, std::span<const column_facts> table,
                   std::span<const std::string_view> members, std::source_location where)
    : path_(std::move(path)), options_(options), where_(where), file_(std::fopen(path_.c_str(), "rbe")),
      values_(where) {
  if (!file_) fail(errc::storage, fmt::format("cannot open {}: {}", path_, std::strerror(errno)));
  open_reader();
  if (options_.header && !next_record())
    fail(errc::decode,
         fmt::format("{} is empty: it begins with its columns' names, or csv_options::header is false", path_));
  name_columns(table, members);
  fields_ = columns_.size();
  add_generated_key(table);
  at_first_row_ = true;
}

void csv_rows::open_reader() {
  reader_.emplace(
      [this](char* to, std::size_t size) {
        const auto got = std::fread(to, 1, size, file_.get());
        if (std::ferror(file_.get()) != 0)
          fail(errc::storage, fmt::format("cannot read {}: {}", path_, std::strerror(errno)));
        return got;
      },
      options_);
}

void csv_rows::name_columns(std::span<const column_facts> table, std::span<const std::string_view> members) {
  if (members.empty() && options_.header) return name_by_header(table);
  if (members.empty()) columns_.assign(table.begin(), table.end());
  for (const auto name : members) columns_.push_back(*find(table, name));
}

void csv_rows::name_by_header(std::span<const column_facts> table) {
  for (const auto& field : reader_->fields()) {
    const auto* const column = find(table, field.text);
    if (column == nullptr)
      fail_at_line(errc::decode,
                   fmt::format("the header names \"{}\", and the table has the columns {}: name the columns of the "
                               "fields as members, load_csv<T, &T::a, &T::b>(…), if the header has other names",
                               field.text, names_of(table)));
    if (find(columns_, field.text) != nullptr)
      fail_at_line(errc::decode, fmt::format("the header names the column \"{}\" twice", field.text));
    columns_.push_back(*column);
  }
}

/// So that whoever follows the writes is told of the keys.
void csv_rows::add_generated_key(std::span<const column_facts> table) {
  for (const auto& column : table)
    if (column.auto_increment && find(columns_, column.name) == nullptr) columns_.push_back(column);
}

void csv_rows::restart() {
  if (at_first_row_) return;
  if (std::fseek(file_.get(), 0, SEEK_SET) != 0)
    fail(errc::storage, fmt::format("cannot read {} a second time, which running the transaction again takes: {}",
                                    path_, std::strerror(errno)));
  open_reader();
  if (options_.header) next_record();
  at_first_row_ = true;
}

bool csv_rows::next_record() {
  if (!reader_->next()) return false;
  if (!reader_->problem().empty()) fail_at_line(errc::decode, reader_->problem());
  return true;
}

bool csv_rows::next(std::span<value_view> cells) {
  at_first_row_ = false;
  values_.forget();
  if (!next_record()) return false;
  const auto fields = reader_->fields();
  if (fields.size() != fields_)
    fail_at_line(errc::decode,
                 fmt::format("the row has {} field{}, where {} expected", fields.size(), fields.size() == 1 ? "" : "s",
                             fields_ == 1 ? "one is" : fmt::format("{} are", fields_)));
  for (std::size_t i = 0; i < fields_; ++i) take(fields[i], columns_[i], cells[i]);
  if (columns_.size() > fields_) cells[fields_] = value_view::null();
  return true;
}

void csv_rows::take(const csv_field& field, const column_facts& column, value_view& cell) {
  if (!field.quoted && field.text == options_.null) {
    if (!column.nullable && !column.auto_increment)
      fail_at_line(errc::constraint, fmt::format("the column \"{}\" is NULL, which it cannot be", column.name));
    cell = value_view::null();
    return;
  }
  const auto why = values_.read(field.text, column, cell);
  if (!why.empty()) fail_at_line(errc::decode, why);
  // as for a struct's member, 0 asks for a key
  if (column.auto_increment && cell.integer == 0) cell = value_view::null();
}

void csv_rows::fail(errc code, const std::string& why) const {
  throw_error({.code = code, .message = why, .where = where_, .sent = false});
}

void csv_rows::fail_at_line(errc code, const std::string& why) const {
  fail(code, fmt::format("{}:{}: {}", path_, reader_->line(), why));
}

}  // namespace tidb::detail
