// Statements that make tables, one after the other.
#include "core/text.hpp"
#include "schema/sql_tokens.hpp"
#include "schema/table_reader.hpp"
#include "tidbxx/core/error.hpp"
#include "tidbxx/schema/table_definition.hpp"

#include <algorithm>
#include <string>

namespace tidb {

namespace detail {

namespace {

constexpr auto tidb = sql::dialect::tidb;

std::vector<std::string> statements_of(std::string_view sql) {
  std::vector<std::string> all;
  for (token_reader in(sql, tidb); !in.is_over();) {
    auto one = in.source_while([&] { return !in.is(";"); });
    if (!one.empty()) all.push_back(std::move(one));
    in.take(";");
  }
  return all;
}

void add_index(const std::string& statement, token_reader& in, std::vector<table_definition>& to) {
  (void)in.name();
  in.expect("ON");
  const auto name = in.name();
  const auto table =
      std::ranges::find_if(to, [&](const table_definition& each) { return lower(each.name) == lower(name); });
  if (table == to.end()) throw_usage("an index is of the table \"" + name + "\", which is made nowhere before");
  read_index(statement, tidb, *table);
}

}  // namespace

}  // namespace detail

std::vector<table_definition> read_tables(std::string_view sql) {
  std::vector<table_definition> all;
  for (const auto& statement : detail::statements_of(sql)) {
    detail::token_reader in(statement, detail::tidb);
    if (in.take("CREATE", "TABLE"))
      all.push_back(detail::read_table(statement, detail::tidb));
    else if (in.take("CREATE", "INDEX") || in.take("CREATE", "UNIQUE", "INDEX"))
      detail::add_index(statement, in, all);
    else
      throw_usage("a schema has CREATE TABLE and CREATE INDEX, and not \"" + statement.substr(0, 40) + "\"");
  }
  return all;
}

}  // namespace tidb
