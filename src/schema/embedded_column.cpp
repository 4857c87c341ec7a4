#include "schema/embedded_column.hpp"

#include "tidbxx/sql/printer.hpp"

#include <cstdint>
#include <string_view>

#include <fmt/format.h>

namespace tidb::detail {
namespace {

/// One column's check while it is made. Its conditions use SQLite's own functions only, so that other tools can write.
class check_maker {
public:
  explicit check_maker(const column_definition& column) : column_(column), name_(sql::quote_identifier(column.name)) {}

  std::optional<strictness> make() const;

private:
  std::string range_tag(std::string_view more = {}) const {
    return fmt::format("range:{}:{}{}", column_.name, to_string(column_.type), more);
  }
  std::string length_tag(std::uint64_t length, std::string_view of) const {
    return fmt::format("length:{}:{} {}", column_.name, length, of);
  }
  /// SQLite keeps a value of another type as it is, where TiDB converts or refuses it.
  strictness typed(std::string tag, std::string_view type, const std::string& condition = {}) const {
    const auto more = condition.empty() ? std::string() : " AND " + condition;
    return {std::move(tag), fmt::format("typeof({}) IN ('{}', 'null'){}", name_, type, more)};
  }
  /// The condition with `@` for the column's name.
  std::string of(std::string_view condition) const {
    std::string text;
    for (char letter : condition) letter == '@' ? text += name_ : text += letter;
    return text;
  }
  strictness integers(std::int64_t least, std::uint64_t most) const {
    return typed(range_tag(), "integer", fmt::format("{} BETWEEN {} AND {}", name_, least, most));
  }
  strictness integers_of(int bits) const {
    if (column_.type.is_unsigned) return integers(0, (std::uint64_t{1} << bits) - 1);
    const auto limit = std::int64_t{1} << (bits - 1);
    return integers(-limit, static_cast<std::uint64_t>(limit - 1));
  }
  /// Flags in an integer, of which SQLite has 63 beside the sign.
  strictness bits(std::size_t count) const {
    return count < 63 ? integers(0, (std::uint64_t{1} << count) - 1) : typed(range_tag(), "integer", name_ + " >= 0");
  }
  strictness bytes(std::uint64_t most) const {
    return {length_tag(most, "bytes"), fmt::format("length(CAST({} AS BLOB)) <= {}", name_, most)};
  }
  strictness characters() const;
  strictness fixed_bytes() const;
  strictness decimals() const;
  strictness instants() const;
  strictness durations() const;
  strictness vectors() const;
  /// No digits but zeros behind the column's fraction; `point` is where the point is, from 1.
  std::string fraction(std::string_view text, int point) const {
    return column_.type.scale == 6
               ? std::string()
               : fmt::format(" AND substr({}, {}) NOT GLOB '*[^0]*'", text, point + 1 + column_.type.scale);
  }

