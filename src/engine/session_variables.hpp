// The variables that a program sets for each of its sessions.
#pragma once

#include <map>
#include <string>

namespace tidb::detail {

using session_variables = std::map<std::string, std::string>;

/// Errors: usage_error as connect_options::session_variables says.
void check_session_variables(const session_variables& variables);

/// `, name = value` for each, to follow another one in a SET. They are checked again.
std::string assignments_of(const session_variables& variables);

}  // namespace tidb::detail
