// The rows of a data file: fields by name, each with what it holds.
#pragma once

#include "input_file.hpp"

#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace cli {

enum class field_kind : std::uint8_t { null, integer, unsigned_integer, real, boolean, text, json };

/// What one field of one row holds. Lifetime of `text`: until the next record is read.
struct field_value {
  field_kind kind{field_kind::null};
  union {
    std::int64_t integer{};
    std::uint64_t unsigned_integer;
    double real;
    bool boolean;
  };
  std::string_view text{};  ///< of text and JSON

  static field_value of(std::int64_t number) {
    field_value made;
    made.kind = field_kind::integer;
    made.integer = number;
    return made;
  }
  static field_value of(std::uint64_t number) {
    field_value made;
    made.kind = field_kind::unsigned_integer;
    made.unsigned_integer = number;
    return made;
  }
  static field_value of(double number) {
    field_value made;
    made.kind = field_kind::real;
    made.real = number;
    return made;
  }
  static field_value of(bool truth) {
    field_value made;
    made.kind = field_kind::boolean;
    made.boolean = truth;
    return made;
  }
  static field_value of(std::string_view text, field_kind kind) {
    field_value made;
    made.kind = kind;
    made.text = text;
    return made;
  }
};

/// The names of the fields seen so far, in the order of their first appearance.
class field_names {
public:
  /// The place of the name, which is added if it is new. Errors: failure for more fields than a table has columns.
  std::size_t place_of(std::string_view name);
  const std::vector<std::string>& all() const noexcept { return names_; }
  std::size_t size() const noexcept { return names_.size(); }

private:
  struct text_hash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const noexcept { return std::hash<std::string_view>{}(text); }
  };
  std::vector<std::string> names_;
  std::unordered_map<std::string, std::size_t, text_hash, std::equal_to<>> places_;
};

struct record {
  raw_record raw{};
  std::uint64_t row{};                ///< its number, from 0: the row of a vectors file that belongs to it
  std::string problem{};              ///< why it is no row, or empty
  std::vector<field_value> fields{};  ///< by place; those that the row lacks are null
};

/// Where reading goes on: everything before it was read.
struct file_position {
  std::uint64_t offset{};
  std::uint64_t line{1};
  std::uint64_t rows{};
};

/// Reads a data file row by row.
class record_reader {
public:
  virtual ~record_reader() = default;
  /// False at the end of the file. Blank lines are passed over.
  virtual bool next(record& out) = 0;
  /// Behind the last record.
  virtual file_position position() const = 0;
};

enum class file_format : std::uint8_t { jsonl, csv };

/// By the name that --format was given, else by the extension. Errors: wrong_use_error if neither tells.
file_format format_of(std::string_view path, std::string_view wanted);

/// Errors: failure for a CSV file without a header, or with one that names a column twice.
std::unique_ptr<record_reader> read_jsonl(const open_file& file, field_names& names, file_position from, sha256* hash);
std::unique_ptr<record_reader> read_csv(const open_file& file, field_names& names, file_position from, sha256* hash);

/// What a field of a CSV file means: a number or a truth if the text is exactly how one is written, else text.
field_value meaning_of(std::string_view text);

}  // namespace cli
