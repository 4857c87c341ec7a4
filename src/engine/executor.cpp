#include "tidbxx/engine/executor.hpp"

#include "engine/sql_text.hpp"
#include "tidbxx/core/error.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <string>
#include <utility>

namespace tidb::detail {

namespace {

template <std::size_t N>
bool is_one_of(const std::string& word, const std::array<std::string_view, N>& words) {
  return std::ranges::find(words, std::string_view(word)) != words.end();
}

// What TiDB commits by itself before.
constexpr std::array<std::string_view, 12> ddl{"CREATE", "ALTER",  "DROP",  "TRUNCATE", "RENAME",  "VACUUM",
                                               "GRANT",  "REVOKE", "FLUSH", "ANALYZE",  "RECOVER", "FLASHBACK"};
// What changes the state of a connection that the next statement may not run on.
constexpr std::array<std::string_view, 11> control{"BEGIN", "START", "COMMIT", "ROLLBACK", "SAVEPOINT", "RELEASE",
                                                   "END",   "XA",    "LOCK",   "UNLOCK",   "USE"};

bool sets_autocommit(std::string word, std::string_view sql) {
  if (word != "SET") return false;
  std::string text(sql);
  std::ranges::transform(text, text.begin(),
                         [](unsigned char letter) { return static_cast<char>(std::tolower(letter)); });
  return text.find("autocommit") != std::string::npos && text.find("global") == std::string::npos;
}

void refuse_ddl(std::string_view sql, const call_context& context) {
  throw_error({.code = errc::usage,
               .message = "DDL inside a transaction: TiDB would commit what was done so far. Run it on the client, "
                          "before or after the transaction",
               .sql = std::string(sql),
               .where = context.where});
}

void savepoint(engine_connection& connection, std::string_view command, int depth, const call_context& context) {
  connection.run(std::string(command) + " tidbxx_" + std::to_string(depth), context);
}

}  // namespace

executor::executor() noexcept = default;
executor::executor(std::shared_ptr<pool_state> pool, transaction_scope* transaction, call_options options)
    : pool_(std::move(pool)), transaction_(transaction), options_(std::move(options)) {}
executor::executor(const executor&) = default;
executor::executor(executor&&) noexcept = default;
executor& executor::operator=(const executor&) = default;
executor& executor::operator=(executor&&) noexcept = default;
executor::~executor() = default;

call_context executor::context(std::source_location where) const {
  if (!pool_) throw_usage("this client was moved from: use the one it was moved to", where);
  call_context made{.stop = options_.stop, .where = where};
  const auto timeout = options_.timeout.count() > 0 ? options_.timeout : pool_->statement_timeout();
  if (timeout.count() <= 0) return made;
  const auto now = std::chrono::steady_clock::now();
  // what the clock cannot count to is no limit
  if (timeout < std::chrono::duration_cast<std::chrono::milliseconds>(made.deadline - now))
    made.deadline = now + timeout;
  return made;
}

transaction_scope::transaction_scope(std::shared_ptr<pool_state> pool, const call_context& context)
    : pool_(std::move(pool)), lease_(pool_->checkout(context)) {
  // a deferred transaction that reads before it writes could not be finished once another one has written
  const auto begin = pool_->engine() == engine_kind::embedded ? "BEGIN IMMEDIATE" : "BEGIN PESSIMISTIC";
  lease_->run(lease_->features().engine == engine_kind::tidb &&
                      lease_->features().version.find("TiDB") == std::string::npos
                  ? "BEGIN"
                  : begin,
              context);
  open_ = true;
}

transaction_scope::transaction_scope(transaction_scope& outer, const call_context& context)
    : outer_(&outer), depth_(outer.depth_ + 1) {
  savepoint(outer.connection(context), "SAVEPOINT", depth_, context);
  outer.nested_open_ = true;
  open_ = true;
}

transaction_scope& transaction_scope::outermost() noexcept { return outer_ != nullptr ? outer_->outermost() : *this; }

engine_connection& transaction_scope::raw() noexcept { return *outermost().lease_; }

void transaction_scope::note(const error& failed) {
  if (failed.poisons_transaction() && !outermost().fatal_) outermost().fatal_ = failed;
}

engine_connection& transaction_scope::connection(const call_context& context) {
  if (!open_) throw_usage("this transaction is over", context.where);
  if (const auto& fatal = outermost().fatal_) {
    auto info = fatal->info();
    info.message = "an earlier error has ended this transaction, and nothing of it is kept: " + info.message;
    info.where = context.where;
    throw_error(std::move(info));
  }
  if (nested_open_) throw_usage("a nested transaction is open: use the one that its function was given", context.where);
  return raw();
}

void transaction_scope::commit(const call_context& context) {
  auto& own = connection(context);
  if (outer_ != nullptr) {
    savepoint(own, "RELEASE SAVEPOINT", depth_, context);
    outer_->nested_open_ = false;
    open_ = false;
    return;
  }
  own.run("COMMIT", context);
  open_ = false;
}

transaction_scope::~transaction_scope() {
  if (!open_) return;
  auto& own = raw();
  // the rollback must not hang, and must not replace the error that is on its way
  call_context brief;
  brief.deadline = std::chrono::steady_clock::now() + std::chrono::seconds(5);
  try {
    if (own.usable()) {
      if (outer_ == nullptr)
        own.run("ROLLBACK", brief);
      else if (!outermost().fatal_)
        savepoint(own, "ROLLBACK TO SAVEPOINT", depth_, brief);
    }
  } catch (...) {
    own.abandon();
  }
  if (outer_ != nullptr) outer_->nested_open_ = false;
}

borrowed::borrowed(const executor& from, const call_context& context) {
  if (from.in_transaction()) {
    connection_ = &from.transaction()->connection(context);
    return;
  }
  lease_ = from.pool()->checkout(context);
  connection_ = &*lease_;
}

namespace {

/// Runs a statement and tells the transaction, if there is one, of an error that ended it.
template <class F>
decltype(auto) noting(transaction_scope* transaction, F&& run) {
  try {
    return run();
  } catch (const error& failed) {
    if (transaction != nullptr) transaction->note(failed);
    throw;
  }
}

}  // namespace

open_rows::open_rows(const executor& from, const statement_text& text, std::span<const value_view> parameters,
                     const call_context& context)
    : transaction_(from.transaction()), connection_(from, context),
      statement_(noting(transaction_, [&] { return &connection_->prepare(text, context); })) {
  try {
    noting(transaction_, [&] { statement_->execute(parameters, context); });
  } catch (...) {
    statement_->finish();
    throw;
  }
}

namespace {

struct finisher {
  engine_statement& ended;
  ~finisher() { ended.finish(); }
};

write_result execute_to_end(engine_connection& connection, const statement_text& text,
                            std::span<const value_view> parameters, const call_context& context) {
  auto& statement = connection.prepare(text, context);
  const finisher finish{statement};
  statement.execute(parameters, context);
  while (statement.next()) {
  }
  return {statement.affected_rows(), statement.last_insert_id()};
}

std::uint64_t execute_each(engine_connection& connection, const statement_text& text, std::span<const value_view> rows,
                           std::size_t width, const call_context& context) {
  auto& statement = connection.prepare(text, context);
  const finisher finish{statement};
  statement.execute_rows(rows, width, context);
  return statement.affected_rows();
}

/// The primary keys of inserted rows; none if one was generated and cannot be known.
std::vector<value> keys_of(const write_target& target, std::span<const value_view> rows, std::uint64_t generated) {
  std::vector<value> keys;
  if (target.key.empty()) return keys;
  for (std::size_t first = 0; first < rows.size(); first += target.columns.size())
    for (const auto place : target.key) {
      const auto& cell = rows[first + place];
      if (cell.is_null() && generated == 0) return {};
      keys.emplace_back(cell.is_null() ? value_view::of(generated++) : cell);
    }
  return keys;
}

}  // namespace

write_result run_write(const executor& on, const statement_text& text, std::span<const value_view> parameters,
                       const write_target& target, const call_context& context) {
  auto* observer = on.pool()->observer();
  const auto run = [&](engine_connection& connection) {
    return noting(on.transaction(), [&] { return execute_to_end(connection, text, parameters, context); });
  };
  if (observer == nullptr) return run(*borrowed(on, context));
  if (!on.in_transaction()) {  // what the observer writes belongs to the same transaction
    transaction_scope scope(on.pool(), context);
    const auto result = run_write(executor(on.pool(), &scope, on.options()), text, parameters, target, context);
    scope.commit(context);
    return result;
  }
  const borrowed connection(on, context);
  const auto result = run(*connection);
  const auto keys = keys_of(target, parameters, result.last_insert_id);
  observer->wrote(*connection, {.kind = target.kind,
                                .table = target.table,
                                .columns = target.columns,
                                .keys = keys,
                                .key_columns = target.key.size(),
                                .sql = text.sql()});
  return result;
}

std::uint64_t run_rows(const executor& on, const statement_text& text, std::span<const value_view> rows,
                       const write_target& target, const call_context& context) {
  const auto width = target.columns.size();
  if (on.pool()->observer() == nullptr) {
    const borrowed connection(on, context);
    return noting(on.transaction(), [&] { return execute_each(*connection, text, rows, width, context); });
  }
  std::uint64_t sum = 0;
  for (; !rows.empty(); rows = rows.subspan(width))
    sum += run_write(on, text, rows.first(width), target, context).affected_rows;
  return sum;
}

void run_ddl(const executor& on, std::string_view sql, const call_context& context) {
  if (on.in_transaction()) refuse_ddl(sql, context);
  borrowed(on, context)->run(sql, context);
}

void check_raw(const executor& on, std::string_view sql, const call_context& context) {
  const auto word = first_word(sql, on.engine());
  if (is_one_of(word, control) || sets_autocommit(word, sql))
    throw_error({.code = errc::usage,
                 .message = word + " as a statement: the next one may run on another connection. Use "
                                   "client.transaction(function), and name the database when connecting",
                 .sql = std::string(sql),
                 .where = context.where});
  if (on.in_transaction() && is_one_of(word, ddl)) refuse_ddl(sql, context);
}

void throw_row_count(errc code, std::string_view sql, const call_context& context) {
  throw_error({.code = code,
               .message = code == errc::no_row ? "one row was asked for and none was found"
                                               : "one row was asked for and several were found",
               .sql = std::string(sql),
               .where = context.where});
}

}  // namespace tidb::detail
