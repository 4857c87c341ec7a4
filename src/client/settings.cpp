#include "client/settings.hpp"

#include "client/dotenv.hpp"
#include "client/hosts.hpp"
#include "client/url.hpp"
#include "engine/session_variables.hpp"
#include "tidbxx/core/error.hpp"

#include <algorithm>
#include <cstdlib>
#include <initializer_list>
#include <utility>
#include <vector>

#include <fmt/format.h>

namespace tidb::detail {

namespace {

using std::chrono::milliseconds;

constexpr const char* default_file = "tidbxx.db";

/// Runs `work`; a usage_error that leaves it is changed by `change` on its way.
template <class Work, class Change>
auto with_changed_errors(Work work, Change change) {
  try {
    return work();
  } catch (const usage_error& problem) {
    error_info info = problem.info();
    change(info);
    throw usage_error(std::move(info));
  }
}

template <class Work>
auto blaming(std::source_location where, Work work) {
  return with_changed_errors(work, [&](error_info& info) { info.where = where; });
}

// ---- sources

/// Says for each field that `said` has where it came from.
void attribute(connect_request& said, const std::string& source) {
  auto note = [&](bool given, const char* field) {
    if (given) said.sources.insert_or_assign(field, source);
  };
  note(said.host.has_value(), "host");
  note(said.port.has_value(), "port");
  note(said.user.has_value(), "user");
  note(said.password.has_value(), "password");
  note(said.database.has_value() || said.selects_none, "database");
  note(said.file.has_value(), "file");
  note(!said.tls.ca.empty(), "ssl_ca");
  note(said.tls.names_a_mode(), "ssl_mode");
}

/// The process's environment with `.env` beneath it: one source, as far as credentials go.
class environment {
public:
  struct entry {
    std::string text;
    std::string source;
  };

  explicit environment(const surroundings& around)
      : variable_(around.variable), file_(read_dotenv(around.directory / ".env")) {}

