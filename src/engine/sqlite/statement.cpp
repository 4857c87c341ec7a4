#include "engine/sqlite/statement.hpp"

#include "engine/sql_text.hpp"
#include "tidbxx/core/error.hpp"

#include <utility>

namespace tidb::detail {
namespace {

inline void read_bytes(value_view& cell, value_kind kind, sqlite3_value* found) noexcept {
  const void* data = sqlite3_value_blob(found);
  cell.kind = kind;
  cell.data = data != nullptr ? data : "";  // SQLite gives a null pointer for no bytes
  cell.size = static_cast<std::size_t>(sqlite3_value_bytes(found));
}

/// By the types that create_table gives to columns.
column_kinds declared_kinds(const char* type) noexcept {
  const auto begins_with = [&](const char* name, int length) {
    return type != nullptr && sqlite3_strnicmp(type, name, length) == 0;
  };
  column_kinds kinds;
  if (begins_with("DECIMAL_TEXT", 12)) kinds.text = value_kind::decimal;
  if (begins_with("JSON_TEXT", 9)) kinds.text = value_kind::json;
  if (begins_with("VECTOR", 6)) kinds.blob = value_kind::vector;
  return kinds;
}

}  // namespace

sqlite_statement::sqlite_statement(sqlite_session& session, const statement_text& text)
    : session_(session), hash_(text.hash()), sql_(text.sql()) {
  statement_ = session_.prepare(sql_, SQLITE_PREPARE_PERSISTENT);
  writes_ = sqlite3_stmt_readonly(statement_) == 0;
  inserts_ = writes_ && is_insert(sql_, engine_kind::embedded);
  stores_ = inserts_ || (writes_ && first_word(sql_, engine_kind::embedded) != "DELETE");
  reads_last_key_ = inserts_ && sqlite3_strlike("%last_insert_rowid%", sql_.c_str(), 0) == 0;
  parameter_count_ = sqlite3_bind_parameter_count(statement_);
  read_columns();
}

sqlite_statement::~sqlite_statement() {
  if (session_.is_inherited()) return;
  finish();
  sqlite3_finalize(statement_);
}

void sqlite_statement::execute(std::span<const value_view> parameters, const call_context& context) {
  session_.expect_none_open(context.where);
  if (parameters.size() != static_cast<std::size_t>(parameter_count_)) [[unlikely]]
    refuse_count(parameters.size(), context);
  int position = 0;
  for (const auto& parameter : parameters) bind(++position, parameter, context);
  affected_rows_ = 0;
  last_insert_id_ = 0;
  session_.begin(context, sql_);
  session_.set_open(&sql_, statement_);
  state_ = state::done;
  const int code = writes_ ? start_write() : sqlite3_step(statement_);
  if (sqlite3_stmt_status(statement_, SQLITE_STMTSTATUS_REPREPARE, 0) != preparations_) [[unlikely]]
    read_columns();
  if (writes_) {
    keep_rows(code);
    note_write();
  } else if (code == SQLITE_ROW) {
    read_row();
    state_ = state::first_row;
  } else if (code != SQLITE_DONE) {
    fail(code);
  }
}

/// The same as many runs of `execute`, with what they share done once.
void sqlite_statement::execute_rows(std::span<const value_view> parameters, std::size_t width,
                                    const call_context& context) {
  if (!inserts_ || reads_last_key_ || column_count_ > 0)
    return engine_statement::execute_rows(parameters, width, context);
  session_.expect_none_open(context.where);
  if (width != static_cast<std::size_t>(parameter_count_)) refuse_count(width, context);
  session_.begin(context, sql_);
  session_.set_open(&sql_, statement_);
  state_ = state::done;
  std::uint64_t sum = 0;
  for (; parameters.size() >= width; parameters = parameters.subspan(width)) {
    session_.check_limits(sql_);
    int position = 0;
    for (const auto& parameter : parameters.first(width)) bind(++position, parameter, context);
    const int code = sqlite3_step(statement_);
    if (code != SQLITE_DONE) [[unlikely]]
      fail(code);
    sum += static_cast<std::uint64_t>(sqlite3_changes64(session_.handle()));
    sqlite3_reset(statement_);
  }
  affected_rows_ = sum;
  last_insert_id_ = 0;
}

bool sqlite_statement::next() {
  if (state_ == state::rows) [[likely]] {
    const int code = sqlite3_step(statement_);
    if (code == SQLITE_ROW) [[likely]] {
      read_row();
      return true;
    }
    state_ = state::done;
    if (code != SQLITE_DONE) fail(code);
    return false;
  }
  if (state_ == state::first_row) {
    state_ = state::rows;
    return true;
  }
  return state_ == state::kept_rows && next_kept();
}

void sqlite_statement::finish() noexcept {
  if (state_ == state::idle) return;
  // Its code repeats an error that was thrown already. Bindings stay: the next run replaces every one of them.
  sqlite3_reset(statement_);
  session_.end();
  session_.set_open(nullptr, nullptr);
  state_ = state::idle;
}

int sqlite_statement::start_write() {
  auto* handle = session_.handle();
  changes_before_ = sqlite3_total_changes64(handle);
  if (inserts_) {
    // An upsert that inserts nothing leaves the last key as it was; so it is set to what no insert leaves.
    key_before_ = sqlite3_last_insert_rowid(handle);
    if (!reads_last_key_) sqlite3_set_last_insert_rowid(handle, 0);
  }
  return sqlite3_step(statement_);
}

/// Reads what an executed write changed. The handle counts only INSERT, UPDATE and DELETE, and remembers the last one.
void sqlite_statement::note_write() {
  auto* handle = session_.handle();
  if (sqlite3_total_changes64(handle) != changes_before_)
    affected_rows_ = static_cast<std::uint64_t>(sqlite3_changes64(handle));
  if (!inserts_) return;
  const auto last = sqlite3_last_insert_rowid(handle);
  if (last == 0 && !reads_last_key_) return sqlite3_set_last_insert_rowid(handle, key_before_);
  if (affected_rows_ == 0 || last <= 0) return;
  // Generated keys follow each other within one statement.
  const auto key = static_cast<std::uint64_t>(last);
  last_insert_id_ = key >= affected_rows_ ? key - affected_rows_ + 1 : key;
}

/// Runs a write to its end: its commit belongs to `execute`, which can tell of an error.
void sqlite_statement::keep_rows(int code) {
  kept_.clear();
  kept_read_ = 0;
  for (; code == SQLITE_ROW; code = sqlite3_step(statement_)) {
    read_row();
    for (const auto& cell : cells_) kept_.emplace_back(cell);
  }
  if (code != SQLITE_DONE) {
    if (inserts_ && !reads_last_key_) sqlite3_set_last_insert_rowid(session_.handle(), key_before_);
    fail(code);
  }
  if (!kept_.empty()) state_ = state::kept_rows;
}

bool sqlite_statement::next_kept() {
  if (kept_read_ == kept_.size()) {
    state_ = state::done;
    return false;
  }
  for (auto& cell : cells_) cell = kept_[kept_read_++].view();
  return true;
}

void sqlite_statement::fail(int code) {
  auto info = session_.failure(code, sql_);
  finish();
  throw_error(std::move(info));
}

void sqlite_statement::read_columns() {
  preparations_ = sqlite3_stmt_status(statement_, SQLITE_STMTSTATUS_REPREPARE, 0);
  column_count_ = sqlite3_column_count(statement_);
  columns_.resize(static_cast<std::size_t>(column_count_));
  cells_.resize(columns_.size());
  kinds_.resize(columns_.size());
  for (int column = 0; column < column_count_; ++column) {
    const char* name = sqlite3_column_name(statement_, column);
    columns_[static_cast<std::size_t>(column)] = name != nullptr ? name : "";
    kinds_[static_cast<std::size_t>(column)] = declared_kinds(sqlite3_column_decltype(statement_, column));
  }
}

void sqlite_statement::read_row() noexcept {
  // Cells are written in place, field by field: building and copying views costs 5 % of reading a small row.
  // The "unprotected" value may be used like any other here: nobody else uses this handle meanwhile. It spares the
  // checks that each sqlite3_column_… repeats, which cost 30 %.
  value_view* cell = cells_.data();
  for (int column = 0, count = column_count_; column < count; ++column, ++cell) {
    sqlite3_value* const found = sqlite3_column_value(statement_, column);
    switch (sqlite3_value_type(found)) {
    case SQLITE_INTEGER:
      cell->kind = value_kind::integer;
      cell->integer = sqlite3_value_int64(found);
      break;
    case SQLITE_FLOAT:
      cell->kind = value_kind::real;
      cell->real = sqlite3_value_double(found);
      break;
    case SQLITE_TEXT:
      // sqlite3_value_text would copy the text to append a zero; its bytes are the same, unless the file holds UTF-16.
      if (!session_.utf8()) sqlite3_value_text(found);
      read_bytes(*cell, kinds_[static_cast<std::size_t>(column)].text, found);
      break;
    case SQLITE_BLOB: read_bytes(*cell, kinds_[static_cast<std::size_t>(column)].blob, found); break;
    default: *cell = {};
    }
  }
}

}  // namespace tidb::detail
