#include "tidbxx/sql/statement.hpp"

#include <utility>

namespace tidb::sql {

select::select() = default;
select::select(const lasting_columns& of)
    : columns(expression::sharing(of.columns)), table(of.table), alias(of.alias) {}
select::select(const select&) = default;
select::select(select&&) noexcept = default;
select& select::operator=(const select&) = default;
select& select::operator=(select&&) noexcept = default;

select counting(const select& of) {
  select made;
  made.columns.add(function(lasting{"COUNT"}, {expression(op::star)}));
  const bool rows_are_those_of_the_tables =
      !of.distinct && of.group.arguments().empty() && !of.having && of.sets.empty();
  if (rows_are_those_of_the_tables) {
    made.with = of.with;
    made.recursive = of.recursive;
    made.hints = of.hints;
    made.table = of.table;
    made.alias = of.alias;
    made.as_of = of.as_of;
    made.joins = of.joins;
    made.where = of.where;
    return made;
  }
  auto inner = std::make_shared<select>(of);
  inner->with.clear();
  inner->order = expression(op::row);
  inner->limit = expression();
  inner->offset = expression();
  inner->lock = {};
  made.with = of.with;
  made.recursive = of.recursive;
  std::vector<std::string> names;  // two columns of the query may have the same
  const bool is_table = of.columns.arguments().front().kind == op::star;
  for (std::size_t i = 0; !is_table && i < of.columns.arguments().size(); ++i) names.push_back("c" + std::to_string(i));
  made.with.push_back({.name = "_tidbxx_counted", .columns = std::move(names), .query = std::move(inner)});
  made.table = "_tidbxx_counted";
  return made;
}

}  // namespace tidb::sql
