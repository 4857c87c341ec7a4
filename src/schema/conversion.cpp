#include "schema/conversion.hpp"

#include "schema/type_facts.hpp"

#include <algorithm>
#include <cstdint>
#include <iterator>
#include <limits>
#include <string_view>

#include <fmt/format.h>

namespace tidb::detail {

namespace {

class conversion_maker {
public:
  conversion_maker(const column_definition& from, const column_definition& to, sql::dialect by)
      : from_(from), to_(to), embedded_(by == sql::dialect::sqlite), by_(by), name_(sql::quote_identifier(from.name)) {}

  std::optional<conversion> make() const;

private:
  /// What each engine says, with `@` for the column.
  std::string say(std::string_view embedded, std::string_view tidb) const {
    std::string text;
    for (const char letter : embedded_ ? embedded : tidb) letter == '@' ? text += name_ : text += letter;
    return text;
  }
  std::optional<conversion> of_integer() const;
  std::optional<conversion> of_decimal() const;
  std::optional<conversion> of_text() const;
  std::optional<conversion> of_instant() const;
  std::optional<conversion> of_enum() const;
  conversion bytes() const;
  conversion set() const;
  std::optional<conversion> other() const;
  conversion to_text(std::string value, std::uint64_t least_room) const;
  std::string within(const std::string& value, number_range has) const;
  std::string fraction_is_zero() const;
  std::string as_label_number(const std::string& value) const;
  std::string all_labels() const;

