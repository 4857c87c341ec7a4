#include "tidbxx/orm/json_filter.hpp"

#include "tidbxx/core/decimal.hpp"
#include "tidbxx/core/error.hpp"
#include "tidbxx/core/time.hpp"

#include <algorithm>
#include <initializer_list>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <nlohmann/json.hpp>

namespace tidb::detail {

namespace {

using nlohmann::json;

constexpr std::size_t most_nested = 64;

struct comparison {
  std::string_view name;
  sql::op kind;
};
constexpr comparison comparisons[] = {{"$eq", sql::op::equal},   {"$ne", sql::op::not_equal},
                                      {"$gt", sql::op::greater}, {"$gte", sql::op::greater_equal},
                                      {"$lt", sql::op::less},    {"$lte", sql::op::less_equal}};

sql::expression text(std::string_view item) { return sql::literal(value_view::of(item)); }

/// Everything and nothing, as conditions.
sql::expression constant(bool holds) { return sql::raw(holds ? "1 = 1" : "1 = 0", {}); }

class filter_parser {
public:
  filter_parser(std::string_view table, std::span<const column_facts> columns, std::source_location where)
      : table_(table), columns_(columns), where_(where) {}

  sql::expression filter(const json& from, const std::string& place) {
    if (!from.is_object()) refuse(place, "a filter is an object, such as {\"column\": value}");
    if (++nested_ > most_nested) refuse(place, "more than 64 filters are in one another");
    sql::expression all;
    for (const auto& [name, item] : from.items()) all = sql::both(std::move(all), member(name, item, place));
    --nested_;
    return all ? all : constant(true);
  }

private:
  /// What one name of a filter is compared with: the column, or a place in a JSON column.
  struct target {
    const column_facts* column{};
    std::string path{};  ///< into a JSON document; empty: the column itself
  };

  [[noreturn]] void refuse(const std::string& place, const std::string& why) const {
    throw_usage("the JSON filter" + (place.empty() ? std::string() : " at " + place) + ": " + why, where_);
  }

  sql::expression member(const std::string& name, const json& item, const std::string& place) {
    const auto here = place.empty() ? "\"" + name + "\"" : place + ".\"" + name + "\"";
    if (name == "$and" || name == "$or") return many(name == "$and", item, here);
    if (name == "$not") return sql::unary(sql::op::logical_not, filter(item, here));
    if (name.starts_with('$')) refuse(here, "there is no such operator; $and, $or and $not take filters");
    const auto of = find(name, here);
    if (!item.is_object()) return compare(of, sql::op::equal, item, here);
    if (item.empty()) refuse(here, "an operator is missing, such as {\"$gt\": 3}");
    sql::expression all;
    for (const auto& [word, argument] : item.items())
      all = sql::both(std::move(all), condition(of, word, argument, here + ".\"" + word + "\""));
    return all;
  }

  sql::expression many(bool all, const json& items, const std::string& place) {
    if (!items.is_array() || items.empty()) refuse(place, "this takes an array of filters");
    sql::expression made;
    for (std::size_t i = 0; i < items.size(); ++i) {
      auto one = filter(items[i], place + "[" + std::to_string(i) + "]");
      made = made ? sql::binary(all ? sql::op::logical_and : sql::op::logical_or, std::move(made), std::move(one))
                  : std::move(one);
    }
    return made;
  }

  sql::expression condition(const target& of, const std::string& word, const json& argument, const std::string& place) {
    if (word == "$in" || word == "$nin") return among(of, word == "$in", argument, place);
    const auto known = std::ranges::find(comparisons, word, &comparison::name);
    if (known == std::end(comparisons))
      refuse(place, "there is no such operator; there are $eq, $ne, $gt, $gte, $lt, $lte, $in and $nin");
    return compare(of, known->kind, argument, place);
  }

  sql::expression among(const target& of, bool inside, const json& items, const std::string& place) {
    if (!items.is_array()) refuse(place, "this takes an array of values");
    const bool null_among = std::ranges::any_of(items, [](const json& item) { return item.is_null(); });
    if (of.path.empty() && !null_among) {
      auto list = sql::unary(inside ? sql::op::in : sql::op::not_in,
                             sql::column(std::string(table_), std::string(of.column->name)));
      for (std::size_t i = 0; i < items.size(); ++i)
        list.add(sql::literal(value_for(*of.column, items[i], place + "[" + std::to_string(i) + "]")));
      return list;
    }
    if (items.empty()) return constant(!inside);
    sql::expression made;
    for (std::size_t i = 0; i < items.size(); ++i) {
      auto one = compare(of, sql::op::equal, items[i], place + "[" + std::to_string(i) + "]");
      made = made ? sql::binary(sql::op::logical_or, std::move(made), std::move(one)) : std::move(one);
    }
    return inside ? made : sql::unary(sql::op::logical_not, std::move(made));
  }

