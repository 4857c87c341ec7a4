// What migrations have done, in a table of the database.
#pragma once

#include "tidbxx/orm/statements.hpp"
#include "tidbxx/schema/migration.hpp"

#include <cstdint>
#include <source_location>
#include <string>

namespace tidb::detail {

/// Notes the steps of one migration.
class migration_history {
public:
  /// Makes the table if there is none. Steps that have not ended were broken off.
  migration_history(const statements& on, std::source_location where);
  void begin(const migration_step& step);
  void end();
  /// The step that another migration is at, for a message; or empty.
  static std::string step_under_way(const statements& on, std::source_location where);

private:
  const statements& on_;
  std::source_location where_;
  std::int64_t migration_{};
  std::int64_t step_{};
};

}  // namespace tidb::detail
