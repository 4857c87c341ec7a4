// Search indexes of columns that a migration moves: they go before it, and are made anew afterwards.
#pragma once

#include "schema/migration_state.hpp"
#include "tidbxx/engine/executor.hpp"
#include "tidbxx/search/index.hpp"

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
  migration_indexes(const executor& on, std::span<const moved_column> moved, const migration_options& options,
                    const call_context& context);

  /// Errors: usage_error for TiDB's own index, which does not come along.
  void take();
  /// Tries all. Errors: the first failure, which says that the migration is done.
  void put();
  /// After a migration that failed, wherever the columns are now; what could not be made, for the error's message.
  std::string put_back() noexcept;

private:
  void expect_no_native() const;
  bool stays(const moved_column& each, const index_form& as) const;
  /// What it is made with afterwards.
  index_form renamed(const moved_column& each, const index_form& as) const;
  std::string renamed_text(const moved_column& each, const std::string& text) const;

  executor on_;
  std::span<const moved_column> moved_;
  const migration_options& options_;
  const call_context& context_;
  std::vector<std::pair<moved_column, index_form>> taken_;
};

}  // namespace tidb::detail
