#include "search/server_index_ddl.hpp"

#include "core/error_table.hpp"
#include "search/index_build.hpp"
#include "search/index_writing.hpp"
#include "search/indexed_column.hpp"
#include "search/native_index.hpp"
#include "search/own_sql.hpp"
#include "search/server_registry.hpp"
#include "search/tracked_column.hpp"
#include "tidbxx/core/error.hpp"
#include "tidbxx/engine/transaction.hpp"
#include "tidbxx/sql/printer.hpp"

#include <algorithm>
#include <limits>
#include <optional>
#include <random>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

namespace tidb::detail {

namespace {

/// What the registry says of an index, in whatever state.
struct registered {
  std::int64_t id{};
  std::string state{};
  std::vector<std::string> columns{};
  index_form form{};

  bool has(std::string_view column) const {
    return std::ranges::any_of(columns, [&](const std::string& each) { return same_name(each, column); });
  }
};

std::vector<registered> registered_on(const executor& on, std::string_view table, const call_context& context) {
  const statement_text text("SELECT id, state, column_name, metric, tracked_by, IFNULL(text_form, '') FROM "
                            "`_tidbxx_index` WHERE kind IN ('vector', 'text') AND table_name = ? ORDER BY id");
  using row = std::tuple<std::int64_t, std::string, std::string, std::string, std::string, std::string>;
  std::vector<registered> all;
  for (auto& [id, state, column, by, tracked_by, form] : read_own<row>(on, context, text, std::string(table)))
    all.push_back({.id = id,
                   .state = std::move(state),
                   .columns = columns_in(form, column),
                   .form = {.by = form.empty() ? metric_named(by) : metric{},
                            .tracked_by = std::move(tracked_by),
                            .text = std::move(form)}});
  return all;
}

std::optional<registered> find_registered(const executor& on, const index_target& of, const call_context& context) {
  for (auto& each : registered_on(on, of.table, context))
    if (each.has(of.column)) return std::move(each);
  return std::nullopt;
}

bool is_made_as_asked(const index_form& known, const index_form& asked) {
  return known.by == asked.by && known.text == asked.text;
}

/// Whoever asks for a column to be tracked by has to get that.
bool is_tracked_as_asked(const index_form& known, const index_form& asked) {
  return asked.tracked_by.empty() || same_name(known.tracked_by, asked.tracked_by);
}

index_manifest first_manifest(const executor& on, const index_target& of, const index_form& form,
                              const call_context& context) {
  index_manifest manifest{
      .version = 1, .by = form.by, .of = examine_on_server(on, of, columns_of(of, form), context), .text = form.text};
  manifest.nonce = table_id_on_server(on, of.table, context);
  manifest.seed = std::random_device{}();
  return manifest;
}

/// What one that makes an index has entered. A column is in one index only: of two that are made at once each looks for
/// the other when it has entered itself.
registered entered_as(const executor& on, const index_target& of, const index_manifest& manifest,
                      const index_form& form, const call_context& context) {
  const auto all = registered_on(on, of.table, context);
  const auto ours = std::ranges::find_if(
      all, [&](const registered& each) { return same_name(each.columns.front(), manifest.of.columns.front()); });
  if (ours == all.end() || !is_made_as_asked(ours->form, form) || !is_tracked_as_asked(ours->form, form))
    throw_usage("another has dropped the index of " + name_of(of) +
                    " while it was made, or is making it in another "
                    "form or tracked by another column: try again",
                context.where);
  for (const auto& other : all)
    for (const auto& column : ours->columns) {
      if (other.id == ours->id || !other.has(column)) continue;
      const statement_text leave("DELETE FROM `_tidbxx_index` WHERE id = ? AND state = 'making'");
      run_own(on, context, leave, ours->id);
      throw_usage("another index that has " + name_of({of.table, column}) + " is made at the same time, that of " +
                      name_of({of.table, other.columns.front()}) +
                      ": try again, or drop that one if nobody is making it any more",
                  context.where);
    }
  return *ours;
}

/// Each step may have been done before, by one that was killed, and may be done by another at the same time.
std::int64_t register_index(const executor& on, const index_target& of, const index_form& form,
                            const call_context& context) {
  auto manifest = first_manifest(on, of, form, context);
  manifest.tracked_by = examine_tracking(on, of, form.tracked_by, context);
  const statement_text enter(
      "INSERT IGNORE INTO `_tidbxx_index` (kind, table_name, column_name, metric, dimensions, "
      "version, key_name, state, generation, tracked_by, text_form) VALUES (?, ?, ?, ?, ?, ?, ?, "
      "'making', 1, ?, ?)");
  const bool is_text = !form.text.empty();
  run_own(on, context, enter, std::string(is_text ? "text" : "vector"), std::string(of.table),
          manifest.of.columns.front(), is_text ? std::string("bm25") : metric_name(form.by), of.dimensions,
          index_tables_version, manifest.of.key, manifest.tracked_by.column, form.text);
  const auto entered = entered_as(on, of, manifest, form, context);
  manifest.tracked_by = examine_tracking(on, of, entered.form.tracked_by, context);
  const index_tables tables(entered.id, engine_kind::tidb);
  for (auto statement : tables.create()) {
    statement.insert(std::string_view("CREATE TABLE ").size(), "IF NOT EXISTS ");
    run_own_ddl(on, context, statement);
  }
  manifest.lowest = manifest.generation = 1;
  insert_manifest(on, tables, manifest, context);
  const statement_text made("UPDATE `_tidbxx_index` SET state = 'writing' WHERE id = ? AND state = 'making'");
  run_own(on, context, made, entered.id);
  return entered.id;
}

/// The DDL that somebody with more rights may run instead.
[[noreturn]] void refuse_without_rights(const error& failed, const call_context& context) {
  auto info = failed.info();
  info.message = "a search index needs tables of its own, and this user may not make them: have somebody run GRANT "
                 "CREATE, ALTER, DROP, SELECT, INSERT, UPDATE, DELETE on the database, or make the index by a user who "
                 "may. The first of them is: " +
                 std::string(create_server_registry);
  info.where = context.where;
  throw_error(std::move(info));
}

bool is_denied(const error& failed) noexcept {
  constexpr int command_denied = 1142;
  return failed.info().server_code == command_denied;
}

void remove_tables(const executor& on, std::int64_t id, const call_context& context) {
  const statement_text unregister("DELETE FROM `_tidbxx_index` WHERE id = ?");
  run_own(on, context, unregister, id);
  for (const auto& statement : index_tables(id, engine_kind::tidb).drop()) run_own_ddl(on, context, statement);
  index_catalog::of(on).forget_list();
}

std::vector<index_entry> entries_of(const executor& on, std::string_view table, const call_context& context) {
  index_catalog::of(on).forget_list();
  auto entries = index_catalog::of(on).list(on, context)->entries;
  std::erase_if(entries, [&](const index_entry& entry) { return !same_name(entry.place.table, table); });
  return entries;
}

/// Runs `sql`, which drops or empties the table; which of TiDB's own indexes had to go for it.
std::vector<index_place> run_without_native_texts(const executor& on, std::string_view table, std::string_view sql,
                                                  const call_context& context) {
  auto taken = take_native_texts(on, table, context);
  try {
    run_ddl(on, sql, context);
    return taken;
  } catch (...) {
    try {
      put_native_texts(on, taken, context);
    } catch (const error&) {  // the error that is on its way says more
    }
    throw;
  }
}

bool changes_queries(const executor& on, const registered& known, const index_form& form, const call_context& context) {
  bool done = false;
  run_transaction(
      on, {},
      [&](const executor& inside) {
        done = change_queries(inside, index_tables(known.id, engine_kind::tidb), known.form, form, context);
      },
      nullptr, context.where);
  return done;
}

/// Builds it, once all who write tell its delta. An earlier one that was killed may have done a part of that.
void make_ready(const executor& on, const index_target& of, std::int64_t id, const call_context& context) {
  auto& catalog = index_catalog::of(on);
  catalog.forget_list();
  wait_until_all_know();
  wait_for_writers(on, of.table, context);
  if (!set_index_state(on, id, index_state::writing, index_state::building, context)) return catalog.forget_list();
  wait_for_writers(on, of.table, context);  // those who still read that they are waited for
  catalog.forget_list();
  const auto entry = expect_entry(on, of, context);
  refuse_newer(entry, context, [&] { heal_index(on, entry, "it was created", context); });
  set_index_state(on, id, index_state::building, index_state::ready, context);
  catalog.forget_list();
}

}  // namespace

void make_server_registry(const executor& on, const call_context& context) try {
  run_own_ddl(on, context, create_server_registry);
} catch (const error& failed) {
  if (is_denied(failed)) refuse_without_rights(failed, context);
  throw;
}

void create_on_server(const executor& on, const index_target& of, const index_form& form, if_exists existing,
                      const call_context& context) {
  examine_tracking(on, of, form.tracked_by, context);  // before anything is dropped for it
  make_server_registry(on, context);
  for (const auto& column : columns_of(of, form)) {
    const index_target each{of.table, column, of.dimensions};
    const auto known = find_registered(on, each, context);
    if (!known) continue;
    if (known->state == "making" && !(existing == if_exists::overwrite && !is_made_as_asked(known->form, form)))
      continue;
    const index_place place{.id = known->id, .table = std::string(of.table)};
    if (existing == if_exists::overwrite && known->state == "ready" && changes_queries(on, *known, form, context))
      return index_catalog::of(on).forget_list();
    if (known->state == "dropping" || existing == if_exists::overwrite) {  // by one that was killed, or is at it
      drop_on_server(on, place, context);
      continue;
    }
    if (existing == if_exists::raise) refuse_index(entry_named("index-exists"), name_of(each), {}, context.where);
    expect_same_form(each, known->form, form, context);
    if (!is_tracked_as_asked(known->form, form))
      throw_usage("the search index on " + name_of(each) + " is not tracked by \"" + form.tracked_by +
                      "\": drop it, or say if_exists::overwrite",
                  context.where);
    if (known->state == "ready") return;
  }
  const auto id = register_index(on, of, form, context);
  try {
    make_ready(on, of, id, context);
  } catch (...) {
    try {
      const auto left = find_registered(on, of, context);
      if (left && left->id == id && left->state != "ready") remove_tables(on, id, context);
    } catch (const error&) {  // the error that is on its way says more
    }
    throw;
  }
}

void drop_on_server(const executor& on, const index_place& place, const call_context& context) {
  const statement_text drop("UPDATE `_tidbxx_index` SET state = 'dropping' WHERE id = ?");
  run_own(on, context, drop, place.id);
  index_catalog::of(on).forget_list();
  wait_until_all_know();  // then nobody searches by it
  remove_tables(on, place.id, context);
}

bool drop_unfinished(const executor& on, const index_target& of, const call_context& context) {
  if (!has_server_registry(on, context)) return false;
  const auto known = find_registered(on, of, context);
  if (!known || known->state != "making") return false;
  remove_tables(on, known->id, context);
  return true;
}

index_form take_from_server(const executor& on, const index_place& place, const call_context& context) {
  const auto known = find_registered(on, place.target(), context);
  drop_on_server(on, place, context);
  return known ? known->form : place.form();
}

void drop_with_indexes_on_server(const executor& on, std::string_view table, std::string_view sql,
                                 const call_context& context) {
  if (on.in_transaction()) return run_ddl(on, sql, context);
  const auto entries = entries_of(on, table, context);
  run_without_native_texts(on, table, sql, context);
  forget_native_indexes(on, table, context);
  for (const auto& entry : entries) remove_tables(on, entry.place.id, context);
}

void empty_with_indexes_on_server(const executor& on, std::string_view table, std::string_view sql,
                                  const call_context& context) {
  if (on.in_transaction()) return run_ddl(on, sql, context);
  const auto entries = entries_of(on, table, context);
  std::vector<std::vector<delta_row>> before;
  before.reserve(entries.size());
  for (const auto& entry : entries)
    before.push_back(
        read_server_delta(on, entry.index->tables(), 0, std::numeric_limits<std::int64_t>::max(), context));
  put_native_texts(on, run_without_native_texts(on, table, sql, context), context);
  if (entries.empty()) return;
  const auto table_id = table_id_on_server(on, table, context);
  for (std::size_t i = 0; i < entries.size(); ++i)
    run_transaction(
        on, {},
        [&](const executor& inside) {
          try {
            refuse_newer(entries[i], context,
                         [&] { empty_index_on_server(inside, entries[i], table_id, before[i], context); });
          } catch (const damaged_index&) {  // the next search or writer builds it
          }
        },
        nullptr, context.where);
  index_catalog::of(on).forget_list();
}

void renew_manifest(const executor& on, const index_place& place, const call_context& context) {
  const index_tables tables(place.id, engine_kind::tidb);
  const auto of = place.target();
  auto manifest = first_manifest(on, of, place.form(), context);
  if (const auto known = find_registered(on, of, context))
    manifest.tracked_by = examine_tracking(on, of, known->form.tracked_by, context);
  manifest.generation = place.generation;  // the lowest is not known: all are read
  const auto name = sql::quote_identifier(tables.manifest());
  const statement_text last("SELECT IFNULL(MAX(version), 0) FROM " + name), erase("DELETE FROM " + name);
  const statement_text enter("UPDATE `_tidbxx_index` SET key_name = ? WHERE id = ?");
  const statement_text forget("DELETE FROM " + sql::quote_identifier(tables.delta()));
  const auto renew = [&](const executor& inside) {
    if (manifest.of.key != key_to_text(place.key)) {  // what was told says nothing of the rows that are there now
      run_own(inside, context, enter, manifest.of.key, place.id);
      run_own(inside, forget, {}, context);
    }
    manifest.version = read_own<std::int64_t>(inside, context, last).front() + 1;
    run_own(inside, erase, {}, context);
    insert_manifest(inside, tables, manifest, context);
  };
  run_transaction(on, {}, renew, nullptr, context.where);
}

}  // namespace tidb::detail
