// How a connection is encrypted, and whom it trusts.
#pragma once

#include "tidbxx/engine/options.hpp"

#include <source_location>
#include <string>

#include <mysql.h>

namespace tidb::detail {

/// Sets the options of TLS before connecting. Returns the CA bundle that the server is checked with, or nothing.
/// Errors: usage_error for a certificate file that cannot be read, or if no CA bundle is found.
std::string set_tls(MYSQL* handle, const resolved_options& options, std::source_location where);

/// The server has offered TLS: from here on the certificate is checked as `mode` says. Before, it is checked with its
/// name in every mode with TLS, as libmariadb goes on in plain text where it must not check that.
void tls_is_offered(MYSQL* handle, ssl_mode mode) noexcept;

/// The protocol and the cipher in use, or nothing for plain text.
std::string tls_in_use(MYSQL* handle);

}  // namespace tidb::detail
