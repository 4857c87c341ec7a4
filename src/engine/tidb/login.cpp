#include "engine/tidb/login.hpp"

#include "engine/tidb/errors.hpp"
#include "engine/tidb/server_texts.hpp"
#include "engine/tidb/tls.hpp"
#include "engine/tidb/watchdog.hpp"

#include <algorithm>
#include <charconv>
#include <chrono>
#include <optional>

#include <fmt/format.h>

namespace tidb::detail {
namespace {

/// Rows in one INSERT: measured, the gain ends about here.
constexpr std::size_t best_rows_per_insert = 500;
constexpr int unknown_database = 1049;

using handle_pointer = std::unique_ptr<MYSQL, handle_closer>;

error_info describe(MYSQL* handle, const error_scene& scene) {
  return classify({static_cast<int>(mysql_errno(handle)), mysql_sqlstate(handle), mysql_error(handle)}, scene);
}

/// libmariadb takes a host with one of these for a list of hosts or of settings.
void check_host(const resolved_options& options, std::source_location where) {
  if (options.host.empty() || options.host.find_first_of(";=,") != std::string::npos)
    throw_usage(fmt::format("'{}' is no host: give one name or address", options.host), where);
}

/// What is left for connecting, in the whole seconds that libmariadb counts in.
unsigned connect_seconds(const resolved_options& options, const call_context& context) {
  auto left = options.connect_timeout;
  if (context.deadline != std::chrono::steady_clock::time_point::max())
    left = std::min(left,
                    std::chrono::ceil<std::chrono::milliseconds>(context.deadline - std::chrono::steady_clock::now()));
  return static_cast<unsigned>(std::max<std::int64_t>(1, std::chrono::ceil<std::chrono::seconds>(left).count()));
}

void set_options(MYSQL* handle, const resolved_options& options, const call_context& context) {
  const unsigned protocol = MYSQL_PROTOCOL_TCP, local_infile = 0, seconds = connect_seconds(options, context);
  const my_bool off = 0;
  mysql_optionsv(handle, MYSQL_OPT_PROTOCOL, &protocol);  // or "localhost" would be a socket file
  mysql_optionsv(handle, MYSQL_OPT_CONNECT_TIMEOUT, &seconds);
  mysql_optionsv(handle, MYSQL_OPT_RECONNECT, &off);
  mysql_optionsv(handle, MYSQL_OPT_LOCAL_INFILE, &local_infile);
  mysql_optionsv(handle, MYSQL_SET_CHARSET_NAME, "utf8mb4");
}

/// Runs one statement of the login; a row's first cells go to `each`.
template <class Each>
void ask(MYSQL* handle, std::string_view sql, const error_scene& scene, const call_context& context, Each each) {
  std::optional<call_limit> limit;
  if (context.has_limit()) limit.emplace(mysql_get_socket(handle), context);
  bool failed = mysql_real_query(handle, sql.data(), sql.size()) != 0;
  if (!failed) {
    std::unique_ptr<MYSQL_RES, decltype(&mysql_free_result)> rows(mysql_store_result(handle), &mysql_free_result);
    if (auto row = rows ? mysql_fetch_row(rows.get()) : nullptr) each(row);
    failed = mysql_errno(handle) != 0;
  }
  const auto reached = limit ? limit->end_watch() : call_limit::end::none;
  if (reached != call_limit::end::none) throw_error(interrupted(scene, reached == call_limit::end::stop));
  if (failed) throw_error(describe(handle, scene));
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

void connect(MYSQL* handle, const resolved_options& options, const char* database, const error_scene& scene,
             const call_context& context) {
  auto* connected = mysql_real_connect(handle, options.host.c_str(), options.user.c_str(), options.password.c_str(),
                                       database, options.port, nullptr, CLIENT_FOUND_ROWS);
  if (!connected) {
    // A connect that took all the time there was is a timeout, whatever libmariadb calls it.
    const auto over = call_limit::already(context);
    if (over != call_limit::end::none) throw_error(not_sent(scene, over == call_limit::end::stop));
    throw_error(describe(handle, scene));
  }
  const bool plain = options.ssl_mode == ssl_mode::disabled;
  if (!plain && !mysql_get_ssl_cipher(handle))
    throw_error(classify({2026, "HY000", "the server does not support encryption"}, scene));
}

void set_session(MYSQL* handle, std::string_view modes, const error_scene& scene, const call_context& context) {
  std::string sql = "SET time_zone = '+00:00'";
  const bool strict = modes.find("STRICT_TRANS_TABLES") != std::string_view::npos ||
                      modes.find("STRICT_ALL_TABLES") != std::string_view::npos;
  if (!strict) sql += ", sql_mode = CONCAT(@@sql_mode, ',STRICT_TRANS_TABLES')";
  auto scene_here = scene;
  scene_here.sql = sql;
  ask(handle, sql, scene_here, context, [](MYSQL_ROW) {});
}

struct server_facts {
  std::string version, comment, modes;
  std::size_t max_packet{};
  std::int64_t wait_timeout{};
};

server_facts ask_facts(MYSQL* handle, const error_scene& scene, const call_context& context) {
  constexpr std::string_view sql =
      "SELECT VERSION(), @@version_comment, @@sql_mode, @@max_allowed_packet, @@wait_timeout";
  server_facts facts;
  auto scene_here = scene;
  scene_here.sql = sql;
  ask(handle, sql, scene_here, context, [&](MYSQL_ROW row) {
    auto cell = [&](int i) { return std::string_view(row[i] ? row[i] : ""); };
    facts.version = cell(0);
    facts.comment = cell(1);
    facts.modes = cell(2);
    std::from_chars(cell(3).data(), cell(3).data() + cell(3).size(), facts.max_packet);
    std::from_chars(cell(4).data(), cell(4).data() + cell(4).size(), facts.wait_timeout);
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
  return features;
}

void make_database(MYSQL* handle, const std::string& name, const error_scene& scene, const call_context& context) {
  const auto make = "CREATE DATABASE IF NOT EXISTS " + quoted(name), use = "USE " + quoted(name);
  auto scene_here = scene;
  scene_here.sql = make;
  ask(handle, make, scene_here, context, [](MYSQL_ROW) {});
  scene_here.sql = use;
  ask(handle, use, scene_here, context, [](MYSQL_ROW) {});
}

handle_pointer open_handle(const resolved_options& options, const char* database, error_scene scene,
                           const call_context& context) {
  // mysql_init starts libmariadb once, thread-safely; it needs no preparation or end of a thread.
  handle_pointer handle(mysql_init(nullptr));
  if (!handle) throw std::bad_alloc();
  set_options(handle.get(), options, context);
  const auto ca = set_tls(handle.get(), options, context.where);
  scene.ca_file = ca;
  connect(handle.get(), options, database, scene, context);
  return handle;
}

handle_pointer open_database(const resolved_options& options, bool selects, const error_scene& scene,
                             const call_context& context) {
  try {
    return open_handle(options, selects ? options.database.c_str() : nullptr, scene, context);
  } catch (const error& failure) {
    if (!selects || !options.ensure_database || failure.info().server_code != unknown_database) throw;
  }
  // Only now, as CREATE DATABASE takes a privilege and time, even for one that is there. The failed login has used up
  // its handle.
  auto handle = open_handle(options, nullptr, scene, context);
  make_database(handle.get(), options.database, scene, context);
  return handle;
}

}  // namespace

logged_in log_in(const resolved_options& options, const call_context& context) {
  check_host(options, context.where);
  const auto endpoint = options.endpoint();
  const error_scene scene{call_phase::connecting, {}, endpoint, context.where, &options};
  if (auto over = call_limit::already(context); over != call_limit::end::none)
    throw_error(not_sent(scene, over == call_limit::end::stop));
  const bool selects = options.select_database && !options.database.empty();
  auto handle = open_database(options, selects, scene, context);
  const auto facts = ask_facts(handle.get(), scene, context);
  set_session(handle.get(), facts.modes, scene, context);
  auto features = features_of(handle.get(), facts, options.host);
  return {std::move(handle), std::move(features)};
}

capabilities ask_features(MYSQL* handle, std::string_view host, const std::string& endpoint,
                          const call_context& context) {
  const error_scene scene{call_phase::reading, {}, endpoint, context.where};
  return features_of(handle, ask_facts(handle, scene, context), host);
}

}  // namespace tidb::detail
