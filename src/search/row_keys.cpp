#include "search/row_keys.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstring>
#include <numeric>
#include <utility>

#include <nlohmann/json.hpp>
#include <xxhash.h>

namespace tidb::detail {

namespace {

enum class key_kind : std::uint8_t { none, integer, text, fixed_text, binary, fixed_binary, date };

bool begins_with(std::string_view type, std::string_view word) {
  return type.starts_with(word) && (type.size() == word.size() || type[word.size()] == '(' || type[word.size()] == ' ');
}

key_kind kind_of(std::string_view type) {
  constexpr std::array<std::string_view, 5> integers{"bigint", "int", "mediumint", "smallint", "tinyint"};
  if (std::ranges::any_of(integers, [&](std::string_view each) { return begins_with(type, each); }))
    return key_kind::integer;
  if (begins_with(type, "varchar")) return key_kind::text;
  if (begins_with(type, "char")) return key_kind::fixed_text;
  if (begins_with(type, "varbinary")) return key_kind::binary;
  if (begins_with(type, "binary")) return key_kind::fixed_binary;
  return begins_with(type, "date") ? key_kind::date : key_kind::none;
}

/// The number in "binary(16)".
std::size_t length_of(std::string_view type) {
  std::size_t length = 0;
  const auto open = type.find('(');
  if (open != std::string_view::npos) std::from_chars(type.data() + open + 1, type.data() + type.size(), length);
  return length;
}

void put_bytes(std::string& name, std::string_view bytes) {
  const auto size = static_cast<std::uint32_t>(bytes.size());
  name.append(reinterpret_cast<const char*>(&size), sizeof(size));
  name += bytes;
}

/// False for a value that the column cannot have.
bool put_value(std::string& name, const key_column& column, const value_view& value) {
  const auto kind = kind_of(column.type);
  if (kind == key_kind::integer || kind == key_kind::date) {
    if (kind == key_kind::date ? value.kind != value_kind::date
                               : value.kind != value_kind::integer && value.kind != value_kind::unsigned_integer)
      return false;
    name.append(reinterpret_cast<const char*>(&value.integer), sizeof(value.integer));
    return true;
  }
  if (value.kind != value_kind::text && value.kind != value_kind::blob) return false;
  auto bytes = value.text();
  // as the server stores it
  if (kind == key_kind::fixed_text) bytes = bytes.substr(0, bytes.find_last_not_of(' ') + 1);
  if (kind != key_kind::fixed_binary) return put_bytes(name, bytes), true;
  std::string filled(bytes);
  filled.resize(std::max(filled.size(), length_of(column.type)), '\0');
  put_bytes(name, filled);
  return true;
}

template <class Number>
bool take(std::string_view& from, Number& number) {
  if (from.size() < sizeof(number)) return false;
  std::memcpy(&number, from.data(), sizeof(number));
  from.remove_prefix(sizeof(number));
  return true;
}

}  // namespace

key_names key_names::of(std::vector<std::uint32_t> ends, std::string text) {
  key_names made;
  made.ends_ = std::move(ends);
  made.bytes_ = std::move(text);
  return made;
}

void row_keys::sort() {
  std::vector<std::uint32_t> order(numbers.size());
  std::iota(order.begin(), order.end(), 0U);
  std::ranges::stable_sort(order, {}, [&](std::uint32_t i) { return numbers[i]; });
  const auto twice = std::ranges::unique(order, {}, [&](std::uint32_t i) { return numbers[i]; });
  order.erase(twice.begin(), twice.end());
  row_keys sorted;
  for (const auto i : order) sorted.add(numbers[i], name(i));
  *this = std::move(sorted);
}

bool can_be_in_key(std::string_view type) { return kind_of(type) != key_kind::none; }

bool is_number(std::span<const key_column> key) {
  return key.size() == 1 && kind_of(key[0].type) == key_kind::integer &&
         key[0].type.find("unsigned") == std::string::npos;
}

std::string name_of_key(std::span<const key_column> key, std::span<const value_view> values) {
  std::string name;
  for (std::size_t i = 0; i < key.size(); ++i)
    if (!put_value(name, key[i], values[i])) return {};
  return name;
}

std::int64_t row_number_of(std::string_view name) {
  return static_cast<std::int64_t>(XXH3_64bits(name.data(), name.size()) >> 1U);
}

bool add_values(std::string_view name, std::span<const key_column> key, std::vector<value_view>& out) {
  for (const auto& column : key) {
    const auto kind = kind_of(column.type);
    if (kind == key_kind::integer || kind == key_kind::date) {
      std::int64_t number = 0;
      if (!take(name, number)) return false;
      const bool is_unsigned = column.type.find("unsigned") != std::string::npos;
      out.push_back(is_unsigned
                        ? value_view::of(static_cast<std::uint64_t>(number))
                        : value_view::count(kind == key_kind::date ? value_kind::date : value_kind::integer, number));
      continue;
    }
    std::uint32_t size = 0;
    if (!take(name, size) || size > name.size()) return false;
    const bool is_binary = kind == key_kind::binary || kind == key_kind::fixed_binary;
    out.push_back(value_view::bytes(is_binary ? value_kind::blob : value_kind::text, name.data(), size));
    name.remove_prefix(size);
  }
  return name.empty();
}

std::string key_to_text(std::span<const key_column> key) {
  if (is_number(key)) return key[0].name;
  auto all = nlohmann::json::array();
  for (const auto& column : key) all.push_back({{"name", column.name}, {"type", column.type}});
  return all.dump();
}

std::vector<key_column> key_from_text(const std::string& text) {
  std::vector<key_column> key;
  const auto all = nlohmann::json::parse(text, nullptr, false);
  const auto is_object = [](const nlohmann::json& each) { return each.is_object(); };
  if (!all.is_array() || all.empty() || !std::ranges::all_of(all, is_object)) return {{text, "bigint"}};
  for (const auto& column : all) key.push_back({column.value("name", ""), column.value("type", "")});
  return key;
}

}  // namespace tidb::detail
