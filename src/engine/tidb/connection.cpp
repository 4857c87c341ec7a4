#include "engine/tidb/connection.hpp"

#include "engine/sql_text.hpp"
#include "engine/statement_cache.hpp"
#include "engine/tidb/file_offer.hpp"
#include "engine/tidb/login.hpp"
#include "engine/tidb/session.hpp"
#include "engine/tidb/statement.hpp"

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <exception>
#include <memory>
#include <optional>
#include <utility>

#include <errmsg.h>
#include <fmt/format.h>

namespace tidb::detail {
namespace {

constexpr int too_many_statements = 1461;
/// A connection that says nothing for so long is lost.
constexpr std::chrono::seconds longest_ping{5};

error_info error_of(MYSQL* handle, const error_scene& scene) {
  return classify({static_cast<int>(mysql_errno(handle)), mysql_sqlstate(handle), mysql_error(handle)}, scene);
}

/// The server has refused the last statement, and nothing else happened.
bool is_harmless(MYSQL* handle, const error_scene& scene) {
  const auto info = error_of(handle, scene);
  return !is_local(info.server_code) && !info.retryable && !info.poisons_transaction && !info.poisons_connection;
}

/// What the last statement did to a row beside what it was told, as an error.
std::optional<error_info> first_warning(MYSQL* handle, const error_scene& scene) {
  if (mysql_warning_count(handle) == 0) return std::nullopt;
  if (mysql_query(handle, "SHOW WARNINGS") != 0) return error_of(handle, scene);
  const std::unique_ptr<MYSQL_RES, decltype(&mysql_free_result)> rows(mysql_store_result(handle), &mysql_free_result);
  auto* const row = rows && mysql_num_fields(rows.get()) >= 3 ? mysql_fetch_row(rows.get()) : nullptr;
  if (row == nullptr || row[1] == nullptr || row[2] == nullptr) return error_of(handle, scene);
  return classify({std::atoi(row[1]), "", row[2]}, scene);
}

class tidb_connection final : public engine_connection {
public:
  /// `settings`: the statement that set up the session.
  tidb_connection(MYSQL* handle, bool owned, std::string endpoint, capabilities features,
                  std::shared_ptr<const server_session> on_server, std::string settings)
      : session_(handle, owned, std::move(endpoint), features.max_packet, std::move(on_server)),
        features_(std::move(features)), settings_(std::move(settings)) {}

  engine_statement& prepare(const statement_text& text, const call_context& context) override {
    std::optional<call_limit> none;
    if (session_.open()) session_.begin(none, call_phase::reading, text.sql(), context);  // throws
    if (auto* known = cache_.find(text)) return *known;
    // Noted here; a reset forgets the statement, so that it comes by here again.
    session_changed_ = session_changed_ || changes_session(text.sql(), engine_kind::tidb);
    session_.expect_fits(text.sql().size(), text.sql(), context);
    try {
      return cache_.add(session_, text, context);
    } catch (const error& failed) {
      // all sessions of the server have one bound: another one of this connection makes room
      if (failed.info().server_code != too_many_statements || !cache_.drop_oldest()) throw;
    }
    return cache_.add(session_, text, context);
  }

  void run(std::string_view sql, const call_context& context) override {
    check_not_empty(sql, context.where);
    session_.expect_fits(sql.size(), sql, context);
    std::optional<call_limit> limit;
    const auto phase = session_.phase(phase_of(sql));
    session_.begin(limit, phase, sql, context);
    auto* handle = session_.handle();
    const bool failed = mysql_real_query(handle, sql.data(), sql.size()) != 0;
    // Should there be rows all the same, they are read and dropped, or the next statement would meet them.
    if (!failed) mysql_free_result(mysql_use_result(handle));
    if (failed || mysql_errno(handle) != 0)
      session_.fail(nullptr, limit, {phase, sql, session_.endpoint(), context.where});
    session_.end(limit);
  }

