// The column that a table's changes are tracked by on TiDB, as the table is now.
#pragma once

#include "search/index_manifest.hpp"
#include "tidbxx/engine/executor.hpp"
#include "tidbxx/search/index.hpp"

#include <string_view>

namespace tidb::detail {

/// Nothing for no name. Errors: errc::unsupported, with the DDL that helps, if there is no such column, if the server
/// does not set it on every change, or if it leads no index.
tracking examine_tracking(const executor& on, const index_target& of, std::string_view column,
                          const call_context& context);

}  // namespace tidb::detail
