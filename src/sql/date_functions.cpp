#include "tidbxx/sql/date_functions.hpp"

#include <array>
#include <string_view>
#include <utility>

namespace tidb::detail {

sql::expression date_add_expression(sql::expression when, sql::expression count, date_unit unit) {
  constexpr std::array<std::string_view, 9> words{"MICROSECOND", "SECOND", "MINUTE",  "HOUR", "DAY",
                                                  "WEEK",        "MONTH",  "QUARTER", "YEAR"};
  auto word = sql::raw(std::string(words.at(static_cast<std::size_t>(unit))), {});
  return sql::function("DATE_ADD", {std::move(when), std::move(count), std::move(word)});
}

}  // namespace tidb::detail
