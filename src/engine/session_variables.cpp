#include "engine/session_variables.hpp"

#include "engine/sql_text.hpp"
#include "tidbxx/core/error.hpp"

#include <algorithm>
#include <string_view>

#include <fmt/format.h>

namespace tidb::detail {
namespace {

bool is_name(std::string_view text) {
  return !text.empty() && text.size() <= 64 && !(text.front() >= '0' && text.front() <= '9') &&
         std::ranges::all_of(text, [](char letter) {
           return (letter >= 'a' && letter <= 'z') || (letter >= 'A' && letter <= 'Z') || letter == '_' ||
                  (letter >= '0' && letter <= '9');
         });
}

bool is_integer(std::string_view text) {
  if (text.starts_with('-')) text.remove_prefix(1);
  return !text.empty() && text.size() <= 20 &&
         std::ranges::all_of(text, [](char letter) { return letter >= '0' && letter <= '9'; });
}

}  // namespace

void check_session_variables(const session_variables& variables) {
  for (const auto& [name, value] : variables) {
    // the name may be anything, so it is shown only if it can be one
    if (!is_name(name))
      throw_usage("session_variables: a name there is none; it has letters, digits and _, without @@ before it");
    if (is_one_of(name, {"TIME_ZONE", "SQL_MODE", "AUTOCOMMIT", "CHARACTER_SET_CLIENT", "CHARACTER_SET_CONNECTION",
                         "CHARACTER_SET_RESULTS", "COLLATION_CONNECTION"}))
      throw_usage(fmt::format("session_variables: {} cannot be set, as the client relies on its own", name));
    const bool plain = std::ranges::none_of(value, [](char letter) {
      return letter == '\'' || letter == '\\' || static_cast<unsigned char>(letter) < 0x20 || letter == 0x7f;
    });
    if (!plain)
      throw_usage(
          fmt::format("session_variables: the value of {} has a quote, a backslash or a control character", name));
  }
}

std::string assignments_of(const session_variables& variables) {
  check_session_variables(variables);
  std::string text;
  for (const auto& [name, value] : variables)
    text += is_integer(value) ? fmt::format(", `{}` = {}", name, value) : fmt::format(", `{}` = '{}'", name, value);
  return text;
}

}  // namespace tidb::detail
