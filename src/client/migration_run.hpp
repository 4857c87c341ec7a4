// Running a plan.
#pragma once

#include "client/migration_history.hpp"
#include "client/migration_indexes.hpp"
#include "schema/migration_state.hpp"
#include "tidbxx/engine/executor.hpp"
#include "tidbxx/orm/statements.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <source_location>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace tidb::detail {

/// The plan as it is shown.
migration_plan shown(const planned_migration& planned);

/// A plan on the connection that it runs on.
class migration_run {
public:
  migration_run(const executor& on, std::span<const table_definition> wanted, const migration_options& options,
                std::source_location where);

  /// Errors: those of tidb::migrate.
  migration_plan run() &&;

private:
  bool embedded() const { return on_.engine() == engine_kind::embedded; }
  /// Also inside the embedded engine's transaction, and seen by who watches.
  void ddl(const std::string& sql) const;
  void expect_shown() const;
  void expect_no_loss() const;
  void expect_none(const row_check& check) const;
  void run_step(std::size_t number, migration_history& history) const;
  void run_statements(const planned_step& step) const;
  std::string fingerprint(const planned_step& step) const;
  void expect_copied(const planned_step& step, const std::string& before) const;
  std::vector<std::string> triggers_of(const std::string& table) const;
  std::string problems_of_others() const;
  /// Rows that refer to none, by their tables and those that they refer to.
  using lost_references = std::map<std::pair<std::string, std::string>, std::int64_t>;
  lost_references references_without_row() const;
  std::optional<lost_references> references_before() const;
  void expect_whole(const std::string& broken_before, const std::optional<lost_references>& lost_before) const;

  const executor& on_;
  statements here_;
  const migration_options& options_;
  std::source_location where_;
  call_context context_;
  planned_migration planned_;
  migration_plan plan_;
  migration_indexes indexes_;
};

}  // namespace tidb::detail
