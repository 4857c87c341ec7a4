#include "schema/names_in_sql.hpp"

#include "core/text.hpp"
#include "schema/sql_tokens.hpp"
#include "tidbxx/core/error.hpp"

namespace tidb::detail {

namespace {

/// A word or a name that is no function's.
bool is_column(const token_reader& in, std::string_view column) {
  const auto& here = in.peek();
  return (here.kind == token_kind::word || here.kind == token_kind::name) && lower(here.text) == lower(column) &&
         !(here.kind == token_kind::word && in.is_at(1, "("));
}

}  // namespace

bool names_column(std::string_view sql, std::string_view column, sql::dialect of) {
  try {
    for (token_reader in(sql, of); !in.is_over(); in.next())
      if (is_column(in, column)) return true;
  } catch (const usage_error&) {
    return true;
  }
  return false;
}

std::string with_column_renamed(std::string_view sql, std::string_view from, std::string_view to, sql::dialect of) {
  std::string made;
  std::size_t kept = 0;
  for (token_reader in(sql, of); !in.is_over(); in.next()) {
    if (!is_column(in, from)) continue;
    made.append(sql.substr(kept, in.peek().begin - kept)) += sql::quote_identifier(to);
    kept = in.peek().finish;
  }
  return made.append(sql.substr(kept));
}

}  // namespace tidb::detail
