// The table that remembers how far each import came, so that one that was broken off can go on.
#pragma once

#include "records.hpp"
#include <tidbxx/tidbxx.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace cli {

/// One import of one file into one table. The counts are those of the last commit.
struct ledger_entry {
  std::string fingerprint{};  ///< of table, file and vectors
  std::string table_name{};   ///< in lower case
  std::string file{};         ///< its full path
  bool finished{};
  std::int64_t next_byte{};  ///< of the file: where reading goes on
  std::int64_t next_line{1};
  std::int64_t rows_read{};
  std::int64_t imported{};
  std::int64_t rejected{};
  std::int64_t rejects_size{};  ///< bytes of the rejects file
};

class ledger {
public:
  explicit ledger(const tidb::client& db) : db_(db) {}

  /// Makes the table if there is none.
  void prepare() const;
  std::optional<ledger_entry> find(const std::string& fingerprint) const;
  /// An unfinished import of the same path into the same table, which the file had another content for.
  std::optional<ledger_entry> find_stale(const ledger_entry& entry) const;
  /// Writes the first entry of an import. `new_table`: what is known of earlier tables of its name is forgotten.
  void begin(const ledger_entry& entry, bool new_table) const;
  /// Moves an entry on, within the transaction that its rows are written in.
  /// Errors: failure if another process did so meanwhile.
  static void advance(const tidb::transaction& tx, const ledger_entry& from, const ledger_entry& to);

private:
  const tidb::client& db_;
};

}  // namespace cli

template <>
inline constexpr auto tidb::schema<cli::ledger_entry> =
    tidb::mapping("_tidbxx_import", tidb::column<&cli::ledger_entry::fingerprint>(tidb::primary_key, tidb::varchar(64)),
                  tidb::column<&cli::ledger_entry::table_name>(tidb::varchar(64)),
                  tidb::column<&cli::ledger_entry::file>(), tidb::column<&cli::ledger_entry::finished>(),
                  tidb::column<&cli::ledger_entry::next_byte>(), tidb::column<&cli::ledger_entry::next_line>(),
                  tidb::column<&cli::ledger_entry::rows_read>(), tidb::column<&cli::ledger_entry::imported>(),
                  tidb::column<&cli::ledger_entry::rejected>(), tidb::column<&cli::ledger_entry::rejects_size>());
