#include "engine/tidb/login.hpp"

#include "core/text.hpp"
#include "engine/connect_progress.hpp"
#include "engine/session_variables.hpp"
#include "engine/tidb/background.hpp"
#include "engine/tidb/errors.hpp"
#include "engine/tidb/file_offer.hpp"
#include "engine/tidb/tls.hpp"
#include "engine/tidb/watchdog.hpp"

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <optional>

#include <fmt/format.h>

namespace tidb::detail {
namespace {

/// Rows in one INSERT: measured, the gain ends about here.
constexpr std::size_t best_rows_per_insert = 500;
constexpr int unknown_database = 1049;

error_info describe(MYSQL* handle, const error_scene& scene) {
  return classify({static_cast<int>(mysql_errno(handle)), mysql_sqlstate(handle), mysql_error(handle)}, scene);
}

/// libmariadb takes a host with one of these for a list of hosts or of settings.
void check_host(const resolved_options& options, std::source_location where) {
  if (options.host.empty() || options.host.find_first_of(";=,") != std::string::npos)
    throw_usage(fmt::format("'{}' is no host: give one name or address", options.host), where);
}

void set_options(MYSQL* handle) {
  const unsigned protocol = MYSQL_PROTOCOL_TCP;
  const my_bool off = 0;
  mysql_optionsv(handle, MYSQL_OPT_PROTOCOL, &protocol);  // or "localhost" would be a socket file
  mysql_optionsv(handle, MYSQL_OPT_RECONNECT, &off);
  mysql_optionsv(handle, MYSQL_SET_CHARSET_NAME, "utf8mb4");
  announce_files(handle);
}

/// Runs one statement of the login; a row's first cells go to `each`.
template <class Each>
void ask(MYSQL* handle, std::string_view sql, login_scene at, Each each) {
  at.scene.sql = sql;
  const connect_stage stage(at.context.progress, [&at] { return at.waits_for(connect_step::session); });
  std::optional<call_limit> limit;
  if (at.context.has_limit()) limit.emplace(mysql_get_socket(handle), at.context);
  bool failed = mysql_real_query(handle, sql.data(), sql.size()) != 0;
  if (!failed) {
    std::unique_ptr<MYSQL_RES, decltype(&mysql_free_result)> rows(mysql_store_result(handle), &mysql_free_result);
    if (auto row = rows ? mysql_fetch_row(rows.get()) : nullptr) each(row);
    failed = mysql_errno(handle) != 0;
  }
  const auto reached = limit ? limit->end_watch() : call_limit::end::none;
  if (reached != call_limit::end::none) throw_error(at.struck(connect_step::session, reached == call_limit::end::stop));
  if (failed) throw_error(describe(handle, at.scene));
}

std::string deployment_of(std::string_view host, std::string_view version) {
  if (is_cloud(host)) {
    const bool shared =
        lower(host).find("gateway") != std::string::npos || version.find("erverless") != std::string_view::npos;
    return shared ? "TiDB Cloud Starter or Essential" : "TiDB Cloud Dedicated";
  }
  return version.find("TiDB") != std::string_view::npos ? "TiDB self-managed" : "MySQL-compatible server";
}

std::string quoted(std::string_view name) {
  std::string text = "`";
  for (char letter : name) text.append(letter == '`' ? 2 : 1, letter);
  return text + "`";
}

/// Without it a backslash in a text literal would be two.
constexpr std::string_view no_escapes = "NO_BACKSLASH_ESCAPES";

/// The server's modes as the client relies on them.
std::string own_modes(std::string_view modes) {
  std::string own;
  bool strict = false;
  while (!modes.empty()) {
    const auto mode = modes.substr(0, modes.find(','));
    modes.remove_prefix(std::min(modes.size(), mode.size() + 1));
    strict = strict || mode == "STRICT_TRANS_TABLES" || mode == "STRICT_ALL_TABLES";
    if (mode != no_escapes && !mode.empty()) own.append(mode).append(",");
  }
  if (!strict) return own + "STRICT_TRANS_TABLES";
  own.pop_back();
  return own;
}

std::string set_session(MYSQL* handle, std::string_view modes, const session_variables& variables,
                        const login_scene& at) {
  // the collation of what comes from no column: that of the columns, and of the embedded engine
  std::string sql = "SET time_zone = '+00:00', collation_connection = utf8mb4_bin";
  if (const auto own = own_modes(modes); own != modes) {
    sql += ", sql_mode = '";
    for (const char letter : own) sql.append(letter == '\'' ? 2 : 1, letter);
    sql += '\'';
  }
  sql += assignments_of(variables);
  ask(handle, sql, at, [](MYSQL_ROW) {});
  return sql;
}

struct server_facts {
  std::string version, comment, modes, charset;
  std::size_t max_packet{};
  std::int64_t wait_timeout{};
  std::uint64_t session{};
  bool has_indexes{};
};

server_facts ask_facts(MYSQL* handle, const login_scene& at) {
  // The session's number in the handshake has 32 bits only; TiDB's may have more.
  constexpr std::string_view sql =
      "SELECT VERSION(), @@version_comment, @@sql_mode, @@max_allowed_packet, @@wait_timeout, CONNECTION_ID(), "
      "@@character_set_client, (SELECT COUNT(*) FROM information_schema.tables WHERE table_schema = DATABASE() AND "
      "table_name = '_tidbxx_index')";
  server_facts facts;
  ask(handle, sql, at, [&](MYSQL_ROW row) {
    auto cell = [&](int i) { return std::string_view(row[i] ? row[i] : ""); };
    facts.version = cell(0);
    facts.comment = cell(1);
    facts.modes = cell(2);
    std::from_chars(cell(3).data(), cell(3).data() + cell(3).size(), facts.max_packet);
    std::from_chars(cell(4).data(), cell(4).data() + cell(4).size(), facts.wait_timeout);
    std::from_chars(cell(5).data(), cell(5).data() + cell(5).size(), facts.session);
    facts.charset = cell(6);
    facts.has_indexes = cell(7) != "0";
  });
  return facts;
}

capabilities features_of(MYSQL* handle, const server_facts& facts, std::string_view host) {
  capabilities features;
  features.engine = engine_kind::tidb;
  features.version = facts.version;
  features.deployment = deployment_of(host, facts.version + " " + facts.comment);
  features.tls = tls_in_use(handle);
  features.max_parameters = 65'535;
  features.max_packet = facts.max_packet;
  features.rows_per_insert = best_rows_per_insert;
  features.wait_timeout = std::chrono::seconds(facts.wait_timeout);
  features.has_indexes = facts.has_indexes;
  return features;
}

/// A connection on which a text that is put into SQL could end before its quote.
void check_literals(const server_facts& facts, std::source_location where) {
  if (facts.modes.find(no_escapes) != std::string::npos)
    throw_usage("the connection to adopt has NO_BACKSLASH_ESCAPES in its sql_mode, and tidbxx escapes backslashes in "
                "literals: take it out of the sql_mode",
                where);
  if (!facts.charset.starts_with("utf8"))
    throw_usage(fmt::format("the connection to adopt sends text in {}, and tidbxx in UTF-8: set MYSQL_SET_CHARSET_NAME "
                            "to utf8mb4 before it connects",
                            facts.charset),
                where);
}

handle_pointer open_handle(const resolved_options& options, const char* database, login_scene at) {
  // mysql_init starts libmariadb once, thread-safely; it needs no preparation or end of a thread.
  handle_pointer handle(mysql_init(nullptr));
  if (!handle) throw std::bad_alloc();
  set_options(handle.get());
  const auto ca = set_tls(handle.get(), options, at.scene.where);
  at.scene.ca_file = ca;
  handle = dial(std::move(handle), options, database, at);
  refuse_files(handle.get());
  // The last of several locks on this door.
  if (options.ssl_mode != ssl_mode::disabled && !mysql_get_ssl_cipher(handle.get()))
    throw_error(classify({2026, "HY000", "the server does not support encryption"}, at.scene));
  return handle;
}

handle_pointer open_database(const resolved_options& options, bool selects, const login_scene& at) {
  try {
    return open_handle(options, selects ? options.database.c_str() : nullptr, at);
  } catch (const error& failure) {
    if (!selects || !options.ensure_database || failure.info().server_code != unknown_database) throw;
  }
  // Only now, as CREATE DATABASE takes a privilege and time, even for one that is there. The failed login has used up
  // its handle.
  auto handle = open_handle(options, nullptr, at);
  ask(handle.get(), "CREATE DATABASE IF NOT EXISTS " + quoted(options.database), at, [](MYSQL_ROW) {});
  return open_handle(options, options.database.c_str(),
                     at);  // one that was chosen by USE is lost when the session is reset
}

/// What a login needs before anything is sent.
login_scene begin(const resolved_options& options, const std::string& endpoint, const call_context& context) {
  check_host(options, context.where);
  const error_scene scene{call_phase::connecting, {}, endpoint, context.where, &options};
  if (auto over = call_limit::already(context); over != call_limit::end::none)
    throw_error(not_sent(scene, over == call_limit::end::stop));
  return {scene, context};
}

}  // namespace

logged_in log_in(const resolved_options& options, const call_context& context) {
  const auto endpoint = options.endpoint();
  const auto at = begin(options, endpoint, context);
  const bool selects = options.select_database && !options.database.empty();
  auto handle = open_database(options, selects, at);
  const background_work counted;  // perhaps for nobody, see pool_attempts
  const auto facts = ask_facts(handle.get(), at);
  auto settings = set_session(handle.get(), facts.modes, options.session_variables, at);
  auto features = features_of(handle.get(), facts, options.host);
  return {std::move(handle), std::move(features), facts.session, std::move(settings)};
}

void run_once(const resolved_options& options, const std::string& sql, const call_context& context) {
  const auto endpoint = options.endpoint();
  const auto at = begin(options, endpoint, context);
  ask(open_handle(options, nullptr, at).get(), sql, at, [](MYSQL_ROW) {});
}

capabilities ask_features(MYSQL* handle, std::string_view host, const std::string& endpoint,
                          const call_context& context) {
  const login_scene at{{call_phase::reading, {}, endpoint, context.where}, context};
  const auto facts = ask_facts(handle, at);
  check_literals(facts, context.where);
  return features_of(handle, facts, host);
}

}  // namespace tidb::detail
