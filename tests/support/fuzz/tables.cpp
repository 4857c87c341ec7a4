#include "support/fuzz/tables.hpp"

#include "support/hostile.hpp"

#include <array>
#include <initializer_list>
#include <string_view>
#include <utility>

namespace tests::fuzz {

namespace {

using tidb::type_kind;
using tidb::value;
using tidb::value_kind;
using tidb::value_view;
using namespace std::string_view_literals;

constexpr std::int64_t second = 1'000'000, day = 86'400 * second;

template <class T>
std::vector<value> numbers(std::initializer_list<T> items) {
  std::vector<value> made;
  for (const auto item : items) made.emplace_back(value_view::of(item));
  return made;
}

std::vector<value> texts(value_kind kind, std::initializer_list<std::string_view> items) {
  std::vector<value> made;
  for (const auto item : items) made.emplace_back(value_view::bytes(kind, item.data(), item.size()));
  return made;
}

std::vector<value> counts(value_kind kind, std::initializer_list<std::int64_t> items) {
  std::vector<value> made;
  for (const auto item : items) made.emplace_back(value_view::count(kind, item));
  return made;
}

using pool_list = std::array<std::vector<value>, 10>;

// Doubles are quarters: their sums are exact in any order. Texts have no blanks: TiDB does not count those at an end.
pool_list make_pools() {
  using limits = std::numeric_limits<std::int64_t>;
  return {numbers<std::int64_t>({0, 1, 2, 3, 5, 10, 100, 255, -1, -2, -7, -100, 32'767, -32'768}),
          numbers<std::int64_t>({0, 1, 7, 4'294'967'295, 9'007'199'254'740'993, limits::max()}),
          numbers<double>({0, 0.25, 0.5, 1, 1.5, 2.5, 2.75, 10, 1000.5, -0.5, -1.5, -2.25, -100}),
          texts(value_kind::decimal, {"0.00", "0.01", "1.00", "1.50", "2.50", "9.99", "10.00", "-0.01", "-1.50",
                                      "-10.05", "99999.99", "1234567890.12"}),
          texts(value_kind::text, {"",   "a",   "A",   "b",    "ab",   "aB",  "abc",  "ä",       "Ä",  "ß",    "日本",
                                   "😀", "x%y", "a_b", "it's", "b\\c", "100", "-3.5", "e\u0301", "ZZ", "\"q\""}),
          texts(value_kind::blob, {"", "a", "\0"sv, "\xff"sv, "\0\1"sv, "abc", "\xe4\xbd"sv}),
          counts(value_kind::date, {0, -1, 19'782, 19'722, 19'723, 11'016, -7'305, 2'932'896}),
          counts(value_kind::datetime, {0, -1, 19'782 * day, 19'782 * day + 43'200 * second, 19'722 * day + day - 1,
                                        1'700'000'000'123'456, -7'305 * day + 5, 2'932'896 * day + day - 1}),
          counts(value_kind::time, {0, 1, second, 3'600 * second, 360'000 * second, -1, -3'723 * second,
                                    3'020'399 * second, -3'020'399 * second}),
          texts(value_kind::json,
                {R"({"a":1,"b":"x"})", R"({"a":{"b":2.5},"c":[1,2,"z"]})", R"([1,null,true])", R"("ä")", "5", "-0.5",
                 "{}", "[]", "null", R"({"a":null,"b":false})", R"([[1],[2,[3]],{"a":[]}])"})};
}

const pool_list& pools() {
  static const pool_list made = make_pools();
  return made;
}

std::vector<column> columns_of_gems() {
  return {{"id", kind::integer, {type_kind::bigint}, false},
          {"small", kind::integer, {type_kind::smallint}, true},
          {"count", kind::integer, {type_kind::integer}, false},
          {"flag", kind::integer, {type_kind::boolean}, true},
          {"plain", kind::wide, {type_kind::bigint, true}, true},
          {"big", kind::wide, {type_kind::bigint}, true},
          {"weight", kind::real, {type_kind::float64}, true},
          {"price", kind::decimal, {type_kind::decimal, false, 12, 2}, false},
          {"rate", kind::decimal, {type_kind::decimal, false, 20, 6}, true},
          {"name", kind::text, {type_kind::varchar, false, 32}, true},
          {"label", kind::text, {type_kind::varchar, false, 16}, false},
          {"bytes", kind::bytes, {type_kind::varbinary, false, 16}, true},
          {"day", kind::date, {type_kind::date}, true},
          {"at", kind::datetime, {type_kind::datetime, false, 0, 6}, true},
          {"span", kind::duration, {type_kind::time, false, 0, 6}, true},
          {"doc", kind::json, {type_kind::json}, true}};
}

std::vector<column> columns_of_owners() {
  return {{"id", kind::integer, {type_kind::bigint}, false},
          {"gem", kind::integer, {type_kind::bigint}, true},
          {"name", kind::text, {type_kind::varchar, false, 32}, true},
          {"score", kind::real, {type_kind::float64}, false},
          {"amount", kind::decimal, {type_kind::decimal, false, 16, 4}, true},
          {"since", kind::datetime, {type_kind::datetime, false, 0, 6}, false},
          {"birth", kind::date, {type_kind::date}, true},
          {"note", kind::text, {type_kind::text}, true}};
}

value cell(random_source& random, const column& of, std::int64_t row) {
  if (of.name == "id") return value(value_view::of(row + 1));
  if (of.nullable && below(random, 5) == 0) return {};
  if (of.type.kind == type_kind::boolean) return value(value_view::of(std::int64_t(below(random, 2))));
  const auto items = values_of(of.of);
  const auto& item = items[below(random, items.size())];
  if (of.of != kind::decimal) return item;
  return value(tidb::codec<tidb::decimal>::encode(tidb::decimal(item.view().text()).rounded(of.type.scale)));
}

table filled(std::string name, std::vector<column> columns, std::int64_t rows) {
  random_source random(42);
  table made{std::move(name), std::move(columns), {}};
  for (std::int64_t row = 0; row < rows; ++row) {
    auto& cells = made.rows.emplace_back();
    for (const auto& each : made.columns) cells.push_back(cell(random, each, row));
  }
  return made;
}

}  // namespace

const std::vector<table>& tables() {
  static const std::vector<table> made{filled("gems", columns_of_gems(), 14), filled("owners", columns_of_owners(), 9),
                                       filled("nobody", columns_of_owners(), 0)};
  return made;
}

std::span<const value> values_of(kind of) { return pools().at(static_cast<std::size_t>(of)); }

void make_tables(const tidb::client& on) {
  for (const auto& each : tables()) {
    tidb::table_definition definition{.name = each.name, .columns = {}, .primary_key = {"id"}};
    tidb::sql::insert into{.table = each.name};
    for (const auto& one : each.columns) {
      definition.columns.push_back({.name = one.name, .type = one.type, .nullable = one.nullable});
      into.columns.push_back(one.name);
    }
    on.create_table(definition, tidb::if_exists::overwrite);
    const auto sql = tidb::sql::print(into, tidb::detail::dialect_of(on.on())).text;
    for (const auto& row : each.rows) on.execute_values(sql, row);
  }
}

}  // namespace tests::fuzz