  const column_definition& column_;
  std::string name_;
};

strictness check_maker::characters() const {
  const auto limit = column_.type.length;
  // length() sees nothing behind a NUL: such a text may have as many bytes
  auto condition =
      fmt::format("length(CAST({0} AS BLOB)) <= {1} OR (length({0}) <= {1} AND instr({0}, char(0)) = 0)", name_, limit);
  if (column_.type.kind == type_kind::varchar) return {length_tag(limit, "characters"), std::move(condition)};
  return {length_tag(limit, "characters, without a blank at its end"),
          fmt::format("({}) AND {} NOT LIKE '% '", condition, name_)};
}

strictness check_maker::fixed_bytes() const {
  const auto length = column_.type.length;
  if (column_.type.kind == type_kind::varbinary)
    return typed(length_tag(length, "bytes"), "blob", fmt::format("length({}) <= {}", name_, length));
  return typed(range_tag(), "blob", fmt::format("length({}) = {}", name_, length));
}

/// Digits with at most one sign, in front, and at most one point; as many on its sides as the type has.
strictness check_maker::decimals() const {
  const auto whole = column_.type.length - column_.type.scale;
  const auto point = of("instr(@ || '.', '.')");
  return typed(range_tag(), "text",
               fmt::format("{0} GLOB '*[0-9]*' AND {0} NOT GLOB '*[^-0-9.]*' AND {0} NOT GLOB '?*-*' AND "
                           "substr({0}, {1} + 1) NOT GLOB '*[^0-9]*' AND length(substr({0}, {1} + 1)) <= {2} AND "
                           "length(ltrim(substr({0}, 1, {1} - 1), '-0')) <= {3}",
                           name_, point, column_.type.scale, whole));
}

/// Adding no days makes SQLite look whether the day exists.
strictness check_maker::instants() const {
  if (column_.type.kind == type_kind::date)
    return typed(range_tag(", as YYYY-MM-DD"), "text",
                 of("length(@) = 10 AND date(@, '+0 days') IS @ AND @ >= '0001'"));
  auto condition = of("length(@) = 26 AND datetime(substr(@, 1, 19), '+0 days') IS substr(@, 1, 19) AND "
                      "substr(@, 20) GLOB '.[0-9][0-9][0-9][0-9][0-9][0-9]' AND ") +
                   of(column_.type.kind == type_kind::datetime
                          ? "@ >= '0001'"
                          : "@ BETWEEN '1970-01-01 00:00:01.000000' AND '2038-01-19 03:14:07.999999'");
  return typed(range_tag(", with six digits of fraction"), "text", condition + fraction(name_, 20));
}

strictness check_maker::durations() const {
  const auto size = of("ltrim(@, '-')");
  const auto condition =
      fmt::format("{0} GLOB '[0-8][0-9][0-9]:[0-5][0-9]:[0-5][0-9].[0-9][0-9][0-9][0-9][0-9][0-9]' AND {0} <= "
                  "'838:59:59.000000' AND length({1}) - length({0}) <= 1",
                  size, name_);
  return typed(range_tag(", with three digits of hours and six of fraction"), "text", condition + fraction(size, 10));
}

strictness check_maker::vectors() const {
  const auto length = column_.type.length;
  const auto size = length == 0 ? fmt::format("length({}) % 4 = 0", name_)
                                : fmt::format("length({}) = {}", name_, std::size_t{4} * length);
  return typed(fmt::format("dims:{}:{}", column_.name, length), "blob", size);
}

std::optional<strictness> check_maker::make() const {
  switch (column_.type.kind) {
  case type_kind::boolean:
  case type_kind::tinyint: return integers_of(8);
  case type_kind::smallint: return integers_of(16);
  case type_kind::integer: return integers_of(32);
  case type_kind::bigint: return typed(range_tag(), "integer", column_.type.is_unsigned ? name_ + " >= 0" : "");
  case type_kind::float32:
  case type_kind::float64: return typed(range_tag(), "real");
  case type_kind::decimal: return decimals();
  case type_kind::char_:
  case type_kind::varchar: return characters();
  case type_kind::binary:
  case type_kind::varbinary: return fixed_bytes();
  case type_kind::tinytext:
  case type_kind::tinyblob: return bytes(255);
  case type_kind::text:
  case type_kind::blob: return bytes(65'535);
  case type_kind::mediumtext:
  case type_kind::mediumblob: return bytes(16'777'215);
  case type_kind::longtext:
  case type_kind::longblob: return std::nullopt;
  case type_kind::datetime:
  case type_kind::timestamp:
  case type_kind::date: return instants();
  case type_kind::time: return durations();
  case type_kind::year: return typed(range_tag(), "integer", of("(@ = 0 OR @ BETWEEN 1901 AND 2155)"));
  case type_kind::bit: return bits(column_.type.length);
  case type_kind::set: return bits(column_.labels.size());
  case type_kind::enumeration: return integers(1, column_.labels.size());
  case type_kind::json: return strictness{"json:" + column_.name, of("@ IS NULL OR json_valid(@)")};
  case type_kind::vector: return vectors();
  }
  return std::nullopt;
}

}  // namespace

std::string embedded_type(column_type type) {
  switch (type.kind) {
  // A name with TEXT in it keeps '12.50' and '12' as they are. DECIMAL_TEXT is how a result tells a decimal, too. An
  // ENUM and a SET are their numbers, by which TiDB orders them; SET alone would be a keyword.
  case type_kind::decimal: return fmt::format("DECIMAL_TEXT({},{}) COLLATE TIDBXX_DECIMAL", type.length, type.scale);
  case type_kind::json: return "JSON_TEXT";
  case type_kind::enumeration: return "ENUM_INTEGER";
  case type_kind::set: return "SET_INTEGER";
  case type_kind::time: return to_string(type) + " COLLATE TIDBXX_TIME";
  default: return to_string(type);
  }
}

std::optional<strictness> embedded_check(const column_definition& column) { return check_maker(column).make(); }

}  // namespace tidb::detail
