#include "engine/tidb/handshake.hpp"

#include "engine/tidb/dial.hpp"
#include "engine/tidb/tls.hpp"

#include <algorithm>
#include <array>
#include <ctime>
#include <memory>
#include <new>
#include <string_view>

#include <arpa/inet.h>
#include <fmt/format.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

namespace tidb::detail {
namespace {

template <auto release>
struct deleter {
  template <class T>
  void operator()(T* held) const noexcept {
    release(held);
  }
};
using context_pointer = std::unique_ptr<SSL_CTX, deleter<SSL_CTX_free>>;
using ssl_pointer = std::unique_ptr<SSL, deleter<SSL_free>>;
using certificate_pointer = std::unique_ptr<X509, deleter<X509_free>>;
using bio_pointer = std::unique_ptr<BIO, deleter<BIO_free>>;
using names_pointer = std::unique_ptr<GENERAL_NAMES, deleter<GENERAL_NAMES_free>>;

constexpr unsigned client_protocol_41 = 0x200, client_ssl = 0x800, client_secure_connection = 0x8000,
                   client_plugin_auth = 0x80000;

std::string packet(std::uint8_t sequence, std::string_view payload) {
  std::string made;
  for (unsigned shift = 0; shift < 24; shift += 8) made += static_cast<char>(payload.size() >> shift & 0xFFU);
  made += static_cast<char>(sequence);
  return made.append(payload);
}

/// The short form of the login that asks for encryption first.
std::string encryption_request() {
  constexpr unsigned abilities = client_protocol_41 | client_ssl | client_secure_connection | client_plugin_auth;
  constexpr unsigned largest_packet = 1U << 24U;
  std::string payload;
  for (const unsigned number : {abilities, largest_packet})
    for (unsigned shift = 0; shift < 32; shift += 8) payload += static_cast<char>(number >> shift & 0xFFU);
  payload += static_cast<char>(45);  // utf8mb4_general_ci
  payload.append(23, '\0');
  return packet(1, payload);
}

std::string openssl_problem() {
  std::array<char, 256> text{};
  const auto code = ERR_peek_last_error();
  ERR_error_string_n(code, text.data(), text.size());
  ERR_clear_error();
  const char* reason = ERR_reason_error_string(code);
  return code == 0 ? "the handshake failed" : reason != nullptr ? reason : text.data();
}

/// The reason why this context cannot be used, or nothing.
std::string prepare(SSL_CTX* context, const resolved_options& options, const std::string& ca_file) {
  SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION);
  SSL_CTX_set_verify(context, SSL_VERIFY_NONE, nullptr);  // looked at afterwards, so that all of it can be told
  if (!ca_file.empty() && SSL_CTX_load_verify_file(context, ca_file.c_str()) != 1) {
    ERR_clear_error();
    return fmt::format("{} holds no certificate of a CA in PEM form", ca_file);
  }
  if (options.ssl_cert.empty()) return {};
  const auto& key = options.ssl_key.empty() ? options.ssl_cert : options.ssl_key;
  if (SSL_CTX_use_certificate_chain_file(context, options.ssl_cert.c_str()) != 1) {
    ERR_clear_error();
    return fmt::format("{} (ssl_cert) holds no certificate in PEM form", options.ssl_cert);
  }
  if (SSL_CTX_use_PrivateKey_file(context, key.c_str(), SSL_FILETYPE_PEM) != 1)
    return fmt::format("{} (ssl_key) is not the key of ssl_cert: {}", key, openssl_problem());
  return {};
}

bool is_address(const std::string& host) {
  std::array<unsigned char, sizeof(in6_addr)> bytes{};
  return inet_pton(AF_INET, host.c_str(), bytes.data()) == 1 || inet_pton(AF_INET6, host.c_str(), bytes.data()) == 1;
}

/// A TLS client whose bytes go through our own socket, for its deadline and without SIGPIPE.
class tls_client {
public:
  tls_client(SSL_CTX* context, const std::string& host) : ssl_(SSL_new(context)) {
    if (!ssl_) throw std::bad_alloc();
    received_ = BIO_new(BIO_s_mem());
    to_send_ = BIO_new(BIO_s_mem());
    SSL_set_bio(ssl_.get(), received_, to_send_);  // takes both
    if (!is_address(host)) SSL_set_tlsext_host_name(ssl_.get(), host.c_str());
  }

  /// Why no encryption was agreed on, or nothing.
  std::string shake_hands(const probe_socket& socket, probe_deadline deadline) {
    for (;;) {
      const int done = SSL_connect(ssl_.get());
      const int wanted = SSL_get_error(ssl_.get(), done);
      send_made(socket, deadline);
      if (done == 1) return {};
      if (wanted != SSL_ERROR_WANT_READ) return openssl_problem();
      const auto bytes = socket.receive(deadline);
      BIO_write(received_, bytes.data(), static_cast<int>(bytes.size()));
    }
  }

  SSL* get() const noexcept { return ssl_.get(); }

private:
  void send_made(const probe_socket& socket, probe_deadline deadline) {
    std::array<char, 4096> buffer{};
    int got = 0;
    while ((got = BIO_read(to_send_, buffer.data(), static_cast<int>(buffer.size()))) > 0)
      socket.send({buffer.data(), static_cast<std::size_t>(got)}, deadline);
  }

