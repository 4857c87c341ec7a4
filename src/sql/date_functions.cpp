#include "tidbxx/sql/date_functions.hpp"

#include <array>
#include <string_view>

namespace tidb::detail {

sql::expression date_add_expression(const sql::expression& when, const sql::expression& count, date_unit unit) {
  constexpr std::array<std::string_view, 9> words{"MICROSECOND", "SECOND", "MINUTE",  "HOUR", "DAY",
                                                  "WEEK",        "MONTH",  "QUARTER", "YEAR"};
  return sql::expression(sql::op::date_add, sql::lasting{words.at(static_cast<std::size_t>(unit))})
      .add(when)
      .add(count);
}

}  // namespace tidb::detail
