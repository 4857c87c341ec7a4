#include "tidbxx/orm/statements.hpp"

#include <string>

namespace tidb {

namespace detail {

std::vector<value> own_values(std::span<const value_view> views) { return {views.begin(), views.end()}; }

}  // namespace detail

write_result statements::execute_values(detail::located_sql sql, std::span<const value> parameters) const {
  auto context = on_.context(sql.where);
  detail::check_raw(on_, sql.text, context);
  const std::vector<value_view> views(parameters.begin(), parameters.end());
  return detail::run_write(on_, statement_text(std::string(sql.text)), views, {}, context);
}

}  // namespace tidb
