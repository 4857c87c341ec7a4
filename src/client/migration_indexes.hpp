// Search indexes of columns that a migration moves: they go before it, and are made anew afterwards.
#pragma once

#include "schema/migration_state.hpp"
#include "tidbxx/engine/executor.hpp"
#include "tidbxx/search/vector_index.hpp"

#include <span>
#include <string>
#include <utility>
#include <vector>

namespace tidb::detail {

/// On the embedded engine all of it is in the migration's transaction. On TiDB it is beside the migration's connection,
/// and takes some ten seconds each time.
class migration_indexes {
public:
  /// `on`: the migration's. Lifetime: borrows all.
  migration_indexes(const executor& on, const planned_migration& planned, const migration_options& options,
                    const call_context& context);

  /// Errors: usage_error for TiDB's own index, which does not come along.
  void take();
  /// Tries all. Errors: the first failure, which says that the migration is done.
  void put();
  /// After a migration that failed, wherever the columns are now; what could not be made, for the error's message.
  std::string put_back() noexcept;

private:
  void expect_no_native() const;
  /// The column that it is tracked by, as it is called afterwards.
  std::string renamed(const moved_vectors& each, const std::string& tracked_by) const;

  executor on_;
  std::span<const moved_vectors> moved_;
  std::span<const moved_text> texts_;
  const migration_options& options_;
  const call_context& context_;
  std::vector<std::pair<moved_vectors, index_form>> taken_;
};

}  // namespace tidb::detail
