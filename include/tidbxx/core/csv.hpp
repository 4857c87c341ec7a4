// CSV text, record by record.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>

namespace tidb {

/// How CSV text is written; by default as RFC 4180 has it, and as `csv()` of a select writes it.
struct csv_options {
  bool header{true};    ///< the first record has the columns' names
  char delimiter{','};  ///< between two fields
  char quote{'"'};      ///< around a field that holds delimiters, line ends or quotes, which are doubled; '\0': none
  std::string null{};   ///< a field of just this text, without quotes, is NULL
};

/// One field of a record.
struct csv_field {
  std::string_view text{};  ///< without its quotes
  bool quoted{};
};

/// Where a record begins.
struct csv_position {
  std::uint64_t offset{};  ///< in bytes
  std::uint64_t line{1};
};

/// Takes CSV text apart. Lines end with a newline, or a carriage return and a newline; quoted fields may hold them.
/// Note: options' `header` and `null` are the caller's matter, and so is whether the text is UTF-8.
class csv_reader {
public:
  /// Writes the text that comes next to `to`, at most `size` bytes of it, and gives their number; 0 is the end.
  using source = std::function<std::size_t(char* to, std::size_t size)>;

  /// `from`: where in the whole the source begins. Errors: usage_error for a delimiter or quote that cannot be one.
  explicit csv_reader(source read, const csv_options& options = {}, csv_position from = {});
  csv_reader(csv_reader&&) noexcept;
  csv_reader& operator=(csv_reader&&) noexcept;
  ~csv_reader();

  /// Moves to the next record; false at the end. Blank lines are passed over, and so is a byte order mark at offset 0.
  /// Errors: what the source throws.
  bool next();
  /// Of the record; empty if it has a problem. Lifetime: until `next`.
  std::span<const csv_field> fields() const noexcept;
  /// Why it is no record, such as a quote that is never closed or more than 64 MiB; empty if it is one.
  const std::string& problem() const noexcept;
  /// The record as it is written, without its line end; of one that is too long, the beginning.
  std::string_view text() const noexcept;
  /// The line that it begins on, from 1.
  std::uint64_t line() const noexcept;
  /// Where the next record begins.
  csv_position behind() const noexcept;

private:
  struct state;
  std::unique_ptr<state> state_;
};

}  // namespace tidb
