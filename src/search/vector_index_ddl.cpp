#include "core/error_table.hpp"
#include "search/own_sql.hpp"
#include "search/snapshot_search.hpp"
#include "search/vector_build.hpp"
#include "tidbxx/core/error.hpp"
#include "tidbxx/engine/transaction.hpp"
#include "tidbxx/search/vector_index.hpp"
#include "tidbxx/sql/printer.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <random>
#include <tuple>
#include <utility>

namespace tidb::detail {

namespace {

std::string name_of(const vector_column& of) {
  return "\"" + std::string(of.table) + "." + std::string(of.name) + "\"";
}

[[noreturn]] void refuse(const error_entry& entry, const std::string& name, std::string_view reason,
                         std::source_location where) {
  error_info info{.where = where, .sent = false};
  judge(info, entry, {{"name", name}, {"reason", reason}});
  throw_error(std::move(info));
}

void expect_embedded(const executor& on, const vector_column& of, std::source_location where) {
  if (on.engine() != engine_kind::embedded)
    refuse(entry_named("index-unsupported"), name_of(of),
           "it needs the embedded engine; on TiDB the server compares the rows", where);
}

void expect_no_transaction(const executor& on, const vector_column& of, std::source_location where) {
  if (on.in_transaction())
    throw_usage("the vector index on " + name_of(of) +
                    " is made, dropped and merged outside of transactions: run it on the client",
                where);
}

struct table_column {
  std::string name{};
  std::string type{};
  std::int64_t key_place{};
};

std::vector<table_column> columns_of(const executor& on, std::string_view table, const call_context& context) {
  const statement_text text("SELECT name, type, pk FROM pragma_table_info(?)");
  std::vector<table_column> columns;
  for (auto& [name, type, place] :
       read_own<std::tuple<std::string, std::string, std::int64_t>>(on, context, text, std::string(table)))
    columns.push_back({std::move(name), std::move(type), place});
  return columns;
}

/// The column that is the row's number, or SQLite's own name for that number.
std::pair<std::string, bool> key_of(const std::vector<table_column>& columns) {
  const auto in_key = [](const table_column& column) { return column.key_place > 0; };
  const auto key = std::ranges::find_if(columns, in_key);
  if (key != columns.end() && std::ranges::count_if(columns, in_key) == 1 && same_name(key->type, "INTEGER"))
    return {key->name, true};
  for (const char* name : {"_rowid_", "rowid", "oid"})
    if (std::ranges::none_of(columns, [&](const table_column& column) { return same_name(column.name, name); }))
      return {name, false};
  return {};
}

indexed_column examine(const executor& on, const vector_column& of, const call_context& context) {
  const auto columns = columns_of(on, of.table, context);
  if (columns.empty())
    refuse(entry_named("index-of-nothing"), "table \"" + std::string(of.table) + "\"", {}, context.where);
  if (std::ranges::none_of(columns, [&](const table_column& column) { return same_name(column.name, of.name); }))
    refuse(entry_named("index-of-nothing"), "column " + name_of(of), {}, context.where);
  const statement_text without("SELECT COUNT(*) FROM pragma_table_list(?) WHERE wr = 1");
  auto [key, stable] = key_of(columns);
  if (key.empty() || read_own<std::int64_t>(on, context, without, std::string(of.table)).front() > 0)
    refuse(entry_named("index-unsupported"), name_of(of), "rows of a table WITHOUT ROWID have no number",
           context.where);
  return {.table = std::string(of.table),
          .column = std::string(of.name),
          .key = std::move(key),
          .key_is_stable = stable,
          .dimensions = of.dimensions};
}

void check_options(const vector_column& of, const vector_index_options& options, std::source_location where) {
  if (options.metric == metric::l1)
    refuse(entry_named("index-unsupported"), name_of(of),
           "it would be for the L1 distance; indexes are for cosine, l2 and negative_inner_product", where);
  if (of.dimensions == 0)
    throw_usage("the column " + name_of(of) +
                    " has no fixed number of dimensions: make it a tidb::vector<N> to index it",
                where);
}

/// The entry of the index as the transaction or the file has it now.
std::optional<index_entry> find_entry(const executor& on, const vector_column& of, const call_context& context) {
  const auto listing = index_catalog::of(on).list(on, context);
  const auto* entry = listing->find(of.table, of.name);
  return entry == nullptr ? std::nullopt : std::optional(*entry);
}

bool is_built(const executor& on, const index_entry& entry, const call_context& context) {
  bool built = false;
  refuse_newer(entry, context, [&] {
    try {
      built = read_manifest(on, entry.index->tables(), context).is_built();
    } catch (const damaged_index&) {  // it will be built anew
    }
  });
  return built;
}

void remove(const executor& inside, const index_entry& entry, const call_context& context) {
  const statement_text unregister("DELETE FROM `_tidbxx_index` WHERE id = ?");
  run_own(inside, context, unregister, entry.place.id);
  for (const auto& trigger : entry.place.triggers)
    run_own_ddl(inside, context, "DROP TRIGGER " + sql::quote_identifier(trigger));
  for (const auto& statement : entry.index->tables().drop()) run_own_ddl(inside, context, statement);
}

void make(const executor& inside, const vector_column& of, const vector_index_options& options,
          const call_context& context) {
  const statement_text enter("INSERT INTO `_tidbxx_index` (kind, table_name, column_name, metric, dimensions, "
                             "version) VALUES ('vector', ?, ?, ?, ?, ?)");
  const statement_text entered("SELECT id FROM `_tidbxx_index` WHERE kind = 'vector' AND table_name = ? AND "
                               "column_name = ?");
  const std::string table(of.table), column(of.name);
  index_manifest manifest{.version = 1, .by = options.metric, .of = examine(inside, of, context)};
  manifest.nonce = random_name().substr(0, 16);
  manifest.seed = std::random_device{}();
  run_own_ddl(inside, context, create_index_registry);
  run_own(inside, context, enter, table, column, metric_name(options.metric), of.dimensions, index_tables_version);
  const index_tables tables(read_own<std::int64_t>(inside, context, entered, table, column).front());
  for (const auto& statement : tables.create()) run_own_ddl(inside, context, statement);
  for (const auto& statement : tables.create_triggers(manifest.of, manifest.nonce))
    run_own_ddl(inside, context, statement);
  insert_manifest(inside, tables, manifest, context);
}

/// True if the index is new.
bool make_unless_there(const executor& on, const vector_column& of, const vector_index_options& options,
                       const call_context& context) {
  bool made = false;
  run_transaction(
      on, {},
      [&](const executor& inside) {
        made = false;
        if (const auto entry = find_entry(inside, of, context)) {
          if (options.existing == if_exists::skip) return;
          if (options.existing == if_exists::raise) refuse(entry_named("index-exists"), name_of(of), {}, context.where);
          remove(inside, *entry, context);
        }
        make(inside, of, options, context);
        made = true;
      },
      nullptr, context.where);
  return made;
}

}  // namespace

void create_vector_index(const executor& on, const vector_column& of, const vector_index_options& options,
                         std::source_location where) {
  expect_embedded(on, of, where);
  expect_no_transaction(on, of, where);
  check_options(of, options, where);
  const auto context = on.context(where);
  const bool made = make_unless_there(on, of, options, context);
  const auto entry = expect_entry(on, of, context);
  if (!made && is_built(on, entry, context)) return;
  try {
    refuse_newer(entry, context, [&] { heal_index(on, entry, "it was created", context); });
  } catch (...) {
    try {
      if (made) drop_vector_index(on, of, where);
    } catch (const error&) {  // the error that is on its way says more
    }
    throw;
  }
}

void drop_vector_index(const executor& on, const vector_column& of, std::source_location where) {
  expect_embedded(on, of, where);
  expect_no_transaction(on, of, where);
  const auto context = on.context(where);
  const auto drop = [&](const executor& inside) { remove(inside, expect_entry(inside, of, context), context); };
  run_transaction(on, {}, drop, nullptr, where);
}

bool has_vector_index(const executor& on, const vector_column& of, std::source_location where) {
  return on.engine() == engine_kind::embedded && find_entry(on, of, on.context(where)).has_value();
}

void heal_index(const executor& on, const index_entry& entry, const std::string& why, const call_context& context) {
  try {
    return rebuild_index(on, entry, why, context);
  } catch (const damaged_index&) {  // its manifest: all else is not read
  }
  const vector_column of{entry.place.table, entry.place.column, entry.place.dimensions};
  const auto remake = [&](const executor& inside) {
    if (const auto there = find_entry(inside, of, context)) remove(inside, *there, context);
    make(inside, of, {.metric = entry.place.by}, context);
  };
  run_transaction(on, {}, remake, nullptr, context.where);
  rebuild_index(on, expect_entry(on, of, context), why, context);
}

void rebuild_vector_index(const executor& on, const vector_column& of, std::source_location where) {
  const auto context = on.context(where);
  expect_embedded(on, of, where);
  const auto entry = expect_entry(on, of, context);
  expect_no_transaction(on, of, where);
  refuse_newer(entry, context, [&] { heal_index(on, entry, "rebuild_index was called", context); });
}

void optimize_vector_index(const executor& on, const vector_column& of, std::source_location where) {
  const auto context = on.context(where);
  expect_embedded(on, of, where);
  const auto entry = expect_entry(on, of, context);
  expect_no_transaction(on, of, where);
  refuse_newer(entry, context, [&] {
    try {
      merge_all(on, entry, context);
    } catch (const damaged_index& why) {
      heal_index(on, entry, why.what(), context);
    }
  });
}

index_estimate estimate_vector_index(const executor& on, const vector_column& of, const vector_index_options& options,
                                     std::source_location where) {
  check_options(of, options, where);
  const auto context = on.context(where);
  const statement_text count("SELECT COUNT(*) FROM " + sql::quote_identifier(of.table) + " WHERE " +
                             sql::quote_identifier(of.name) + " IS NOT NULL");
  index_estimate made{.rows = static_cast<std::uint64_t>(read_own<std::int64_t>(on, context, count).front())};
  made.bytes_in_memory = estimate_memory({.dimensions = of.dimensions, .by = options.metric}, made.rows);
  made.bytes_stored = made.bytes_in_memory;
  return made;
}

void drop_with_indexes(const executor& on, std::string_view table, std::string_view sql, const call_context& context) {
  const auto of_table = [&](const index_entry& entry) { return same_name(entry.place.table, table); };
  if (on.in_transaction() || on.engine() != engine_kind::embedded ||
      std::ranges::none_of(index_catalog::of(on).list(on, context)->entries, of_table))
    return run_ddl(on, sql, context);
  const auto drop = [&](const executor& inside) {
    const auto listing = index_catalog::of(inside).list(inside, context);
    for (const auto& entry : listing->entries)
      if (of_table(entry)) remove(inside, entry, context);
    run_own_ddl(inside, context, sql);
  };
  run_transaction(on, {}, drop, nullptr, context.where);
}

void empty_with_indexes(const executor& on, std::string_view table, std::string_view sql, const call_context& context) {
  const auto of_table = [&](const index_entry& entry) { return same_name(entry.place.table, table); };
  if (on.in_transaction() || on.engine() != engine_kind::embedded ||
      std::ranges::none_of(index_catalog::of(on).list(on, context)->entries, of_table))
    return run_ddl(on, sql, context);
  const auto empty = [&](const executor& inside) {
    run_own_ddl(inside, context, sql);
    const auto listing = index_catalog::of(inside).list(inside, context);
    for (const auto& entry : listing->entries)
      if (of_table(entry)) empty_index(inside, entry, context);
  };
  run_transaction(on, {}, empty, nullptr, context.where);
}

}  // namespace tidb::detail
