#include "engine/tidb/statement.hpp"

#include "tidbxx/core/error.hpp"

#include <errmsg.h>
#include <fmt/format.h>

namespace tidb::detail {
namespace {

constexpr unsigned not_preparable = 1295;
/// Of the packet that executes a statement, behind its command: the statement's number, flags, a count.
constexpr std::size_t execute_header = 4 + 1 + 4;

/// Values of counters when libmariadb has none to tell.
std::uint64_t known_count(unsigned long long count) noexcept {
  return count == static_cast<unsigned long long>(-1) ? 0 : count;
}

}  // namespace

tidb_statement::tidb_statement(session& owner, const statement_text& text, const call_context& context)
    : session_(owner), sql_(text.sql()), hash_(text.hash()), kind_(phase_of(sql_)), where_(context.where) {
  check_not_empty(sql_, where_);
  session_.begin(limit_, phase_, sql_, context);
  prepare();
  session_.end(limit_);
}

void tidb_statement::prepare() {
  phase_ = call_phase::reading;  // preparing changes nothing
  statement_.reset();            // before its successor: then the server counts one
  statement_.reset(mysql_stmt_init(session_.handle()));
  if (!statement_) throw std::bad_alloc();
  mysql_stmt_attr_set(statement_.get(), STMT_ATTR_CB_USER_DATA, &reader_);
  mysql_stmt_attr_set(statement_.get(), STMT_ATTR_CB_RESULT, reinterpret_cast<const void*>(&row_reader::on_cell));
  reader_.network(&session_.handle()->net);
  parameters_.forget();
  for (int attempt = 0;; ++attempt) {
    if (mysql_stmt_prepare(statement_.get(), sql_.data(), sql_.size()) == 0) return;
    const auto code = mysql_stmt_errno(statement_.get());
    if (code == not_preparable) return statement_.reset();
    if (attempt > 0 || !wants_new_preparation(code)) fail();
  }
}

void tidb_statement::execute(std::span<const value_view> values, const call_context& context) {
  const std::size_t wanted = statement_ ? mysql_stmt_param_count(statement_.get()) : 0;
  if (values.size() != wanted) refuse_count(wanted, values.size(), context);
  where_ = context.where;
  affected_rows_ = last_insert_id_ = 0;
  const auto phase = session_.phase(kind_);
  // Bound first: what cannot be bound is an error of the program, and nothing has begun yet.
  if (statement_) {
    parameters_.bind(statement_.get(), values, where_);
    session_.expect_fits(execute_header + parameters_.bytes(), sql_, context);
  }
  session_.begin(limit_, phase, sql_, context);
  phase_ = phase;
  if (statement_)
    send(values);
  else
    send_text();
}

void tidb_statement::refuse_count(std::size_t wanted, std::size_t given, const call_context& context) const {
  throw_error({.code = errc::usage,
               .message = fmt::format("the statement has {} parameters, and {} values were given", wanted, given),
               .sql = sql_,
               .endpoint = session_.endpoint(),
               .where = context.where});
}

void tidb_statement::send(std::span<const value_view> values) {
  const auto phase = phase_;
  for (int attempt = 0; mysql_stmt_execute(statement_.get()) != 0; ++attempt) {
    const auto code = mysql_stmt_errno(statement_.get());
    const bool stale = wants_new_preparation(code) || code == CR_NEW_STMT_METADATA;
    parameters_.forget();  // the types may not have reached the server
    if (attempt > 0 || !stale) fail();
    prepare_again(values);
    phase_ = phase;
  }
  if (statement_->field_count == 0) {
    affected_rows_ = known_count(mysql_stmt_affected_rows(statement_.get()));
    last_insert_id_ = mysql_stmt_insert_id(statement_.get());
    return end_call();
  }
  rows_open_ = true;
  session_.open(&sql_);
  // The names in the statement itself are those of its preparation; a table may have changed since.
  auto* handle = session_.handle();
  learn_columns(handle->fields ? handle->fields : statement_->fields, statement_->field_count);
}

/// Whatever it throws, the limit of the call does not outlive it.
void tidb_statement::prepare_again(std::span<const value_view> values) try {
  prepare();
  parameters_.bind(statement_.get(), values, where_);
} catch (...) {
  session_.end(limit_);
  throw;
}

void tidb_statement::send_text() {
  auto* handle = session_.handle();
  if (mysql_real_query(handle, sql_.data(), sql_.size()) != 0) fail();
  text_rows_.reset(mysql_use_result(handle));
  if (!text_rows_) {
    if (mysql_field_count(handle) != 0) fail();
    affected_rows_ = known_count(mysql_affected_rows(handle));
    last_insert_id_ = mysql_insert_id(handle);
    return end_call();
  }
  rows_open_ = true;
  session_.open(&sql_);
  learn_columns(mysql_fetch_fields(text_rows_.get()), mysql_num_fields(text_rows_.get()));
}

void tidb_statement::learn_columns(const MYSQL_FIELD* fields, std::size_t count) {
  reader_.describe(fields, count, cells_);
  columns_.resize(count);
  for (std::size_t i = 0; i < count; ++i) {
    const std::string_view name(fields[i].name, fields[i].name_length);
    if (columns_[i] != name) columns_[i] = name;
  }
}

bool tidb_statement::next() {
  if (!rows_open_) return false;
  if (!statement_) {
    auto* row = mysql_fetch_row(text_rows_.get());
    if (row) return reader_.read_text_row(row, mysql_fetch_lengths(text_rows_.get())), true;
    if (mysql_errno(session_.handle()) != 0) fail();
    end_call();
    return false;
  }
  const int result = mysql_stmt_fetch(statement_.get());
  if (result == 0 && !reader_.malformed()) [[likely]]
    return true;
  if (result == MYSQL_NO_DATA) {
    end_call();
    return false;
  }
  fail();
}

tidb_statement::~tidb_statement() {
  finish();
  if (session_.is_inherited()) leave_to_parent();
}

/// In a child process: libmariadb would tell the server to close what the parent still uses, or read what comes for it.
void tidb_statement::leave_to_parent() noexcept {
  static_cast<void>(statement_.release());
  static_cast<void>(text_rows_.release());
}

void tidb_statement::finish() noexcept {
  if (!rows_open_) return;
  if (session_.is_inherited()) leave_to_parent();
  // Before another statement; of a lost connection there is nothing to read.
  session_.read_on(statement_.get(), text_rows_.get());
  end_call();
}

void tidb_statement::end_call() noexcept {
  text_rows_.reset();
  if (rows_open_) session_.open(nullptr);
  rows_open_ = false;
  session_.end(limit_);
}

void tidb_statement::fail() {
  text_rows_.reset();
  if (rows_open_) session_.open(nullptr);
  rows_open_ = false;
  if (reader_.malformed()) session_.drop();
  session_.fail(statement_.get(), limit_, {phase_, sql_, session_.endpoint(), where_});
}

}  // namespace tidb::detail
