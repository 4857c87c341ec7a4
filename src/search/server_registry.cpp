#include "search/server_registry.hpp"

#include "core/error_table.hpp"
#include "search/index_catalog.hpp"
#include "search/indexed_column.hpp"
#include "search/own_sql.hpp"
#include "search/text_form.hpp"
#include "tidbxx/core/error.hpp"
#include "tidbxx/sql/printer.hpp"

#include <algorithm>
#include <array>
#include <atomic>
#include <thread>
#include <tuple>
#include <utility>

namespace tidb::detail {

namespace {

constexpr std::array<std::pair<index_state, std::string_view>, 5> states{{{index_state::writing, "writing"},
                                                                          {index_state::building, "building"},
                                                                          {index_state::ready, "ready"},
                                                                          {index_state::dropping, "dropping"},
                                                                          {index_state::native, "native"}}};

std::string name_of(index_state state) {
  return std::string(std::ranges::find(states, state, [](const auto& each) { return each.first; })->second);
}

std::atomic<std::chrono::milliseconds::rep> believed_for{5'000};

constexpr int no_such_table = 1146, no_database = 1046, denied = 1142;

/// There is no registry, or none that this user may read. Then the user who makes an index cannot expect it to be told.
bool has_no_registry(const error& failed) noexcept {
  const auto code = failed.info().server_code;
  return code == no_such_table || code == no_database || code == denied;
}

}  // namespace

void believe_registry_for(std::chrono::milliseconds time) noexcept { believed_for = time.count(); }

std::chrono::milliseconds registry_is_believed_for() noexcept { return std::chrono::milliseconds(believed_for); }

bool is_missing_table(const error& failed) noexcept { return failed.info().server_code == no_such_table; }

bool has_server_registry(const executor& on, const call_context& context) {
  const statement_text look("SELECT COUNT(*) FROM information_schema.tables WHERE table_schema = DATABASE() AND "
                            "table_name = ?");
  return read_own<std::int64_t>(on, context, look, std::string(index_registry)).front() > 0;
}

std::vector<index_place> read_server_places(const executor& on, const call_context& context) {
  const statement_text registered(
      "SELECT i.id, i.table_name, i.column_name, i.metric, i.dimensions, i.key_name, i.state, i.generation, "
      "CAST(t.tidb_table_id AS CHAR), IFNULL(i.text_form, '') FROM `_tidbxx_index` i LEFT JOIN "
      "information_schema.tables t "
      "ON t.table_schema = DATABASE() AND t.table_name = i.table_name WHERE i.kind IN ('vector', 'text', 'server', "
      "'server_text') AND i.state "
      "<> 'making'");
  if (!has_server_registry(on, context)) return {};
  using row = std::tuple<std::int64_t, std::string, std::string, std::string, std::uint32_t, std::string, std::string,
                         std::int64_t, std::optional<std::string>, std::string>;
  std::vector<row> rows;
  try {
    rows = read_own<row>(on, context, registered);
  } catch (const error& failed) {
    if (!has_no_registry(failed)) throw;
  }
  std::vector<index_place> places;
  for (auto& [id, table, column, by, dimensions, key, state, generation, table_id, text] : rows) {
    const auto known = std::ranges::find(states, state, [](const auto& each) { return each.second; });
    if ((text.empty() && !is_metric(by)) || known == states.end()) continue;
    places.push_back({.id = id,
                      .table = table,
                      .registered = std::move(table),
                      .columns = columns_in(text, column),
                      .by = text.empty() ? metric_named(by) : metric{},
                      .text = text,
                      .dimensions = dimensions,
                      .state = known->first,
                      .key = key_from_text(key),
                      .native_name = std::move(key),
                      .table_id = table_id.value_or("none"),
                      .generation = generation});
  }
  return places;
}

bool set_index_state(const executor& on, std::int64_t id, index_state from, index_state to,
                     const call_context& context) {
  const statement_text text("UPDATE `_tidbxx_index` SET state = ? WHERE id = ? AND state IN (?, ?)");
  if (run_own(on, context, text, name_of(to), id, name_of(from), name_of(to)) > 0) return true;
  const statement_text now("SELECT state FROM `_tidbxx_index` WHERE id = ?");
  const auto found = read_own<std::string>(on, context, now, id);
  if (found.empty() || found.front() == name_of(index_state::dropping))
    throw_usage("the index was dropped by another while it was made", context.where);
  return false;
}

void wait_until_all_know() { std::this_thread::sleep_for(2 * registry_is_believed_for()); }

void wait_for_writers(const executor& on, std::string_view table, const call_context& context) {
  const statement_text comment("SELECT table_comment FROM information_schema.tables WHERE table_schema = DATABASE() "
                               "AND table_name = ?");
  const auto found = read_own<std::string>(on, context, comment, std::string(table));
  if (found.empty()) return;
  // a change that changes nothing: TiDB makes it once all transactions that know the table as it was are over
  run_own_ddl(on, context,
              "ALTER TABLE " + sql::quote_identifier(table) +
                  " COMMENT = " + sql::quote_text(found.front(), sql::dialect::tidb));
}

std::string table_id_on_server(const executor& on, std::string_view table, const call_context& context) {
  const statement_text text("SELECT CAST(tidb_table_id AS CHAR) FROM information_schema.tables WHERE table_schema = "
                            "DATABASE() AND table_name = ?");
  const auto found = read_own<std::string>(on, context, text, std::string(table));
  if (found.empty())
    refuse_index(entry_named("index-of-nothing"), "table \"" + std::string(table) + "\"", {}, context.where);
  return found.front();
}

namespace {

/// Rows that the server itself changes, when those that they point to go, are told to nobody.
void refuse_cascades(const executor& on, const index_target& of, const call_context& context) {
  const statement_text text(
      "SELECT constraint_name FROM information_schema.referential_constraints WHERE constraint_schema = DATABASE() AND "
      "table_name = ? AND (delete_rule = 'CASCADE' OR update_rule = 'CASCADE')");
  const auto found = read_own<std::string>(on, context, text, std::string(of.table));
  if (!found.empty())
    refuse_index(
        entry_named("index-unsupported"), name_of(of),
        "its foreign key \"" + found.front() +
            "\" has the server change rows, which it tells nobody: make it without ON DELETE CASCADE and ON UPDATE "
            "CASCADE",
        context.where);
}

}  // namespace

indexed_column examine_on_server(const executor& on, const index_target& of, const std::vector<std::string>& columns,
                                 const call_context& context) {
  table_id_on_server(on, of.table, context);
  const statement_text types("SELECT column_name, column_type, IFNULL(generation_expression, '') FROM "
                             "information_schema.columns WHERE table_schema = DATABASE() AND table_name = ?");
  const statement_text keys("SELECT column_name FROM information_schema.key_column_usage WHERE table_schema = "
                            "DATABASE() AND table_name = ? AND constraint_name = 'PRIMARY' ORDER BY ordinal_position");
  const std::string table(of.table);
  const auto all = read_own<std::tuple<std::string, std::string, std::string>>(on, context, types, table);
  const auto type_of = [&](std::string_view name) {
    const auto found = std::ranges::find_if(all, [&](const auto& each) { return same_name(std::get<0>(each), name); });
    return found == all.end() ? std::string() : std::get<1>(*found);
  };
  for (const auto& column : columns)
    if (type_of(column).empty())
      refuse_index(entry_named("index-of-nothing"), "column " + name_of({of.table, column}), {}, context.where);
  for (const auto& [name, type, computed_as] : all)
    if (!computed_as.empty() &&
        std::ranges::any_of(columns, [&](const auto& column) { return same_name(column, name); }))
      refuse_computed_column({of.table, name}, context);
  std::vector<key_column> key;
  for (auto& name : read_own<std::string>(on, context, keys, table)) {
    auto type = type_of(name);
    key.push_back({std::move(name), std::move(type)});
  }
  if (key.empty() || !std::ranges::all_of(key, [](const key_column& each) { return can_be_in_key(each.type); }))
    refuse_index(entry_named("index-unsupported"), name_of(of),
                 "on TiDB its table needs a primary key, of integers, text, bytes and dates", context.where);
  refuse_cascades(on, of, context);
  indexed_column found{
      .table = table, .columns = columns, .key = key_to_text(key), .key_is_stable = true, .dimensions = of.dimensions};
  if (!is_number(key)) found.key_columns = std::move(key);
  return found;
}

}  // namespace tidb::detail
