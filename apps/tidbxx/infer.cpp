#include "infer.hpp"

#include "catalog.hpp"
#include "commands.hpp"
#include <tidbxx/core/time.hpp>

#include <algorithm>
#include <cstring>
#include <limits>

#include <fmt/format.h>

namespace cli {

namespace {

constexpr std::size_t longest_key = 255;  // characters: within TiDB's 3,072 bytes of a key

std::size_t characters_of(std::string_view text) {
  return static_cast<std::size_t>(
      std::ranges::count_if(text, [](char letter) { return (static_cast<unsigned char>(letter) & 0xC0U) != 0x80U; }));
}

template <class T>
bool has_doubles(std::vector<T>& values) {
  std::ranges::sort(values);
  return std::ranges::adjacent_find(values) != values.end();
}

bool is_date(std::string_view text) {
  return text.size() == 10 && text[4] == '-' && text[7] == '-' && tidb::detail::date_from_text(text).has_value();
}

/// `YYYY-MM-DD HH:MM:SS`, with up to six digits of fraction; `T` for the space, and `Z` at the end.
bool is_datetime(std::string_view text) {
  if (text.size() < 19 || text[13] != ':' || text[16] != ':' || !is_date(text.substr(0, 10))) return false;
  const auto fraction = text.substr(19, text.ends_with('Z') ? text.size() - 20 : std::string_view::npos);
  if (!fraction.empty() && (fraction[0] != '.' || fraction.size() < 2 || fraction.size() > 7)) return false;
  return tidb::detail::datetime_from_text(text).has_value();
}

bool is_exact_as_real(std::int64_t number) {
  constexpr auto limit = std::int64_t{1} << 53U;
  return number >= -limit && number <= limit;
}

/// Names that say of themselves that they are keys; the first field comes last.
int rank_of(const std::string& name, const std::string& table, std::size_t place) {
  const auto singular = table.ends_with('s') ? table.substr(0, table.size() - 1) : table;
  int rank = 0;
  for (const auto& known :
       {std::string("id"), table + "_id", singular + "_id", std::string("uuid"), std::string("key")}) {
    if (name == known) return rank;
    ++rank;
  }
  return place == 0 ? rank : -1;
}

}  // namespace

void uniqueness::add(std::int64_t number) {
  if (!possible_) return;
  numbers_.push_back(number);
  if (numbers_.size() + texts_.size() >= next_look_) look_for_doubles();
}

void uniqueness::add(std::string_view text) {
  if (!possible_) return;
  text = text.substr(0, text.find_last_not_of(' ') + 1);  // npos + 1 is 0
  sha256 hash;
  hash.add(text);
  const auto digest = hash.finish();
  std::memcpy(texts_.emplace_back().data(), digest.data(), sizeof(hash128));
  if (numbers_.size() + texts_.size() >= next_look_) look_for_doubles();
}

void uniqueness::give_up() {
  possible_ = false;
  numbers_ = {};
  texts_ = {};
}

void uniqueness::look_for_doubles() {
  next_look_ *= 2;
  if (has_doubles(numbers_) || has_doubles(texts_)) give_up();
}

bool uniqueness::holds() {
  if (!numbers_.empty() && !texts_.empty()) give_up();  // 7 and "7" would be one text
  if (possible_) look_for_doubles();
  return possible_;
}

void field_summary::add(field_value value, bool loose) {
  if (value.kind == field_kind::null) return;
  ++present_;
  const auto text = value.text;
  if (loose && value.kind == field_kind::text) value = meaning_of(text);
  ++counts_[static_cast<std::size_t>(value.kind)];
  add_number(value);
  // A field of several kinds becomes text, so the length counts of all of them; of JSON's numbers an upper bound.
  if (loose || value.kind == field_kind::text || value.kind == field_kind::json) return add_text(text);
  dates_ = datetimes_ = false;
  most_characters_ = std::max<std::size_t>(most_characters_, 25);
  most_bytes_ = std::max<std::size_t>(most_bytes_, 25);
}

void field_summary::add_number(const field_value& value) {
  if (value.kind == field_kind::integer) {
    negative_ = negative_ || value.integer < 0;
    exact_as_real_ = exact_as_real_ && is_exact_as_real(value.integer);
  } else if (value.kind == field_kind::unsigned_integer) {
    exact_as_real_ = false;
  }
}

void field_summary::add_text(std::string_view text) {
  most_bytes_ = std::max(most_bytes_, text.size());
  most_characters_ = std::max(most_characters_, characters_of(text));
  dates_ = dates_ && is_date(text);
  datetimes_ = datetimes_ && is_datetime(text);
}

tidb::column_type field_summary::text_type() const {
  for (const std::uint32_t length : {16U, 32U, 64U, 128U, 255U})
    if (most_characters_ <= length) return {tidb::type_kind::varchar, false, length};
  if (most_bytes_ <= 65'535) return {tidb::type_kind::text};
  return {most_bytes_ <= 16'777'215 ? tidb::type_kind::mediumtext : tidb::type_kind::longtext};
}

/// None if no number takes them all without loss.
std::optional<tidb::column_type> field_summary::number_type() const {
  const auto large = count(field_kind::unsigned_integer);
  if (count(field_kind::real) > 0) {
    if (exact_as_real_) return tidb::column_type{tidb::type_kind::float64};
    return std::nullopt;
  }
  if (large > 0 && negative_) return std::nullopt;
  return tidb::column_type{tidb::type_kind::bigint, large > 0, 0};
}

tidb::column_type field_summary::type() const {
  const auto numbers = count(field_kind::integer) + count(field_kind::unsigned_integer) + count(field_kind::real);
  if (present_ == 0) return {tidb::type_kind::varchar, false, 255};
  if (count(field_kind::boolean) == present_) return {tidb::type_kind::boolean};
  if (count(field_kind::json) == present_) return {tidb::type_kind::json};
  if (numbers == present_)
    if (const auto type = number_type()) return *type;
  if (count(field_kind::text) == present_ && dates_) return {tidb::type_kind::date};
  if (count(field_kind::text) == present_ && datetimes_)
    return tidb::column_type{tidb::type_kind::datetime, false, 0, 6};
  return text_type();
}

void inference::consider(std::size_t place, const std::string& name) {
  const int rank = rank_of(lower(name), lower(table_), place);
  if (wanted_key_.empty() && rank >= 0) candidates_.push_back({.place = place, .rank = rank});
}

void inference::look_at(candidate& key, field_value value, bool loose) {
  const auto text = value.text;
  if (loose && value.kind == field_kind::text) value = meaning_of(text);
  if (value.kind == field_kind::integer) return key.seen.add(value.integer);
  if (value.kind == field_kind::text && characters_of(text) <= longest_key) return key.seen.add(text);
  key.seen.give_up();
}

void inference::add(const record& row, const field_names& names) {
  while (fields_.size() < names.size()) {
    const auto place = fields_.size();
    fields_.emplace_back();
    consider(place, names.all()[place]);
  }
  ++rows_;
  for (std::size_t place = 0; place < row.fields.size(); ++place) fields_[place].add(row.fields[place], loose_);
  for (auto& key : candidates_)
    look_at(key, key.place < row.fields.size() ? row.fields[key.place] : field_value(), loose_);
}

std::size_t inference::wanted_place(const field_names& names) const {
  const auto wanted = lower(wanted_key_);
  const auto found = std::ranges::find_if(names.all(), [&](const auto& name) { return lower(name) == wanted; });
  if (found == names.all().end())
    throw failure(fmt::format("--key names the field \"{}\", which the file does not have; it has: {}", wanted_key_,
                              list_of(names.all())));
  const auto place = static_cast<std::size_t>(found - names.all().begin());
  const auto kind = fields_[place].type().kind;
  const bool fits = kind != tidb::type_kind::text && kind != tidb::type_kind::mediumtext &&
                    kind != tidb::type_kind::longtext && kind != tidb::type_kind::json;
  if (!fits)
    throw failure(
        fmt::format("--key names the field \"{}\", whose values are of type {} (up to {} characters): a key is "
                    "a number, a date, or a text of at most {} characters",
                    *found, to_string(fields_[place].type()), fields_[place].longest(), longest_key));
  return place;
}

std::optional<std::size_t> inference::key_place(const field_names& names) {
  if (!wanted_key_.empty()) return wanted_place(names);
  std::ranges::stable_sort(candidates_, {}, &candidate::rank);
  for (auto& key : candidates_)
    if (rows_ > 0 && fields_[key.place].present() == rows_ && key.seen.holds()) return key.place;
  return std::nullopt;
}

tidb::table_definition inference::definition(const field_names& names) {
  fields_.resize(names.size());
  const auto key = key_place(names);
  tidb::table_definition table{.name = table_};
  for (std::size_t place = 0; place < names.size(); ++place) {
    const auto& name = names.all()[place];
    for (std::size_t other = 0; other < place; ++other)
      if (lower(names.all()[other]) == lower(name))
        throw failure(
            fmt::format("the fields \"{}\" and \"{}\" differ only in case, which column names cannot: rename one",
                        names.all()[other], name));
    const bool nullable = place != key && (rows_ == 0 || fields_[place].present() < rows_);
    table.columns.push_back({.name = name, .type = fields_[place].type(), .nullable = nullable});
    if (place == key) table.primary_key.push_back(name);
  }
  return table;
}

}  // namespace cli
