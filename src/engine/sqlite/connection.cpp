#include "engine/sqlite/connection.hpp"

#include "engine/sql_text.hpp"
#include "engine/sqlite/functions.hpp"
#include "engine/sqlite/open.hpp"
#include "engine/sqlite/session.hpp"
#include "engine/sqlite/statement.hpp"
#include "engine/statement_cache.hpp"
#include "tidbxx/core/error.hpp"

#include <utility>

namespace tidb::detail {
namespace {

capabilities features_of(sqlite3* handle) {
  capabilities features;
  features.engine = engine_kind::embedded;
  features.version = sqlite3_libversion();
  features.deployment = "embedded";
  features.max_parameters = static_cast<std::size_t>(sqlite3_limit(handle, SQLITE_LIMIT_VARIABLE_NUMBER, -1));
  features.max_packet = static_cast<std::size_t>(sqlite3_limit(handle, SQLITE_LIMIT_LENGTH, -1));
  features.rows_per_insert = 1;  // there is no round trip to save
  return features;
}

class sqlite_connection final : public engine_connection {
public:
  sqlite_connection(std::unique_ptr<sqlite_session> session, resolved_options options)
      : options_(std::move(options)), session_(std::move(session)), features_(features_of(session_->handle())) {}

  engine_statement& prepare(const statement_text& text, const call_context& context) override {
    session_->expect_none_open(context.where);
    if (auto* known = cache_.find(text)) return *known;
    // Noted here, as some take effect when they are prepared; a reset forgets them, so that they come by here again.
    session_changed_ = session_changed_ || changes_session(text.sql(), engine_kind::embedded);
    const call_scope call(*session_, context, text.sql());
    return cache_.add(*session_, text);
  }

  void run(std::string_view sql, const call_context& context) override {
    session_->expect_none_open(context.where);
    // Some errors make SQLite roll back by itself; then there is nothing left to do, as on TiDB.
    if (sql == "ROLLBACK" && sqlite3_get_autocommit(session_->handle()) != 0) return;
    const call_scope call(*session_, context, sql);
    session_->run(sql);
  }

  bool usable() const noexcept override { return session_ && session_->usable(); }
  void abandon() noexcept override { session_->abandon(); }
  bool session_changed() const noexcept override { return session_changed_; }

  void reset_session(const call_context& context) noexcept override {
    cache_.clear();
    session_.reset();
    try {
      session_ = open_session(options_, context);
      session_changed_ = false;
    } catch (...) {  // it is not usable now, and who opens the next one will be told why
    }
  }

  bool ping(const call_context& context) noexcept override {
    try {
      const call_scope call(*session_, context, {});
      const scoped_statement statement(*session_, "SELECT 1");
      return usable() && sqlite3_step(statement.get()) == SQLITE_ROW;
    } catch (...) {
      return false;
    }
  }

  const capabilities& features() const noexcept override { return features_; }
  const std::string& endpoint() const noexcept override { return session_->endpoint(); }

private:
  resolved_options options_;
  std::unique_ptr<sqlite_session> session_;  // outlives its statements; none after a failed reset
  capabilities features_;
  statement_cache<sqlite_statement> cache_;
  bool session_changed_{};
};

}  // namespace

std::unique_ptr<engine_connection> open_sqlite(const resolved_options& options, const call_context& context) {
  return std::make_unique<sqlite_connection>(open_session(options, context), options);
}

std::unique_ptr<engine_connection> adopt_sqlite(sqlite3* handle, const call_context& context) {
  return std::make_unique<sqlite_connection>(adopt_session(handle, context), resolved_options{});
}

}  // namespace tidb::detail
