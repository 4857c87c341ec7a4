#include "tidbxx/sql/date_functions.hpp"

#include <array>
#include <string_view>
#include <utility>

namespace tidb::detail {

sql::expression date_add_expression(sql::expression when, sql::expression count, date_unit unit) {
  constexpr std::array<std::string_view, 9> words{"MICROSECOND", "SECOND", "MINUTE",  "HOUR", "DAY",
                                                  "WEEK",        "MONTH",  "QUARTER", "YEAR"};
  auto made = sql::binary(sql::op::date_add, std::move(when), std::move(count));
  made.name = words.at(static_cast<std::size_t>(unit));
  return made;
}

}  // namespace tidb::detail