  ssl_pointer ssl_;
  BIO* received_{};
  BIO* to_send_{};
};

std::string text_of(const X509_NAME* name) {
  const bio_pointer text(BIO_new(BIO_s_mem()));
  X509_NAME_print_ex(text.get(), name, 0, XN_FLAG_ONELINE & ~ASN1_STRFLGS_ESC_MSB);
  char* start = nullptr;
  const auto size = BIO_get_mem_data(text.get(), &start);
  return {start, static_cast<std::size_t>(std::max(0L, size))};
}

std::string text_of(const ASN1_TIME* time) {
  std::tm parts{};
  if (ASN1_TIME_to_tm(time, &parts) != 1) return "unknown";
  return fmt::format("{:04}-{:02}-{:02}", parts.tm_year + 1900, parts.tm_mon + 1, parts.tm_mday);
}

std::string text_of(const GENERAL_NAME* name) {
  int kind = 0;
  const auto* value = static_cast<const ASN1_STRING*>(GENERAL_NAME_get0_value(name, &kind));
  const auto* bytes = ASN1_STRING_get0_data(value);
  const auto size = static_cast<std::size_t>(ASN1_STRING_length(value));
  if (kind == GEN_DNS) return {reinterpret_cast<const char*>(bytes), size};
  std::array<char, INET6_ADDRSTRLEN> text{};
  if (kind == GEN_IPADD && (size == 4 || size == 16))
    inet_ntop(size == 4 ? AF_INET : AF_INET6, bytes, text.data(), static_cast<socklen_t>(text.size()));
  return text.data();
}

std::vector<std::string> names_in(const X509* certificate) {
  const names_pointer all(
      static_cast<GENERAL_NAMES*>(X509_get_ext_d2i(certificate, NID_subject_alt_name, nullptr, nullptr)));
  std::vector<std::string> names;
  for (int i = 0; all && i < sk_GENERAL_NAME_num(all.get()); ++i)
    if (auto name = text_of(sk_GENERAL_NAME_value(all.get(), i)); !name.empty()) names.push_back(std::move(name));
  return names;
}

void read_dates(tls_findings& found, const X509* certificate) {
  const auto *from = X509_get0_notBefore(certificate), *until = X509_get0_notAfter(certificate);
  found.valid_from = text_of(from);
  found.valid_until = text_of(until);
  found.begun = X509_cmp_current_time(from) < 0;
  int days = 0, seconds = 0;
  ASN1_TIME_diff(&days, &seconds, nullptr, until);
  found.days_left = days < 0 || seconds < 0 ? std::min(days, -1) : days;
}

void read_certificate(tls_findings& found, SSL* ssl, const std::string& host) {
  const certificate_pointer certificate(SSL_get1_peer_certificate(ssl));
  if (!certificate) return;
  found.subject = text_of(X509_get_subject_name(certificate.get()));
  found.issuer = text_of(X509_get_issuer_name(certificate.get()));
  found.names = names_in(certificate.get());
  read_dates(found, certificate.get());
  found.name_matches = X509_check_host(certificate.get(), host.c_str(), 0, 0, nullptr) == 1 ||
                       X509_check_ip_asc(certificate.get(), host.c_str(), 0) == 1;
  found.chain_error = static_cast<int>(SSL_get_verify_result(ssl));
  if (found.chain_error != X509_V_OK) found.chain_text = X509_verify_cert_error_string(found.chain_error);
}

}  // namespace

server_greeting read_greeting(const probe_socket& socket, probe_deadline deadline) {
  std::string bytes;
  for (;;) {
    bytes += socket.receive(deadline);
    const auto size = greeting_size(bytes);
    if (size == 0) return {};
    if (size && bytes.size() >= *size) return parse_greeting(std::string_view(bytes).substr(0, *size));
  }
}

tls_findings probe_tls(const probe_socket& socket, const resolved_options& options, const std::string& ca_file,
                       probe_deadline deadline) {
  tls_findings found;
  const context_pointer context(SSL_CTX_new(TLS_client_method()));
  if (!context) throw std::bad_alloc();
  found.problem = prepare(context.get(), options, ca_file);
  if (!found.problem.empty()) return found;
  tls_client client(context.get(), options.host);
  SSL_set_cert_cb(
      client.get(),
      [](SSL*, void* asked) {
        *static_cast<bool*>(asked) = true;
        return 1;
      },
      &found.wants_certificate);
  socket.send(encryption_request(), deadline);
  found.problem = client.shake_hands(socket, deadline);
  if (!found.problem.empty()) return found;
  found.protocol = SSL_get_version(client.get());
  found.cipher = SSL_get_cipher_name(client.get());
  read_certificate(found, client.get(), options.host);
  return found;
}

bool is_unknown_ca(int chain_error) noexcept {
  return chain_error == X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY ||
         chain_error == X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT ||
         chain_error == X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE ||
         chain_error == X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN || chain_error == X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT ||
         chain_error == X509_V_ERR_CERT_SIGNATURE_FAILURE;
}

std::string ca_bundle_of(const resolved_options& options, std::source_location where) {
  // Asked of the very function that connections use, on a handle that never connects.
  const handle_pointer handle(mysql_init(nullptr));
  if (!handle) throw std::bad_alloc();
  return set_tls(handle.get(), options, where);
}

}  // namespace tidb::detail
