// On TiDB: what the program's writes change of tables with an index goes to the deltas, in the same transaction.
#include "core/error_table.hpp"
#include "engine/sql_text.hpp"
#include "schema/sql_tokens.hpp"
#include "search/index_catalog.hpp"
#include "search/own_sql.hpp"
#include "search/server_delta.hpp"
#include "search/server_registry.hpp"
#include "tidbxx/core/error.hpp"
#include "tidbxx/engine/transaction.hpp"
#include "tidbxx/sql/printer.hpp"

#include <algorithm>
#include <initializer_list>
#include <optional>
#include <span>
#include <tuple>
#include <utility>

namespace tidb::detail {

namespace {

bool is_in_key(const index_place& place, std::string_view column) {
  return std::ranges::any_of(place.key, [&](const key_column& each) { return same_name(each.name, column); });
}

/// A statement that sets neither what is indexed nor the key changes nothing of an index.
bool concerns(const index_place& place, const write_target& target) {
  if (!same_name(place.table, target.table)) return false;
  return target.kind != write_kind::update || std::ranges::any_of(target.columns, [&](const std::string& column) {
           return place.has(column) || is_in_key(place, column);
         });
}

[[noreturn]] void refuse_unknown_rows(std::string_view table, const call_context& context) {
  throw_usage("which rows of \"" + std::string(table) +
                  "\" this statement changes is not known, and its search index has to know it: write them by insert, "
                  "insert_many, update, save or erase",
              context.where);
}

/// `values`: of the key's columns, in their order.
void add_key(row_keys& keys, const index_place& place, std::span<const value_view> values, std::string_view table,
             const call_context& context) {
  if (is_number(place.key)) {
    const auto& cell = values.front();
    if (cell.kind != value_kind::integer && cell.kind != value_kind::unsigned_integer)
      refuse_unknown_rows(table, context);
    return keys.add(cell.integer, {});
  }
  const auto name = name_of_key(place.key, values);
  if (name.empty()) refuse_unknown_rows(table, context);
  keys.add(row_number_of(name), name);
}

std::optional<std::size_t> place_in(std::span<const std::string> columns, std::string_view column) {
  const auto found = std::ranges::find_if(columns, [&](const std::string& each) { return same_name(each, column); });
  if (found == columns.end()) return std::nullopt;
  return static_cast<std::size_t>(found - columns.begin());
}

/// The place of a column in a row of parameters, if it is there.
std::optional<std::size_t> place_of(std::string_view column, const write_target& target) {
  return place_in(target.columns, column);
}

using row_cells = std::span<const value_view>;

std::vector<row_cells> rows_in(row_cells parameters, std::size_t width) {
  std::vector<row_cells> rows;
  for (; width > 0 && parameters.size() >= width; parameters = parameters.subspan(width))
    rows.push_back(parameters.first(width));
  return rows;
}

struct unique_column {
  std::string index{};
  std::string name{};  ///< empty: an expression
  bool is_prefix{};
};

/// Of unique indexes besides the primary key: an upsert changes the row that has the same values of one.
std::vector<unique_column> unique_columns(const executor& on, std::string_view table, const call_context& context) {
  const statement_text text("SELECT index_name, IFNULL(column_name, ''), sub_part IS NOT NULL FROM "
                            "information_schema.statistics WHERE table_schema = DATABASE() AND table_name = ? AND "
                            "non_unique = 0 AND index_name <> 'PRIMARY' ORDER BY index_name, seq_in_index");
  std::vector<unique_column> found;
  for (auto& [index, column, is_prefix] :
       read_own<std::tuple<std::string, std::string, bool>>(on, context, text, std::string(table)))
    found.push_back({std::move(index), std::move(column), is_prefix});
  return found;
}

/// The keys of rows that have the values of one of these rows in these columns.
void add_rows_with(const executor& on, const index_place& place, const write_target& target,
                   std::span<const unique_column> columns, std::span<const row_cells> rows, row_keys& keys,
                   const call_context& context) {
  std::vector<std::size_t> places;
  std::string names, marks;
  for (const auto& column : columns) {
    const auto at = place_of(column.name, target);
    if (!at || column.is_prefix || place_in(target.sets, column.name)) refuse_unknown_rows(target.table, context);
    places.push_back(*at);
    names += (names.empty() ? "" : ", ") + sql::quote_identifier(column.name);
    marks += marks.empty() ? "?" : ",?";
  }
  std::string among;
  std::vector<value_view> cells;
  for (const auto& row : rows) {
    if (std::ranges::any_of(places, [&](std::size_t at) { return row[at].is_null(); })) continue;
    among += (among.empty() ? "(" : ",(") + marks + ")";
    for (const auto at : places) cells.push_back(row[at]);
  }
  if (cells.empty()) return;
  // FOR UPDATE: the row may have been committed after this transaction began, which the upsert sees, too
  std::string key;
  for (const auto& column : place.key) key += (key.empty() ? "" : ", ") + sql::quote_identifier(column.name);
  const statement_text text("SELECT " + key + " FROM " + sql::quote_identifier(place.table) + " WHERE (" + names +
                            ") IN (" + among + ") FOR UPDATE");
  open_rows found(on, text, cells, on.context(context.where));
  while (found.next()) add_key(keys, place, found.cells(), target.table, context);
}

void add_rows_in_conflict(const executor& on, const index_place& place, const write_target& target,
                          std::span<const row_cells> rows, row_keys& keys, const call_context& context) {
  if (std::ranges::any_of(target.sets, [&](const std::string& column) { return is_in_key(place, column); }))
    refuse_unknown_rows(target.table, context);
  const auto unique = unique_columns(on, place.table, context);
  for (std::span<const unique_column> left(unique); !left.empty();) {
    const auto other = std::ranges::find_if(left, [&](const auto& each) { return each.index != left.front().index; });
    const auto count = static_cast<std::size_t>(other - left.begin());
    add_rows_with(on, place, target, left.first(count), rows, keys, context);
    left = left.subspan(count);
  }
}

/// Keys that the server may have given to so many rows. Some of them no row may have: that does no harm.
void add_generated(const executor& on, const index_place& place, std::size_t generated, std::uint64_t first,
                   std::vector<std::int64_t>& keys, const call_context& context) {
  constexpr std::size_t most_guessed = 100'000;
  std::int64_t step = 1;
  if (generated > 1 || !keys.empty()) {
    const statement_text text("SELECT @@auto_increment_increment, IFNULL(tidb_row_id_sharding_info, '') FROM "
                              "information_schema.tables WHERE table_schema = DATABASE() AND table_name = ?");
    const auto found = read_own<std::tuple<std::int64_t, std::string>>(on, context, text, place.table);
    if (found.empty() || std::get<1>(found.front()).find("AUTO_RANDOM") != std::string::npos)
      throw_usage("the keys that AUTO_RANDOM gives to several rows of \"" + place.table +
                      "\" are not known, and its search index has to know them: insert them one by one",
                  context.where);
    step = std::get<0>(found.front());
  }
  const auto given = keys.size();
  const auto from_one = generated + given;
  if (given > 0 && (given + 1) * from_one * static_cast<std::size_t>(step) > most_guessed)
    throw_usage(
        "rows with keys of their own and rows that the server gives keys to, so many in one statement, cannot be "
        "told apart, and the search index of \"" +
            place.table + "\" has to: insert them apart",
        context.where);
  for (std::size_t i = 0; i < from_one; ++i)
    keys.push_back(static_cast<std::int64_t>(first) + static_cast<std::int64_t>(i) * step);
  // behind a key that was given the server goes on from there
  for (std::size_t one = 0; one < given; ++one)
    for (std::int64_t next = 1; next <= static_cast<std::int64_t>(from_one) * step; ++next)
      keys.push_back(keys[one] + next);
}

/// Of rows whose key is one integer, which the server may give.
row_keys numbers_of_inserted(const executor& on, const index_place& place, const write_target& target,
                             std::span<const row_cells> rows, const write_result& result, const call_context& context) {
  const auto at = place_of(place.key.front().name, target);
  row_keys keys;
  std::size_t generated = 0;
  for (const auto& row : rows) {
    if (at && !row[*at].is_null())
      add_key(keys, place, row.subspan(*at, 1), target.table, context);
    else
      ++generated;
  }
  if (generated > 0 && result.last_insert_id != 0)
    add_generated(on, place, generated, result.last_insert_id, keys.numbers, context);
  else if (generated > 0 && !target.may_conflict)
    refuse_unknown_rows(target.table, context);
  return keys;
}

row_keys names_of_inserted(const index_place& place, const write_target& target, std::span<const row_cells> rows,
                           const call_context& context) {
  std::vector<std::size_t> places;
  for (const auto& column : place.key) {
    const auto at = place_of(column.name, target);
    if (!at) refuse_unknown_rows(target.table, context);
    places.push_back(*at);
  }
  row_keys keys;
  std::vector<value_view> values(places.size());
  for (const auto& row : rows) {
    for (std::size_t i = 0; i < places.size(); ++i) values[i] = row[places[i]];
    add_key(keys, place, values, target.table, context);
  }
  return keys;
}

row_keys keys_of_inserted(const executor& on, const index_place& place, const write_target& target,
                          row_cells parameters, const write_result& result, const call_context& context) {
  auto rows = rows_in(parameters, target.columns.size());
  if (target.row_count != 0 && target.row_count < rows.size()) rows.resize(target.row_count);
  auto keys = is_number(place.key) ? numbers_of_inserted(on, place, target, rows, result, context)
                                   : names_of_inserted(place, target, rows, context);
  if (target.may_conflict) add_rows_in_conflict(on, place, target, rows, keys, context);
  return keys;
}

/// Of an update or delete, whose keys the writer has told.
row_keys keys_of_changed(const index_place& place, const write_target& target, const call_context& context) {
  const auto width = place.key.size();
  std::vector<std::size_t> places(width);  // of the key's columns among those told
  for (std::size_t i = 0; i < width; ++i) {
    const auto at = place_in(target.key_names, place.key[i].name);
    if (!at && !target.key_names.empty()) refuse_unknown_rows(target.table, context);  // a struct with another key
    places[i] = at.value_or(i);
  }
  if (target.rows.size() % width != 0 || (target.key_names.size() > width)) refuse_unknown_rows(target.table, context);
  row_keys keys;
  std::vector<value_view> values(width);
  for (std::size_t row = 0; row < target.rows.size(); row += width) {
    for (std::size_t i = 0; i < width; ++i) values[i] = target.rows[row + places[i]];
    add_key(keys, place, values, target.table, context);
  }
  return keys;
}

/// For a transaction that began before the tables of the index were made, and does not see them. Whoever makes the
/// index waits for it, if that has not happened yet; else it has to begin anew, and will see them.
void expect_to_be_waited_for(const index_place& place, const error& failed) {
  if (place.state == index_state::writing || place.state == index_state::dropping) return;
  auto info = failed.info();
  judge(info, entry_named("schema-changed"));
  throw_error(std::move(info));
}

/// The tables that a statement writes to, among other names of it.
std::vector<std::string> targets_of(std::string_view sql) {
  token_reader tokens(sql, sql::dialect::tidb);
  std::vector<std::string> names;
  const auto is_one = [&](std::initializer_list<std::string_view> words) {
    return std::ranges::any_of(words, [&](std::string_view word) { return tokens.is(word); });
  };
  if (is_one({"WITH", "BATCH", "EXPLAIN", "DESC", "DESCRIBE"}))
    while (!tokens.is_over() && !is_one({"UPDATE", "DELETE", "INSERT", "REPLACE", "SELECT"})) tokens.skip();
  const bool erases = tokens.is("DELETE"), updates = tokens.is("UPDATE"), loads = is_one({"LOAD", "IMPORT"});
  const bool inserts = tokens.is("INSERT") || tokens.is("REPLACE");
  if (!erases && !updates && !loads && !inserts) return names;
  while (!tokens.is_over()) {
    if (updates && tokens.is("SET")) break;
    if (erases && tokens.is("WHERE")) break;
    if (inserts && (tokens.is("(") || tokens.is("VALUES") || tokens.is("VALUE") || tokens.is("SELECT") ||
                    tokens.is("SET") || tokens.is("WITH") || tokens.is("TABLE")))
      break;
    const auto one = tokens.next();
    if (one.kind == token_kind::word || one.kind == token_kind::name) names.push_back(one.text);
  }
  return names;
}

}  // namespace

std::vector<std::string> index_catalog::followed_key(const executor& on, const write_target& target,
                                                     const call_context& context) {
  const auto listing = list(on, context);
  const auto found =
      std::ranges::find_if(listing->entries, [&](const index_entry& entry) { return concerns(entry.place, target); });
  std::vector<std::string> columns;
  if (found == listing->entries.end()) return columns;
  for (const auto& column : found->place.key) columns.push_back(column.name);
  return columns;
}

void index_catalog::changed(const executor& inside, const write_target& target, std::span<const value_view> parameters,
                            const write_result& result, const call_context& context) {
  const auto listing = list(inside, context);
  for (const auto& entry : listing->entries) {
    const auto& place = entry.place;
    if (!concerns(place, target)) continue;
    row_keys keys;
    if (target.kind == write_kind::insert)
      keys = keys_of_inserted(inside, place, target, parameters, result, context);
    else if (target.rows.empty() && result.affected_rows > 0)
      refuse_unknown_rows(target.table, context);
    else
      keys = keys_of_changed(place, target, context);
    try {
      add_to_delta(inside, entry.index->tables(), place.generation, keys, context);
    } catch (const error& failed) {
      if (!is_missing_table(failed)) throw;
      forget_list();
      const auto now = list(inside, context);
      if (const auto* const again = now->find(place.id)) expect_to_be_waited_for(again->place, failed);
    }
  }
}

void index_catalog::check_raw(const executor& on, std::string_view sql, const call_context& context) {
  const auto word = first_word(sql, on.engine());
  if (!is_one_of(word, {"INSERT", "REPLACE", "UPDATE", "DELETE", "LOAD", "IMPORT", "WITH", "BATCH", "EXPLAIN", "DESC",
                        "DESCRIBE"}))
    return;
  const auto listing = list(on, context);
  if (listing->entries.empty()) return;
  const auto names = targets_of(sql);
  for (const auto& entry : listing->entries) {
    const auto is_it = [&](const std::string& name) { return same_name(name, entry.place.table); };
    if (std::ranges::none_of(names, is_it)) continue;
    if (on.in_transaction() && std::ranges::any_of(on.transaction()->touched(), is_it)) continue;
    throw_error({.code = errc::usage,
                 .message = "\"" + entry.place.table +
                            "\" has a search index, which has to know which rows are changed: use insert, update, "
                            "save or erase, or call touches<...>(keys) in the transaction before",
                 .sql = std::string(sql),
                 .where = context.where,
                 .sent = false});
  }
}

}  // namespace tidb::detail
