#include "tidbxx/sql/statement.hpp"

#include <utility>

namespace tidb::sql {

select::select() = default;
select::select(const select&) = default;
select::select(select&&) noexcept = default;
select& select::operator=(const select&) = default;
select& select::operator=(select&&) noexcept = default;
select::~select() = default;

select counting(std::string table, std::string alias, expression where) {
  select made;
  made.columns.push_back(function("COUNT", {expression(op::star)}));
  made.table = std::move(table);
  made.alias = std::move(alias);
  made.where = std::move(where);
  return made;
}

}  // namespace tidb::sql
