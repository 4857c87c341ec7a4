#include "tidbxx/orm/statements.hpp"

#include "orm/table_statements.hpp"
#include "tidbxx/core/error.hpp"
#include "tidbxx/engine/transaction.hpp"

#include <string>

namespace tidb {

namespace detail {

std::vector<value> own_values(std::span<const value_view> views) { return {views.begin(), views.end()}; }

void touch_rows(const executor& on, const mapped_table& table, std::span<const value> keys,
                std::source_location where) {
  if (!on.in_transaction())
    throw_usage("touches() is a part of the transaction whose SQL changes the rows: call it on that", where);
  const std::vector<value_view> rows(keys.begin(), keys.end());
  const auto key_names = names_at(table, table.key);
  if (key_names.empty() || rows.size() % key_names.size() != 0)
    throw_usage("touches() needs for each row the values of all columns of the primary key of \"" +
                    table.definition.name + "\"",
                where);
  const auto context = on.context(where);
  const write_target target{
      .kind = write_kind::erase, .table = table.definition.name, .rows = rows, .key_names = key_names};
  if (followed_key(on, target, context).empty()) return;
  on.pool()->extension()->changed(on, target, {}, {}, context);
  on.transaction()->note_touched(table.definition.name);
}

}  // namespace detail

write_result statements::execute_values(detail::located_sql sql, std::span<const value> parameters) const {
  auto context = on_.context(sql.where);
  detail::check_raw(on_, sql.text, context);
  const std::vector<value_view> views(parameters.begin(), parameters.end());
  return detail::run_write(on_, statement_text(std::string(sql.text)), views, {}, context);
}

}  // namespace tidb
