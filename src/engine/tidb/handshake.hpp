// How a server greets, and what its certificate says: looked at by hand, for finding out what is wrong.
#pragma once

#include "engine/tidb/greeting.hpp"
#include "engine/tidb/reach.hpp"
#include "tidbxx/engine/options.hpp"

#include <cstdint>
#include <source_location>
#include <string>
#include <vector>

namespace tidb::detail {

/// Errors: std::system_error, as probe_socket::receive.
server_greeting read_greeting(const probe_socket& socket, probe_deadline deadline);

/// What a TLS handshake showed. The certificate is looked at in every mode; whoever asks decides what it must fulfil.
struct tls_findings {
  std::string problem{};     ///< no encryption could be agreed on: why; then all but `wants_certificate` is empty
  bool wants_certificate{};  ///< the server asked for a certificate of the client's
  std::string protocol{};    ///< "TLSv1.3"
  std::string cipher{};
  std::string subject{};
  std::string issuer{};
  std::vector<std::string> names{};  ///< DNS names and addresses that it is for
  std::string valid_from{};          ///< a date, UTC
  std::string valid_until{};
  int days_left{};           ///< negative: expired
  bool begun{};              ///< valid_from has passed
  bool name_matches{};       ///< it is for this host
  int chain_error{};         ///< OpenSSL's X509_V_ERR_…; 0 if a CA of the bundle vouches for it
  std::string chain_text{};  ///< the same in words
};

/// Asks for encryption, as after read_greeting, and shakes hands; nothing of a login is sent.
/// Errors: std::system_error, as probe_socket::receive.
tls_findings probe_tls(const probe_socket& socket, const resolved_options& options, const std::string& ca_file,
                       probe_deadline deadline);

/// True if a CA of the bundle is unknown to the certificate's chain: another bundle would help.
bool is_unknown_ca(int chain_error) noexcept;

/// The CA bundle that connections with these options use, or nothing where none is.
/// Errors: usage_error for a file that cannot be read, or if no bundle is found.
std::string ca_bundle_of(const resolved_options& options, std::source_location where);

}  // namespace tidb::detail