  sql::expression compare(const target& of, sql::op kind, const json& item, const std::string& place) {
    auto column = sql::column(std::string(table_), std::string(of.column->name));
    if (!of.path.empty()) return compare_inside(column, of.path, kind, item, place);
    if (item.is_null()) {
      if (kind != sql::op::equal && kind != sql::op::not_equal) refuse(place, "null is only for $eq and $ne");
      return sql::unary(kind == sql::op::equal ? sql::op::is_null : sql::op::is_not_null, std::move(column));
    }
    return sql::binary(kind, std::move(column), sql::literal(value_for(*of.column, item, place)));
  }

  /// What is at a path is compared with the filter's value if it is of the same type; nothing gives NULL, so that what
  /// is negated holds for all other rows.
  sql::expression compare_inside(const sql::expression& column, const std::string& path, sql::op kind, const json& item,
                                 const std::string& place) {
    if (kind == sql::op::not_equal)
      return sql::unary(sql::op::logical_not, compare_inside(column, path, sql::op::equal, item, place));
    const auto at = sql::function("JSON_EXTRACT", {column, text(path)});
    const auto type = sql::function("JSON_TYPE", {at});
    if (item.is_null() && kind != sql::op::equal) refuse(place, "null is only for $eq and $ne");
    if (item.is_null())
      return sql::binary(sql::op::equal, sql::function("COALESCE", {type, text("NULL")}), text("NULL"));
    // What is of another type is no value to be cast, which TiDB would not do in a statement that writes.
    const auto only = [&](std::initializer_list<std::string_view> types) {
      auto among = sql::unary(sql::op::in, type);
      for (const auto each : types) among.add(text(each));
      return sql::binary(sql::op::case_when, std::move(among), sql::function("JSON_UNQUOTE", {at}));
    };
    const auto never_null = [](const std::vector<sql::expression>& compared) {
      auto arguments = compared;
      arguments.push_back(sql::literal(value_view::of(std::int64_t{0})));
      return sql::function("COALESCE", arguments);
    };
    if (item.is_number()) {
      const auto real = sql::literal(value_view::of(item.get<double>()));
      const auto as_real = [&](const sql::expression& number) {
        return sql::binary(kind, sql::cast(number, sql::cast_type::real), real);
      };
      const bool huge = item.is_number_unsigned() && item.get<std::uint64_t>() >> 63 != 0;
      if (!item.is_number_integer() || huge)
        return never_null({as_real(only({"INTEGER", "UNSIGNED INTEGER", "DOUBLE"}))});
      return never_null({sql::binary(kind, sql::cast(only({"INTEGER"}), sql::cast_type::signed_integer),
                                     sql::literal(value_view::of(item.get<std::int64_t>()))),
                         as_real(only({"UNSIGNED INTEGER", "DOUBLE"}))});
    }
    if (item.is_string())
      return never_null({sql::binary(kind, only({"STRING"}), text(item.get_ref<const std::string&>()))});
    if (item.is_boolean() && kind == sql::op::equal)
      return never_null({sql::binary(kind, only({"BOOLEAN"}), text(item.get<bool>() ? "true" : "false"))});
    refuse(place, "a place in a document is compared with a number, a text, true or false");
  }

  target find(const std::string& name, const std::string& place) const {
    const auto column_named = [&](std::string_view wanted) {
      const auto found = std::ranges::find(columns_, wanted, &column_facts::name);
      return found == columns_.end() ? nullptr : &*found;
    };
    if (const auto* column = column_named(name)) return {column, {}};
    const auto point = name.find_first_of(".[");
    const auto* column = point == std::string::npos ? nullptr : column_named(std::string_view(name).substr(0, point));
    if (column != nullptr && column->type.kind == type_kind::json) return {column, path_of(name.substr(point), place)};
    std::string known;
    for (const auto& each : columns_) known += (known.empty() ? "" : ", ") + std::string(each.name);
    refuse(place, "there is no such column; there are " + known);
  }