  const column_definition& from_;
  const column_definition& to_;
  bool embedded_;
  sql::dialect by_;
  std::string name_;
};

/// That the value is in the range of the new type; nothing if it always is.
std::string conversion_maker::within(const std::string& value, number_range has) const {
  auto takes = range_of(to_.type);
  if (embedded_) takes.most = std::min(takes.most, ~std::uint64_t{0} >> 1U);  // SQLite has no more
  if (takes.least <= has.least && has.most <= takes.most) return {};
  return fmt::format("{} BETWEEN {} AND {}", value, takes.least, takes.most);
}

/// `least_room`: characters that always suffice.
conversion conversion_maker::to_text(std::string value, std::uint64_t least_room) const {
  conversion made{std::move(value), {}};
  const auto& type = to_.type;
  if (counts_characters(type) ? least_room > type.length : 4 * least_room > bytes_of(type))
    made.keeps = counts_characters(type)
                     ? fmt::format(fmt::runtime(embedded_ ? "length({}) <= {}" : "CHAR_LENGTH({}) <= {}"), made.value,
                                   type.length)
                     : fmt::format(fmt::runtime(embedded_ ? "length(CAST({} AS BLOB)) <= {}" : "LENGTH({}) <= {}"),
                                   made.value, bytes_of(type));
  return made;
}

std::optional<conversion> conversion_maker::of_integer() const {
  const auto has = range_of(from_.type);
  const auto digits = say("CAST(@ AS TEXT)", "CAST(@ AS CHAR)");
  switch (family_of(to_.type.kind)) {
  case family::integer: return conversion{name_, within(name_, has)};
  case family::decimal: {
    const auto whole = to_.type.length - to_.type.scale;
    conversion made{embedded_ && to_.type.scale > 0 ? digits + " || '." + std::string(to_.type.scale, '0') + "'"
                    : embedded_                     ? digits
                                                    : name_,
                    {}};
    if (whole < 20) made.keeps = fmt::format("{0} BETWEEN -{1} AND {1}", name_, "0" + std::string(whole, '9'));
    return made;
  }
  case family::real: {
    const bool is_single = to_.type.kind == type_kind::float32;
    const std::uint64_t most = std::uint64_t{1} << (is_single ? 24U : 53U);
    conversion made{say("CAST(@ AS REAL)", "@"), {}};
    if (has.most > most) made.keeps = fmt::format("{0} BETWEEN -{1} AND {1}", name_, most);
    return made;
  }
  case family::text: return to_text(digits, 20);
  default: return std::nullopt;
  }
}

std::optional<conversion> conversion_maker::of_decimal() const {
  const auto scale = from_.type.scale;
  const auto padded = [&](std::uint8_t digits) {
    const auto zero = digits == 0 ? "'0'" : "'0." + std::string(digits, '0') + "'";
    return embedded_ ? fmt::format("TIDBXX_DECIMAL_ADD(TIDBXX_DECIMAL_TRUNCATE({}, {}), {})", name_, digits, zero)
                     : name_;
  };
  const auto has_digits = [&](std::uint8_t digits) {
    return fmt::format(fmt::runtime(embedded_ ? "TIDBXX_DECIMAL_COMPARE(TIDBXX_DECIMAL_TRUNCATE({0}, {1}), {0}) = 0"
                                              : "TRUNCATE({0}, {1}) = {0}"),
                       name_, digits);
  };
  switch (family_of(to_.type.kind)) {
  case family::decimal: {
    conversion made{padded(to_.type.scale), {}};
    const auto whole = to_.type.length - to_.type.scale;
    if (to_.type.scale < scale) made.keeps = has_digits(to_.type.scale);
    if (whole < from_.type.length - scale)
      made.keeps += (made.keeps.empty() ? "" : " AND ") +
                    fmt::format(fmt::runtime(embedded_ ? "TIDBXX_DECIMAL_COMPARE(TIDBXX_DECIMAL_ABS({}), '1{}') < 0"
                                                       : "ABS({}) < 1{}"),
                                name_, std::string(whole, '0'));
    return made;
  }
  case family::integer: {
    auto takes = range_of(to_.type);
    if (embedded_) takes.most = std::min(takes.most, ~std::uint64_t{0} >> 1U);
    const auto in_range =
        embedded_ ? fmt::format("TIDBXX_DECIMAL_COMPARE({0}, '{1}') >= 0 AND TIDBXX_DECIMAL_COMPARE({0}, '{2}') <= 0",
                                name_, takes.least, takes.most)
                  : fmt::format("{} BETWEEN {} AND {}", name_, takes.least, takes.most);
    return conversion{say("CAST(TIDBXX_DECIMAL_TRUNCATE(@, 0) AS INTEGER)", "@"), has_digits(0) + " AND " + in_range};
  }
  case family::text: return to_text(embedded_ ? padded(scale) : say("", "CAST(@ AS CHAR)"), from_.type.length + 3);
  default: return std::nullopt;
  }
}

std::optional<conversion> conversion_maker::of_text() const {
  switch (family_of(to_.type.kind)) {
  case family::text: {
    const bool by_characters = counts_characters(to_.type);
    const auto room = counts_characters(from_.type) ? from_.type.length
                      : by_characters               ? bytes_of(from_.type)
                                                    : bytes_of(from_.type) / 4;
    auto made = to_text(name_, room);
    if (to_.type.kind == type_kind::char_ && from_.type.kind != type_kind::char_)
      made.keeps += (made.keeps.empty() ? "" : " AND ") + say("@ NOT LIKE '% '", "@ NOT LIKE '% '");
    return made;
  }
  case family::integer: {  // what reads as a number and is written as one
    const auto number = say("CAST(@ AS INTEGER)", "CAST(@ AS SIGNED)");
    const auto range = within(number, {std::numeric_limits<std::int64_t>::min(), ~std::uint64_t{0} >> 1U});
    return conversion{number, say("CAST(CAST(@ AS INTEGER) AS TEXT) = @",
                                  "CAST(CAST(CAST(@ AS SIGNED) AS CHAR) AS BINARY) = CAST(@ AS BINARY)") +
                                  (range.empty() ? "" : " AND " + range)};
  }
  case family::labels:
    if (to_.type.kind == type_kind::set) return std::nullopt;
    return conversion{as_label_number(name_), say("@ IN (", "CAST(@ AS BINARY) IN (") + all_labels() + ")"};
  default: return std::nullopt;
  }
}

/// No digits behind the new fraction.
std::string conversion_maker::fraction_is_zero() const {
  if (to_.type.scale >= from_.type.scale) return {};
  const std::size_t left = 6U - to_.type.scale;
  return say("substr(@, -" + std::to_string(left) + ") NOT GLOB '*[^0]*'",
             "MICROSECOND(@) % 1" + std::string(left, '0') + " = 0");
}

std::optional<conversion> conversion_maker::of_instant() const {
  switch (family_of(to_.type.kind)) {
  case family::instant: {
    conversion made{name_, fraction_is_zero()};
    if (to_.type.kind == type_kind::timestamp && from_.type.kind == type_kind::datetime)
      made.keeps += (made.keeps.empty() ? "" : " AND ") +
                    say("@ BETWEEN '1970-01-01 00:00:01.000000' AND '2038-01-19 03:14:07.999999'",
                        "@ BETWEEN '1970-01-01 00:00:01.000000' AND '2038-01-19 03:14:07.999999'");
    return made;
  }
  case family::date:
    return conversion{say("substr(@, 1, 10)", "@"), say("substr(@, 12) = '00:00:00.000000'", "DATE(@) = @")};
  case family::text: {
    const auto characters = 19 + (from_.type.scale > 0 ? from_.type.scale + 1 : 0);
    return to_text(say(fmt::format("substr(@, 1, {})", characters), "CAST(@ AS CHAR)"),
                   static_cast<std::uint64_t>(characters));
  }
  default: return std::nullopt;
  }
}

/// 'a', 'b' …
std::string conversion_maker::all_labels() const {
  std::string text;
  for (const auto& label : to_.labels) text += (text.empty() ? "" : ", ") + sql::quote_text(label, by_);
  return text;
}

/// The embedded engine holds the number of a label.
std::string conversion_maker::as_label_number(const std::string& value) const {
  if (!embedded_) return value;
  std::string text = "CASE " + value;
  for (std::size_t i = 0; i < to_.labels.size(); ++i)
    text += fmt::format(" WHEN {} THEN {}", sql::quote_text(to_.labels[i], by_), i + 1);
  return text + " END";
}

std::optional<conversion> conversion_maker::of_enum() const {
  std::string label = say("", "CAST(@ AS CHAR)");
  if (embedded_) {
    label = "CASE " + name_;
    for (std::size_t i = 0; i < from_.labels.size(); ++i)
      label += fmt::format(" WHEN {} THEN {}", i + 1, sql::quote_text(from_.labels[i], by_));
    label += " END";
  }
  const auto is_text = family_of(to_.type.kind) == family::text;
  if (is_text) {
    std::size_t room = 0;
    for (const auto& each : from_.labels) room = std::max(room, each.size());
    return to_text(label, room);
  }
  if (to_.type.kind != type_kind::enumeration) return std::nullopt;
  conversion made{as_label_number(label), {}};
  const bool all_stay = std::ranges::all_of(
      from_.labels, [&](const auto& each) { return std::ranges::find(to_.labels, each) != to_.labels.end(); });
  if (!all_stay)
    made.keeps =
        fmt::format(fmt::runtime(embedded_ ? "{} IN ({})" : "CAST({} AS BINARY) IN ({})"), label, all_labels());
  return made;
}

/// Each label's bit goes where the label is now.
conversion conversion_maker::set() const {
  conversion made{say("", "CAST(@ AS CHAR)"), {}};
  for (std::size_t i = 0; i < from_.labels.size(); ++i) {
    const auto there = std::ranges::find(to_.labels, from_.labels[i]);
    const auto bit = fmt::format("(({} >> {}) & 1)", name_, i);
    if (there == to_.labels.end())
      made.keeps +=
          (made.keeps.empty() ? "" : " AND ") +
          (embedded_ ? bit : fmt::format("FIND_IN_SET({}, {})", sql::quote_text(from_.labels[i], by_), name_)) + " = 0";
    else if (embedded_)
      made.value +=
          (made.value.empty() ? "" : " | ") + fmt::format("({} << {})", bit, std::distance(to_.labels.begin(), there));
  }
  if (made.value.empty()) made.value = "0";
  return made;
}

conversion conversion_maker::bytes() const {
  conversion made{name_, {}};
  const auto length = say("length(@)", "LENGTH(@)");
  if (to_.type.kind == type_kind::binary)
    made.keeps = fmt::format("{} = {}", length, to_.type.length);
  else if (bytes_of(to_.type) < bytes_of(from_.type))
    made.keeps = fmt::format("{} <= {}", length, bytes_of(to_.type));
  return made;
}

/// Types that are made of themselves only.
std::optional<conversion> conversion_maker::other() const {
  if (from_.type.kind == type_kind::vector && to_.type.kind == type_kind::vector)
    return conversion{name_, to_.type.length == 0 ? "" : fmt::format("VEC_DIMS({}) = {}", name_, to_.type.length)};
  if (from_.type.kind == type_kind::bit && to_.type.kind == type_kind::bit)
    return conversion{name_, to_.type.length >= from_.type.length
                                 ? ""
                                 : fmt::format("{} <= {}", name_, ~std::uint64_t{0} >> (64 - to_.type.length))};
  if (family_of(from_.type.kind) == family::time && family_of(to_.type.kind) == family::time)
    return conversion{name_, fraction_is_zero()};
  return std::nullopt;
}

std::optional<conversion> conversion_maker::make() const {
  const auto to = family_of(to_.type.kind);
  switch (family_of(from_.type.kind)) {
  case family::integer: return of_integer();
  case family::year: return to == family::integer ? of_integer() : std::nullopt;
  case family::decimal: return of_decimal();
  case family::real: return to_.type.kind == type_kind::float64 ? std::optional(conversion{name_, {}}) : std::nullopt;
  case family::text: return of_text();
  case family::bytes: return to == family::bytes ? std::optional(bytes()) : std::nullopt;
  case family::instant: return of_instant();
  case family::date:
    if (to == family::text) return to_text(say("@", "CAST(@ AS CHAR)"), 10);
    if (to_.type.kind != type_kind::datetime) return std::nullopt;
    return conversion{say("@ || ' 00:00:00.000000'", "@"), {}};
  case family::labels:
    if (from_.type.kind == type_kind::enumeration) return of_enum();
    return to_.type.kind == type_kind::set ? std::optional(set()) : std::nullopt;
  default: return other();
  }
}

}  // namespace

bool holds_the_same(const column_definition& from, const column_definition& to) {
  return from.type == to.type && from.labels == to.labels;
}

std::optional<conversion> conversion_of(const column_definition& from, const column_definition& to, sql::dialect by) {
  if (holds_the_same(from, to)) return conversion{sql::quote_identifier(from.name), {}};
  return conversion_maker(from, to, by).make();
}

}  // namespace tidb::detail
