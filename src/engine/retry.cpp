#include "engine/retry.hpp"

#include "core/error_table.hpp"

#include <algorithm>
#include <condition_variable>
#include <mutex>
#include <random>
#include <string>
#include <utility>

#include <fmt/format.h>

namespace tidb::detail {

namespace {

using std::chrono::milliseconds;

constexpr int tries_of_one = 4;  // of a single statement: some 0.7 s of waiting

[[noreturn]] void give_up(const error& failed, int tries, std::string_view why) {
  auto info = failed.info();
  info.message += fmt::format(" (tried {} times; {})", tries, why);
  throw_error(std::move(info));
}

[[noreturn]] void stopped(const error& failed, const call_context& context) {
  const auto& last = failed.info();
  error_info info{.sql = last.sql, .endpoint = last.endpoint, .where = context.where};
  judge(info, entry_named("stopped"), {{"done", "before it was tried again"}});
  info.message += fmt::format(". The last try failed: {}", last.message);
  info.sent = last.sent;
  throw_error(std::move(info));
}

/// Calls `work` again for as long as its error passes `may_repeat`.
template <class MayRepeat>
void retry(const executor& on, const call_context& context, function_ref<void()> work, MayRepeat may_repeat) {
  for (int tries = 1;; ++tries) try {
      return work();
    } catch (const error& failed) {
      if (!may_repeat(failed)) throw;
      wait_to_retry(failed, tries, tries_of_one, context);
      ++on.pool()->watching().retries;
    }
}

/// The embedded engine waits for locks by itself, and has no connection to lose.
bool retries_alone(const executor& on) noexcept { return !on.in_transaction() && on.engine() != engine_kind::embedded; }

}  // namespace

milliseconds back_off(int tries) {
  thread_local std::minstd_rand random{std::random_device{}()};
  double factor = 1;
  for (int n = 1; n < std::min(tries, 9); ++n) factor *= 1.5;
  return milliseconds(static_cast<milliseconds::rep>(100 * factor)) +
         milliseconds(std::uniform_int_distribution<int>(0, 99)(random));
}

milliseconds wait_to_retry(const error& failed, int tries, int most, const call_context& context) {
  if (most <= 1) throw_error(failed.info());
  if (tries >= most) give_up(failed, tries, "then it gave up");
  // a connection that was cut while idle says nothing of how busy the server is
  const auto wait = tries == 1 && !failed.was_sent() ? milliseconds(0) : back_off(tries);
  if (std::chrono::steady_clock::now() + wait >= context.deadline) give_up(failed, tries, "the time is over");
  std::mutex mutex;
  std::unique_lock lock(mutex);
  std::condition_variable_any never;
  never.wait_for(lock, context.stop, wait, [] { return false; });
  if (context.stop.stop_requested()) {
    if (failed.outcome_is_unknown()) give_up(failed, tries, "a stop was requested");
    stopped(failed, context);
  }
  return wait;
}

bool may_help(const error& failed) noexcept {
  return failed.is_retryable() && failed.code() != errc::timeout && failed.info().entry != "unknown-host";
}

void retry_read(const executor& on, const call_context& context, function_ref<void()> read) {
  if (!retries_alone(on)) return read();
  retry(on, context, read, may_help);
}

void retry_write(const executor& on, const call_context& context, function_ref<void()> write) {
  if (!retries_alone(on)) return write();
  retry(on, context, write, [&](const error& failed) {
    if (failed.outcome_is_unknown()) ++on.pool()->watching().unknown;
    if (on.options().idempotent) return may_help(failed) || failed.outcome_is_unknown();
    return may_help(failed) && !failed.was_sent();
  });
}

void retry_ddl(const executor& on, const call_context& context, function_ref<void()> ddl) {
  if (!retries_alone(on)) return ddl();
  retry(on, context, ddl, [&](const error& failed) {
    if (failed.outcome_is_unknown()) ++on.pool()->watching().unknown;
    return may_help(failed) && (!failed.was_sent() || failed.code() == errc::conflict);
  });
}

}  // namespace tidb::detail
