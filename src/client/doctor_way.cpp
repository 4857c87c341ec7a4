// The steps of `diagnose` from a name to a login.
#include "client/examination.hpp"
#include "client/settings.hpp"
#include "engine/tidb/connection.hpp"
#include "engine/tidb/errors.hpp"
#include "engine/tidb/handshake.hpp"
#include "engine/tidb/reach.hpp"

#include <algorithm>
#include <cerrno>
#include <memory>
#include <system_error>
#include <utility>

#include <fmt/format.h>

namespace tidb::detail {

namespace {

constexpr int unknown_database = 1049;
constexpr int certificate_is_old_days = 14;

double in_ms(std::chrono::microseconds time) { return static_cast<double>(time.count()) / 1000; }

bool is_local(const std::string& address) { return address.starts_with("127.") || address == "::1"; }

class way {
public:
  way(examination& steps, resolved_options options) : steps_(steps), options_(std::move(options)) {
    cloud_ = is_tidbcloud(options_.host);
  }

  std::optional<client> go() {
    const bool there = steps_.step("dns", [&] { return look_at_name(); }) &&
                       steps_.step("tcp", [&] { return look_at_addresses(); }) &&
                       steps_.step("greeting", [&] { return look_at_greeting(); }) &&
                       steps_.step("tls", [&] { return look_at_encryption(); });
    host_.socket = {};
    if (!there || !steps_.step("login", [&] { return log_in(); })) return std::nullopt;
    return std::move(db_);
  }

private:
  probe_deadline deadline() const { return std::chrono::steady_clock::now() + options_.connect_timeout; }
  double limit_in_seconds() const { return static_cast<double>(options_.connect_timeout.count()) / 1000; }

  finding look_at_name() {
    auto looked_up = look_up(options_.host);
    addresses_ = std::move(looked_up.found);
    if (addresses_.empty())
      return failed(fmt::format("{} has no address: {}", options_.host, looked_up.problem),
                    looked_up.try_again
                        ? "no name server answers: check this machine's network, its name servers, and a VPN if the "
                          "name is only known there"
                        : "check the host's spelling; a private endpoint's name is only known inside its network");
    if (addresses_ == std::vector{options_.host}) return good("an address: no name to look up");
    return good(fmt::format("{} is {}", options_.host, fmt::join(addresses_, ", ")));
  }

  finding look_at_addresses() {
    host_ = reach(addresses_, options_.port, deadline());
    std::string all;
    bool silent = false, refused = false;
    for (const auto& each : host_.addresses) {
      silent = silent || each.error == ETIMEDOUT;
      refused = refused || each.error == ECONNREFUSED;
      const auto how = each.error == 0 ? fmt::format("accepted after {:.1f} ms", in_ms(each.time))
                       : each.error == ETIMEDOUT
                           ? fmt::format("did not answer within {:.1f} s", in_ms(each.time) / 1000)
                           : std::generic_category().message(each.error);
      all += fmt::format("{}{} port {}: {}", all.empty() ? "" : "; ", each.address, options_.port, how);
    }
    if (!host_.reached()) return failed(std::move(all), why_not_reached(silent, refused));
    if (silent)
      return warning(std::move(all), "a connection may first wait for the address that does not answer: remove it from "
                                     "the name, or open the firewall for it");
    return good(std::move(all));
  }

  std::string why_not_reached(bool silent, bool refused) const {
    if (refused)
      return fmt::format(
          "nothing listens on port {} there: check the port (TiDB's own is 4000) and that the server runs",
          options_.port);
    if (!silent)
      return "there is no route to it from this machine: check the network, a VPN, and IPv6 if the address is one";
    std::string text = "a firewall drops the packets, or the address is wrong: ";
    return text + (cloud_
                       ? "allow this machine's public address in the cluster's IP access list (Dedicated) or firewall "
                         "rules (Starter, Essential)"
                       : "open the port for this machine, and check host and port");
  }

  finding look_at_greeting() {
    const std::string not_there = fmt::format(
        "port {} is not the one for SQL (TiDB's own is 4000; 10080 is its status page, 2379 PD), or a proxy or load "
        "balancer has no server behind it",
        options_.port);
    try {
      greeting_ = read_greeting(host_.socket, deadline());
    } catch (const std::system_error& problem) {
      const bool silent = problem.code() == std::errc::timed_out;
      return failed(
          silent ? fmt::format("the connection was accepted, and then nothing came within {} s", limit_in_seconds())
                 : "the other end hung up without a greeting",
          not_there);
    }
    if (!greeting_.speaks_mysql) return failed("what answers there does not speak the MySQL protocol", not_there);
    if (greeting_.error_code != 0) {
      const auto endpoint = options_.endpoint();
      throw_error(classify({greeting_.error_code, {}, greeting_.error_text},
                           {call_phase::connecting, {}, endpoint, std::source_location::current(), &options_}));
    }
    return good(greeting_.version);
  }

