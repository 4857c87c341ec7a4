#include "core/secrets.hpp"

#include <algorithm>
#include <array>

namespace tidb::detail {
namespace {

constexpr std::array<std::string_view, 14> hints{
    "identified", "password",   "passwd",    "passphrase",  "secret",      "credential",     "token",
    "access-key", "access_key", "accesskey", "account-key", "account_key", "encryption-key", "encryption_key"};

constexpr char lower(char letter) noexcept {
  return letter >= 'A' && letter <= 'Z' ? static_cast<char>(letter - 'A' + 'a') : letter;
}

/// Where the first of the hints ends, or npos.
std::size_t hint_end(std::string_view sql) noexcept {
  const auto same = [](char letter, char wanted) { return lower(letter) == wanted; };
  auto first = sql.end();
  std::size_t end = std::string_view::npos;
  for (const auto hint : hints) {
    const auto found = std::search(sql.begin(), first, hint.begin(), hint.end(), same);
    if (found == first) continue;
    first = found;
    end = static_cast<std::size_t>(found - sql.begin()) + hint.size();
  }
  return end;
}

}  // namespace

bool may_hold_secret(std::string_view sql) noexcept { return hint_end(sql) != std::string_view::npos; }

std::string without_secrets(std::string sql) {
  const auto end = hint_end(sql);
  // without a quote there is no literal
  if (end == std::string_view::npos || sql.find_first_of("'\"") == std::string::npos) return sql;
  // Where literals begin and end is each engine's own matter (backslashes, comments): a wrong guess would print one.
  sql.resize(end);
  return sql.append(hidden_mark);
}

}  // namespace tidb::detail
