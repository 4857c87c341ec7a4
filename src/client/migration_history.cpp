#include "client/migration_history.hpp"

#include "schema/migration_state.hpp"
#include "search/own_sql.hpp"
#include "tidbxx/core/error.hpp"

#include <chrono>
#include <optional>

namespace tidb::detail {

namespace {

table_definition definition() {
  const column_type at{type_kind::datetime, false, 0, 6};
  return {.name = std::string(history_table),
          .columns = {{.name = "id", .type = {type_kind::bigint}, .auto_increment = true},
                      {.name = "migration", .type = {type_kind::bigint}, .comment = "steps of one have one number"},
                      {.name = "state", .type = {type_kind::varchar, false, 16}},
                      {.name = "begun", .type = at, .comment = "UTC"},
                      {.name = "ended", .type = at, .nullable = true},
                      {.name = "what", .type = {type_kind::longtext}},
                      {.name = "statements", .type = {type_kind::longtext}},
                      {.name = "loses", .type = {type_kind::longtext}}},
          .primary_key = {"id"}};
}

auto now() { return std::chrono::time_point_cast<std::chrono::microseconds>(std::chrono::system_clock::now()); }

}  // namespace

migration_history::migration_history(const statements& on, std::source_location where) : on_(on), where_(where) {
  run_own_ddl(on.on(), on.on().context(where), create_table_sql(definition(), on.on().engine(), true));
  on.execute({"UPDATE `_tidbxx_migrations` SET state = 'broken off' WHERE state = 'begun'", where});
  migration_ =
      on.query<std::int64_t>({"SELECT COALESCE(MAX(migration), 0) + 1 FROM `_tidbxx_migrations`", where}).value();
}

void migration_history::begin(const migration_step& step) {
  std::string sql;
  for (const auto& each : step.sql) sql += each + ";\n";
  const auto noted = on_.execute({"INSERT INTO `_tidbxx_migrations` (migration, state, begun, what, statements, loses) "
                                  "VALUES (?, 'begun', ?, ?, ?, ?)",
                                  where_},
                                 migration_, now(), step.what, sql, step.loses);
  step_ = static_cast<std::int64_t>(noted.last_insert_id);
}

void migration_history::end() {
  on_.execute({"UPDATE `_tidbxx_migrations` SET state = 'done', ended = ? WHERE id = ?", where_}, now(), step_);
}

std::string migration_history::step_under_way(const statements& on, std::source_location where) {
  try {
    const auto found =
        on.query<std::string, std::string>(
              {"SELECT what, CAST(begun AS CHAR) FROM `_tidbxx_migrations` WHERE state = 'begun' ORDER BY "
               "id DESC LIMIT 1",
               where})
            .one_or_none();
    return found ? std::get<0>(*found) + ", since " + std::get<1>(*found) + " UTC" : std::string();
  } catch (const error&) {  // there is no such table yet
    return {};
  }
}

}  // namespace tidb::detail
