// Several writes of which all count or none.
#pragma once

#include "tidbxx/engine/executor.hpp"
#include "tidbxx/engine/transaction.hpp"

#include <optional>
#include <source_location>

namespace tidb::detail {

/// What one call writes. In a transaction that may go on after an error, a savepoint undoes what came before it.
/// Lifetime: borrows the executor.
class all_or_none {
public:
  /// `undone`: by itself; else the transaction ends with the first error.
  all_or_none(const executor& on, bool undone, std::source_location where) : on_(on), undone_(undone), where_(where) {}
  all_or_none(const all_or_none&) = delete;
  all_or_none& operator=(const all_or_none&) = delete;

  /// What the next statement runs on.
  const executor& on() const noexcept { return nested_ ? *nested_ : on_; }
  /// Before a statement that is not the last: a single one needs no savepoint.
  void expect_more();
  /// After the last.
  void keep();

private:
  const executor& on_;
  bool undone_;
  std::source_location where_;
  std::optional<executor> nested_;
};

/// Calls `write` in the caller's transaction, or in a new one.
void write_all_or_none(const executor& on, const transaction_options& options, function_ref<void(all_or_none&)> write,
                       std::source_location where);

}  // namespace tidb::detail
