// JSON documents, and MySQL's paths into them: $.a[0], $."a b"[last-1], $[1 to 3], $**.c
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json.hpp>

namespace tidb::detail {

/// A place in an array, from its start or its end.
struct array_place {
  std::size_t count{};
  bool from_last{};
};

struct path_leg {
  enum class kind { key, any_key, place, any_place, range, any_depth } what{};
  std::string key{};
  array_place first{};
  array_place last{};
};

struct json_path {
  std::vector<path_leg> legs;
  /// False if it may lead to several places.
  bool is_single() const noexcept;
};

/// Nothing for what is no path; `at` is where it stops being one, from 1.
std::optional<json_path> read_path(std::string_view text, std::size_t& at);

/// All that the path leads to, each once, in the document's order.
std::vector<const nlohmann::json*> find_all(const nlohmann::json& document, const json_path& path);

/// What a path to a single place leads to; null if there is nothing.
nlohmann::json* find_one(nlohmann::json& document, std::span<const path_leg> legs);
inline const nlohmann::json* find_one(const nlohmann::json& document, std::span<const path_leg> legs) {
  return find_one(const_cast<nlohmann::json&>(document), legs);
}

/// The place's index in an array of this size; nothing before its start. Beyond its end it is larger than any.
std::optional<std::size_t> index_of(const array_place& place, std::size_t size) noexcept;

/// A path's text for a key: .key, or ."key" if it is no identifier.
std::string key_leg(std::string_view key);

}  // namespace tidb::detail
