// The rows of a CSV file as cells of a table's columns.
#pragma once

#include "orm/field_value.hpp"
#include "tidbxx/core/csv.hpp"
#include "tidbxx/core/error.hpp"
#include "tidbxx/orm/mapping.hpp"

#include <cstdint>
#include <cstdio>
#include <memory>
#include <optional>
#include <source_location>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace tidb::detail {

/// Errors, of the file: errc::storage; of what it holds: errc::decode and errc::constraint with its line and column.
class csv_rows {
public:
  /// `members`: the columns of the fields; without any, those that the header names, or all.
  csv_rows(std::string path, const csv_options& options, std::span<const column_facts> table,
           std::span<const std::string_view> members, std::source_location where);
  csv_rows(const csv_rows&) = delete;
  csv_rows& operator=(const csv_rows&) = delete;

  /// Of the cells of a row: those of the fields, and behind them a key that is generated for want of a field.
  std::span<const column_facts> columns() const noexcept { return columns_; }
  /// How many of them have a field.
  std::size_t fields() const noexcept { return fields_; }
  /// Goes to the first row. Errors: errc::storage for a second time with what is no file, such as a pipe.
  void restart();
  /// Reads a row's cells, which live until the next call; false at the end.
  bool next(std::span<value_view> cells);

private:
  struct closer {
    void operator()(std::FILE* file) const noexcept { std::fclose(file); }
  };

  void open_reader();
  bool next_record();
  void name_columns(std::span<const column_facts> table, std::span<const std::string_view> members);
  void name_by_header(std::span<const column_facts> table);
  void add_generated_key(std::span<const column_facts> table);
  void take(const csv_field& field, const column_facts& column, value_view& cell);
  [[noreturn]] void fail(errc code, const std::string& why) const;
  [[noreturn]] void fail_at_line(errc code, const std::string& why) const;

  std::string path_;
  csv_options options_;
  std::source_location where_;
  std::unique_ptr<std::FILE, closer> file_;
  std::optional<csv_reader> reader_{};
  bool header_read_{};
  bool at_first_row_{};
  std::vector<column_facts> columns_{};
  std::size_t fields_{};
  field_values values_;
};

}  // namespace tidb::detail
