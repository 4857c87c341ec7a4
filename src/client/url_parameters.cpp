#include "client/url_parameters.hpp"

#include "tidbxx/core/error.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <system_error>

#include <fmt/format.h>

namespace tidb::detail {

namespace {

using std::chrono::milliseconds;

bool as_bool(std::string_view name, std::string_view value) {
  std::string word = lowered(value);
  if (word == "true" || word == "1") return true;
  if (word == "false" || word == "0") return false;
  throw_usage(fmt::format("the URL's parameter {} wants true or false", name));
}

milliseconds as_seconds(std::string_view name, std::string_view value, bool zero_allowed) {
  constexpr double year = 31'536'000;
  double seconds{};
  auto [end, problem] = std::from_chars(value.data(), value.data() + value.size(), seconds, std::chars_format::fixed);
  bool is_number = problem == std::errc{} && end == value.data() + value.size() && std::isfinite(seconds);
  if (!is_number || seconds < 0 || seconds > year || (seconds == 0 && !zero_allowed))
    throw_usage(fmt::format("the URL's parameter {} wants seconds, such as 10 or 2.5, {} and at most a year", name,
                            zero_allowed ? "not negative" : "above 0"));
  // Rounded up: a limit that is asked for must not become 0, which means none.
  return milliseconds(static_cast<milliseconds::rep>(std::ceil(seconds * 1000)));
}

tidb::ssl_mode as_mode(std::string_view value) {
  std::string word = lowered(value);
  if (word == "disabled") return tidb::ssl_mode::disabled;
  if (word == "required") return tidb::ssl_mode::required;
  if (word == "verify_ca") return tidb::ssl_mode::verify_ca;
  if (word == "verify_identity") return tidb::ssl_mode::verify_identity;
  if (word == "preferred")
    throw_usage(
        "the URL's parameter ssl_mode: PREFERRED would fall back to plain text without a word, so there is no such "
        "mode here; write DISABLED, REQUIRED, VERIFY_CA or VERIFY_IDENTITY");
  throw_usage("the URL's parameter ssl_mode wants DISABLED, REQUIRED, VERIFY_CA or VERIFY_IDENTITY");
}

void set_enabled(connect_request& out, bool enabled) {
  if (out.tls.enabled && *out.tls.enabled != enabled)
    throw_usage("the URL's parameters ssl and ssl_disabled contradict each other");
  out.tls.enabled = enabled;
}

/// Drivers have two limits, for reading and for writing; here there is one for the whole statement.
void set_statement_timeout(connect_request& out, std::string_view name, std::string_view value) {
  milliseconds limit = as_seconds(name, value, true);
  if (out.statement_timeout && *out.statement_timeout != limit)
    throw_usage(
        "the URL's parameters read_timeout, write_timeout and statement_timeout set the same limit, for a whole "
        "statement, and here they differ: keep statement_timeout");
  out.statement_timeout = limit;
}

void check_charset(std::string_view value) {
  std::string word = lowered(value);
  if (word != "utf8mb4" && word != "utf8") throw_usage("the URL's parameter charset: only utf8mb4 is spoken here");
}

std::size_t as_count(std::string_view name, std::string_view value) {
  std::size_t count{};
  auto [end, problem] = std::from_chars(value.data(), value.data() + value.size(), count);
  if (problem != std::errc{} || end != value.data() + value.size() || count == 0)
    throw_usage(fmt::format("the URL's parameter {} wants a number above 0", name));
  return count;
}

/// `name=value;name=value`
std::map<std::string, std::string> as_assignments(std::string_view text) {
  std::map<std::string, std::string> all;
  while (!text.empty()) {
    const auto end = std::min(text.find(';'), text.size());
    const auto part = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    const auto equals = part.find('=');
    if (equals == std::string_view::npos)
      throw_usage("the URL's parameter session_variables wants name=value, several with a ; between them");
    all.insert_or_assign(std::string(part.substr(0, equals)), std::string(part.substr(equals + 1)));
  }
  return all;
}

constexpr auto on_server = std::uint8_t{1}, on_file = std::uint8_t{2}, on_both = std::uint8_t{3};

using name_view = std::string_view;
using text = std::string;
using request = connect_request;

constexpr url_parameter all[] = {
    {"ssl_ca", "ssl_ca", on_server, [](request& out, name_view, const text& value) { out.tls.ca = value; }},
    {"ssl_cert", "ssl_cert", on_server, [](request& out, name_view, const text& value) { out.tls.cert = value; }},
    {"ssl_key", "ssl_key", on_server, [](request& out, name_view, const text& value) { out.tls.key = value; }},
    {"ssl_mode", "ssl_mode", on_server,
     [](request& out, name_view, const text& value) { out.tls.mode = as_mode(value); }},
    {"ssl-mode", "ssl_mode", on_server,
     [](request& out, name_view, const text& value) { out.tls.mode = as_mode(value); }},
    {"ssl_verify_cert", "ssl_verify_cert", on_server,
     [](request& out, name_view name, const text& value) { out.tls.verify_cert = as_bool(name, value); }},
    {"ssl_verify_identity", "ssl_verify_identity", on_server,
     [](request& out, name_view name, const text& value) { out.tls.verify_identity = as_bool(name, value); }},
    {"ssl_disabled", "ssl_disabled", on_server,
     [](request& out, name_view name, const text& value) { set_enabled(out, !as_bool(name, value)); }},
    {"ssl", "ssl", on_server,
     [](request& out, name_view name, const text& value) { set_enabled(out, as_bool(name, value)); }},
    {"charset", "charset", on_server, [](request&, name_view, const text& value) { check_charset(value); }},
    {"connect_timeout", "connect_timeout", on_server,
     [](request& out, name_view name, const text& value) { out.connect_timeout = as_seconds(name, value, false); }},
    {"read_timeout", "read_timeout", on_server,
     [](request& out, name_view name, const text& value) { set_statement_timeout(out, name, value); }},
    {"write_timeout", "write_timeout", on_server,
     [](request& out, name_view name, const text& value) { set_statement_timeout(out, name, value); }},
    {"statement_timeout", "statement_timeout", on_server,
     [](request& out, name_view name, const text& value) { set_statement_timeout(out, name, value); }},
    {"ensure_database", "ensure_database", on_server,
     [](request& out, name_view name, const text& value) { out.ensure_database = as_bool(name, value); }},
    {"session_variables", "session_variables", on_server,
     [](request& out, name_view, const text& value) { out.session_variables = as_assignments(value); }},
    {"lock_timeout", "lock_timeout", on_file,
     [](request& out, name_view name, const text& value) { out.lock_timeout = as_seconds(name, value, true); }},
    {"timeout", "lock_timeout", on_file,
     [](request& out, name_view name, const text& value) { out.lock_timeout = as_seconds(name, value, true); }},
    {"index_memory", "index_memory", on_both,
     [](request& out, name_view name, const text& value) { out.index_memory = as_count(name, value); }},
    {"pool_size", "pool_size", on_both,
     [](request& out, name_view name, const text& value) { out.pool.max_size = as_count(name, value); }},
    {"pool_min_size", "pool_min_size", on_both,
     [](request& out, name_view name, const text& value) { out.pool.min_size = as_count(name, value); }},
    {"pool_timeout", "pool_timeout", on_both,
     [](request& out, name_view name, const text& value) {
       out.pool.checkout_timeout = as_seconds(name, value, false);
     }},
    {"pool_recycle", "pool_recycle", on_both,
     [](request& out, name_view name, const text& value) { out.pool.max_lifetime = as_seconds(name, value, false); }},
    {"pool_idle_timeout", "pool_idle_timeout", on_both,
     [](request& out, name_view name, const text& value) { out.pool.idle_timeout = as_seconds(name, value, false); }},
    {"pool_check_after", "pool_check_after", on_both,
     [](request& out, name_view name, const text& value) { out.pool.check_after = as_seconds(name, value, false); }},
    {"pool_pre_ping", "pool_check_after", on_both,
     [](request& out, name_view name, const text& value) {
       if (as_bool(name, value)) out.pool.check_after = milliseconds(1);
     }},
    {"echo", "echo", on_both, [](request& out, name_view name, const text& value) { out.echo = as_bool(name, value); }},
    {"show_parameters", "show_parameters", on_both,
     [](request& out, name_view name, const text& value) { out.show_parameters = as_bool(name, value); }},
    {"slow_statement", "slow_statement", on_both,
     [](request& out, name_view name, const text& value) { out.slow_statement = as_seconds(name, value, true); }},
};

}  // namespace

std::span<const url_parameter> url_parameters() { return all; }

}  // namespace tidb::detail