  /// The first of these names that is set and not empty; any of them in the environment wins over `.env`.
  std::optional<entry> find(std::initializer_list<const char*> names) const {
    for (const char* name : names)
      if (auto text = variable_(name); text && !text->empty())
        return entry{std::move(*text), fmt::format("environment variable {}", name)};
    for (const char* name : names)
      if (auto at = file_.find(name); at != file_.end() && !at->second.empty())
        return entry{at->second, fmt::format(".env {}", name)};
    return std::nullopt;
  }

private:
  std::function<std::optional<std::string>(const std::string&)> variable_;
  dotenv file_;
};

void take(const environment& around, std::initializer_list<const char*> names, const char* field,
          std::optional<std::string>& target, connect_request& said) {
  if (auto entry = around.find(names)) {
    target = std::move(entry->text);
    said.sources.insert_or_assign(field, entry->source);
  }
}

connect_request fields_of(const environment& around) {
  connect_request said;
  take(around, {"TIDB_HOST"}, "host", said.host, said);
  take(around, {"TIDB_USER", "TIDB_USERNAME"}, "user", said.user, said);
  take(around, {"TIDB_PASSWORD"}, "password", said.password, said);
  take(around, {"TIDB_DB_NAME", "TIDB_DATABASE"}, "database", said.database, said);
  if (auto entry = around.find({"TIDB_PORT"})) {
    said.port = parse_port(entry->text);
    if (!said.port) throw_usage(fmt::format("{}: the port is not a number between 1 and 65535", entry->source));
    said.sources.insert_or_assign("port", entry->source);
  }
  return said;
}

struct environment_request {
  connect_request said;
  bool names_a_database{};  ///< more than a CA's path was found
};

environment_request from_environment(const environment& around) {
  environment_request found;
  if (auto url = around.find({"TIDB_DATABASE_URL"})) {
    found.said =
        with_changed_errors([&] { return parse_url(url->text); },
                            [&](error_info& info) { info.message = fmt::format("{}: {}", url->source, info.message); });
    attribute(found.said, url->source);
    found.names_a_database = true;
  } else {
    found.said = fields_of(around);
    found.names_a_database = !found.said.sources.empty();
  }
  tls_request& tls = found.said.tls;
  if (auto ca = around.find({"TIDB_CA_PATH", "CA_PATH"});
      ca && tls.ca.empty() && !tls.off() && found.said.engine == engine_kind::tidb) {
    tls.ca = std::move(ca->text);
    found.said.sources.insert_or_assign("ssl_ca", ca->source);
  }
  return found;
}

// ---- arguments

/// Longer than anybody waits, and short enough to be added to the time of day.
constexpr milliseconds longest = std::chrono::hours(24 * 366);

void check_limits(const connect_options& given) {
  constexpr milliseconds none{};
  if (given.connect_timeout && (*given.connect_timeout <= none || *given.connect_timeout > longest))
    throw_usage("connect_options::connect_timeout must be above 0, and at most a year");
  if (given.statement_timeout && *given.statement_timeout < none)
    throw_usage("connect_options::statement_timeout must not be negative; 0 means none");
  if (given.lock_timeout && (*given.lock_timeout < none || *given.lock_timeout > longest))
    throw_usage("connect_options::lock_timeout must not be negative, and at most a year");
  if (given.slow_statement && *given.slow_statement < none)
    throw_usage("connect_options::slow_statement must not be negative; 0 means that nothing is slow");
}

bool names_a_server(const connect_request& said) {
  return said.host || said.port || said.user || said.password || said.database || said.tls.mode ||
         said.tls.has_files() || !said.session_variables.empty();
}

connect_request from_arguments(const connect_options& given) {
  check_limits(given);
  connect_request said;
  auto set = [](std::optional<std::string>& target, const std::string& text) {
    if (!text.empty()) target = text;
  };
  set(said.host, given.host);
  set(said.user, given.user);
  set(said.password, given.password);
  set(said.database, given.database);
  set(said.file, given.file);
  if (given.port != 0) said.port = given.port;
  said.tls.mode = given.ssl_mode;
  said.tls.ca = given.ssl_ca;
  said.tls.cert = given.ssl_cert;
  said.tls.key = given.ssl_key;
  said.ensure_database = given.ensure_database;
  said.connect_timeout = given.connect_timeout;
  said.statement_timeout = given.statement_timeout;
  said.lock_timeout = given.lock_timeout;
  said.pool = given.pool;
  said.echo = given.echo;
  said.show_parameters = given.show_parameters;
  said.slow_statement = given.slow_statement;
  said.index_memory = given.index_memory;
  said.session_variables = given.session_variables;
  attribute(said, "argument");
  if (said.file) {
    said.engine = engine_kind::embedded;
    if (said.host)
      throw_usage("connect_options has a host and a file: give a host for TiDB or a file for the embedded engine");
    if (names_a_server(said))
      throw_usage("connect_options has a file, so it takes no port, user, password, database, ssl field or session "
                  "variable: leave those out");
  }
  return said;
}

/// Writes what `over` says of TLS over `base`. A mode that is given replaces all that chose one before.
void put_tls(tls_request& base, const tls_request& over, std::map<std::string, std::string>& sources) {
  bool switched_off_before = base.off();
  if (over.mode || (over.has_files() && switched_off_before)) {
    base.mode = over.mode;
    base.enabled = base.verify_cert = base.verify_identity = std::nullopt;
    sources.erase("ssl_mode");
  }
  if (over.mode == tidb::ssl_mode::disabled) {
    base.ca.clear();
    base.cert.clear();
    base.key.clear();
    sources.erase("ssl_ca");
  }
  if (!over.ca.empty()) base.ca = over.ca;
  // A certificate and its key belong together.
  if (!over.cert.empty() || !over.key.empty()) {
    base.cert = over.cert;
    base.key = over.key;
  }
}

/// Writes what `over` says over `base`.
void put(connect_request& base, connect_request over) {
  // Another user's password is not this user's.
  if (over.user) {
    base.password.reset();
    base.sources.erase("password");
  }
  auto replace = [](auto& target, auto& with) {
    if (with) target = std::move(with);
  };
  replace(base.port, over.port);
  replace(base.user, over.user);
  replace(base.password, over.password);
  if (over.database) base.selects_none = false;
  replace(base.database, over.database);
  put_tls(base.tls, over.tls, base.sources);
  replace(base.ensure_database, over.ensure_database);
  replace(base.connect_timeout, over.connect_timeout);
  replace(base.statement_timeout, over.statement_timeout);
  replace(base.lock_timeout, over.lock_timeout);
  base.pool = merged(base.pool, over.pool);
  replace(base.echo, over.echo);
  replace(base.show_parameters, over.show_parameters);
  replace(base.slow_statement, over.slow_statement);
  replace(base.index_memory, over.index_memory);
  over.session_variables.merge(base.session_variables);
  base.session_variables = std::move(over.session_variables);
  for (auto& [field, source] : over.sources) base.sources.insert_or_assign(field, source);
}

connect_request over_environment(const connect_request& given, const surroundings& around) {
  environment_request found = from_environment(environment(around));
  if (found.names_a_database && found.said.engine == engine_kind::embedded && names_a_server(given))
    throw_usage(fmt::format("connect_options has fields for TiDB and no host, while {} names a file: set the host too",
                            found.said.sources.at("file")));
  if (!found.names_a_database && !names_a_server(given)) {
    found.said = {};
    found.said.engine = engine_kind::embedded;
    found.said.file = (around.directory / default_file).string();
  }
  put(found.said, given);
  return found.said;
}

// ---- TLS

void check_combination(const tls_request& tls) {
  using tidb::ssl_mode;
  if (!tls.key.empty() && tls.cert.empty())
    throw_usage("ssl_key is given without ssl_cert: a client's key goes with its certificate");
  bool asked = (tls.mode && tls.mode != ssl_mode::disabled) || tls.enabled == true || tls.verify_cert == true ||
               tls.verify_identity == true || tls.has_files();
  if (tls.off() && asked)
    throw_usage("TLS is switched off (ssl_mode=DISABLED, ssl_disabled=true or ssl=false) and asked for by another ssl "
                "setting: keep one of them");
  if (tls.verify_cert == false && tls.verify_identity == true)
    throw_usage("ssl_verify_identity=true needs the certificate checked: leave out ssl_verify_cert=false");
  if (!tls.mode || tls.off()) return;
  bool checks_certificate = tls.mode >= ssl_mode::verify_ca;
  bool checks_identity = tls.mode == ssl_mode::verify_identity;
  if ((tls.verify_cert && *tls.verify_cert != checks_certificate) ||
      (tls.verify_identity && *tls.verify_identity != checks_identity))
    throw_usage("ssl_mode contradicts ssl_verify_cert or ssl_verify_identity: keep ssl_mode alone");
}

tidb::ssl_mode decide_mode(const tls_request& tls, bool cloud) {
  if (tls.off() && cloud)
    throw_usage(
        "TLS cannot be switched off for a TiDB Cloud host, which refuses plain text: leave out ssl_mode=DISABLED, "
        "ssl_disabled and ssl=false");
  check_combination(tls);
  if (tls.mode) return *tls.mode;
  if (tls.off()) return tidb::ssl_mode::disabled;
  if (tls.verify_cert == false) return tidb::ssl_mode::required;
  if (tls.verify_identity == false) return tidb::ssl_mode::verify_ca;
  return cloud || tls.names_a_mode() || tls.has_files() ? tidb::ssl_mode::verify_identity : tidb::ssl_mode::disabled;
}

// ---- the result

std::vector<server_address> all_servers(const resolved_options& options) {
  return options.servers.empty() ? std::vector{server_address{options.host, options.port}} : options.servers;
}

void check_prefix(const resolved_options& options) {
  const auto servers = all_servers(options);
  const bool shared = std::any_of(servers.begin(), servers.end(), [](const server_address& each) {
    return is_tidbcloud(each.host) && lowered(each.host).find("gateway") != std::string::npos;
  });
  std::size_t dot = options.user.find('.');
  if (!shared || (dot != std::string::npos && dot > 0)) return;
  throw_usage(
      fmt::format("Missing user name prefix: a TiDB Cloud Starter or Essential user is written PREFIX.root, as its "
                  "Connect dialog shows, and here the user (from: {}) has no prefix. If the user was given with one, "
                  "an unescaped @ : or / in the password has shifted the URL's parts: percent-encode it (%40 %3A %2F)",
                  options.sources.at("user")));
}

void check_zero_bytes(const resolved_options& options) {
  for (const std::string* text : {&options.host, &options.user, &options.password, &options.database, &options.file,
                                  &options.ssl_ca, &options.ssl_cert, &options.ssl_key})
    if (text->find('\0') != std::string::npos) throw_usage("a connection's setting has a zero byte in it");
}

void fill_server(resolved_options& out, const connect_request& said) {
  out.host = said.host.value_or("127.0.0.1");
  out.port = said.port.value_or(4000);
  out.user = said.user.value_or("root");
  out.password = said.password.value_or("");
  out.database = said.database.value_or(said.selects_none ? "" : "test");
  out.select_database = !out.database.empty();
  out.ssl_ca = said.tls.ca;
  out.ssl_cert = said.tls.cert;
  out.ssl_key = said.tls.key;
  for (const char* field : {"host", "port", "user", "password", "database", "ssl_ca", "ssl_mode"})
    out.sources.try_emplace(field, "default");
}

resolved_options finished(const connect_request& said) {
  resolved_options out;
  out.engine = said.engine;
  out.sources = said.sources;
  const auto set = [](auto& target, const auto& value) {
    if (value) target = *value;
  };
  set(out.ensure_database, said.ensure_database);
  set(out.connect_timeout, said.connect_timeout);
  set(out.statement_timeout, said.statement_timeout);
  set(out.lock_timeout, said.lock_timeout);
  out.pool = said.pool;
  set(out.echo, said.echo);
  set(out.show_parameters, said.show_parameters);
  set(out.slow_statement, said.slow_statement);
  set(out.index_memory, said.index_memory);
  if (said.engine == engine_kind::embedded) {
    out.file = *said.file;
    out.ssl_mode = tidb::ssl_mode::disabled;
    out.sources.try_emplace("file", "default");
    check_zero_bytes(out);
    return out;
  }
  fill_server(out, said);
  out.session_variables = said.session_variables;
  check_session_variables(out.session_variables);
  check_zero_bytes(out);
  auto servers = hosts_of(out.host, out.port, out.sources.at("host"));
  out.host = servers.front().host;
  out.port = servers.front().port;
  if (servers.size() > 1) out.servers = std::move(servers);
  const auto all = all_servers(out);
  out.ssl_mode = decide_mode(said.tls, std::any_of(all.begin(), all.end(),
                                                   [](const server_address& each) { return is_tidbcloud(each.host); }));
  check_prefix(out);
  return out;
}

}  // namespace

std::optional<std::string> process_variable(const std::string& name) {
  const char* text = std::getenv(name.c_str());
  return text == nullptr ? std::nullopt : std::optional<std::string>(text);
}

bool is_tidbcloud(std::string_view host) {
  std::string name = lowered(host);
  if (name.ends_with('.')) name.pop_back();
  for (std::string_view domain : {"tidbcloud.com", "tidb-cloud.com"}) {
    if (name == domain) return true;
    std::string_view all = name;
    if (all.ends_with(domain) && all[all.size() - domain.size() - 1] == '.') return true;
  }
  return false;
}

resolved_options resolve_environment(const surroundings& around, std::source_location where) {
  return resolve({}, around, where);
}

resolved_options resolve_url(std::string_view url, std::source_location where) {
  return blaming(where, [&] {
    connect_request said = parse_url(url);
    attribute(said, "URL");
    return finished(said);
  });
}

resolved_options resolve(const connect_options& given, const surroundings& around, std::source_location where) {
  return blaming(where, [&] {
    connect_request said = from_arguments(given);
    // Whoever names the host names all: a password of the environment never goes to a host of the program's choice.
    return finished(said.host || said.file ? said : over_environment(said, around));
  });
}

}  // namespace tidb::detail
