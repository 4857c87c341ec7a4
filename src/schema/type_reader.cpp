#include "schema/type_reader.hpp"

#include "core/text.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>
#include <string_view>

namespace tidb::detail {

namespace {

struct named_kind {
  std::string_view name;
  type_kind kind;
};

constexpr std::array kinds = {
    named_kind{"bool", type_kind::boolean},
    named_kind{"boolean", type_kind::boolean},
    named_kind{"tinyint", type_kind::tinyint},
    named_kind{"smallint", type_kind::smallint},
    named_kind{"mediumint", type_kind::integer},
    named_kind{"int", type_kind::integer},
    named_kind{"integer", type_kind::integer},
    named_kind{"bigint", type_kind::bigint},
    named_kind{"float", type_kind::float32},
    named_kind{"real", type_kind::float64},
    named_kind{"double", type_kind::float64},
    named_kind{"decimal", type_kind::decimal},
    named_kind{"decimal_text", type_kind::decimal},
    named_kind{"numeric", type_kind::decimal},
    named_kind{"char", type_kind::char_},
    named_kind{"varchar", type_kind::varchar},
    named_kind{"tinytext", type_kind::tinytext},
    named_kind{"text", type_kind::text},
    named_kind{"mediumtext", type_kind::mediumtext},
    named_kind{"longtext", type_kind::longtext},
    named_kind{"binary", type_kind::binary},
    named_kind{"varbinary", type_kind::varbinary},
    named_kind{"tinyblob", type_kind::tinyblob},
    named_kind{"blob", type_kind::blob},
    named_kind{"mediumblob", type_kind::mediumblob},
    named_kind{"longblob", type_kind::longblob},
    named_kind{"datetime", type_kind::datetime},
    named_kind{"timestamp", type_kind::timestamp},
    named_kind{"date", type_kind::date},
    named_kind{"time", type_kind::time},
    named_kind{"year", type_kind::year},
    named_kind{"bit", type_kind::bit},
    named_kind{"enum", type_kind::enumeration},
    named_kind{"enum_integer", type_kind::enumeration},
    named_kind{"set", type_kind::set},
    named_kind{"set_integer", type_kind::set},
    named_kind{"json", type_kind::json},
    named_kind{"json_text", type_kind::json},
    named_kind{"vector", type_kind::vector},
};

const named_kind* kind_named(std::string_view name) {
  const auto small = lower(name);
  const auto* found = std::ranges::find(kinds, small, &named_kind::name);
  return found == kinds.end() ? nullptr : found;
}

/// SQLite takes any words for a type, and none.
void pass_other_type(token_reader& in) {
  constexpr std::array<std::string_view, 11> of_the_column{
      "NOT", "NULL", "DEFAULT", "PRIMARY", "UNIQUE", "CHECK", "REFERENCES", "COLLATE", "CONSTRAINT", "GENERATED", "AS"};
  const auto is_of_the_column = [&] {
    return std::ranges::any_of(of_the_column, [&](auto word) { return in.is(word); });
  };
  while (in.peek().kind == token_kind::word && !is_of_the_column()) in.next();
  if (in.is("(")) (void)in.in_parentheses();
}

/// What stands in a type's parentheses: the labels of an ENUM or SET, or numbers.
struct type_arguments {
  std::vector<std::string> labels{};
  std::vector<std::uint32_t> numbers{};

  std::uint32_t number(std::size_t place) const noexcept { return place < numbers.size() ? numbers[place] : 0; }
  std::uint32_t length_or(std::uint32_t usual) const noexcept { return numbers.empty() ? usual : numbers.front(); }
};

type_arguments read_arguments(token_reader& in) {
  type_arguments made;
  if (!in.take("(")) return made;
  do {
    const bool is_negative = in.take("-");  // SQLite has digits in front of the point, which is as good as none
    auto argument = in.next();
    if (argument.kind == token_kind::text) {
      while (in.peek().kind == token_kind::text) argument.text += in.next().text;
      made.labels.push_back(std::move(argument.text));
    } else {
      std::uint32_t number{};
      std::from_chars(argument.text.data(), argument.text.data() + argument.text.size(), number);
      made.numbers.push_back(is_negative ? 0 : number);
    }
  } while (in.take(","));
  in.expect(")");
  return made;
}

column_type type_of(type_kind kind, const type_arguments& arguments, sql::dialect of) {
  const bool has_none = of == sql::dialect::sqlite && arguments.numbers.empty();  // SQLite sees to no lengths
  switch (kind) {
  case type_kind::tinyint: return {arguments.number(0) == 1 ? type_kind::boolean : kind};
  case type_kind::decimal:
    return {kind, false, arguments.length_or(10), static_cast<std::uint8_t>(arguments.number(1))};
  case type_kind::datetime:
  case type_kind::timestamp:
  case type_kind::time: return {kind, false, 0, static_cast<std::uint8_t>(arguments.number(0))};
  case type_kind::char_:
  case type_kind::binary:
  case type_kind::bit: return {kind, false, arguments.length_or(1)};
  case type_kind::varchar:
    return has_none ? column_type{type_kind::longtext} : column_type{kind, false, arguments.number(0)};
  case type_kind::varbinary:
    return has_none ? column_type{type_kind::longblob} : column_type{kind, false, arguments.number(0)};
  case type_kind::vector: return {kind, false, arguments.number(0)};
  default: return {kind};
  }
}

bool read_unsigned(token_reader& in) {
  bool is_unsigned = false;
  while (in.is("UNSIGNED") || in.is("SIGNED") || in.is("ZEROFILL") || in.is("PRECISION")) {
    is_unsigned = is_unsigned || in.is("UNSIGNED");
    in.next();
  }
  return is_unsigned;
}

}  // namespace

void read_type(token_reader& in, sql::dialect of, column_definition& into, std::vector<std::string>& not_told) {
  const auto* found = in.peek().kind == token_kind::word ? kind_named(in.peek().text) : nullptr;
  if (found == nullptr) {
    into.type = {of == sql::dialect::sqlite ? type_kind::longblob : type_kind::text};
    return pass_other_type(in);
  }
  const bool is_row_number = of == sql::dialect::sqlite && in.is("INTEGER");
  in.next();
  auto arguments = read_arguments(in);
  into.type = type_of(is_row_number ? type_kind::bigint : found->kind, arguments, of);
  into.labels = std::move(arguments.labels);
  into.type.is_unsigned = read_unsigned(in);
  auto& kind = into.type.kind;
  if (into.type.is_unsigned && kind == type_kind::boolean) kind = type_kind::tinyint;
  if (into.type.is_unsigned &&
      (kind == type_kind::decimal || kind == type_kind::float32 || kind == type_kind::float64)) {
    into.type.is_unsigned = false;
    not_told.push_back("UNSIGNED of " + sql::quote_identifier(into.name));
  }
  // what the embedded engine's file calls it otherwise
  if (of == sql::dialect::sqlite && in.peek().group != 0 && kind_named(in.peek().text) != nullptr)
    read_type(in, of, into, not_told);
}

}  // namespace tidb::detail
