// Rows whose keys are no integers: texts, UUIDs, unsigned numbers, several columns. Each has a vector and a text.
#pragma once

#include "support/indexed_rows.hpp"
#include <tidbxx/tidbxx.hpp>

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <tuple>

namespace tests {

struct named {
  std::string id{};
  std::int64_t number{};
  embedding place{};
  std::string text{};
};
constexpr auto tidb_schema(tidb::of<named>) {
  return tidb::mapping("named", tidb::column<&named::id>(tidb::varchar(36), tidb::primary_key),
                       tidb::column<&named::number>(), tidb::column<&named::place>(), tidb::column<&named::text>());
}
inline void set_key(named& row, std::int64_t i) { row.id = "näme '" + std::to_string(i) + "'"; }
inline std::string name_of(const named&) { return "named"; }
inline auto key_of(const named& row) { return row.id; }

struct identified {
  tidb::uuid id{};
  std::int64_t number{};
  embedding place{};
  std::string text{};
};
constexpr auto tidb_schema(tidb::of<identified>) {
  return tidb::mapping("identified", tidb::column<&identified::id>(tidb::primary_key),
                       tidb::column<&identified::number>(), tidb::column<&identified::place>(),
                       tidb::column<&identified::text>());
}
inline void set_key(identified& row, std::int64_t i) {
  std::array<std::byte, 16> bytes{};
  for (std::size_t at = 0; at < sizeof(i); ++at) bytes[at] = static_cast<std::byte>(i >> (8 * at) & 255);
  row.id = tidb::uuid(bytes);
}
inline std::string name_of(const identified&) { return "identified"; }
inline auto key_of(const identified& row) { return row.id; }

struct counted {
  std::uint64_t id{};
  std::int64_t number{};
  embedding place{};
  std::string text{};
};
constexpr auto tidb_schema(tidb::of<counted>) {
  return tidb::mapping("counted", tidb::column<&counted::id>(tidb::primary_key), tidb::column<&counted::number>(),
                       tidb::column<&counted::place>(), tidb::column<&counted::text>());
}
inline void set_key(counted& row, std::int64_t i) { row.id = static_cast<std::uint64_t>(i); }
inline std::string name_of(const counted&) { return "counted"; }
inline auto key_of(const counted& row) { return row.id; }

struct paired {
  std::int32_t tenant{};
  std::int64_t number{};
  std::chrono::sys_days day{};
  std::string name{};
  embedding place{};
  std::string text{};
};
constexpr auto tidb_schema(tidb::of<paired>) {
  return tidb::mapping("paired", tidb::column<&paired::name>(tidb::varchar(20), tidb::primary_key),
                       tidb::column<&paired::tenant>(tidb::primary_key), tidb::column<&paired::day>(tidb::primary_key),
                       tidb::column<&paired::number>(), tidb::column<&paired::place>(), tidb::column<&paired::text>());
}
inline void set_key(paired& row, std::int64_t i) {
  row.tenant = static_cast<std::int32_t>(i % 7);
  row.day = std::chrono::sys_days(std::chrono::year(2026) / 1 / 1) + std::chrono::days(i % 11);
  row.name = std::to_string(i);
}
inline std::string name_of(const paired&) { return "paired"; }
inline auto key_of(const paired& row) { return std::tuple(row.name, row.tenant, row.day); }

}  // namespace tests
