#include "support/fuzz/expressions.hpp"

#include <iterator>
#include <memory>
#include <utility>

namespace tests::fuzz {

namespace sql = tidb::sql;
using sql::op;
using tidb::value_view;

sql::expression exact(sql::expression inner) { return sql::unary(op::exact, std::move(inner)); }

// Small helpers.

sql::expression expression_maker::number(std::int64_t item) { return sql::literal(value_view::of(item)); }

sql::expression expression_maker::word(std::string_view item) { return sql::literal(value_view::of(item)); }

sql::expression expression_maker::any_word(std::initializer_list<std::string_view> items) {
  return word(*(items.begin() + pick(items.size())));
}

sql::expression expression_maker::small_number(std::int64_t low, std::int64_t high) {
  return number(low + static_cast<std::int64_t>(pick(static_cast<std::size_t>(high - low + 1))));
}

kind expression_maker::any_kind() {
  constexpr kind kinds[] = {kind::integer, kind::integer, kind::real,     kind::decimal,  kind::text, kind::text,
                            kind::bytes,   kind::date,    kind::datetime, kind::duration, kind::wide, kind::json};
  return kinds[pick(std::size(kinds))];
}

sql::expression expression_maker::literal(kind wanted) {
  return once_in(25) ? sql::literal(value_view::null()) : value_literal(wanted);
}

sql::expression expression_maker::value_literal(kind wanted) {
  const auto items = values_of(wanted);
  auto item = sql::literal(items[pick(items.size())]);
  return wanted == kind::decimal ? exact(std::move(item)) : item;
}

std::optional<sql::expression> expression_maker::column_of(kind wanted) {
  std::vector<sql::expression> all;
  const auto add = [&](const std::vector<source>& sources) {
    for (const auto& each : sources)
      for (const auto& one : each.columns)
        if (one.of == wanted) all.push_back(sql::column(each.name(), one.name));
  };
  add(from);
  if (!outer.empty() && (all.empty() || once_in(3))) add(outer);
  if (all.empty()) return std::nullopt;
  return all[pick(all.size())];
}

sql::expression expression_maker::leaf(kind wanted) {
  if (group) return group_leaf(wanted);
  if (once_in(4)) return literal(wanted);
  auto found = column_of(wanted);
  return found ? std::move(*found) : literal(wanted);
}

sql::expression expression_maker::group_leaf(kind wanted) {
  std::vector<sql::expression> keys;
  for (const auto& key : *group)
    if (key.of == wanted) keys.push_back(key.expression);
  if (!keys.empty() && !once_in(3)) return keys[pick(keys.size())];
  return once_in(4) ? literal(wanted) : aggregate(wanted, 1);
}

sql::expression expression_maker::of(kind wanted, int depth) {
  if (depth <= 0) return leaf(wanted);
  if (once_in(4)) return choice(wanted, depth - 1);
  if (group && once_in(3)) return aggregate(wanted, depth - 1);
  switch (wanted) {
  case kind::integer: return integer(depth - 1);
  case kind::real: return real(depth - 1);
  case kind::decimal: return decimal(depth - 1);
  case kind::text: return text(depth - 1);
  case kind::bytes: return bytes();
  case kind::date: return date(depth - 1);
  case kind::datetime: return datetime(depth - 1);
  case kind::json: return json(depth - 1);
  case kind::wide:
  case kind::duration: break;
  }
  return leaf(wanted);
}

sql::expression expression_maker::instant(int depth) { return of(once_in(2) ? kind::date : kind::datetime, depth); }

// What gives each kind.

sql::expression expression_maker::integer(int depth) {
  constexpr std::string_view parts[] = {"YEAR",      "QUARTER", "MONTH",  "WEEK",   "DAYOFMONTH", "DAYOFWEEK",
                                        "DAYOFYEAR", "HOUR",    "MINUTE", "SECOND", "MICROSECOND"};
  switch (pick(20)) {
  case 0: return sql::binary(op::add, of(kind::integer, depth), of(kind::integer, depth));
  case 1: return sql::binary(op::subtract, of(kind::integer, depth), of(kind::integer, depth));
  case 2: return sql::binary(op::multiply, of(kind::integer, depth), small_number(-3, 10));
  case 3:
    return sql::binary(op::modulo, of(kind::integer, depth),
                       strict ? small_number(1, 9) : of(kind::integer, depth - 1));
  case 4: return sql::unary(op::negate, of(kind::integer, depth));
  case 5: return sql::function(once_in(2) ? "CHAR_LENGTH" : "OCTET_LENGTH", {of(kind::text, depth)});
  case 6: return sql::function("LOCATE", {of(kind::text, 0), of(kind::text, depth)});
  case 7:
  case 8: {
    const auto at = pick(std::size(parts));
    return sql::function(std::string(parts[at]), {at < 7 ? instant(depth) : of(kind::datetime, depth)});
  }
  case 9: return sql::function("DATEDIFF", {instant(depth), instant(depth)});
  case 10: return sql::function("SIGN", {of(once_in(2) ? kind::integer : kind::real, depth)});
  case 11: return sql::function("ABS", {of(kind::integer, depth)});
  case 12: return sql::function("ROUND", {of(kind::integer, depth), small_number(group ? 0 : -2, 1)});
  case 13: return sql::function(once_in(2) ? "FLOOR" : "CEIL", {of(kind::integer, depth)});
  case 14: return sql::function("TRUNCATE", {of(kind::integer, depth), small_number(-2, 1)});
  case 15: return sql::function("JSON_LENGTH", {of(kind::json, depth)});
  case 16: return sql::cast(of(kind::real, depth), sql::cast_type::signed_integer);
  case 17: return strict ? condition(depth) : sql::cast(of(kind::text, depth), sql::cast_type::signed_integer);
  case 18: return sql::cast(exact(of(kind::decimal, depth)), sql::cast_type::signed_integer);
  default: return condition(depth);
  }
}

sql::expression expression_maker::real(int depth) {
  switch (pick(15)) {
  case 0: return sql::binary(op::add, of(kind::real, depth), of(once_in(3) ? kind::integer : kind::real, depth));
  case 1: return sql::binary(op::subtract, of(once_in(3) ? kind::integer : kind::real, depth), of(kind::real, depth));
  case 2: return sql::binary(op::multiply, of(kind::real, depth), of(kind::real, 0));
  case 3:
    return sql::binary(op::divide, of(kind::integer, depth), strict ? small_number(1, 9) : of(kind::integer, depth));
  case 4: return sql::binary(op::divide, of(kind::real, depth), strict ? small_number(1, 9) : of(kind::real, depth));
  case 5:
    return sql::binary(op::divide, of(kind::decimal, depth), strict ? small_number(1, 9) : of(kind::decimal, depth));
  case 6: return sql::unary(op::negate, of(kind::real, depth));
  case 7: return sql::function("SQRT", {of(once_in(2) ? kind::integer : kind::real, depth)});
  case 8: return sql::function("POW", {of(once_in(2) ? kind::integer : kind::real, 0), small_number(0, 3)});
  case 9: return sql::function("EXP", {small_number(-3, 3)});
  case 10: return sql::function("LN", {of(kind::real, depth)});
  case 11: return sql::expression(op::round_real).add(of(kind::real, depth)).add(small_number(-1, 2));
  case 12: return sql::function(once_in(2) ? "ABS" : once_in(2) ? "FLOOR" : "CEIL", {of(kind::real, depth)});
  case 13: return sql::cast(of(kind::integer, depth), sql::cast_type::real);
  default: return sql::cast(of(!strict && once_in(2) ? kind::text : kind::decimal, depth), sql::cast_type::real);
  }
}

sql::expression expression_maker::decimal(int depth) {
  switch (pick(5)) {
  case 0: return exact(sql::binary(op::add, of(kind::decimal, depth), of(kind::decimal, depth)));
  case 1: return exact(sql::binary(op::subtract, of(kind::decimal, depth), of(kind::decimal, depth)));
  case 2: return exact(sql::binary(op::multiply, of(kind::decimal, 0), of(kind::decimal, depth)));
  case 3:
    return exact(sql::binary(op::subtract, exact(sql::literal(tidb::codec<tidb::decimal>::encode(0))),
                             of(kind::decimal, depth)));
  default: return leaf(kind::decimal);
  }
}

sql::expression expression_maker::text(int depth) {
  const auto inner = [&] { return of(kind::text, depth); };
  const auto blank = [&](sql::expression around) {
    return sql::expression(op::concat).add(word("  ")).add(around).add(word(" "));
  };
  switch (pick(22)) {
  case 0:
  case 1: {
    sql::expression joined(op::concat);
    for (auto left = 2 + pick(2); left > 0; --left) joined.add(inner());
    return joined;
  }
  case 2: return sql::function("LOWER", {inner()});
  case 3: return sql::function("UPPER", {inner()});
  case 4: return sql::function("TRIM", {blank(inner())});
  case 5:  // no blank is left in front, which REVERSE would put at the end
    return sql::function("RTRIM",
                         {sql::expression(op::concat).add(sql::function("LTRIM", {blank(inner())})).add(word(" "))});
  case 6: return sql::function("REPLACE", {inner(), of(kind::text, 0), of(kind::text, 0)});
  case 7: return sql::function("SUBSTR", {inner(), small_number(-4, 4), small_number(-1, 4)});
  case 8: return sql::function("SUBSTR", {inner(), small_number(-4, 4)});
  case 9: return sql::function(once_in(2) ? "LEFT" : "RIGHT", {inner(), small_number(-1, 4)});
  case 10:
    return sql::function(once_in(2) ? "LPAD" : "RPAD", {inner(), small_number(strict ? 0 : -1, 9), of(kind::text, 0)});
  case 11: return sql::function("REVERSE", {inner()});
  case 12: return sql::function("REPEAT", {inner(), small_number(-1, 3)});
  case 13: return sql::function("SUBSTRING_INDEX", {inner(), of(kind::text, 0), small_number(-2, 2)});
  case 14: return sql::function("MD5", {inner()});
  case 15: return sql::function("SHA2", {inner(), number(256)});
  case 16:
    return sql::function("DATE_FORMAT",
                         {group ? aggregate(kind::datetime, 0) : column_of(kind::datetime).value_or(of(kind::date, 0)),
                          any_word({"%Y-%m-%d", "%H:%i:%s.%f", "%j", "%W", "%b", "%M%e", "%T", "%u/%v", "%x", "%U%V",
                                    "%h%p", "%D", "%a", "%%", "%y%c%k%l", "%r|", "%q"})});
  case 17: return sql::cast(of(kind::integer, depth), sql::cast_type::text);
  case 18:  // of no -0, nor of a logarithm, whose last digits differ
    return sql::cast(sql::binary(op::add, group ? literal(kind::real) : leaf(kind::real), number(0)),
                     sql::cast_type::text);
  case 19: return sql::cast(group ? literal(kind::decimal) : leaf(kind::decimal), sql::cast_type::text);
  case 20: return sql::function("JSON_TYPE", {of(kind::json, depth)});
  default:
    return sql::function("JSON_UNQUOTE", {sql::function("JSON_EXTRACT", {of(kind::json, depth),
                                                                         any_word({"$.b", "$.a", "$[1]", "$"})})});
  }
}

sql::expression expression_maker::bytes() {
  return once_in(2) ? sql::cast(leaf(kind::text), sql::cast_type::bytes) : leaf(kind::bytes);
}

sql::expression expression_maker::date(int depth) {
  if (strict) return leaf(kind::date);  // beyond the years that there are is an error there
  constexpr std::string_view units[] = {"DAY", "WEEK", "MONTH", "QUARTER", "YEAR"};
  switch (pick(4)) {
  case 0: return sql::function("LAST_DAY", {instant(depth)});
  case 1: return sql::cast(of(kind::datetime, depth), sql::cast_type::date);
  default:
    return sql::expression(op::date_add, units[pick(std::size(units))])
        .add(of(kind::date, depth))
        .add(small_number(-40, 40));
  }
}

sql::expression expression_maker::datetime(int depth) {
  constexpr std::string_view units[] = {"MICROSECOND", "SECOND", "MINUTE",  "HOUR", "DAY",
                                        "WEEK",        "MONTH",  "QUARTER", "YEAR"};
  if (strict || once_in(3)) return sql::cast(of(kind::date, depth), sql::cast_type::datetime);
  return sql::expression(op::date_add, units[pick(std::size(units))])
      .add(of(kind::datetime, depth))
      .add(small_number(-100, 100));
}

sql::expression expression_maker::json(int depth) {
  const auto path = [&] { return any_word({"$", "$.a", "$.b", "$.c", "$.a.b", "$[0]", "$[1]", "$.c[1]", "$[2][0]"}); };
  const auto item = [&] { return of(once_in(2) ? kind::integer : kind::text, 0); };
  switch (pick(6)) {
  case 0: return sql::function("JSON_SET", {of(kind::json, depth), path(), item()});
  case 1: return sql::function("JSON_ARRAY_APPEND", {of(kind::json, depth), path(), item()});
  case 2:
    return sql::function("JSON_REMOVE", {of(kind::json, depth), any_word({"$.a", "$.b", "$[0]", "$.c[1]", "$.z"})});
  case 3: return sql::function("JSON_KEYS", {of(kind::json, depth)});
  default:
    return sql::function("JSON_EXTRACT",
                         {of(kind::json, depth), once_in(3) ? any_word({"$.*", "$[*]", "$.c[*]", "$**.b"}) : path()});
  }
}

sql::expression expression_maker::choice(kind wanted, int depth) {
  if (wanted == kind::duration) return leaf(wanted);  // which would be a text to SQLite
  const auto one = [&] { return of(wanted, depth); };
  const bool exactly = wanted == kind::decimal;
  const auto give = [&](sql::expression built) { return exactly ? exact(std::move(built)) : built; };
  switch (pick(7)) {
  case 0: {
    sql::expression cases(op::case_when);
    for (auto left = 1 + pick(2); left > 0; --left) {
      cases.add(condition(depth));
      cases.add(one());
    }
    if (!once_in(3)) cases.add(one());
    return give(std::move(cases));
  }
  case 1: {
    list items;
    for (auto left = 2 + pick(2); left > 0; --left) items.push_back(one());
    return give(sql::function("COALESCE", std::move(items)));
  }
  case 2: return wanted == kind::json ? one() : give(sql::function("NULLIF", {one(), one()}));
  case 3: return give(sql::function("IF", {condition(depth), one(), one()}));
  case 4: {
    const bool ordered = wanted != kind::json && wanted != kind::duration && wanted != kind::bytes;
    if (!ordered) return one();
    return give(sql::function(once_in(2) ? "GREATEST" : "LEAST", {one(), one()}));
  }
  default: return scalar(wanted, depth);
  }
}

}  // namespace tests::fuzz
