// A table under another name.
#pragma once

#include "tidbxx/orm/column.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace tidb {

/// The same table under another name, told apart by a tag, which is any type: `tidb::alias<player, struct rival>`.
/// The name in SQL is the tag's with its namespaces, `app::rival`. Of a tag that is in a function, in a namespace
/// without a name, or a template, it is the last word and a number.
template <class T, class Tag>
struct alias {};

namespace detail {

/// What the compiler calls this for Tag: `… Tag = app::rival; …` or `… Tag = app::rival]`.
template <class Tag>
consteval std::string_view text_with_type() {
  return __PRETTY_FUNCTION__;
}
inline constexpr std::size_t text_before_type = text_with_type<double>().find("double");

template <class Tag>
consteval std::string_view type_name() {
  constexpr auto text = text_with_type<Tag>();
  constexpr auto around = text_with_type<double>().size() - std::string_view("double").size();
  return text.substr(text_before_type, text.size() - around);
}

struct alias_text {
  std::array<char, 64> letters{};  // as many as a name in SQL has
  std::size_t size{};
  constexpr void add(char letter) { letters[size++] = letter; }
};

constexpr alias_text alias_from(std::string_view type) {
  alias_text made;
  bool plain = type.size() <= made.letters.size();
  for (const char letter : type) plain = plain && (is_name_letter(letter) || letter == ':');
  std::size_t begin = plain ? 0 : type.size();
  while (begin > 0 && is_name_letter(type[begin - 1])) --begin;
  constexpr std::size_t digits = 16, longest = 64 - 1 - digits;
  if (plain || type.size() - begin <= longest)
    for (const char letter : type.substr(begin)) made.add(letter);
  if (plain) return made;
  std::uint64_t hash = 0xcbf29ce484222325;  // FNV-1a
  for (const char letter : type) hash = (hash ^ static_cast<unsigned char>(letter)) * 0x100000001b3;
  made.add('_');
  for (std::size_t i = 0; i < digits; ++i, hash >>= 4) made.add("0123456789abcdef"[hash & 15]);
  return made;
}

template <class Tag>
inline constexpr alias_text alias_name = alias_from(type_name<Tag>());

}  // namespace detail

}  // namespace tidb
