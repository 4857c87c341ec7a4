#include "engine/tidb/tls.hpp"

#include "core/text.hpp"
#include "tidbxx/core/error.hpp"

#include <array>
#include <cstdlib>
#include <fstream>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include <fmt/format.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

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

/// The first part of a file, or nothing if it cannot be read.
std::optional<std::string> start_of(const std::string& path) {
  std::ifstream file(path, std::ios::binary);  // a folder opens, but cannot be read
  std::string text(std::size_t{1} << 16U, '\0');
  file.read(text.data(), static_cast<std::streamsize>(text.size()));
  if (file.gcount() <= 0) return std::nullopt;
  text.resize(static_cast<std::size_t>(file.gcount()));
  return text;
}

/// libmariadb tells little of what is wrong with a file.
void check_file(const std::string& path, std::string_view field, std::string_view holds, std::source_location where) {
  if (path.empty()) return;
  const auto text = start_of(path);
  if (!text) throw_usage(fmt::format("{} names a file that cannot be read, or is empty: {}", field, path), where);
  if (text->find(fmt::format("{}-----", holds)) == std::string::npos)
    throw_usage(fmt::format("{} names a file without a {} in PEM form: {}", field, lower(holds), path), where);
}

template <auto release>
struct releaser {
  template <class T>
  void operator()(T* held) const noexcept {
    release(held);
  }
};

int refuse_passphrase(char* /*buffer*/, int /*size*/, int /*writing*/, void* asked) {
  *static_cast<bool*>(asked) = true;
  return -1;
}

/// libmariadb would name neither of the files, and ask for the passphrase of a key on the terminal.
void check_client(const resolved_options& options, std::source_location where) {
  if (options.ssl_cert.empty()) return;
  const auto& key_file = options.ssl_key.empty() ? options.ssl_cert : options.ssl_key;
  check_file(options.ssl_cert, "ssl_cert", "CERTIFICATE", where);
  check_file(key_file, options.ssl_key.empty() ? "ssl_cert, without ssl_key," : "ssl_key", "PRIVATE KEY", where);
  const std::unique_ptr<BIO, releaser<BIO_free>> cert_text(BIO_new_file(options.ssl_cert.c_str(), "r")),
      key_text(BIO_new_file(key_file.c_str(), "r"));
  bool asked = false;
  const std::unique_ptr<X509, releaser<X509_free>> cert(
      PEM_read_bio_X509(cert_text.get(), nullptr, &refuse_passphrase, &asked));
  const std::unique_ptr<EVP_PKEY, releaser<EVP_PKEY_free>> key(
      PEM_read_bio_PrivateKey(key_text.get(), nullptr, &refuse_passphrase, &asked));
  const bool fit = cert && key && X509_check_private_key(cert.get(), key.get()) == 1;
  ERR_clear_error();
  if (asked)
    throw_usage(fmt::format("the key in {} has a passphrase: take it off (openssl pkey -in FILE -out PLAIN), and "
                            "protect the file by its permissions",
                            key_file),
                where);
  if (!cert || !key)
    throw_usage(fmt::format("{} is damaged: it holds no {} that can be read", cert ? key_file : options.ssl_cert,
                            cert ? "private key" : "certificate"),
                where);
  if (!fit)
    throw_usage(fmt::format("the key in {} does not belong to the certificate in {}", key_file, options.ssl_cert),
                where);
}

/// The bundles to look for, the user's own choice for OpenSSL first.
std::vector<std::string> candidates() {
  std::vector<std::string> all(bundles.begin(), bundles.end());
  if (const char* chosen = std::getenv("SSL_CERT_FILE"); chosen && *chosen != '\0') all.emplace(all.begin(), chosen);
  return all;
}

std::string find_bundle(std::source_location where) {
  auto all = candidates();
  for (auto& path : all)
    if (start_of(path)) return std::move(path);
  throw_usage(
      fmt::format("no CA bundle to check the server's certificate with: install one (ca-certificates), or name a "
                  "PEM file in ssl_ca. Tried: {}",
                  fmt::join(all, ", ")),
      where);
}

void set_flag(MYSQL* handle, mysql_option option, bool on) {
  my_bool value = on ? 1 : 0;
  mysql_optionsv(handle, option, &value);
}

void set_path(MYSQL* handle, mysql_option option, const std::string& path) {
  if (!path.empty()) mysql_optionsv(handle, option, path.c_str());
}

/// With OpenSSL, libmariadb until 3.3 checks the chain whenever it has a CA, and the name if told so. From 3.4 on both
/// come together, and with GnuTLS an unknown CA passes unless the name is checked: there verify_ca is as strict as
/// verify_identity, so that it is never less than what was asked for.
bool checks_name(ssl_mode mode) {
  const char* library = nullptr;
  mariadb_get_infov(nullptr, MARIADB_TLS_LIBRARY, &library);
  const bool parts_them =
      mysql_get_client_version() < 30400 && library && std::string_view(library).starts_with("OpenSSL");
  return mode == ssl_mode::verify_identity || (mode == ssl_mode::verify_ca && !parts_them);
}

}  // namespace

std::string set_tls(MYSQL* handle, const resolved_options& options, std::source_location where) {
  const auto mode = options.ssl_mode.value_or(ssl_mode::verify_identity);
  const bool on = mode != ssl_mode::disabled;
  set_flag(handle, MYSQL_OPT_SSL_ENFORCE, on);
  set_flag(handle, MYSQL_OPT_SSL_VERIFY_SERVER_CERT, on);  // until tls_is_offered
  if (!on) {
    // A server may ask for the password in plain text; without encryption it gets no such answer.
    mysql_optionsv(handle, MARIADB_OPT_RESTRICTED_AUTH, "mysql_native_password,caching_sha2_password,sha256_password");
    return {};
  }
  check_file(options.ssl_ca, "ssl_ca", "CERTIFICATE", where);
  check_client(options, where);
  mysql_optionsv(handle, MARIADB_OPT_TLS_VERSION, "TLSv1.2,TLSv1.3");
  set_path(handle, MYSQL_OPT_SSL_CERT, options.ssl_cert);
  set_path(handle, MYSQL_OPT_SSL_KEY, options.ssl_key);
  if (mode == ssl_mode::required) return {};  // with a CA, libmariadb would check the certificate
  auto ca = options.ssl_ca.empty() ? find_bundle(where) : options.ssl_ca;
  set_path(handle, MYSQL_OPT_SSL_CA, ca);
  return ca;
}

void tls_is_offered(MYSQL* handle, ssl_mode mode) noexcept {
  set_flag(handle, MYSQL_OPT_SSL_VERIFY_SERVER_CERT, checks_name(mode));
}

std::string tls_in_use(MYSQL* handle) {
  const char* cipher = mysql_get_ssl_cipher(handle);
  if (!cipher) return {};
  const char* protocol = nullptr;
  mariadb_get_infov(handle, MARIADB_CONNECTION_TLS_VERSION, &protocol);
  return protocol ? fmt::format("{} {}", protocol, cipher) : cipher;
}

}  // namespace tidb::detail
