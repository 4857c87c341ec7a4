// What the JSON functions share.
#pragma once

#include "engine/sqlite/json_path.hpp"
#include "engine/sqlite/json_text.hpp"

namespace tidb::detail {

/// Errors: json_failure for what is no path.
json_path path_argument(function_call& call, int position);
/// Errors: json_failure also for a path that may lead to several places.
json_path single_path_argument(function_call& call, int position);

int register_json_changes(function_registry& registry) noexcept;

}  // namespace tidb::detail
