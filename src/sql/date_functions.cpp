#include "tidbxx/sql/date_functions.hpp"

#include "tidbxx/core/time.hpp"

#include <array>
#include <cstdint>
#include <string_view>
#include <utility>

namespace tidb::detail {

sql::expression date_add_expression(const sql::expression& when, const sql::expression& count, date_unit unit) {
  constexpr std::array<std::string_view, 9> words{"MICROSECOND", "SECOND", "MINUTE",  "HOUR", "DAY",
                                                  "WEEK",        "MONTH",  "QUARTER", "YEAR"};
  return sql::expression(sql::op::date_add, sql::lasting{words.at(static_cast<std::size_t>(unit))})
      .add(when)
      .add(count);
}

sql::expression start_of_day(const sql::expression& day) {
  constexpr std::int64_t microseconds_a_day = 86'400'000'000;
  if (day.kind() != sql::op::literal) return sql::cast(day, sql::cast_type::datetime);
  const auto item = day.root().literal();
  if (item.kind != value_kind::date || !check_count(item.kind, item.integer).empty()) return day;
  return sql::literal(value_view::count(value_kind::datetime, item.integer * microseconds_a_day));
}

}  // namespace tidb::detail
