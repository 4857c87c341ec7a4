// Selects that were printed before, by their shape: what a program runs again is not printed again.
#pragma once

#include "tidbxx/engine/executor.hpp"
#include "tidbxx/sql/printer.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <vector>

namespace tidb::sql {
class shape;
}

namespace tidb::detail {

/// A select's text, and where the values of its `?` come from.
struct printed_select {
  /// The value of one `?`: the statement's literal of this number, or one of the printer's own.
  struct place {
    std::size_t literal{};
    value own{};
  };
  static constexpr std::size_t none = static_cast<std::size_t>(-1);

  std::vector<std::uint64_t> shape{};  ///< empty: not to be found again
  statement_text text;
  std::vector<place> places{};  ///< one for each `?`
  bool takes_arguments{};
};

/// Threads: may be shared.
class printed_selects {
public:
  /// The values of its `?` go to `parameters`. Lifetime: borrowed from the statement and from what is given back.
  /// Errors: usage_error for a statement with places for arguments.
  std::shared_ptr<const printed_select> print(const sql::select& statement, sql::dialect to, parameter_list& parameters,
                                              const call_context& context);

private:
  std::shared_ptr<const printed_select> find(const sql::select& statement, const sql::shape& shape, sql::dialect to);

  std::mutex mutex_;
  std::array<std::shared_ptr<const printed_select>, 256> known_{};  // by their shape; the newest of those in one place
};

}  // namespace tidb::detail
