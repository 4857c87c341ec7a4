// Statements of the index's own: not told to the program's write observer, and run on what the caller runs on.
#pragma once

#include "tidbxx/engine/executor.hpp"
#include "tidbxx/orm/result.hpp"

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

namespace tidb::detail {

/// Runs a statement to its end; the rows it changed. Here and below a time-out is for each statement anew.
inline std::uint64_t run_own(const executor& on, const statement_text& text, std::span<const value_view> parameters,
                             const call_context& context) {
  open_rows rows(on, text, parameters, on.context(context.where));
  while (rows.next()) {
  }
  return rows.statement().affected_rows();
}

template <class... Args>
std::uint64_t run_own(const executor& on, const call_context& context, const statement_text& text,
                      const Args&... args) {
  const std::array<value_view, sizeof...(Args)> given{codec<std::decay_t<const Args>>::encode(args)...};
  return run_own(on, text, given, context);
}

template <class Row, class... Args>
std::vector<Row> read_own(const executor& on, const call_context& context, const statement_text& text,
                          const Args&... args) {
  const std::array<value_view, sizeof...(Args)> given{codec<std::decay_t<const Args>>::encode(args)...};
  return read_all<Row>({on, text, given, on.context(context.where)});
}

/// DDL, inside a transaction too: only for the embedded engine, which undoes it with the rest.
inline void run_own_ddl(const executor& on, const call_context& context, std::string_view sql) {
  const auto limits = on.context(context.where);
  borrowed(on, limits)->run(sql, limits);
}

}  // namespace tidb::detail