  finding look_at_encryption() {
    const bool local = std::ranges::all_of(addresses_, is_local);
    if (options_.ssl_mode == ssl_mode::disabled) {
      if (local || !greeting_.offers_tls)
        return local ? skipped("off")
                     : warning("off, and the server offers none: everything travels in plain text",
                               "switch TLS on at the server, unless the network is trusted");
      return warning("off, though the server offers it: everything travels in plain text",
                     "set ssl_mode=VERIFY_IDENTITY, with the server's CA in ssl_ca");
    }
    if (!greeting_.offers_tls)
      return failed("the server offers no TLS",
                    "give the server a certificate (ssl-cert and ssl-key in its configuration); or, only in a trusted "
                    "network, set ssl_mode=DISABLED");
    const auto bundle = ca_bundle_of(options_, std::source_location::current());
    try {
      const auto found = probe_tls(host_.socket, options_, bundle, deadline());
      return found.problem.empty() ? judge(found, bundle) : no_handshake(found);
    } catch (const std::system_error& problem) {
      return failed(fmt::format("the handshake broke off: {}", problem.code().message()),
                    "something between here and the server interferes with TLS, or the server's TLS is broken: see its "
                    "log");
    }
  }

  static finding no_handshake(const tls_findings& found) {
    return failed(found.problem,
                  found.wants_certificate
                      ? "the server asks for a client's certificate: set ssl_cert and ssl_key to one that "
                        "it accepts"
                      : "the server must speak TLS 1.2 or later, and the files of ssl_ca, ssl_cert and "
                        "ssl_key must be what their names say");
  }

  std::string described(const tls_findings& found) const {
    return fmt::format(
        "{} {}; certificate of {} for {}, signed by {}, valid until {}", found.protocol, found.cipher, found.subject,
        found.names.empty() ? "no host" : fmt::format("{}", fmt::join(found.names, ", ")), found.issuer,
        found.days_left < 0 ? found.valid_until : fmt::format("{} ({} days)", found.valid_until, found.days_left));
  }

  /// The checks that this mode asks for are failures; those that it leaves out are worth a warning.
  finding judge(const tls_findings& found, const std::string& bundle) const {
    const auto mode = options_.ssl_mode.value_or(ssl_mode::verify_identity);
    if (mode == ssl_mode::required)
      return warning(described(found) + "; unchecked",
                     "ssl_mode=REQUIRED encrypts but does not ask who answers: use VERIFY_IDENTITY");
    const bool in_time = found.begun && found.days_left >= 0;
    if (found.chain_error != 0 && (in_time || is_unknown_ca(found.chain_error)))
      return failed(fmt::format("{}: {}", found.chain_text, described(found)), why_not_trusted(found, bundle));
    if (!found.begun)
      return failed(fmt::format("the certificate is not valid before {}: {}", found.valid_from, described(found)),
                    "check this machine's clock, and the certificate's dates");
    if (found.days_left < 0)
      return failed(fmt::format("the certificate expired on {}: {}", found.valid_until, described(found)),
                    "renew the server's certificate (and let the server load it), or check this machine's clock");
    if (!found.name_matches && mode == ssl_mode::verify_identity)
      return failed(fmt::format("the certificate is for another host than {}: {}", options_.host, described(found)),
                    found.names.empty()
                        ? "the certificate names no host: make one with a subjectAltName"
                        : "connect by a name that the certificate has, or give the server a certificate "
                          "with this one; ssl_mode=VERIFY_CA leaves this check out");
    if (found.days_left < certificate_is_old_days)
      return warning(described(found), "renew the server's certificate before it expires");
    auto detail = described(found) + (mode == ssl_mode::verify_ca ? "; the name is unchecked" : "");
    if (found.wants_certificate && options_.ssl_cert.empty())
      return warning(detail + "; it asks for a client's certificate",
                     "if the login is refused for it: set ssl_cert and ssl_key");
    return good(std::move(detail));
  }

  std::string why_not_trusted(const tls_findings& found, const std::string& bundle) const {
    if (!is_unknown_ca(found.chain_error)) return "the certificate or its chain is unfit: have it made anew by its CA";
    return fmt::format("no CA in {} signed it: set ssl_ca to the CA that did{}", bundle,
                       cloud_ ? ". Each TiDB Cloud Dedicated cluster has its own, in its Connect dialog" : "");
  }

  finding log_in() {
    // Looking must not make anything.
    const bool may_make_database = std::exchange(options_.ensure_database, false);
    finding found = good({});
    try {
      open();
    } catch (const error& problem) {
      if (!may_make_database || problem.info().server_code != unknown_database) throw;
      found = warning(fmt::format("the database {} does not exist yet; ", options_.database),
                      "none needed: ensure_database makes it when a program connects");
      options_.select_database = false;
      open();
    }
    found.detail += fmt::format("as {}, to {}", options_.user, db_->features().deployment);
    return found;
  }

  void open() {
    const call_context context{.deadline = deadline()};
    db_.emplace(
        client(std::make_shared<pool_state>(open_tidb(options_, context))).with({.timeout = options_.connect_timeout}));
  }

  examination& steps_;
  resolved_options options_;
  bool cloud_{};
  std::vector<std::string> addresses_;
  reached_host host_;
  server_greeting greeting_;
  std::optional<client> db_;
};

}  // namespace

std::optional<client> examine_way(examination& steps, resolved_options options) {
  return way(steps, std::move(options)).go();
}

}  // namespace tidb::detail
