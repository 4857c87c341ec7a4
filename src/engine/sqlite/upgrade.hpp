// The version of what tidbxx itself keeps in a file: newer ones are refused, older ones upgraded when they are opened.
#pragma once

#include "engine/sqlite/session.hpp"

#include <cstdint>
#include <filesystem>
#include <span>
#include <string_view>

namespace tidb::detail {

/// What makes version `from + 1` of version `from`.
struct upgrade_step {
  std::int64_t from{};
  std::span<const std::string_view> statements{};
};

std::uintmax_t free_space_of(const std::filesystem::path& folder);

/// Which version this library writes, and how older files get there.
struct upgrade_plan {
  std::int64_t version{index_tables_version};
  std::span<const upgrade_step> steps{};  ///< none so far: version 1 is the first
  std::uintmax_t (*free_space)(const std::filesystem::path& folder){free_space_of};
};

/// Looks at the stamp, which is the versions in `_tidbxx_index`: without that table nothing of ours is in the file, and
/// nothing is written. A file of an older version is copied beside itself, as FILE.before-vN, and upgraded in one
/// transaction; killed in the middle, the next open begins again. No copy is ever overwritten.
/// It is also what finds out that a file is no database.
/// Errors: errc::storage for a newer file, for an older one that cannot be written, and where there is no room for the
/// copy: nothing was changed then.
void check_version(sqlite_session& session, const upgrade_plan& plan, const call_context& context);

}  // namespace tidb::detail
