#include "tidbxx/client/migrate.hpp"

#include "client/migration_history.hpp"
#include "client/reflect.hpp"
#include "schema/migration_state.hpp"
#include "search/index_catalog.hpp"
#include "search/own_sql.hpp"
#include "tidbxx/core/error.hpp"
#include "tidbxx/engine/transaction.hpp"
#include "tidbxx/search/vector_index.hpp"
#include "tidbxx/sql/printer.hpp"

#include <algorithm>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>

#include <fmt/format.h>

namespace tidb {

namespace detail {

namespace {

[[noreturn]] void fail(const executor& on, errc code, std::string message, std::source_location where) {
  throw_error({.code = code, .message = std::move(message), .endpoint = on.pool()->endpoint(), .where = where});
}

migration_plan shown(const planned_migration& planned) {
  migration_plan plan;
  for (const auto& each : planned.steps) plan.steps.push_back(each.shown);
  return plan;
}

/// One migration of a database at a time. On TiDB this is a lock of the connection's own, which ends with it; the
/// embedded engine's transaction has the file's.
class migration_lock {
public:
  migration_lock(const executor& on, const migration_options& options, std::source_location where)
      : on_(on), is_held_(on.engine() == engine_kind::tidb) {
    if (!is_held_) return;
    const statements here(on);
    const auto got = here.query<std::optional<int>>({"SELECT GET_LOCK(" + std::string(name) + ", ?)", where},
                                                    std::max<std::int64_t>(options.lock_timeout.count(), 0))
                         .value();
    if (got == 1) return;
    is_held_ = false;
    const auto holder =
        here.query<std::optional<std::int64_t>>({"SELECT IS_USED_LOCK(" + std::string(name) + ")", where}).value();
    const auto step = migration_history::step_under_way(here, where);
    fail(on, errc::timeout,
         fmt::format("another migration of this database did not end within {} s{}{}: wait for it, or set "
                     "migration_options::lock_timeout",
                     options.lock_timeout.count(), holder ? fmt::format("; it runs on connection {}", *holder) : "",
                     step.empty() ? "" : " and is to " + step),
         where);
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
  static constexpr std::string_view name = "CONCAT('tidbxx migration ', MD5(DATABASE()))";
  const executor& on_;
  bool is_held_;
};

/// A plan on the connection that it runs on.
class migration_run {
public:
  migration_run(const executor& on, std::span<const table_definition> wanted, const migration_options& options,
                std::source_location where)
      : on_(on), here_(on), options_(options), where_(where), context_(on.context(where)),
        planned_(plan_migration(read_state(here_, wanted, options, where), wanted, options)), plan_(shown(planned_)) {}

  migration_plan run() && {
    expect_shown();
    if (plan_.empty()) return std::move(plan_);
    expect_no_loss();
    for (const auto& check : planned_.checks) expect_none(check);
    take_vector_indexes();
    migration_history history(here_, where_);
    const auto broken = problems_of_others();
    for (std::size_t i = 0; i < planned_.steps.size(); ++i) run_step(i, history);
    if (embedded()) expect_whole(broken);
    put_vector_indexes();
    return std::move(plan_);
  }

private:
  bool embedded() const { return on_.engine() == engine_kind::embedded; }
  /// Also inside the embedded engine's transaction, and seen by who watches.
  void ddl(const std::string& sql) const {
    const auto limits = on_.context(where_);
    const borrowed connection(on_, limits);
    statement_run run(on_, *connection, statement_kind::write, sql, {});
    run.step([&] { connection->run(sql, limits); });
  }
  void expect_shown() const;
  void expect_no_loss() const;
  void expect_none(const row_check& check) const;
  void run_step(std::size_t number, migration_history& history) const;
  void run_statements(const planned_step& step) const;
  std::vector<std::string> triggers_of(const std::string& table) const;
  void take_vector_indexes();
  void put_vector_indexes() const;
  std::string problems_of_others() const;
  void expect_whole(const std::string& broken_before) const;

