#include "engine/tidb/tls.hpp"

#include "tidbxx/core/error.hpp"

#include <array>
#include <fstream>
#include <string_view>

#include <fmt/format.h>

namespace tidb::detail {
namespace {

/// Where systems keep the CAs that they trust.
constexpr std::array bundles{
    "/etc/ssl/certs/ca-certificates.crt",                 // Debian, Ubuntu, Arch, Gentoo
    "/etc/pki/tls/certs/ca-bundle.crt",                   // Fedora, RHEL, Amazon Linux
    "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem",  // the same, newer
    "/etc/ssl/ca-bundle.pem",                             // SUSE
    "/etc/ssl/cert.pem",                                  // macOS, Alpine, OpenBSD, FreeBSD
    "/usr/local/share/certs/ca-root-nss.crt",             // FreeBSD
    "/etc/openssl/certs/ca-certificates.crt",             // NetBSD
    "/opt/homebrew/etc/ca-certificates/cert.pem",         // Homebrew
    "/usr/local/etc/ca-certificates/cert.pem",            // Homebrew on Intel
};

bool readable(const std::string& path) { return std::ifstream(path).good(); }

void check_file(const std::string& path, std::string_view field, std::source_location where) {
  if (!path.empty() && !readable(path))
    throw_usage(fmt::format("{} names a file that cannot be read: {}", field, path), where);
}

std::string find_bundle(std::source_location where) {
  for (const char* path : bundles)
    if (readable(path)) return path;
  throw_usage(
      fmt::format("no CA bundle to check the server's certificate with: install one (ca-certificates), or name a "
                  "PEM file in ssl_ca. Tried: {}",
                  fmt::join(bundles, ", ")),
      where);
}

void set_flag(MYSQL* handle, mysql_option option, bool on) {
  my_bool value = on ? 1 : 0;
  mysql_optionsv(handle, option, &value);
}

void set_path(MYSQL* handle, mysql_option option, const std::string& path) {
  if (!path.empty()) mysql_optionsv(handle, option, path.c_str());
}

/// Until 3.3, libmariadb checks the chain whenever it has a CA, and the name if told so. From 3.4 on both come
/// together, so that there verify_ca is as strict as verify_identity: never less than what was asked for.
bool checks_name(ssl_mode mode) {
  return mode == ssl_mode::verify_identity || (mode == ssl_mode::verify_ca && mysql_get_client_version() >= 30400);
}

}  // namespace

std::string set_tls(MYSQL* handle, const resolved_options& options, std::source_location where) {
  const auto mode = options.ssl_mode.value_or(ssl_mode::verify_identity);
  set_flag(handle, MYSQL_OPT_SSL_ENFORCE, mode != ssl_mode::disabled);
  set_flag(handle, MYSQL_OPT_SSL_VERIFY_SERVER_CERT, checks_name(mode));
  if (mode == ssl_mode::disabled) {
    // A server may ask for the password in plain text; without encryption it gets no such answer.
    mysql_optionsv(handle, MARIADB_OPT_RESTRICTED_AUTH, "mysql_native_password,caching_sha2_password,sha256_password");
    return {};
  }
  check_file(options.ssl_ca, "ssl_ca", where);
  check_file(options.ssl_cert, "ssl_cert", where);
  check_file(options.ssl_key, "ssl_key", where);
  mysql_optionsv(handle, MARIADB_OPT_TLS_VERSION, "TLSv1.2,TLSv1.3");
  set_path(handle, MYSQL_OPT_SSL_CERT, options.ssl_cert);
  set_path(handle, MYSQL_OPT_SSL_KEY, options.ssl_key);
  if (mode == ssl_mode::required) return {};  // with a CA, libmariadb would check the certificate
  auto ca = options.ssl_ca.empty() ? find_bundle(where) : options.ssl_ca;
  set_path(handle, MYSQL_OPT_SSL_CA, ca);
  return ca;
}

std::string tls_in_use(MYSQL* handle) {
  const char* cipher = mysql_get_ssl_cipher(handle);
  if (!cipher) return {};
  const char* protocol = nullptr;
  mariadb_get_infov(handle, MARIADB_CONNECTION_TLS_VERSION, &protocol);
  return protocol ? fmt::format("{} {}", protocol, cipher) : cipher;
}

}  // namespace tidb::detail
