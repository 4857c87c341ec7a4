// Cells of a result: from the bytes of the network packet to value views, without a copy.
#pragma once

#include "tidbxx/core/value.hpp"

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include <mysql.h>

namespace tidb::detail {

/// Reads the rows of one statement.
class row_reader {
public:
  /// Learns the columns and makes room for a cell of each.
  void describe(const MYSQL_FIELD* fields, std::size_t count, std::vector<value_view>& cells);

  /// libmariadb calls this for each cell of a binary row instead of copying it (STMT_ATTR_CB_RESULT); `row` is moved
  /// behind the cell, and is nullptr for NULL.
  static void on_cell(void* self, unsigned index, unsigned char** row) noexcept;
  /// Must be set before the first row. The network buffer, in which every row lies.
  void network(const NET* net) noexcept { net_ = net; }
  /// A cell claimed to reach beyond the network buffer.
  bool malformed() const noexcept { return malformed_; }

  /// The same for a row of the text protocol.
  void read_text_row(MYSQL_ROW row, const unsigned long* lengths);

private:
  enum class form : std::uint8_t {
    int8,
    uint8,
    int16,
    uint16,
    int32,
    uint32,
    int64,
    uint64,
    float32,
    float64,
    date,
    datetime,
    time,
    bits,
    bytes
  };
  struct column {
    form how{};
    value_kind kind{};  // of bytes
  };
  static column column_of(const MYSQL_FIELD& field) noexcept;

  value_view read(std::size_t index, unsigned char*& at);
  template <class T>
  value_view read_number(unsigned char*& at) noexcept;
  value_view read_bytes(value_kind kind, unsigned char*& at) noexcept;
  value_view read_date(std::size_t index, unsigned char*& at);
  value_view read_time(unsigned char*& at) noexcept;
  value_view read_text(std::size_t index, const char* data, std::size_t size) const;
  value_view odd_date(std::size_t index, std::string text);
  bool has(const unsigned char* at, std::size_t size) noexcept;
  std::size_t read_length(unsigned char*& at) noexcept;

  std::vector<column> columns_;
  value_view* cells_{};
  const NET* net_{};
  bool malformed_{};
  std::vector<std::string> odd_dates_;  // of columns that hold 0000-00-00 or 2024-00-10
};

}  // namespace tidb::detail
