// Ways to connect.
#pragma once

#include "tidbxx/client/client.hpp"
#include "tidbxx/client/pool.hpp"
#include "tidbxx/engine/options.hpp"

#include <concepts>
#include <source_location>
#include <string>
#include <string_view>

namespace tidb {

/// A text parameter: anything that converts to std::string_view, but never a list in braces.
struct text_view {
  std::string_view text{};
  template <std::convertible_to<std::string_view> S>
  text_view(const S& from) : text(from) {}
};

/// Connects as TIDB_* variables of the environment, or of `.env` in the working directory, say; with none of them, to
/// the embedded file `tidbxx.db` in the working directory.
/// Errors: usage_error for a wrong setting, naming where it came from; connection_error.
client connect(std::source_location where = std::source_location::current());

/// Connects to a URL: `mysql://user:password@host:4000/database?ssl_ca=…`, `sqlite:file.db`, `sqlite::memory:` …
/// Errors: usage_error for a wrong URL, never repeating its password; connection_error.
client connect(text_view url, std::source_location where = std::source_location::current());

/// Connects by parameters. TLS with verified identity is on by itself for TiDB Cloud.
client connect(const connect_options& options, std::source_location where = std::source_location::current());

/// A client over a pool that others share.
client connect(pool& shared);

/// A client over a connection that the program opened, with its settings as they are, and closes itself afterwards.
/// It has this one connection: no second statement while a result is read.
/// Note: a transaction that is open on a MYSQL handle is committed by the first one of the client (TiDB's BEGIN does
/// so). A progress handler that the program has set on a SQLite handle is lost at the first call with a limit.
client connect(st_mysql* open, std::source_location where = std::source_location::current());
client connect(sqlite3* open, std::source_location where = std::source_location::current());

}  // namespace tidb
