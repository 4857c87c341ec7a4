#include "client/grants.hpp"

#include "core/text.hpp"

#include <algorithm>
#include <cstddef>
#include <utility>

#include <fmt/format.h>

namespace tidb::detail {

namespace {

/// LIKE with a backslash as its escape, as the names of granted databases are compared.
bool matches(std::string_view pattern, std::string_view name) {
  if (pattern.empty()) return name.empty();
  if (pattern.front() == '%') {
    for (std::size_t skipped = 0; skipped <= name.size(); ++skipped)
      if (matches(pattern.substr(1), name.substr(skipped))) return true;
    return false;
  }
  if (name.empty()) return false;
  if (pattern.front() == '_') return matches(pattern.substr(1), name.substr(1));
  if (pattern.front() == '\\' && pattern.size() > 1) pattern.remove_prefix(1);
  return pattern.front() == name.front() && matches(pattern.substr(1), name.substr(1));
}

/// Takes `*` or a name in backticks from the front.
std::string take_name(std::string_view& text) {
  if (!text.starts_with('`')) {
    const auto end = text.find('.');
    std::string plain(text.substr(0, end));
    text.remove_prefix(std::min(end, text.size()));
    return plain;
  }
  std::string name;
  std::size_t at = 1;
  for (; at < text.size(); ++at) {
    if (text[at] == '`' && (at + 1 == text.size() || text[at + 1] != '`')) break;
    if (text[at] == '`') ++at;
    name += text[at];
  }
  text.remove_prefix(std::min(at + 1, text.size()));
  return name;
}

/// The names in `SELECT, INSERT(a, b)`, without the columns in parentheses.
void add_privileges(std::set<std::string>& to, std::string_view list) {
  int depth = 0;
  std::string name;
  for (const char letter : list) {
    depth += letter == '(' ? 1 : letter == ')' ? -1 : 0;
    if (letter == ',' && depth == 0)
      to.emplace(trimmed(std::exchange(name, {})));
    else if (depth == 0 && letter != ')')
      name += letter;
  }
  to.emplace(trimmed(name));
}

}  // namespace

bool database_grants::has(std::string_view privilege) const {
  return privileges.contains("ALL PRIVILEGES") || privileges.contains("ALL") ||
         privileges.contains(std::string(privilege));
}

database_grants grants_on(std::string_view database, std::span<const std::string> rows) {
  constexpr std::string_view begin = "GRANT ", on = " ON ";
  database_grants found;
  for (std::string_view row : rows) {
    const auto where = row.find(on);
    if (!row.starts_with(begin) || where == std::string_view::npos) continue;  // a role, whose privileges have rows too
    const auto list = row.substr(begin.size(), where - begin.size());
    auto target = row.substr(where + on.size());
    const bool everywhere = target.starts_with("*.*");
    const auto granted_database = take_name(target);
    if (!everywhere && (database.empty() || !matches(granted_database, database))) continue;
    if (target.starts_with('.')) target.remove_prefix(1);
    if (everywhere || target.starts_with('*'))
      add_privileges(found.privileges, list);
    else
      found.on_tables.push_back(fmt::format("{}: {}", take_name(target), list));
  }
  found.privileges.erase("USAGE");
  return found;
}

}  // namespace tidb::detail
