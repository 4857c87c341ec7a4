// Writes a file's rows in batches, each with the ledger's entry in one transaction.
#pragma once

#include "commands.hpp"
#include "import_plan.hpp"
#include "ledger.hpp"
#include "rejects.hpp"
#include <tidbxx/tidbxx.hpp>

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace cli {

/// With --strict: the first row that could not be imported.
struct strict_stop : failure {
  using failure::failure;
};

/// What a batch writer is made from.
struct batch_settings {
  std::string table{};
  std::vector<planned_column> plan{};
  bool loose{};
  bool strict{};
};

class batch_writer {
public:
  batch_writer(const tidb::client& db, batch_settings settings, std::vector<vector_source>& vectors,
               rejects_file& rejects);

  /// Takes one row; it is written by `commit`.
  void add(const record& row);
  bool full() const noexcept;
  /// Writes the batch and moves the entry on; nothing of both, if it throws.
  /// Errors: strict_stop; failure; whatever the engine says.
  void commit(ledger_entry& entry, file_position end, bool finished);

private:
  struct row_origin {
    std::uint64_t line{};
    std::string text{};
  };

  bool convert_row(const record& row, std::string& problem);
  bool add_vector(const record& row, const planned_column& planned, std::string& problem);
  void write(ledger_entry& entry, const file_position& end, bool finished, bool row_by_row);
  void insert(const tidb::transaction& tx, std::size_t first, std::size_t count);
  std::size_t insert_what_fits(tidb::transaction& tx, std::size_t first, std::size_t count,
                               std::vector<reject>& refused);
  const std::string& statement(std::size_t rows);
  std::string name_columns() const;
  void stop_if_strict(const std::vector<reject>& refused) const;
  void clear();

  const tidb::client& db_;
  batch_settings settings_;
  std::vector<vector_source>& vectors_;
  rejects_file& rejects_;
  std::size_t rows_per_statement_{};
  std::size_t most_bytes_{};
  std::size_t longest_row_{};
  std::map<std::size_t, std::string> statements_;
  std::vector<float> numbers_;
  // the batch
  std::vector<tidb::value> cells_;
  std::vector<row_origin> rows_;
  std::vector<reject> refused_;
  std::size_t bytes_{};
};

}  // namespace cli
