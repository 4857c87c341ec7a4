// How far a table's copies in TiFlash are.
#pragma once

#include "tidbxx/orm/statements.hpp"

#include <cstdint>
#include <source_location>
#include <string>
#include <string_view>

namespace tidb::detail {

/// What INFORMATION_SCHEMA.TIFLASH_REPLICA says of a table, and how many TiFlash stores there are.
struct tiflash_state {
  std::int64_t wanted{};
  bool available{};
  double progress{};  ///< 0 to 1
  std::int64_t stores{};
};

/// How many TiFlash stores there are.
std::int64_t tiflash_stores(const statements& on, std::source_location where = std::source_location::current());

/// Why the copies are not there yet, and what to do.
std::string why_it_waits(std::string_view table, const tiflash_state& state);

}  // namespace tidb::detail