  const executor& on_;
  statements here_;
  const migration_options& options_;
  std::source_location where_;
  call_context context_;
  planned_migration planned_;
  migration_plan plan_;
  std::vector<std::pair<moved_vectors, metric>> indexes_;
};

/// As long as nobody has begun it the plan is the one that was agreed to.
void migration_run::expect_shown() const {
  if (!options_.shown || *options_.shown == plan_ || plan_.empty()) return;
  const auto& agreed = options_.shown->steps;
  const auto differs = std::ranges::mismatch(plan_.steps, agreed);
  const auto now = differs.in1 == plan_.steps.end() ? std::string("nothing") : differs.in1->what;
  const auto then = differs.in2 == agreed.end() ? std::string("nothing") : differs.in2->what;
  throw_usage("the tables have changed since the plan was shown: it would now \"" + now + "\" where it was to \"" +
                  then + "\"; look at the new plan",
              where_);
}

void migration_run::expect_no_loss() const {
  if (options_.lose_data) return;
  for (const auto& each : plan_.steps)
    if (!each.loses.empty())
      throw_usage("the migration would lose " + each.loses + " (to " + each.what +
                      "): nothing was changed; if that is meant, set migration_options::lose_data, and a column that "
                      "has another name only is in renamed_columns",
                  where_);
}

void migration_run::expect_none(const row_check& check) const {
  const auto count = read_own<std::int64_t>(on_, context_, statement_text(check.count)).front();
  if (count > 0)
    fail(on_, errc::constraint,
         fmt::format("{} (rows: {}): {}; nothing was changed", check.problem, count, check.remedy), where_);
}

std::vector<std::string> migration_run::triggers_of(const std::string& table) const {
  if (!embedded() || table.empty()) return {};
  const statement_text asked("SELECT sql FROM sqlite_schema WHERE type = 'trigger' AND tbl_name = ? COLLATE NOCASE "
                             "ORDER BY rowid");
  return read_own<std::string>(on_, context_, asked, table);
}

void migration_run::run_statements(const planned_step& step) const {
  const auto fingerprint = [&]() -> std::optional<std::string> {
    if (step.fingerprint.empty()) return std::nullopt;
    return read_own<std::string>(on_, context_, statement_text(step.fingerprint)).front();
  };
  const auto before = fingerprint();
  for (const auto& sql : step.shown.sql) {
    if (before && sql.starts_with("RENAME TABLE") && fingerprint() != before)
      fail(on_, errc::conflict,
           "the table \"" + step.table +
               "\" was written to while its rows were copied, and has stayed as it was: run "
               "the migration again when nothing writes to it",
           where_);
    if (sql.starts_with("SET SESSION"))
      here_.execute({sql, where_});  // noted, so that the connection forgets it afterwards
    else
      ddl(sql);
  }
}

void migration_run::run_step(std::size_t number, migration_history& history) const {
  const auto& step = planned_.steps[number];
  if (options_.on_step) options_.on_step(step.shown);
  try {
    history.begin(step.shown);
    const auto triggers = triggers_of(step.table);
    run_statements(step);
    for (const auto& each : triggers) ddl(each);
    history.end();
  } catch (const error& failed) {
    auto info = failed.info();
    info.message = fmt::format("the migration stopped at step {} of {}, to {}: {}; {}", number + 1,
                               planned_.steps.size(), step.shown.what, info.message,
                               embedded() ? "nothing was changed"
                                          : "the steps before it are done, and the next run goes on from there");
    throw_error(std::move(info));
  }
}

void migration_run::take_vector_indexes() {
  for (const auto& each : planned_.vectors)
    if (const auto by = take_vector_index(on_, each.table, each.column, context_); by && each.dimensions > 0)
      indexes_.emplace_back(each, *by);
}

void migration_run::put_vector_indexes() const {
  for (const auto& [each, by] : indexes_)
    put_vector_index(on_, {each.new_table, each.new_column, each.dimensions}, by, context_);
}

/// What a view or a trigger has against the tables: renaming a column makes SQLite look at all of them.
std::string migration_run::problems_of_others() const {
  if (!embedded()) return {};
  try {
    ddl("ALTER TABLE `_tidbxx_migrations` RENAME COLUMN loses TO loses_");
    ddl("ALTER TABLE `_tidbxx_migrations` RENAME COLUMN loses_ TO loses");
  } catch (const error& found) {
    return found.info().server_message.empty() ? found.info().message : found.info().server_message;
  }
  return {};
}

/// What was made anew without a look at what refers to it.
void migration_run::expect_whole(const std::string& broken_before) const {
  const statement_text asked("SELECT \"table\", parent FROM pragma_foreign_key_check LIMIT 1");
  for (const auto& [child, parent] : read_own<std::tuple<std::string, std::string>>(on_, context_, asked))
    fail(on_, errc::constraint,
         fmt::format(
             "rows of \"{}\" refer to no row of \"{}\" by a foreign key: delete or change them first; nothing was "
             "changed",
             child, parent),
         where_);
  if (!broken_before.empty()) return;
  if (const auto broken = problems_of_others(); !broken.empty())
    throw_usage("a view or a trigger of the file would no longer work (" + broken +
                    "): drop it first; nothing was changed",
                where_);
}

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
  return ran;
}

}  // namespace tidb
