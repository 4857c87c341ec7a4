// What a connection is made from, and what the other end can do.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace tidb {

enum class engine_kind : std::uint8_t { embedded, tidb };

/// The newest layout of search index tables that this library knows; a database with a newer one is not opened.
inline constexpr int index_tables_version = 1;

/// How a connection is encrypted. There is no "preferred": what is asked for is what is had, or an error.
enum class ssl_mode : std::uint8_t {
  disabled,         ///< plain text; refused for tidbcloud hosts
  required,         ///< encrypted, the server's certificate unchecked
  verify_ca,        ///< the certificate must come from a known CA
  verify_identity,  ///< and carry the host's name
};

/// How many connections a pool keeps, and for how long. Zero: what suits the deployment.
/// Errors, when the pool is made: usage_error for a negative number, one beyond a year or 100,000 connections, or a
/// min_size above max_size.
struct pool_options {
  std::size_t max_size{};  ///< default: 4 a core on TiDB, 8 on a file, 1 in memory
  std::size_t min_size{};  ///< how many `pool::warm_up` opens; default 1
  /// How long a call waits for a connection to become free; default 30 s. Opening one has `connect_timeout`.
  std::chrono::milliseconds checkout_timeout{};
  /// A connection older than this is replaced when it is borrowed next; each gets a twentieth to a fifth less, so that
  /// they do not all end at once. Default: 5 min on TiDB Cloud, on other servers 8 h or a little less than their
  /// wait_timeout; none on the embedded engine.
  std::chrono::milliseconds max_lifetime{};
  /// One that nobody borrowed for so long is closed when another comes back, or when it would be borrowed next.
  /// Default: 4 min on TiDB Cloud, which cuts at 340 s; on other servers as max_lifetime; none on the embedded engine.
  std::chrono::milliseconds idle_timeout{};
  /// One that nobody borrowed for so long is asked whether it answers before it is lent: a round trip. Default: 30 s on
  /// TiDB; never on the embedded engine.
  std::chrono::milliseconds check_after{};
};

/// What a pool has done and has now.
struct pool_stats {
  std::size_t open{};                     ///< connections, in use or idle
  std::size_t idle{};                     ///< ready to be borrowed
  std::size_t in_use{};                   ///< borrowed now
  std::size_t waiting{};                  ///< calls that wait for one now
  std::uint64_t opened{};                 ///< connections made since the start
  std::uint64_t reconnects{};             ///< of those, made in place of one that was lost
  std::uint64_t retired{};                ///< closed for their age or idleness
  std::uint64_t failed{};                 ///< attempts to connect that failed
  std::uint64_t waits{};                  ///< calls that had to wait
  std::chrono::microseconds wait_time{};  ///< theirs, in all
};

/// Where to connect and how. An empty field means its default; a `file` means the embedded engine.
/// Note: what is given wins over the environment and `.env`, also where it equals the default; but an empty text, a
/// port of 0 and a zero among the pool's numbers are not given.
struct connect_options {
  std::string host{};                        ///< default 127.0.0.1; several with commas, each with a `:port` or not
  std::uint16_t port{};                      ///< default 4000; of hosts without their own
  std::string user{};                        ///< default root
  std::string password{};                    ///< default empty
  std::string database{};                    ///< default test
  std::string file{};                        ///< a path or ":memory:": the embedded engine
  std::optional<tidb::ssl_mode> ssl_mode{};  ///< default verify_identity for tidbcloud hosts or with another ssl field
  std::string ssl_ca{};                      ///< CA bundle, PEM; default: the system's
  std::string ssl_cert{};                    ///< client certificate, PEM
  std::string ssl_key{};                     ///< client key, PEM
  std::optional<bool> ensure_database{};     ///< create the database if it does not exist; default no
  std::optional<std::chrono::milliseconds> connect_timeout{};    ///< for each connection; default 10 s, at most a year
  std::optional<std::chrono::milliseconds> statement_timeout{};  ///< for each statement; default 0: none
  /// Embedded: how long to wait for another writer, in a call without a deadline; default 5 s, at most a year.
  std::optional<std::chrono::milliseconds> lock_timeout{};
  pool_options pool{};         ///< of the client's connections
  std::optional<bool> echo{};  ///< each statement as a line on standard error, without parameters; default no
  std::optional<bool> show_parameters{};  ///< echo, the slow log and `on_statement` have parameters, too; default no
  /// Log what takes this long on standard error; default 0: nothing.
  std::optional<std::chrono::milliseconds> slow_statement{};
  /// How many bytes the search indexes of a client may have in memory; default: half of the machine's. The
  /// one that was not searched for longest makes room for another; where one alone does not fit, searches are exact.
  std::optional<std::uint64_t> index_memory{};
  /// TiDB: variables set for each connection, by name, such as {"tidb_isolation_read_engines", "tikv"}.
  /// Errors: usage_error for a name that is none, a value with a quote, a backslash or a control character, and for
  /// what the client itself relies on: time_zone, sql_mode, autocommit and the character sets.
  std::map<std::string, std::string> session_variables{};
};

namespace detail {

/// `base` with those fields of `over` that are not zero.
pool_options merged(pool_options base, const pool_options& over);

struct server_address {
  std::string host{};
  std::uint16_t port{};
  /// `host:port`, an IPv6 address in brackets; the host alone if the port is 0.
  std::string text() const;
};

/// Options with every default applied, and where each came from.
struct resolved_options {
  engine_kind engine{};
  std::string host{};
  std::uint16_t port{};
  std::string user{};
  std::string password{};
  std::string database{};
  bool select_database{true};  ///< a URL without a database selects none
  std::string file{};
  std::optional<tidb::ssl_mode> ssl_mode{};
  std::string ssl_ca{};
  std::string ssl_cert{};
  std::string ssl_key{};
  bool ensure_database{};
  std::chrono::milliseconds connect_timeout{10'000};
  std::chrono::milliseconds statement_timeout{};
  std::chrono::milliseconds lock_timeout{5'000};
  pool_options pool{};
  bool echo{};
  bool show_parameters{};
  std::chrono::milliseconds slow_statement{};
  std::uint64_t index_memory{};  ///< 0: half of the machine's
  std::map<std::string, std::string> session_variables{};
  /// All that were named, if several were; host and port are the first one's, or the one's that is connected to.
  std::vector<server_address> servers{};
  /// Field → "argument", "URL", "environment variable TIDB_HOST", ".env TIDB_HOST" or "default".
  std::map<std::string, std::string> sources{};
  /// `host:port/database`, several hosts with commas between them, or the file's path; no secret.
  std::string endpoint() const;
};

}  // namespace detail

/// What this server can do, asked of it once for each connection.
struct capabilities {
  engine_kind engine{};
  std::string version{};          ///< "8.0.11-TiDB-v8.5.6" or SQLite's "3.40.1"
  std::string deployment{};       ///< "embedded", "TiDB Cloud Starter or Essential", "TiDB Cloud Dedicated", "TiDB
                                  ///< self-managed", "MySQL-compatible server"
  std::string tls{};              ///< protocol and cipher, or empty for plain text
  std::size_t max_parameters{};   ///< in one statement
  std::size_t max_packet{};       ///< bytes in one statement with its parameters
  std::size_t rows_per_insert{};  ///< how many rows one INSERT carries best
  std::chrono::seconds wait_timeout{};  ///< after how long the server ends an idle connection; 0: it does not
  bool has_indexes{};  ///< TiDB: tidbxx has made search indexes in the database, as far as the connection was told
};

}  // namespace tidb
