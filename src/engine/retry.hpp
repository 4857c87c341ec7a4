// Trying again: how long to wait before it, and when to give up.
#pragma once

#include "tidbxx/core/error.hpp"
#include "tidbxx/engine/executor.hpp"

#include <chrono>

namespace tidb::detail {

/// The wait before the try after try number `tries`: (1.5^n + random) × 100 ms.
std::chrono::milliseconds back_off(int tries);

/// Waits before the next try, after `tries` of `most` have failed; the time waited.
/// Errors: `failed` again when no try or no time is left; timeout when a stop was requested.
std::chrono::milliseconds wait_to_retry(const error& failed, int tries, int most, const call_context& context);

/// True if another try may help and costs no more than a wait. One that ended connecting by connect_timeout would wait
/// as long again, and a host without an address has none a moment later.
bool may_help(const error& failed) noexcept;

/// Calls `write`; on TiDB, outside a transaction, again if it is certain that nothing of it was sent, or if the call's
/// options say that it may happen twice.
void retry_write(const executor& on, const call_context& context, function_ref<void()> write);
/// Calls `ddl`; again also when other DDL came first: the server says then that it did nothing.
void retry_ddl(const executor& on, const call_context& context, function_ref<void()> ddl);

}  // namespace tidb::detail
