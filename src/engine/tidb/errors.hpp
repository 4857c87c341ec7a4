// What TiDB's error numbers mean for the caller: a pure function, so that it can be tested without a server.
#pragma once

#include "core/error_table.hpp"
#include "tidbxx/core/error.hpp"
#include "tidbxx/engine/options.hpp"

#include <source_location>
#include <string>
#include <string_view>

namespace tidb::detail {

/// An error as the server or libmariadb tells it.
struct raw_error {
  int code{};
  std::string_view sqlstate{};
  std::string_view text{};
};

/// Where it happened. Lifetime: borrowed, during the call.
struct error_scene {
  call_phase phase{};
  std::string_view sql{};
  std::string_view endpoint{};
  std::source_location where{};
  const resolved_options* options{};  ///< while connecting
  std::string_view ca_file{};         ///< the CA bundle in use, or empty
};

/// The verdict, by the table of errors, in our words and with the server's beside them.
error_info classify(const raw_error& raw, const error_scene& scene);

/// The deadline passed or a stop was requested while a call was on its way; the connection is gone.
error_info interrupted(const error_scene& scene, bool stop_requested);

/// The deadline had passed or a stop had been requested before anything was sent.
error_info not_sent(const error_scene& scene, bool stop_requested);

/// The connection was found lost before anything was sent.
error_info lost_before_sending(const error_scene& scene);

/// What a statement does: `reading`, `writing` for a change of rows, or `committing` for COMMIT and for what may commit
/// even inside a transaction, such as DDL. Outside a transaction a write commits itself, which the caller must know. A
/// SELECT … FOR UPDATE changes nothing, so it reads; EXPLAIN ANALYZE runs what it explains. Note: what stands in
/// comments, quotes and inner parentheses does not count.
call_phase phase_of(std::string_view sql) noexcept;

/// Throws usage_error if the text holds no statement: only blanks, comments and semicolons.
void check_not_empty(std::string_view sql, std::source_location where);

/// A host of TiDB Cloud, in any case of letters.
bool is_cloud(std::string_view host);

/// These errors mean that the statement did not run and must be prepared again.
constexpr bool wants_new_preparation(unsigned code) noexcept {
  return code == 8027 || code == 8113 || code == 1615 || code == 1243;
}

/// An error that libmariadb made up itself: no answer of the server.
constexpr bool is_local(int code) noexcept { return (code >= 2000 && code < 2100) || (code >= 5000 && code < 5100); }

}  // namespace tidb::detail
