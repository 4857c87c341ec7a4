// Who is told of every write: that is how search indexes learn of one without an upward include.
#pragma once

#include "tidbxx/core/value.hpp"

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace tidb {

enum class write_kind : std::uint8_t {
  insert,
  update,
  erase,
  raw,  ///< SQL text of the program's own: table, columns and keys are unknown
};

/// One write that succeeded within its transaction. Lifetime: borrowed, during the call.
struct write_event {
  write_kind kind{};
  std::string_view table{};
  std::span<const std::string> columns{};  ///< those written
  std::span<const value> keys{};           ///< primary keys, row after row; empty if they are not known
  std::size_t key_columns{};               ///< values in one key
  std::string_view sql{};
};

class engine_connection;

/// Told of every write through a pool; see `pool::observe`.
/// Threads: called by each writing thread, for its own connection.
class write_observer {
public:
  virtual ~write_observer() = default;
  /// Called on the writer's own connection, after the statement and before the commit; what it throws fails the write.
  virtual void wrote(engine_connection& connection, const write_event& event) = 0;
};

}  // namespace tidb
