// Transactions as functions.
#pragma once

#include "tidbxx/orm/statements.hpp"

#include <source_location>
#include <type_traits>
#include <utility>

namespace tidb {

/// One transaction, alive during the function it is given to.
/// Threads: not for several at once.
class transaction : public statements {
public:
  explicit transaction(detail::executor on) : statements(std::move(on)) {}

  /// Runs `body(transaction&)` within a savepoint: an exception undoes what it did and nothing before it.
  /// While it runs, only the transaction it was given may be used.
  template <class F>
  auto nested(F&& body, std::source_location where = std::source_location::current());

  /// The same transaction, with limits for the calls made through the copy.
  transaction with(call_options options) const { return transaction(on().with(std::move(options))); }
};

namespace detail {

/// Runs body in a transaction of its own, or in a savepoint of the one that `on` is; gives back what body does.
template <class F>
auto run_transaction(const executor& on, F&& body, std::source_location where) {
  auto context = on.context(where);
  auto scope =
      on.in_transaction() ? transaction_scope(*on.transaction(), context) : transaction_scope(on.pool(), context);
  transaction inside(executor(on.pool(), &scope, on.options()));
  if constexpr (std::is_void_v<std::invoke_result_t<F&, transaction&>>) {
    body(inside);
    scope.commit(on.context(where));
  } else {
    auto result = body(inside);
    scope.commit(on.context(where));
    return result;
  }
}

}  // namespace detail

template <class F>
auto transaction::nested(F&& body, std::source_location where) {
  return detail::run_transaction(on(), std::forward<F>(body), where);
}

}  // namespace tidb
