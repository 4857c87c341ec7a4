// What SHOW GRANTS says of one database.
#pragma once

#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace tidb::detail {

/// What a user may do in one database.
struct database_grants {
  std::set<std::string> privileges{};    ///< on all of it, "SELECT" …; ALL PRIVILEGES is "ALL PRIVILEGES"
  std::vector<std::string> on_tables{};  ///< what is granted on some of its tables only, as `table: privileges`
  bool has(std::string_view privilege) const;
};

/// Reads the rows of SHOW GRANTS. A granted database's name may be a pattern, with % and _.
/// Without a database (an empty name) it is what counts everywhere, and no table is looked at.
database_grants grants_on(std::string_view database, std::span<const std::string> rows);

}  // namespace tidb::detail
