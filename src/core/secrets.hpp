// Keeps passwords that stand in SQL text out of logs.
#pragma once

#include <string>
#include <string_view>

namespace tidb::detail {

/// Stands for what is not shown.
inline constexpr std::string_view hidden_mark = " ***";

/// True if the text may hold a password or a key: it sets one, or names a column or a setting like one.
bool may_hold_secret(std::string_view sql) noexcept;

/// The text; of one that may hold a secret and has literals only its beginning, up to the word that tells.
std::string without_secrets(std::string sql);

}  // namespace tidb::detail
