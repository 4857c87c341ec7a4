// Rows without a struct: for tools, and for SQL whose columns are known only at run time.
#pragma once

#include "tidbxx/core/codec.hpp"
#include "tidbxx/orm/result.hpp"

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace tidb {

/// One row of values with its column names, which all rows of a result share.
class row {
public:
  row() = default;
  row(std::shared_ptr<const std::vector<std::string>> names, std::vector<value> values);

  std::size_t size() const noexcept { return values_.size(); }
  const std::vector<std::string>& names() const noexcept;
  /// Errors: std::out_of_range.
  const value& operator[](std::size_t column) const { return values_.at(column); }
  /// Errors: usage_error that lists the columns there are, or says that several have this name.
  const value& operator[](std::string_view column) const;
  /// The cell as a T. Errors: errc::decode.
  template <class T>
  T get(std::string_view column) const {
    T out{};
    detail::decode_cell((*this)[column].view(), out, column);
    return out;
  }

private:
  std::shared_ptr<const std::vector<std::string>> names_;
  std::vector<value> values_;
};

namespace detail {

/// Reads dynamic rows.
class dynamic_rows {
public:
  explicit dynamic_rows(const read_request& request);
  bool next(row& out);
  bool skip() { return rows_.next(); }

private:
  open_rows rows_;
  std::shared_ptr<const std::vector<std::string>> names_;
};

template <>
class typed_rows<row> : public dynamic_rows {
public:
  using dynamic_rows::dynamic_rows;
};

}  // namespace detail

}  // namespace tidb
