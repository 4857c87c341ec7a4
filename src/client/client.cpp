#include "tidbxx/client/client.hpp"

#include "client/reflect.hpp"
#include "core/error_table.hpp"
#include "search/own_sql.hpp"
#include "tidbxx/core/error.hpp"
#include "tidbxx/search/embedding.hpp"
#include "tidbxx/sql/printer.hpp"

#include <algorithm>
#include <utility>

namespace tidb {

namespace {

constexpr std::string_view own_prefix = "_tidbxx_";

constexpr std::string_view tables_of(engine_kind engine) {
  return engine == engine_kind::embedded
             ? "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'"
             : "SELECT table_name FROM information_schema.tables WHERE table_schema = DATABASE() "
               "AND table_type = 'BASE TABLE'";
}

/// With what the library keeps of it.
void drop_whole(const detail::executor& on, std::string_view table, std::string_view sql, const call_context& context) {
  detail::drop_with_indexes(on, table, sql, context);
  detail::forget_models(on, table, context);
}

/// The caller's own limits come before the connection's silence, which may be theirs.
[[noreturn]] void fail_ping(const engine_connection& connection, const call_context& context) {
  error_info info{.endpoint = connection.endpoint(), .where = context.where, .sent = false};
  if (context.is_over())
    detail::judge(info, detail::entry_of_limit(context.stop.stop_requested()),
                  {{"done", "before the connection had answered"}});
  else
    detail::judge(info, detail::entry_named("no-answer"));
  info.poisons_connection = !connection.usable();
  throw_error(std::move(info));
}

}  // namespace

client::client(std::shared_ptr<detail::pool_state> pool) : statements(detail::executor(std::move(pool), nullptr, {})) {
  detail::follow_writes(*on().pool());
}

bool client::settle(const detail::executor& on, const transaction_options& options) {
  client asking(on);
  return options.committed(asking);
}

void client::create_table(const table_definition& table, if_exists existing, std::source_location where) const {
  const auto sql = create_table_sql(table, engine(), existing == if_exists::skip);
  const auto indexes = create_index_sql(table, engine());
  if (!table.checks.empty()) detail::expect_checks(*this, where);
  const auto context = on().context(where);
  const auto drop = "DROP TABLE IF EXISTS " + sql::quote_identifier(table.name);
  const bool is_one_statement = indexes.empty() && existing != if_exists::overwrite;
  if (engine() == engine_kind::tidb || is_one_statement) {
    if (existing == if_exists::overwrite) drop_whole(on(), table.name, drop, context);
    return detail::run_ddl(on(), sql, context);
  }
  if (existing == if_exists::skip && has_table(table.name, where)) return;
  // with its indexes, and in place of the one that is there, or not at all
  const auto create = [&](const detail::executor& inside) {
    if (existing == if_exists::overwrite) drop_whole(inside, table.name, drop, context);
    detail::run_own_ddl(inside, context, sql);
    for (const auto& index : indexes) detail::run_own_ddl(inside, context, index);
  };
  detail::run_transaction(on(), {}, create, nullptr, where);
}

table_definition client::reflect_table(std::string_view name, std::source_location where) const {
  return detail::reflect_table(*this, name, where);
}

void client::drop_table(std::string_view name, std::source_location where) const {
  drop_whole(on(), name, "DROP TABLE " + sql::quote_identifier(name), on().context(where));
}

void client::truncate_table(std::string_view name, std::source_location where) const {
  const auto table = sql::quote_identifier(name);
  // SQLite empties a whole table at once when DELETE has no condition
  detail::empty_with_indexes(on(), name,
                             (engine() == engine_kind::embedded ? "DELETE FROM " : "TRUNCATE TABLE ") + table,
                             on().context(where));
}

bool client::has_table(std::string_view name, std::source_location where) const {
  if (engine() == engine_kind::embedded)
    return query<std::int64_t>(
               {"SELECT COUNT(*) FROM sqlite_schema WHERE type = 'table' AND name = ? COLLATE NOCASE", where}, name)
               .one() > 0;
  return query<std::int64_t>({"SELECT COUNT(*) FROM information_schema.tables WHERE table_schema = DATABASE() "
                              "AND table_name = ?",
                              where},
                             name)
             .one() > 0;
}

std::vector<std::string> client::list_tables(std::source_location where) const {
  auto names = query<std::string>({tables_of(engine()), where}).all();
  std::erase_if(names, [](const std::string& name) { return name.starts_with(own_prefix); });
  std::ranges::sort(names);
  return names;
}

capabilities client::features(std::source_location where) const {
  return detail::borrowed(on(), on().context(where))->features();
}

std::chrono::microseconds client::ping(std::source_location where) const {
  const auto context = on().context(where);
  const detail::borrowed connection(on(), context);
  const auto start = std::chrono::steady_clock::now();
  if (!connection->ping(context)) fail_ping(*connection, context);
  return std::chrono::duration_cast<std::chrono::microseconds>(std::chrono::steady_clock::now() - start);
}

}  // namespace tidb
