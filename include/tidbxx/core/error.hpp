// Errors: one root class, a value with a verdict, and leaf classes where a caller branches.
#pragma once

#include <cstdint>
#include <exception>
#include <memory>
#include <source_location>
#include <string>
#include <string_view>

namespace tidb {

/// What went wrong, the same on every engine.
enum class errc : std::uint8_t {
  usage,            ///< the program asked for something that cannot work; nothing was sent
  unsupported,      ///< this deployment or engine lacks the feature
  connection,       ///< no connection could be made, or it was lost before anything was sent
  access_denied,    ///< wrong user or password, or a missing privilege
  constraint,       ///< a key, a check, a length or a NOT NULL refused the row
  stale,            ///< another has written or deleted the row since a session read it
  conflict,         ///< another transaction won; running the whole transaction again may work
  outcome_unknown,  ///< the answer to a write or a COMMIT was lost: it may or may not have happened
  timeout,          ///< the deadline passed, or a stop was requested
  quota,            ///< the deployment's free quota is used up
  no_row,           ///< `one` or `value` found nothing
  too_many_rows,    ///< `one`, `one_or_none` or `value` found several rows
  decode,           ///< a cell does not fit the C++ type it is read into
  statement,        ///< the server refused the statement: syntax, unknown table or column, a bad value
  storage,          ///< disk full, read-only file, damaged or foreign file
};

/// All that is known of one error. Immutable once thrown; holds no password and, by default, no parameter.
struct error_info {
  errc code{};
  int server_code{};             ///< TiDB's error number or SQLite's extended result code; 0 if the error is ours
  std::string sqlstate{};        ///< five characters, or empty
  std::string message{};         ///< what, where and what to do, in our words
  std::string server_message{};  ///< the server's own words: untrusted text
  std::string sql{};             ///< the statement, parameters as `?`
  std::string endpoint{};        ///< host and port or file, never a user's secret
  std::source_location where{};  ///< the caller's line
  bool retryable{};
  bool poisons_transaction{};
  bool poisons_connection{};
  std::string_view entry{};  ///< its heading in docs/errors.md, or empty; lives as long as the program
  bool sent{true};           ///< false: it is certain that nothing of the statement reached the server
};

/// The root of everything that tidbxx throws.
/// Cost: copies share one immutable error_info.
class error : public std::exception {
public:
  explicit error(error_info info);

  /// The message, the server's words, the statement, the endpoint, the caller's line and the entry in
  /// docs/errors.md, in this order.
  const char* what() const noexcept override;
  const error_info& info() const noexcept;
  errc code() const noexcept { return info().code; }
  /// Running the whole transaction again may succeed.
  bool is_retryable() const noexcept { return info().retryable; }
  /// The transaction it happened in can only be rolled back.
  bool poisons_transaction() const noexcept { return info().poisons_transaction; }
  /// The connection it happened on was dropped.
  bool poisons_connection() const noexcept { return info().poisons_connection; }
  /// A write was sent and its answer lost: look before doing it again.
  bool outcome_is_unknown() const noexcept { return info().code == errc::outcome_unknown; }
  /// False if it is certain that nothing of the statement reached the server: even a write can be sent again.
  bool was_sent() const noexcept { return info().sent; }

private:
  struct state;
  std::shared_ptr<const state> state_;
};

struct connection_error : error {
  using error::error;
};
struct constraint_violation : error {
  using error::error;
};
struct stale_object : error {
  using error::error;
};
struct transaction_conflict : error {
  using error::error;
};
struct outcome_unknown : error {
  using error::error;
};
struct timeout : error {
  using error::error;
};
struct quota_exhausted : error {
  using error::error;
};
struct unsupported : error {
  using error::error;
};
struct usage_error : error {
  using error::error;
};

/// Throws the class that belongs to `info.code`.
[[noreturn]] void throw_error(error_info info);

/// Throws a `usage_error`: what the program did wrong and what to do instead.
[[noreturn]] void throw_usage(std::string message, std::source_location where = std::source_location::current());

}  // namespace tidb
