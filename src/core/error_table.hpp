// What the codes of both engines mean: the table that scripts/generate-errors makes from errors.toml.
#pragma once

#include "tidbxx/core/error.hpp"

#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>

namespace tidb::detail {

/// What was going on when an error came, which decides whether something may have happened.
enum class call_phase : std::uint8_t {
  connecting,
  reading,     ///< nothing can have changed
  writing,     ///< a change inside an open transaction, which the server rolls back if the connection ends
  committing,  ///< COMMIT, or a change that commits itself
};

struct verdict {
  errc code{};
  bool retryable{};
  bool poisons_transaction{};
  bool poisons_connection{};
};

/// One entry of docs/errors.md.
struct error_entry {
  std::string_view name{};
  verdict what{};
  std::string_view sqlstate{};  ///< where the engine tells none
  std::string_view cause{};     ///< with gaps such as {name}
  std::string_view remedy{};
};

/// What else must hold.
enum class condition : std::uint8_t {
  always,
  cloud,        ///< the host is one of TiDB Cloud
  no_password,  ///< none was sent
  no_space,     ///< the system's reason for a failed write
  disk_quota,
  file_limit,
};

/// What an entry is told by.
struct error_match {
  int code{};             ///< 0: any that is not listed
  std::uint8_t phases{};  ///< a bit for each call_phase
  condition when{};
  std::string_view text{};  ///< in lower case; empty: any
  std::uint16_t entry{};    ///< its place among error_entries
  bool named{};             ///< the text names a column, a key or a constraint
  std::string_view name_start{};
  std::string_view name_end{};
};

#include "core/error_table.inc"

/// The entry of this name. Note: a wrong name does not compile.
consteval const error_entry& entry_named(std::string_view name) {
  for (const auto& entry : error_entries)
    if (entry.name == name) return entry;
  throw "there is no such entry in errors.toml";
}

/// The entry of a call that its own limits ended.
constexpr const error_entry& entry_of_limit(bool stop_requested) {
  return stop_requested ? entry_named("stopped") : entry_named("deadline");
}

struct found_error {
  const error_entry& entry;
  std::string name;  ///< of the column, key or constraint, as " 'name'"; empty if the text tells none
};

/// The entry of an error of TiDB or libmariadb.
found_error find_tidb_error(int code, std::string_view text, call_phase phase,
                            std::initializer_list<condition> holding = {});
/// The entry of an extended result code of SQLite.
found_error find_sqlite_error(int code, std::string_view text, condition system = condition::always);

/// What fills the gaps of a message, by their names; the others stay empty.
using error_words = std::initializer_list<std::pair<std::string_view, std::string_view>>;

/// Sets the verdict, the entry and "cause: remedy", and the SQLSTATE if there is none.
void judge(error_info& info, const error_entry& entry, error_words words = {});

}  // namespace tidb::detail