  /// `.a.b[3]` as MySQL writes it: `$."a"."b"[3]`.
  std::string path_of(std::string_view rest, const std::string& place) const {
    std::string path = "$";
    while (!rest.empty()) {
      if (rest.front() == '.') {
        rest.remove_prefix(1);
        const auto end = std::min(rest.find_first_of(".["), rest.size());
        const auto word = rest.substr(0, end);
        if (word.empty() || word.find_first_of("\"\\*") != std::string_view::npos)
          refuse(place, "a name in a path is not empty and has no quotes, backslashes and asterisks");
        path += ".\"" + std::string(word) + "\"";
        rest.remove_prefix(end);
      } else {
        const auto end = rest.find(']');
        const auto digits = end == std::string_view::npos ? std::string_view() : rest.substr(1, end - 1);
        const bool whole = !digits.empty() && digits.size() <= 9 &&
                           std::ranges::all_of(digits, [](char letter) { return letter >= '0' && letter <= '9'; });
        if (!whole || rest.front() != '[') refuse(place, "a place in an array is a whole number in brackets");
        path += "[" + std::string(digits) + "]";
        rest.remove_prefix(end + 1);
      }
    }
    return path;
  }

  /// Lives until the next call.
  value_view value_for(const column_facts& column, const json& item, const std::string& place) {
    switch (column.type.kind) {
    case type_kind::boolean:
      if (item.is_boolean()) return value_view::of(std::int64_t{item.get<bool>()});
      refuse(place, "\"" + std::string(column.name) + "\" is compared with true or false");
    case type_kind::tinyint:
    case type_kind::smallint:
    case type_kind::integer:
    case type_kind::bigint:
    case type_kind::year:
    case type_kind::float32:
    case type_kind::float64:
      if (item.is_number_unsigned() && item.get<std::uint64_t>() >= std::uint64_t{1} << 63)
        return value_view::of(item.get<std::uint64_t>());
      if (item.is_number_integer()) return value_view::of(item.get<std::int64_t>());
      if (item.is_number()) return value_view::of(item.get<double>());
      refuse(place, "\"" + std::string(column.name) + "\" is compared with numbers");
    case type_kind::decimal: return decimal_for(column, item, place);
    case type_kind::date:
    case type_kind::datetime:
    case type_kind::timestamp: return instant_for(column, item, place);
    case type_kind::varchar:
    case type_kind::char_:
    case type_kind::tinytext:
    case type_kind::text:
    case type_kind::mediumtext:
    case type_kind::longtext:
      if (item.is_string()) return value_view::of(std::string_view(item.get_ref<const std::string&>()));
      refuse(place, "\"" + std::string(column.name) + "\" is compared with texts");
    default:
      refuse(place, "a filter cannot compare \"" + std::string(column.name) +
                        "\", which is of another kind than numbers, "
                        "texts, dates and places in documents");
    }
  }

  value_view decimal_for(const column_facts& column, const json& item, const std::string& place) {
    if (item.is_string() && parse_decimal(item.get_ref<const std::string&>(), number_) == decode_result::ok)
      return codec<decimal>::encode(number_);
    if (!item.is_number_integer())
      refuse(place, "\"" + std::string(column.name) +
                        "\" is compared with whole numbers, and with digits as a text: \"0.10\"");
    number_ = item.is_number_unsigned() ? decimal(item.get<std::uint64_t>()) : decimal(item.get<std::int64_t>());
    return codec<decimal>::encode(number_);
  }

  value_view instant_for(const column_facts& column, const json& item, const std::string& place) const {
    const bool day = column.type.kind == type_kind::date;
    const auto text = item.is_string() ? std::string_view(item.get_ref<const std::string&>()) : std::string_view();
    const auto count = day ? date_from_text(text) : datetime_from_text(text);
    if (!count)
      refuse(place, "\"" + std::string(column.name) + "\" is compared with a text such as " +
                        (day ? "\"2026-01-31\"" : "\"2026-01-31 12:00:00\""));
    return value_view::count(day ? value_kind::date : value_kind::datetime, *count);
  }

  std::string_view table_;
  std::span<const column_facts> columns_;
  std::source_location where_;
  std::size_t nested_{};
  decimal number_{};
};

}  // namespace

sql::expression parse_json_filter(std::string_view filter, std::string_view table,
                                  std::span<const column_facts> columns, std::source_location where) {
  json parsed;
  try {
    parsed = json::parse(filter);
  } catch (const json::parse_error& why) {
    throw_usage("the JSON filter is no JSON: it is wrong at byte " + std::to_string(why.byte), where);
  }
  return filter_parser(table, columns, where).filter(parsed, {});
}

}  // namespace tidb::detail
