#include "core/error_table.hpp"
#include "search/index_build.hpp"
#include "search/index_merge.hpp"
#include "search/index_writing.hpp"
#include "search/indexed_column.hpp"
#include "search/native_index.hpp"
#include "search/native_text.hpp"
#include "search/own_sql.hpp"
#include "search/server_index_ddl.hpp"
#include "search/snapshot_search.hpp"
#include "tidbxx/core/error.hpp"
#include "tidbxx/engine/transaction.hpp"
#include "tidbxx/search/fulltext_index.hpp"
#include "tidbxx/search/vector_index.hpp"
#include "tidbxx/sql/printer.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <exception>
#include <optional>
#include <random>
#include <tuple>
#include <utility>

namespace tidb::detail {

namespace {

void expect_no_transaction(const executor& on, const index_target& of, std::source_location where) {
  if (on.in_transaction())
    throw_usage("the search index on " + name_of(of) +
                    " is made, dropped and merged outside of transactions: run it on the client",
                where);
}

/// What the registry and the first manifest say of an index.
std::string kind_of(const index_form& form) { return form.text.empty() ? "vector" : "text"; }
std::string metric_of(const index_form& form) { return form.text.empty() ? metric_name(form.by) : "bm25"; }

void check_dimensions(const index_target& of, std::source_location where) {
  if (of.dimensions == 0)
    throw_usage("the column " + name_of(of) +
                    " has no fixed number of dimensions: make it a tidb::vector<N> to index it",
                where);
}

void check_options(const index_target& of, const vector_index_options& options, std::source_location where) {
  if (options.metric == metric::l1)
    refuse_index(entry_named("index-unsupported"), name_of(of),
                 "it would be for the L1 distance; indexes are for cosine, l2 and negative_inner_product", where);
  check_dimensions(of, where);
}

void check_options(const index_target& of, std::span<const std::string_view> columns,
                   const fulltext_index_options& options, std::source_location where) {
  for (std::size_t i = 0; i < columns.size(); ++i)
    for (std::size_t before = 0; before < i; ++before)
      if (same_name(columns[i], columns[before]))
        throw_usage("the column " + name_of({of.table, columns[i]}) + " is named twice for the full-text index", where);
  if (columns.size() > text_documents::most_columns)
    throw_usage("a full-text index is of at most " + std::to_string(text_documents::most_columns) + " columns", where);
  if (options.boosts.size() > columns.size())
    throw_usage("the full-text index on " + name_of(of) + " has " + std::to_string(columns.size()) + " columns, and " +
                    std::to_string(options.boosts.size()) + " boosts were given",
                where);
  constexpr double most_boost = 1e6;
  if (std::ranges::any_of(options.boosts, [&](double boost) { return !(boost >= 0 && boost <= most_boost); }))
    throw_usage("the boost of a column is a number from 0 to 1,000,000", where);
  try {
    const text_analyzer tried(options.analyzer);
  } catch (const usage_error& why) {  // a language that it does not know
    throw_usage(why.info().message, where);
  }
}

/// The entry of the index as the transaction or the file has it now.
std::optional<index_entry> find_entry(const executor& on, const index_target& of, const call_context& context) {
  const auto listing = index_catalog::of(on).list(on, context);
  const auto* entry = listing->find(of.table, of.column);
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
    run_own_ddl(inside, context, "DROP TRIGGER IF EXISTS " + sql::quote_identifier(trigger.name));
  for (const auto& statement : entry.index->tables().drop()) run_own_ddl(inside, context, statement);
}

/// Indexes of columns that are there no longer, and names of tables that were renamed, would be in the way.
void tidy_registry(const executor& inside, const index_target& of, const call_context& context) {
  const statement_text rename("UPDATE `_tidbxx_index` SET table_name = ? WHERE id = ?");
  const auto listing = index_catalog::of(inside).list(inside, context);
  for (const auto& entry : listing->entries) {
    const auto& place = entry.place;
    if (same_name(place.table, of.table) && !has_columns(inside, place.table, place.columns, context))
      remove(inside, entry, context);
    else if (!same_name(place.table, place.registered))  // two that changed their names with each other
      run_own(inside, context, rename, "renamed " + std::to_string(place.id), place.id);
  }
  for (const auto& entry : listing->entries)
    if (!same_name(entry.place.table, entry.place.registered))
      run_own(inside, context, rename, entry.place.table, entry.place.id);
}

void make(const executor& inside, const index_target& of, const index_form& form, const call_context& context) {
  const statement_text enter("INSERT INTO `_tidbxx_index` (kind, table_name, column_name, metric, dimensions, "
                             "version, text_form) VALUES (?, ?, ?, ?, ?, ?, ?)");
  const statement_text entered("SELECT id FROM `_tidbxx_index` WHERE kind = ? AND table_name = ? AND "
                               "column_name = ?");
  const auto kind = kind_of(form);
  const auto columns = columns_of(of, form);
  const std::string table(of.table), column(columns.front());
  index_manifest manifest{.version = 1, .by = form.by, .of = examine(inside, of, columns, context), .text = form.text};
  manifest.nonce = random_name().substr(0, 16);
  manifest.seed = std::random_device{}();
  run_own_ddl(inside, context, create_index_registry);
  run_own(inside, context, enter, kind, table, column, metric_of(form), of.dimensions, index_tables_version, form.text);
  const index_tables tables(read_own<std::int64_t>(inside, context, entered, kind, table, column).front(),
                            engine_kind::embedded);
  for (const auto& statement : tables.create()) run_own_ddl(inside, context, statement);
  for (const auto& statement : tables.create_triggers(manifest.of, manifest.nonce))
    run_own_ddl(inside, context, statement);
  insert_manifest(inside, tables, manifest, context);
}

/// True if the index is new.
bool make_unless_there(const executor& on, const index_target& of, const index_form& form, if_exists existing,
                       const call_context& context) {
  bool made = false;
  run_transaction(
      on, {},
      [&](const executor& inside) {
        made = false;
        tidy_registry(inside, of, context);
        for (const auto& column : columns_of(of, form)) {
          const auto entry = find_entry(inside, {of.table, column, of.dimensions}, context);
          if (!entry) continue;
          if (existing == if_exists::skip) return expect_same_form(of, entry->place.form(), form, context);
          if (existing == if_exists::raise)
            refuse_index(entry_named("index-exists"), name_of(entry->place.target()), {}, context.where);
          auto there = entry->place.form();
          there.tracked_by = form.tracked_by;  // which has no meaning here
          if (change_queries(inside, entry->index->tables(), there, form, context)) return;
          remove(inside, *entry, context);
        }
        make(inside, of, form, context);
        made = true;
      },
      nullptr, context.where);
  return made;
}

void create_embedded(const executor& on, const index_target& of, const index_form& form, if_exists existing,
                     const call_context& context) {
  const bool made = make_unless_there(on, of, form, existing, context);
  const auto entry = expect_entry(on, of, context);
  if (!made && is_built(on, entry, context)) return;
  try {
    refuse_newer(entry, context, [&] { heal_index(on, entry, "it was created", context); });
  } catch (...) {
    try {
      if (made) drop_index(on, of, context.where);
    } catch (const error&) {  // the error that is on its way says more
    }
    throw;
  }
}

}  // namespace

void create_vector_index(const executor& on, const index_target& of, const vector_index_options& options,
                         std::source_location where) {
  expect_no_transaction(on, of, where);
  const auto context = on.context(where);
  if (options.kind == index_kind::server) {
    check_dimensions(of, where);
    if (!options.tracked_by.name().empty())
      throw_usage("the server's own index on " + name_of(of) +
                      " sees what any tool writes: leave out .tracked_by, which is for an index in tables",
                  where);
    return create_native_index(on, of, options, context);
  }
  check_options(of, options, where);
  if (on.engine() == engine_kind::tidb) {
    const auto native = replaced_native_index(on, of, options.existing, context);
    create_on_server(on, of, {.by = options.metric, .tracked_by = std::string(options.tracked_by.name())},
                     options.existing, context);
    if (native) drop_native_index(on, *native, context);
    return;
  }
  create_embedded(on, of, {.by = options.metric}, options.existing, context);
}

namespace {

/// On TiDB, where the server may have indexes of its own on the columns, which go then.
void create_texts_on_server(const executor& on, const index_target& of, const index_form& form, if_exists existing,
                            const call_context& context) {
  std::vector<index_place> native;
  for (const auto& column : columns_of(of, form)) {
    auto each = replaced_native_index(on, {of.table, column}, existing, context);
    if (each) native.push_back(std::move(*each));
  }
  create_on_server(on, of, form, existing, context);
  for (const auto& each : native) drop_native_index(on, each, context);
}

}  // namespace

void create_fulltext_index(const executor& on, std::string_view table, std::span<const std::string_view> columns,
                           const fulltext_index_options& options, std::source_location where) {
  const index_target of{table, columns.front()};
  expect_no_transaction(on, of, where);
  const auto context = on.context(where);
  if (options.kind == index_kind::server) {
    check_native_text_options(of, columns, options, where);
    return create_native_index(on, of, options, context);
  }
  check_options(of, columns, options, where);
  text_form text{.analyzer = options.analyzer};
  for (const auto column : columns) text.columns.emplace_back(column);
  for (const auto boost : options.boosts) text.boosts.push_back(static_cast<float>(boost));
  while (!text.boosts.empty() && text.boosts.back() == 1) text.boosts.pop_back();  // as it is without
  const index_form form{.tracked_by = std::string(options.tracked_by.name()), .text = to_text(text)};
  if (on.engine() == engine_kind::tidb) return create_texts_on_server(on, of, form, options.existing, context);
  create_embedded(on, of, form, options.existing, context);
}

void drop_index(const executor& on, const index_target& of, std::source_location where) {
  expect_no_transaction(on, of, where);
  const auto context = on.context(where);
  if (on.engine() == engine_kind::tidb) {
    index_catalog::of(on).forget_list();
    if (const auto native = find_native_index(on, of, context)) return drop_native_index(on, *native, context);
    if (!find_entry(on, of, context) && drop_unfinished(on, of, context)) return;
    return drop_on_server(on, expect_entry(on, of, context).place, context);
  }
  const auto drop = [&](const executor& inside) {
    tidy_registry(inside, of, context);
    remove(inside, expect_entry(inside, of, context), context);
  };
  run_transaction(on, {}, drop, nullptr, where);
}

bool has_index(const executor& on, const index_target& of, std::source_location where) {
  if (on.engine() == engine_kind::tidb) index_catalog::of(on).forget_list();
  const auto entry = find_entry(on, of, on.context(where));
  return (entry && entry->place.state != index_state::dropping) || has_native_index(on, of, on.context(where));
}

void heal_index(const executor& on, const index_entry& entry, const std::string& why, const call_context& context) {
  try {
    return rebuild_index(on, entry, why, context);
  } catch (const damaged_index&) {  // its manifest: all else is not read
  }
  if (on.engine() == engine_kind::tidb) {
    renew_manifest(on, entry.place, context);
    return rebuild_index(on, entry, why, context);
  }
  const auto of = entry.place.target();
  const auto remake = [&](const executor& inside) {
    if (const auto there = find_entry(inside, of, context)) remove(inside, *there, context);
    make(inside, of, entry.place.form(), context);
  };
  run_transaction(on, {}, remake, nullptr, context.where);
  rebuild_index(on, expect_entry(on, of, context), why, context);
}

namespace {

/// Of a table whose rows have all gone.
void empty_or_remake(const executor& inside, const index_entry& entry, const call_context& context) {
  refuse_newer(entry, context, [&] {
    try {
      empty_index(inside, entry, context);
    } catch (const damaged_index&) {  // writers build it, once its delta is long
      remove(inside, entry, context);
      make(inside, entry.place.target(), entry.place.form(), context);
    }
  });
}

}  // namespace

void rebuild_index(const executor& on, const index_target& of, std::source_location where) {
  const auto context = on.context(where);
  const auto native = find_native_index(on, of, context);
  const auto entry = native ? index_entry{} : expect_entry(on, of, context);
  expect_no_transaction(on, of, where);
  if (native) return rebuild_native_index(on, *native, context);
  if (entry.place.state == index_state::writing || entry.place.state == index_state::building)
    return create_on_server(on, entry.place.target(), entry.place.form(), if_exists::skip, context);
  try {
    refuse_newer(entry, context, [&] { heal_index(on, entry, "rebuild_index was called", context); });
  } catch (const damaged_index& why) {  // what the registry says of it
    refuse_index(entry.place.is_text() ? entry_named("index-analyzer") : entry_named("index-unsupported"), name_of(of),
                 why.what(), where);
  }
}

void optimize_index(const executor& on, const index_target& of, std::source_location where) {
  const auto context = on.context(where);
  const auto native = find_native_index(on, of, context);
  const auto entry = native ? index_entry{} : expect_entry(on, of, context);
  expect_no_transaction(on, of, where);
  if (native) return compact_native_index(on, *native, context);
  refuse_newer(entry, context, [&] {
    try {
      merge_all(on, entry, context);
    } catch (const damaged_index& why) {
      heal_index(on, entry, why.what(), context);
    }
  });
}

index_estimate estimate_vector_index(const executor& on, const index_target& of, const vector_index_options& options,
                                     std::source_location where) {
  check_options(of, options, where);
  if (options.kind == index_kind::server)
    throw_error({.code = errc::unsupported,
                 .message = "what a vector index of TiDB's own would take is not known: TiFlash tells nothing of that; "
                            "without .kind = tidb::index_kind::server one in tables is estimated",
                 .endpoint = on.pool()->endpoint(),
                 .where = where,
                 .sent = false});
  const auto context = on.context(where);
  const statement_text count("SELECT COUNT(*) FROM " + sql::quote_identifier(of.table) + " WHERE " +
                             sql::quote_identifier(of.column) + " IS NOT NULL");
  index_estimate made{.rows = static_cast<std::uint64_t>(read_own<std::int64_t>(on, context, count).front())};
  made.bytes_in_memory = estimate_memory({.dimensions = of.dimensions, .by = options.metric}, made.rows);
  made.bytes_stored = made.bytes_in_memory;
  return made;
}

void drop_with_indexes(const executor& on, std::string_view table, std::string_view sql, const call_context& context) {
  if (on.engine() == engine_kind::tidb) return drop_with_indexes_on_server(on, table, sql, context);
  const auto of_table = [&](const index_entry& entry) { return same_name(entry.place.table, table); };
  const auto drop = [&](const executor& inside) {
    const auto listing = index_catalog::of(inside).list(inside, context);
    for (const auto& entry : listing->entries)
      if (of_table(entry)) remove(inside, entry, context);
    run_own_ddl(inside, context, sql);
  };
  if (on.in_transaction()) return drop(on);  // which undoes it with the rest
  if (std::ranges::none_of(index_catalog::of(on).list(on, context)->entries, of_table))
    return run_ddl(on, sql, context);
  run_transaction(on, {}, drop, nullptr, context.where);
}

std::optional<index_form> take_index(const executor& on, std::string_view table, std::string_view column,
                                     const call_context& context) {
  const bool on_server = on.engine() == engine_kind::tidb;
  if (on_server) index_catalog::of(on).forget_list();
  const auto entry = find_entry(on, {table, column, 0}, context);
  if (!entry) return std::nullopt;
  if (on_server) return take_from_server(on, entry->place, context);
  remove(on, *entry, context);
  return entry->place.form();
}

void put_index(const executor& on, const index_target& of, const index_form& as, const call_context& context) {
  if (on.engine() == engine_kind::tidb) return create_on_server(on, of, as, if_exists::skip, context);
  tidy_registry(on, of, context);
  make(on, of, as, context);
}

void build_indexes(const executor& on, const call_context& context) noexcept try {
  if (on.engine() == engine_kind::tidb) return;
  const auto listing = index_catalog::of(on).list(on, context);
  for (const auto& entry : listing->entries)
    if (!is_built(on, entry, context)) heal_index(on, entry, "a migration has made it anew", context);
} catch (const std::exception&) {  // the migration is done all the same
}

void empty_with_indexes(const executor& on, std::string_view table, std::string_view sql, const call_context& context) {
  if (on.engine() == engine_kind::tidb) return empty_with_indexes_on_server(on, table, sql, context);
  const auto of_table = [&](const index_entry& entry) { return same_name(entry.place.table, table); };
  if (on.in_transaction() || std::ranges::none_of(index_catalog::of(on).list(on, context)->entries, of_table))
    return run_ddl(on, sql, context);
  const auto empty = [&](const executor& inside) {
    run_own_ddl(inside, context, sql);
    const auto listing = index_catalog::of(inside).list(inside, context);
    for (const auto& entry : listing->entries)
      if (of_table(entry)) empty_or_remake(inside, entry, context);
  };
  run_transaction(on, {}, empty, nullptr, context.where);
}

}  // namespace tidb::detail
