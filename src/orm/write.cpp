#include "tidbxx/orm/write.hpp"

#include "tidbxx/core/error.hpp"
#include "tidbxx/engine/transaction.hpp"
#include "tidbxx/engine/write_observer.hpp"

#include <algorithm>
#include <optional>
#include <utility>

namespace tidb::detail {

namespace {

constexpr std::size_t rows_at_once = 128;  // bound in a row, on the embedded engine

std::size_t bytes_of(std::span<const value_view> row) {
  std::size_t bytes = 0;
  for (const auto& cell : row) {
    if (cell.kind == value_kind::vector)
      bytes += cell.size * 4;  // crosses as text, up to 16 bytes a float
    else
      bytes += cell.has_bytes() ? cell.size + 9 : 10;
  }
  return bytes;
}

sql::insert insert_of(const mapped_table& table) {
  sql::insert made;
  made.table = table.definition.name;
  made.columns = table.names;
  return made;
}

statement_text insert_text(const executor& on, sql::insert form, std::size_t rows) {
  form.rows = rows;
  return statement_text(sql::print(form, dialect_of(on)).text);
}

write_target target_of(const mapped_table& table, write_kind kind) {
  return {.kind = kind, .table = table.definition.name, .columns = table.names, .key = table.key};
}

std::vector<value_view> views_of(const sql::printed& made, const call_context& context) {
  return literals(made.slots, context);
}

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

bool update_one(const executor& on, const mapped_table& table, std::span<const value_view> row,
                const call_context& context) {
  auto statement = update_by_key(table, row);
  if (statement.set.empty()) return row_exists(on, table, std::move(statement.where), context);
  return run_update(on, statement, context) > 0;
}

}  // namespace

struct bulk_insert::state {
  state(const executor& on_, const mapped_table& table_, sql::insert form_, call_context context_)
      : table(table_), form(std::move(form_)), context(std::move(context_)), on(on_),
        what_to_set(form.set.empty() ? sql::printed{} : sql::print(form, dialect_of(on))), kept(context.where) {
    own_values = views_of(what_to_set, context);
  }

  const mapped_table& table;
  sql::insert form;  ///< of no row
  call_context context;
  const executor& on;
  std::size_t width{};
  bool row_by_row{};  ///< one INSERT a row: the embedded engine, where there is no round trip to save
  std::size_t batch_rows{};
  std::size_t batch_bytes{};
  std::size_t filled{};      ///< rows in `cells`; the newest may still be empty
  std::size_t full_bytes{};  ///< bytes of the rows before the newest
  std::size_t full_kept{};   ///< values in `kept` of the rows before the newest
  std::uint64_t inserted{};
  std::vector<value_view> cells{};
  std::optional<statement_text> full_text{};
  sql::printed what_to_set;
  std::vector<value_view> own_values{};  ///< the statement's own, behind those of its rows
  std::vector<value_view> all_values{};
  kept_cells kept;

  /// Those of so many rows, with the statement's own behind them.
  std::span<const value_view> parameters(std::size_t rows, std::size_t rows_a_statement) {
    if (own_values.empty()) return {cells.data(), rows * width};
    all_values.clear();
    for (std::size_t row = 0; row < rows; row += rows_a_statement) {
      const auto first = cells.begin() + static_cast<std::ptrdiff_t>(row * width);
      all_values.insert(all_values.end(), first, first + static_cast<std::ptrdiff_t>(rows_a_statement * width));
      all_values.insert(all_values.end(), own_values.begin(), own_values.end());
    }
    return all_values;
  }

