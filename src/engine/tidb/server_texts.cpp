#include "engine/tidb/server_texts.hpp"

#include <string>
#include <string_view>

#include <fmt/format.h>

namespace tidb::detail {
namespace {

bool contains(std::string_view text, std::string_view part) { return text.find(part) != std::string_view::npos; }

/// The name after `intro` up to `quote`, as ` 'name'`, or nothing. The last place counts: values come first in these
/// texts.
std::string name_after(std::string_view text, std::string_view intro, char quote = '\'') {
  auto begin = text.rfind(intro);
  if (begin == std::string_view::npos) return {};
  text.remove_prefix(begin + intro.size());
  auto end = text.find(quote);
  if (end == std::string_view::npos || end == 0 || end > 200) return {};
  for (char letter : text.substr(0, end))
    if (static_cast<unsigned char>(letter) < 0x20) return {};
  return fmt::format(" '{}'", text.substr(0, end));
}

std::string source_of(const resolved_options& options, const std::string& field) {
  auto found = options.sources.find(field);
  return found == options.sources.end() ? "an unnamed source" : found->second;
}

std::string denied_message(const resolved_options* options) {
  if (!options) return "the server refused the user or the password";
  auto text = fmt::format("the server refused user '{}' (user from: {}; password from: {})", options->user,
                          source_of(*options, "user"), source_of(*options, "password"));
  if (options->password.empty())
    return text + ". No password was sent: if there should be one, check that its variable reaches this process";
  return text + ": check both, and from which hosts this user may connect";
}

std::string unreachable_message(const raw_error& raw, const error_scene& scene) {
  if (raw.code == 2005)
    return fmt::format("the host of {} has no address: check its spelling and the name server", scene.endpoint);
  auto text =
      fmt::format("no connection to {}: check that the host and the port are right, that the server runs, and that "
                  "no firewall is between",
                  scene.endpoint);
  if (scene.options && is_cloud(scene.options->host))
    text += ". On TiDB Cloud, this machine's address must be allowed: the IP access list (Dedicated) or the firewall "
            "rules (Starter, Essential) of the cluster";
  return text;
}

std::string tls_message(const raw_error& raw, const error_scene& scene) {
  if (contains(raw.text, "does not support"))
    return "the server offers no encrypted connections: switch TLS on there, or set ssl_mode to disabled if the "
           "network "
           "is trusted";
  auto ca = scene.ca_file.empty() ? std::string("no CA bundle") : fmt::format("the CA bundle {}", scene.ca_file);
  if (contains(raw.text, "hostname") || contains(raw.text, "host name") || contains(raw.text, "Validation of SSL"))
    return fmt::format("the server's certificate is for another host than {} (checked with {}): connect by the name in "
                       "the certificate, or set ssl_mode to verify_ca",
                       scene.endpoint, ca);
  if (contains(raw.text, "certificate") || contains(raw.text, "verif"))
    return fmt::format(
        "the server's certificate cannot be trusted (checked with {}): set ssl_ca to the CA that signed it. "
        "Each TiDB Cloud Dedicated cluster has its own, in its Connect dialog",
        ca);
  return "the encrypted connection could not be made: check that the server speaks TLS 1.2 or later, and the client's "
         "certificate and key if it asks for them";
}

std::string database_message(const error_scene& scene) {
  if (!scene.options) return "the database does not exist";
  return fmt::format("the database '{}' does not exist: create it, or set ensure_database", scene.options->database);
}

}  // namespace

std::string lower(std::string_view text) {
  std::string out(text);
  for (char& letter : out)
    if (letter >= 'A' && letter <= 'Z') letter = static_cast<char>(letter - 'A' + 'a');
  return out;
}

bool is_cloud(std::string_view host) {
  auto name = lower(host);
  if (name.ends_with('.')) name.pop_back();
  return name.ends_with(".tidbcloud.com") || name.ends_with(".tidb-cloud.com");
}

std::optional<connect_verdict> connect_message(const raw_error& raw, const error_scene& scene) {
  switch (raw.code) {
  case 1044:
    return connect_verdict{errc::access_denied, false,
                           "the user may not use this database: GRANT it a privilege there"};
  case 1045: return connect_verdict{errc::access_denied, false, denied_message(scene.options)};
  case 1049: return connect_verdict{errc::statement, false, database_message(scene)};
  case 2002:
  case 2003:
  case 2005: return connect_verdict{errc::connection, true, unreachable_message(raw, scene)};
  case 2026: return connect_verdict{errc::connection, false, tls_message(raw, scene)};
  default: return std::nullopt;
  }
}

std::optional<std::string> row_message(const raw_error& raw) {
  auto column = [&] { return name_after(raw.text, "column '"); };
  auto constraint = [&] { return name_after(raw.text, "CONSTRAINT `", '`'); };
  switch (raw.code) {
  case 1048: return fmt::format("the column{} does not take NULL", name_after(raw.text, "Column '"));
  case 1062:
    return fmt::format("a row with the same value of the unique key{} is there already",
                       name_after(raw.text, "for key '"));
  case 1264: return fmt::format("a value is out of the range of the column{}", column());
  case 1265: return fmt::format("a value does not fit the column{}", column());
  case 1364:
    return fmt::format("the column{} needs a value: it is NOT NULL without a default", name_after(raw.text, "Field '"));
  case 1365: return "the statement divides by zero";
  case 1366: return fmt::format("a value has the wrong type for the column{}", column());
  case 1406: return fmt::format("a value is too long for the column{}", column());
  case 1451:
    return fmt::format("the foreign key{} refused the change: other rows still refer to this one", constraint());
  case 1452: return fmt::format("the foreign key{} refused the row: the row it refers to does not exist", constraint());
  case 1690: return "a number is out of range: what an expression makes of it is larger than its type takes";
  case 3819: return fmt::format("the check{} refused the row", name_after(raw.text, "constraint '"));
  default: return std::nullopt;
  }
}

}  // namespace tidb::detail
