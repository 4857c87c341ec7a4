#include "tidbxx/orm/write.hpp"

#include "orm/followed_writes.hpp"
#include "orm/set_vectors.hpp"
#include "orm/table_statements.hpp"
#include "tidbxx/core/error.hpp"

#include <algorithm>
#include <iterator>
#include <optional>
#include <utility>

namespace tidb::detail {

namespace {

/// An update of every column but the key, of the row with this key; nothing to set if all columns are the key.
sql::update update_by_key(const mapped_table& table, std::span<const value_view> row) {
  sql::update statement{.table = table.definition.name};
  for (std::size_t i = 0; i < row.size(); ++i) {
    const bool is_key = std::ranges::find(table.key, i) != table.key.end();
    if (!is_key)
      statement.set.push_back({table.names[i], sql::literal(row[i])});
    else
      statement.where = sql::both(std::move(statement.where),
                                  sql::binary(sql::op::equal, sql::column({}, table.names[i]), sql::literal(row[i])));
  }
  return statement;
}

bool row_exists(const executor& on, const mapped_table& table, sql::expression where, const call_context& context) {
  sql::select rows;
  rows.table = table.definition.name;
  rows.where = std::move(where);
  auto made = sql::print(sql::counting(rows), dialect_of(on));
  const auto views = views_of(made, context);
  const statement_text text(std::move(made.text));
  return read_one<std::int64_t>({on, text, views, context}) > 0;
}

/// The update with the vectors of the texts that it sets; nothing if there are none.
std::optional<sql::update> with_vectors(const executor& on, const sql::update& statement, std::source_location where) {
  auto vectors = vectors_set_with(on, statement.table, statement.set, {}, where);
  if (vectors.empty()) return std::nullopt;
  auto whole = statement;
  std::ranges::move(vectors, std::back_inserter(whole.set));
  return whole;
}

bool update_one(const executor& on, const mapped_table& table, std::span<const value_view> row,
                const call_context& context) {
  auto statement = update_by_key(table, row);
  if (statement.set.empty()) return row_exists(on, table, std::move(statement.where), context);
  return run_update(on, statement, context) > 0;
}

}  // namespace

std::uint64_t insert_one(const executor& on, const mapped_table& table, std::span<const value_view> row,
                         const call_context& context) {
  return run_write(on, insert_text(on, insert_of(table), 1), row, target_of(table, write_kind::insert), context)
      .last_insert_id;
}

std::uint64_t save_one(const executor& on, const mapped_table& table, std::span<const value_view> row,
                       const call_context& context) {
  for (const auto place : table.key)
    if (row[place].is_null()) return insert_one(on, table, row, context);
  // ON DUPLICATE KEY UPDATE would overwrite a row that has another unique value of this one
  if (update_one(on, table, row, context)) return 0;
  try {
    return insert_one(on, table, row, context);
  } catch (const constraint_violation&) {
    // another writer may have inserted the key meanwhile; if not, it is another unique value that is taken
    // a connection that was handed to us may count an update that changes nothing as no row
    if (update_one(on, table, row, context) || row_exists(on, table, update_by_key(table, row).where, context))
      return 0;
    throw;
  }
}

std::uint64_t insert_query(const executor& on, const mapped_table& table, std::vector<std::string> columns,
                           std::shared_ptr<const sql::select> query, const call_context& context) {
  auto target = target_of(table, write_kind::insert);
  if (!followed_key(on, target, context).empty())
    throw_usage("the keys of rows that a query inserts are not known, and the search index of \"" +
                    table.definition.name + "\" needs them: read the rows, and insert_many them",
                context.where);
  target.is_unfollowed = true;
  auto statement = insert_of(table);
  if (!columns.empty()) statement.columns = std::move(columns);
  statement.query = std::move(query);
  auto made = sql::print(statement, dialect_of(on));
  const auto views = views_of(made, context);
  return run_write(on, statement_text(std::move(made.text)), views, target, context).affected_rows;
}

std::uint64_t run_update(const executor& on, const sql::update& statement, const call_context& context) {
  if (const auto whole = with_vectors(on, statement, context.where)) return run_update(on, *whole, context);
  auto made = sql::print(statement, dialect_of(on));
  std::vector<std::string> columns;
  columns.reserve(statement.set.size());
  for (const auto& change : statement.set) columns.push_back(change.column);
  write_target target{.kind = write_kind::update, .table = statement.table, .columns = columns};
  if (const auto key = followed_key(on, target, context); !key.empty())
    return change_followed(on, statement, key, context);
  target.is_unfollowed = true;  // whatever becomes known meanwhile: nobody relies on this write yet
  const auto views = views_of(made, context);
  return run_write(on, statement_text(std::move(made.text)), views, target, context).affected_rows;
}

std::uint64_t run_erase(const executor& on, const sql::erase& statement, const call_context& context) {
  auto made = sql::print(statement, dialect_of(on));
  write_target target{.kind = write_kind::erase, .table = statement.table};
  if (const auto key = followed_key(on, target, context); !key.empty())
    return change_followed(on, statement, key, context);
  target.is_unfollowed = true;  // whatever becomes known meanwhile: nobody relies on this write yet
  const auto views = views_of(made, context);
  return run_write(on, statement_text(std::move(made.text)), views, target, context).affected_rows;
}

namespace {

template <class Statement>
void run_batches(const executor& on, const mapped_table& table, const Statement& statement, std::uint64_t rows,
                 const call_context& context,
                 std::uint64_t (*run_whole)(const executor&, const Statement&, const call_context&)) {
  if (on.in_transaction())
    throw_usage("run_in_batches() commits each batch: run it on the client, outside of the transaction", context.where);
  // TiDB takes the key by itself only if it is one column
  const auto column = table.key.size() > 1 ? std::string_view(table.names[table.key.front()]) : std::string_view();
  const auto sql = sql::print_in_batches(statement, column, rows);
  if (on.engine() == engine_kind::embedded) {
    run_whole(on, statement, context);
    return;
  }
  const write_target target{.kind = write_kind::erase, .table = statement.table};  // whatever an update sets
  if (const auto key = followed_key(on, target, context); !key.empty())
    return change_followed_in_batches(on, statement, key, rows, context);
  const borrowed connection(on, context);
  statement_run run(on, *connection, statement_kind::write, sql, {});
  run.step([&] { connection->run(sql, context); });
}

}  // namespace

void run_in_batches(const executor& on, const mapped_table& table, const sql::update& statement, std::uint64_t rows,
                    const call_context& context) {
  const auto whole = with_vectors(on, statement, context.where);
  run_batches(on, table, whole ? *whole : statement, rows, context, run_update);
}

void run_in_batches(const executor& on, const mapped_table& table, const sql::erase& statement, std::uint64_t rows,
                    const call_context& context) {
  run_batches(on, table, statement, rows, context, run_erase);
}

}  // namespace tidb::detail