  std::optional<std::uint64_t> load(std::string_view sql, byte_source& file, const call_context& context) override {
    if (!session_.owned()) return std::nullopt;  // which files it sends is the program's own setting
    std::optional<call_limit> limit;
    const error_scene scene{session_.phase(call_phase::writing), sql, session_.endpoint(), context.where};
    session_.begin(limit, scene.phase, sql, context);
    auto* handle = session_.handle();
    file_offer offer(handle, file);
    const bool failed = mysql_real_query(handle, sql.data(), sql.size()) != 0;
    if (!failed) mysql_free_result(mysql_use_result(handle));
    if (offer.failure() && mysql_errno(handle) != CR_SERVER_LOST) {
      session_.end(limit);
      std::rethrow_exception(offer.failure());
    }
    const bool refused = failed && !offer.asked() && is_harmless(handle, scene);
    if (failed && !refused) session_.fail(nullptr, limit, scene);
    const auto rows = refused ? 0 : mysql_affected_rows(handle);
    const auto warning = refused ? std::nullopt : first_warning(handle, scene);
    session_.end(limit);
    if (warning) throw_error(*warning);
    return refused ? std::nullopt : std::optional<std::uint64_t>(rows);
  }

  bool usable() const noexcept override { return session_.usable(); }

  void abandon() noexcept override { session_.drop(); }

  bool session_changed() const noexcept override { return session_changed_; }

  void reset_session(const call_context& context) noexcept override {
    try {
      std::optional<call_limit> limit;
      session_.begin(limit, call_phase::reading, {}, context);
      const bool failed = mysql_reset_connection(session_.handle()) != 0;
      session_.end(limit);
      cache_.clear();  // the server has forgotten them
      if (failed) return session_.drop();
      run(settings_, context);
      session_changed_ = false;
    } catch (...) {
      session_.drop();
    }
  }

  bool ping(const call_context& context) noexcept override {
    try {
      auto brief = context;
      brief.deadline = std::min(context.deadline, std::chrono::steady_clock::now() + longest_ping);
      std::optional<call_limit> limit;
      session_.begin(limit, call_phase::reading, {}, brief);
      if (mysql_ping(session_.handle()) != 0) session_.drop();
      session_.end(limit);
      return session_.usable();
    } catch (...) {  // there was no time left, or it was lost before
      return false;
    }
  }

  const capabilities& features() const noexcept override { return features_; }
  const std::string& endpoint() const noexcept override { return session_.endpoint(); }

private:
  session session_;
  capabilities features_;
  std::string settings_;
  bool session_changed_{};
  statement_cache<tidb_statement> cache_;  // its statements close before the session does
};

}  // namespace

std::unique_ptr<engine_connection> open_tidb(const resolved_options& options, const call_context& context) {
  auto made = log_in(options, context);
  // Other servers number their sessions each for itself: behind a balancer it might be another's that is killed.
  std::shared_ptr<const server_session> on_server;
  if (made.session != 0 && made.features.version.find("TiDB") != std::string::npos)
    on_server = std::make_shared<const server_session>(server_session{options, made.session});
  auto connection =
      std::make_unique<tidb_connection>(made.handle.get(), true, options.endpoint(), std::move(made.features),
                                        std::move(on_server), std::move(made.settings));
  static_cast<void>(made.handle.release());
  return connection;
}

std::unique_ptr<engine_connection> adopt_tidb(st_mysql* handle, const call_context& context) {
  if (!handle || !handle->net.pvio) throw_usage("the connection to adopt is not open", context.where);
  auto endpoint = fmt::format("{}:{}", handle->host ? handle->host : "localhost", handle->port);
  auto features = ask_features(handle, handle->host ? handle->host : "", endpoint, context);
  return std::make_unique<tidb_connection>(handle, false, std::move(endpoint), std::move(features), nullptr,
                                           std::string());
}

}  // namespace tidb::detail
