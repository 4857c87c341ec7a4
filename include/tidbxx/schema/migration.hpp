// A plan that makes the tables of a database what they shall be.
#pragma once

#include "tidbxx/schema/table_definition.hpp"

#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace tidb {

/// One thing that a migration does.
struct migration_step {
  std::string what{};              ///< "add the column `coins` to `players`: …"
  std::vector<std::string> sql{};  ///< the statements that do it, in their order
  std::string loses{};             ///< the data that go with it: "the column `coins` of `players` and its values"
  friend bool operator==(const migration_step&, const migration_step&) = default;
};

/// The steps from the tables that are there to those that are wanted, in their order.
struct migration_plan {
  std::vector<migration_step> steps{};
  bool empty() const noexcept { return steps.empty(); }
  bool loses_data() const noexcept;
  friend bool operator==(const migration_plan&, const migration_plan&) = default;
};

/// The plan for a reader: what each step does, its SQL and what it loses.
std::string to_string(const migration_plan& plan);

/// A table that has another name than it had: nobody can guess that.
struct renamed_table {
  std::string from{}, to{};
};
/// A column that has another name than it had.
struct renamed_column {
  std::string table{};  ///< as it is called afterwards
  std::string from{}, to{};
};

/// How tables become others. The same options may be given again: a rename that was done is passed over.
struct migration_options {
  std::vector<renamed_table> renamed_tables{};
  std::vector<renamed_column> renamed_columns{};
  bool drop_others{};  ///< tables that are not wanted go, too; by default they are left alone
  // What schema_diff does not need:
  bool lose_data{};  ///< without it a plan that loses data is refused
  /// The plan that was agreed to: another one, because the tables have changed since, is refused.
  std::optional<migration_plan> shown{};
  std::chrono::seconds lock_timeout{60};                 ///< for another migration of the database to end
  std::function<void(const migration_step&)> on_step{};  ///< called before each step
};

}  // namespace tidb
