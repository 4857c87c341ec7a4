#include "engine/sqlite/connection.hpp"

#include "engine/sqlite/functions.hpp"
#include "engine/sqlite/open.hpp"
#include "engine/sqlite/session.hpp"
#include "engine/sqlite/statement.hpp"
#include "tidbxx/core/error.hpp"

#include <iterator>
#include <list>
#include <unordered_map>
#include <utility>

namespace tidb::detail {
namespace {

constexpr std::size_t kept_statements = 128;

/// The most recently used statements of a connection.
class statement_cache {
public:
  sqlite_statement* find(const statement_text& text) {
    const auto [first, last] = places_.equal_range(text.hash());
    for (auto place = first; place != last; ++place) {
      if (!place->second->holds(text)) continue;
      statements_.splice(statements_.begin(), statements_, place->second);
      return &statements_.front();
    }
    return nullptr;
  }

  sqlite_statement& add(sqlite_session& session, const statement_text& text) {
    statements_.emplace_front(session, text);
    places_.emplace(text.hash(), statements_.begin());
    if (statements_.size() > kept_statements) drop_oldest();
    return statements_.front();
  }

private:
  using list = std::list<sqlite_statement>;

  void drop_oldest() {
    const auto oldest = std::prev(statements_.end());
    const auto [first, last] = places_.equal_range(oldest->hash());
    for (auto place = first; place != last; ++place) {
      if (place->second != oldest) continue;
      places_.erase(place);
      break;
    }
    statements_.erase(oldest);
  }

  list statements_;
  std::unordered_multimap<std::size_t, list::iterator> places_;
};

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
  explicit sqlite_connection(std::unique_ptr<sqlite_session> session)
      : session_(std::move(session)), features_(features_of(session_->handle())) {}

  engine_statement& prepare(const statement_text& text, const call_context& context) override {
    session_->expect_none_open(context.where);
    if (last_ != nullptr && last_->holds(text)) return *last_;
    last_ = cache_.find(text);
    if (last_ == nullptr) {
      const call_scope call(*session_, context, text.sql());
      last_ = &cache_.add(*session_, text);
    }
    return *last_;
  }

  void run(std::string_view sql, const call_context& context) override {
    session_->expect_none_open(context.where);
    // Some errors make SQLite roll back by itself; then there is nothing left to do, as on TiDB.
    if (sql == "ROLLBACK" && sqlite3_get_autocommit(session_->handle()) != 0) return;
    const call_scope call(*session_, context, sql);
    session_->run(sql);
  }

  bool usable() const noexcept override { return session_->usable(); }
  void abandon() noexcept override { session_->abandon(); }

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
  std::unique_ptr<sqlite_session> session_;  // outlives its statements
  capabilities features_;
  statement_cache cache_;
  sqlite_statement* last_{};
};

}  // namespace

std::unique_ptr<engine_connection> open_sqlite(const resolved_options& options, const call_context& context) {
  return std::make_unique<sqlite_connection>(open_session(options, context));
}

std::unique_ptr<engine_connection> adopt_sqlite(sqlite3* handle, const call_context& context) {
  return std::make_unique<sqlite_connection>(adopt_session(handle, context));
}

}  // namespace tidb::detail
