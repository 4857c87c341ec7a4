#include "client/migration_run.hpp"

#include "client/reflect.hpp"
#include "search/own_sql.hpp"
#include "tidbxx/core/error.hpp"
#include "tidbxx/sql/printer.hpp"

#include <algorithm>
#include <cstdint>
#include <tuple>

#include <fmt/format.h>

namespace tidb::detail {

namespace {

[[noreturn]] void fail(const executor& on, errc code, std::string message, std::source_location where) {
  throw_error({.code = code, .message = std::move(message), .endpoint = on.pool()->endpoint(), .where = where});
}

}  // namespace

migration_plan shown(const planned_migration& planned) {
  migration_plan plan;
  for (const auto& each : planned.steps) plan.steps.push_back(each.shown);
  return plan;
}

migration_run::migration_run(const executor& on, std::span<const table_definition> wanted,
                             const migration_options& options, std::source_location where)
    : on_(on), here_(on), options_(options), where_(where), context_(on.context(where)),
      planned_(plan_migration(read_state(here_, wanted, options, where), wanted, options)), plan_(shown(planned_)),
      indexes_(on_, planned_.moved, options_, context_) {}

migration_plan migration_run::run() && {
  expect_shown();
  if (plan_.empty()) return std::move(plan_);
  expect_no_loss();
  for (const auto& check : planned_.checks) expect_none(check);
  indexes_.take();
  try {
    migration_history history(here_, where_);
    const auto broken = problems_of_others();
    const auto lost = references_before();
    for (std::size_t i = 0; i < planned_.steps.size(); ++i) run_step(i, history);
    if (embedded()) expect_whole(broken, lost);
  } catch (const error& failed) {
    auto info = failed.info();
    if (!embedded()) info.message += indexes_.put_back();
    throw_error(std::move(info));
  }
  indexes_.put();
  return std::move(plan_);
}

void migration_run::ddl(const std::string& sql) const {
  const auto limits = on_.context(where_);
  const borrowed connection(on_, limits);
  statement_run run(on_, *connection, statement_kind::write, sql, {});
  run.step([&] { connection->run(sql, limits); });
}

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

std::string migration_run::fingerprint(const planned_step& step) const {
  return step.fingerprint.empty() ? std::string()
                                  : read_own<std::string>(on_, context_, statement_text(step.fingerprint)).front();
}

/// That all rows are in the new table, and are those of the old one as it is now.
void migration_run::expect_copied(const planned_step& step, const std::string& before) const {
  if (fingerprint(step) != before)
    fail(on_, errc::conflict,
         "the table \"" + step.table +
             "\" was written to while its rows were copied, and has stayed as it was: run "
             "the migration again when nothing writes to it",
         where_);
  const statement_text count("SELECT COUNT(*) FROM " + sql::quote_identifier(helper_name(step.table)));
  const auto copied = std::to_string(read_own<std::int64_t>(on_, context_, count).front());
  if (!before.starts_with(copied + " "))
    fail(on_, errc::statement,
         fmt::format("{} rows were copied of \"{}\", which has {}; it has stayed as it was", copied, step.table,
                     before.substr(0, before.find(' '))),
         where_);
}

void migration_run::run_statements(const planned_step& step) const {
  const auto before = fingerprint(step);
  for (const auto& sql : step.shown.sql) {
    if (!before.empty() && sql.starts_with("RENAME TABLE")) expect_copied(step, before);
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

migration_run::lost_references migration_run::references_without_row() const {
  const statement_text asked("SELECT \"table\", parent, COUNT(*) FROM pragma_foreign_key_check GROUP BY 1, 2");
  lost_references found;
  for (auto& [child, parent, rows] : read_own<std::tuple<std::string, std::string, std::int64_t>>(on_, context_, asked))
    found[{std::move(child), std::move(parent)}] = rows;
  return found;
}

/// Nothing where a key of the file is wrong already, which SQLite then does not look beyond.
std::optional<migration_run::lost_references> migration_run::references_before() const {
  try {
    return embedded() ? std::optional(references_without_row()) : std::nullopt;
  } catch (const error&) {
    return std::nullopt;
  }
}

/// What was made anew without a look at what refers to it. What other tools had left wrong is no matter.
void migration_run::expect_whole(const std::string& broken_before,
                                 const std::optional<lost_references>& lost_before) const {
  if (lost_before)
    for (const auto& [tables, rows] : references_without_row()) {
      const auto before = lost_before->find(tables);
      if (before != lost_before->end() && before->second >= rows) continue;
      fail(
          on_, errc::constraint,
          fmt::format("rows of \"{}\" refer to no row of \"{}\" by a foreign key: delete or change them first; nothing "
                      "was changed",
                      tables.first, tables.second),
          where_);
    }
  if (!broken_before.empty()) return;
  if (const auto broken = problems_of_others(); !broken.empty())
    throw_usage("a view or a trigger of the file would no longer work (" + broken +
                    "): drop it first; nothing was changed",
                where_);
}

}  // namespace tidb::detail
