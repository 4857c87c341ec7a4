// Rows in the form in which LOAD DATA takes them.
#pragma once

#include "orm/csv_rows.hpp"
#include "tidbxx/engine/driver.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace tidb::detail {

/// LOAD DATA LOCAL into these columns of the table, in the form that `load_text` has.
std::string load_sql(std::string_view table, std::span<const column_facts> columns);

/// The rows of a file as LOAD DATA's own form has them: tabs, newlines, backslashes and \N. A file that is written in
/// another way, or holds other values than the columns do, is no matter of the server's.
class load_text final : public byte_source {
public:
  explicit load_text(csv_rows& rows) : rows_(rows), cells_(rows.columns().size()) {}

  std::string_view next() override;
  /// How many were given.
  std::uint64_t count() const noexcept { return count_; }

private:
  csv_rows& rows_;
  std::vector<value_view> cells_;
  std::string text_{};
  std::uint64_t count_{};
};

}  // namespace tidb::detail
