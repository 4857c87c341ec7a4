#include "tidbxx/client/migrate.hpp"

#include "client/migration_history.hpp"
#include "client/migration_run.hpp"
#include "client/reflect.hpp"
#include "search/index_catalog.hpp"
#include "tidbxx/core/error.hpp"
#include "tidbxx/engine/transaction.hpp"

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include <fmt/format.h>

namespace tidb {

namespace detail {

namespace {

/// One migration of a database at a time. On TiDB this is a lock of the connection's own, which ends with it; the
/// embedded engine's transaction has the file's.
class migration_lock {
public:
  /// Errors: errc::timeout if another migration holds it for longer than lock_timeout.
  migration_lock(const executor& on, const migration_options& options, std::source_location where)
      : on_(on), is_held_(on.engine() == engine_kind::tidb) {
    if (!is_held_) return;
    const statements here(on);
    if (got_lock(here, options, where)) return;
    is_held_ = false;
    const auto holder =
        here.query<std::optional<std::int64_t>>({"SELECT IS_USED_LOCK(" + std::string(name) + ")", where}).value();
    const auto step = migration_history::step_under_way(here, where);
    throw_error({.code = errc::timeout,
                 .message = fmt::format(
                     "another migration of this database did not end within {} s{}{}: wait for it, or set "
                     "migration_options::lock_timeout",
                     options.lock_timeout.count(), holder ? fmt::format("; it runs on connection {}", *holder) : "",
                     step.empty() ? "" : " and is to " + step),
                 .endpoint = on.pool()->endpoint(),
                 .where = where});
  }
  migration_lock(const migration_lock&) = delete;
  migration_lock& operator=(const migration_lock&) = delete;
  ~migration_lock() {
    if (!is_held_) return;
    try {
      (void)statements(on_).query<int>("SELECT RELEASE_LOCK(" + std::string(name) + ")").one_or_none();
    } catch (...) {  // the connection is lost, and the lock with it
    }
  }

private:
  static bool got_lock(const statements& here, const migration_options& options, std::source_location where) {
    const auto wanted = std::max<std::chrono::seconds>(options.lock_timeout, std::chrono::seconds(0));
    const auto until = std::chrono::steady_clock::now() + wanted;
    while (true) {
      const auto left = until - std::chrono::steady_clock::now();
      const auto seconds = std::chrono::ceil<std::chrono::seconds>(std::max(left, std::chrono::nanoseconds(0)));
      try {
        return here.query<std::optional<int>>({"SELECT GET_LOCK(" + std::string(name) + ", ?)", where},
                                              std::int64_t{seconds.count()})
                   .value() == 1;
      } catch (const transaction_conflict&) {  // where many wait TiDB gives up some of them
        if (left.count() <= 0) throw;
      }
      std::this_thread::sleep_for(std::chrono::milliseconds(50));
    }
  }

  static constexpr std::string_view name = "CONCAT('tidbxx migration ', MD5(DATABASE()))";
  const executor& on_;
  bool is_held_;
};

migration_plan plan_now(const client& db, const std::vector<table_definition>& wanted, const migration_options& options,
                        std::source_location where) {
  migration_plan plan;
  const auto read = [&](const executor& on) {
    plan = shown(plan_migration(read_state(statements(on), wanted, options, where), wanted, options));
  };
  db.engine() == engine_kind::embedded ? in_one_snapshot(db.on(), read, where) : read(db.on());
  return plan;
}

/// Without a lock: the tables are mostly as they shall be.
bool is_done(const client& db, const std::vector<table_definition>& wanted, const migration_options& options,
             std::source_location where) {
  try {
    return plan_now(db, wanted, options, where).empty();
  } catch (const error&) {  // another migration may be in the middle of it
    return false;
  }
}

}  // namespace

}  // namespace detail

migration_plan schema_diff(const client& db, const std::vector<table_definition>& wanted,
                           const migration_options& options, std::source_location where) {
  return detail::plan_now(db, wanted, options, where);
}

migration_plan migrate(const client& db, const std::vector<table_definition>& wanted, const migration_options& options,
                       std::source_location where) {
  const bool has_checks = std::ranges::any_of(wanted, [](const auto& table) { return !table.checks.empty(); });
  if (has_checks) detail::expect_checks(db, where);
  if (detail::is_done(db, wanted, options, where)) return {};
  migration_plan ran;
  auto beginning = db.on().context(where);
  beginning.deadline = std::min(beginning.deadline, std::chrono::steady_clock::now() + options.lock_timeout);
  detail::run_schema_change(db.on(), beginning, [&](const detail::executor& inside) {
    const detail::migration_lock lock(inside, options, where);
    ran = detail::migration_run(inside, wanted, options, where).run();
  });
  detail::index_catalog::of(db.on()).forget_list();
  detail::build_indexes(db.on(), db.on().context(where));
  return ran;
}

}  // namespace tidb