  void send(std::size_t rows) {
    if (rows == 0) return;
    const auto target = target_of(table, write_kind::insert);
    const auto rows_a_statement = row_by_row ? 1 : rows;
    const auto given = parameters(rows, rows_a_statement);
    std::optional<statement_text> other;
    if (row_by_row || rows == batch_rows) {
      if (!full_text) full_text = insert_text(on, form, rows_a_statement);
    } else {
      other = insert_text(on, form, rows_a_statement);
    }
    const auto& text = other ? *other : *full_text;
    const auto limits = on.context(context.where);  // a time-out is for each statement
    inserted += row_by_row ? run_rows(on, text, given, width + own_values.size(), target, limits)
                           : run_write(on, text, given, target, limits).affected_rows;
    // what was not sent is at most the newest row: it becomes the first of the next batch
    std::copy(cells.begin() + static_cast<std::ptrdiff_t>(rows * width),
              cells.begin() + static_cast<std::ptrdiff_t>(filled * width), cells.begin());
    filled -= rows;
    full_bytes = 0;
    kept.forget_first(filled == 0 ? kept.size() : full_kept);
    full_kept = 0;
  }
};

bulk_insert::bulk_insert(const executor& on, const mapped_table& table, const insert_form& form,
                         std::size_t expected_rows, call_context context) {
  auto statement = insert_of(table);
  statement.rows = 0;
  statement.conflict = form.conflict;
  statement.set = form.set;
  state_ = std::make_unique<state>(on, table, std::move(statement), std::move(context));
  const auto features = borrowed(on, state_->context)->features();
  state_->width = table.names.size();
  state_->row_by_row = features.rows_per_insert == 1;
  const auto wanted = state_->row_by_row ? rows_at_once : features.rows_per_insert;
  state_->batch_rows = std::min(sql::rows_within(state_->width, wanted, features.max_parameters),
                                std::max<std::size_t>(expected_rows, 1));
  state_->batch_bytes = features.max_packet / 2;  // the statement's text and the packet's headers come on top
  state_->cells.resize(state_->batch_rows * state_->width);
}

bulk_insert::~bulk_insert() = default;

value_view* bulk_insert::next_row() {
  auto& own = *state_;
  if (own.filled > 0) {
    const auto* newest = own.cells.data() + (own.filled - 1) * own.width;
    const auto bytes = own.row_by_row ? 0 : bytes_of({newest, own.width});
    if (own.full_bytes + bytes > own.batch_bytes && own.filled > 1) own.send(own.filled - 1);
    own.full_bytes += bytes;
    if (own.filled == own.batch_rows) own.send(own.filled);
  }
  own.full_kept = own.kept.size();
  return own.cells.data() + own.filled++ * own.width;
}

kept_cells& bulk_insert::kept() { return state_->kept; }

std::uint64_t bulk_insert::finish() {
  auto& own = *state_;
  if (own.filled > 1 && !own.row_by_row &&
      own.full_bytes + bytes_of({own.cells.data() + (own.filled - 1) * own.width, own.width}) > own.batch_bytes)
    own.send(own.filled - 1);
  own.send(own.filled);
  return own.inserted;
}

std::uint64_t insert_rows(const executor& on, const mapped_table& table, const insert_form& form, std::size_t expected,
                          function_ref<void(bulk_insert&)> encode, std::source_location where) {
  std::uint64_t inserted = 0;
  const auto insert = [&](const executor& inside) {
    bulk_insert rows(inside, table, form, expected, inside.context(where));
    encode(rows);
    inserted = rows.finish();
  };
  if (on.in_transaction() || expected <= 1)
    insert(on);
  else
    run_transaction(on, {}, insert, nullptr, where);
  return inserted;
}

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
  auto statement = insert_of(table);
  if (!columns.empty()) statement.columns = std::move(columns);
  statement.query = std::move(query);
  auto made = sql::print(statement, dialect_of(on));
  const auto views = views_of(made, context);
  return run_write(on, statement_text(std::move(made.text)), views, target_of(table, write_kind::insert), context)
      .affected_rows;
}

std::uint64_t run_update(const executor& on, const sql::update& statement, const call_context& context) {
  auto made = sql::print(statement, dialect_of(on));
  std::vector<std::string> columns;
  columns.reserve(statement.set.size());
  for (const auto& change : statement.set) columns.push_back(change.column);
  const auto views = views_of(made, context);
  return run_write(on, statement_text(std::move(made.text)), views,
                   {.kind = write_kind::update, .table = statement.table, .columns = columns}, context)
      .affected_rows;
}

std::uint64_t run_erase(const executor& on, const sql::erase& statement, const call_context& context) {
  auto made = sql::print(statement, dialect_of(on));
  const auto views = views_of(made, context);
  return run_write(on, statement_text(std::move(made.text)), views,
                   {.kind = write_kind::erase, .table = statement.table}, context)
      .affected_rows;
}

}  // namespace tidb::detail
