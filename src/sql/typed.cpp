#include "tidbxx/sql/typed.hpp"

#include "tidbxx/core/error.hpp"
#include "tidbxx/core/time.hpp"

#include <array>
#include <cstdint>
#include <string>

namespace tidb::detail {

namespace {

category category_in(std::size_t comparison) noexcept { return static_cast<category>(comparison & category_bits); }

std::string_view words_for(std::size_t comparison) {
  constexpr std::array<std::string_view, 12> words{"anything", "a number", "a decimal",  "a text",
                                                   "bytes",    "a date",   "a duration", "JSON",
                                                   "a vector", "an ENUM",  "a SET",      "nothing"};
  return words.at(static_cast<std::size_t>(category_in(comparison)));
}

/// Of a plain integer, of an argument, or of a decimal.
sql::expression as_decimal(const sql::expression& item) {
  if (item.kind() != sql::op::literal) return sql::unary(sql::op::exact, item);
  const auto literal = item.root().literal();
  if (literal.kind != value_kind::integer && literal.kind != value_kind::unsigned_integer) return item;
  const auto digits =
      literal.kind == value_kind::integer ? std::to_string(literal.integer) : std::to_string(literal.unsigned_integer);
  return sql::literal(value_view::bytes(value_kind::decimal, digits.data(), digits.size()));
}

bool is_whole(value_kind kind) noexcept { return kind == value_kind::integer || kind == value_kind::unsigned_integer; }

/// Arguments of kinds that are not listed may be a type of the program's own.
bool can_be_compared(value_kind given, std::size_t other) noexcept {
  const bool is_day_or_time = given == value_kind::date || given == value_kind::datetime;
  switch (category_in(other)) {
  case category::number:
    return given != value_kind::text && given != value_kind::decimal && given != value_kind::time && !is_day_or_time;
  case category::decimal: return is_whole(given) || given == value_kind::decimal;
  case category::text: return !is_whole(given) && given != value_kind::real && !is_day_or_time;
  case category::instant: return is_day_or_time;
  case category::duration: return given == value_kind::time;
  default: return true;
  }
}

}  // namespace

sql::expression start_of_day(const sql::expression& day) {
  constexpr std::int64_t microseconds_a_day = 86'400'000'000;
  if (day.kind() != sql::op::literal) return sql::cast(day, sql::cast_type::datetime);
  const auto item = day.root().literal();
  if (item.kind != value_kind::date || !check_count(item.kind, item.integer).empty()) return day;
  return sql::literal(value_view::count(value_kind::datetime, item.integer * microseconds_a_day));
}

sql::expression beside(const compared& item, std::size_t other) {
  if (item.item.kind() == sql::op::parameter) return argument_beside(item.item.root().index(), other);
  const auto given = category_in(item.comparison), wanted = category_in(other);
  const bool is_known = given != category::any && wanted != category::any;
  const bool is_whole_number = item.item.kind() == sql::op::literal && is_whole(item.item.root().literal().kind);
  if (is_known && given != wanted && !(wanted == category::decimal && is_whole_number))
    throw_usage(std::string(words_for(item.comparison)) + " cannot be compared with " + std::string(words_for(other)));
  if (wanted == category::decimal) return as_decimal(item.item);
  if ((item.comparison & day_bit) != 0 && (other & point_in_time_bit) != 0) return start_of_day(item.item);
  return item.item;
}

sql::expression argument_beside(std::size_t index, std::size_t other) {
  const sql::expression item(sql::op::parameter, index, other);
  if (category_in(other) == category::decimal) return as_decimal(item);
  return (other & point_in_time_bit) != 0 ? start_of_day(item) : item;
}

void check_argument(std::size_t index, value_kind given, std::size_t other, std::source_location where) {
  if (given == value_kind::null || can_be_compared(given, other)) return;
  throw_usage("argument " + std::to_string(index) + " is of the kind " + std::string(to_string(given)) +
                  ", and is compared with " + std::string(words_for(other)),
              where);
}

}  // namespace tidb::detail
