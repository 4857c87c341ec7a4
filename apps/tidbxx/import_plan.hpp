// How a file's fields become a table's columns.
#pragma once

#include "catalog.hpp"
#include "npy.hpp"
#include "records.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace cli {

/// One --vectors COLUMN=FILE.npy.
struct vector_source {
  std::string column{};
  std::unique_ptr<npy_file> file{};
};

/// Errors: wrong_use_error for an option without COLUMN=FILE or a column named twice; failure for a file that is none.
std::vector<vector_source> open_vectors(const std::vector<std::string>& options);

/// A column and where its values come from.
struct planned_column {
  table_column column{};
  std::size_t place{};  ///< of the field, or of the vector source
  bool from_vectors{};
};

/// Every field and vector source with its column of the table.
/// Errors: failure that names the field, if the table lacks its column or needs one that the file has not.
std::vector<planned_column> plan_import(const std::string& table, const std::vector<table_column>& columns,
                                        const field_names& names, const std::vector<vector_source>& vectors);

/// The field as the column takes it; `problem` says why it does not. `loose`: texts of CSV, which may be numbers.
tidb::value convert(const field_value& field, const table_column& column, bool loose, std::string& problem);

}  // namespace cli
