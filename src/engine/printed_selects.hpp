// Selects that were printed before, by their shape: what a program runs again is not printed again.
#pragma once

#include "tidbxx/engine/driver.hpp"
#include "tidbxx/sql/printer.hpp"

#include <array>
#include <cstddef>
#include <memory>
#include <mutex>
#include <vector>

namespace tidb::detail {

/// A select's text, and where the values of its `?` come from.
struct printed_select {
  sql::select of;  ///< one of this shape
  statement_text text;
  std::vector<sql::slot> slots{};       ///< one for each `?`
  std::vector<std::size_t> literals{};  ///< of each `?` which of the statement's literals it is, or none
  bool direct{};                        ///< the statement's literals are its `?`, in order

  static constexpr std::size_t none = static_cast<std::size_t>(-1);
};

/// Threads: may be shared.
class printed_selects {
public:
  /// The values of its `?` go to `parameters`. Lifetime: borrowed from the statement and from what is given back.
  /// Errors: usage_error for a statement with places for arguments.
  std::shared_ptr<const printed_select> print(const sql::select& statement, sql::dialect to,
                                              std::vector<value_view>& parameters, const call_context& context);

private:
  std::shared_ptr<const printed_select> find(const sql::select& statement, sql::dialect to);

  std::mutex mutex_;
  std::array<std::shared_ptr<const printed_select>, 256> known_{};  // by their shape; the newest of those in one place
};

}  // namespace tidb::detail
