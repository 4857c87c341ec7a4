// Transactions as functions.
#pragma once

#include "tidbxx/engine/transaction.hpp"
#include "tidbxx/orm/statements.hpp"

#include <optional>
#include <source_location>
#include <type_traits>
#include <utility>

namespace tidb {

/// One transaction, alive during the function it is given to; a copy that is used later throws usage_error.
/// Threads: not for several at once.
class transaction : public statements {
public:
  explicit transaction(detail::executor on) : statements(std::move(on)) {}

  /// Runs `body(transaction&)` within a savepoint: an exception undoes what it did and nothing before it.
  /// While it runs, only the transaction it was given may be used. It is not run again by itself: an error that ended
  /// the whole transaction ends this one.
  template <class F>
  auto nested(F&& body, std::source_location where = std::source_location::current());

  /// The same transaction, with limits for the calls made through the copy, and this one's where a field is not given.
  transaction with(call_options options) const { return transaction(on().with(std::move(options))); }
};

namespace detail {

/// Calls `run` with a function that calls `body` with a transaction; gives back what body gave back the last time.
template <class F, class Run>
auto keep_result(F& body, Run&& run) {
  using result = std::invoke_result_t<F&, transaction&>;
  if constexpr (std::is_void_v<result>) {
    run([&](const executor& on) {
      transaction inside(on);
      body(inside);
    });
  } else {
    std::optional<std::decay_t<result>> given;
    run([&](const executor& on) {
      transaction inside(on);
      given.emplace(body(inside));
    });
    return *std::move(given);
  }
}

}  // namespace detail

template <class F>
auto transaction::nested(F&& body, std::source_location where) {
  return detail::keep_result(body, [&](const auto& inside) { detail::run_nested(on(), inside, where); });
}

}  // namespace tidb
