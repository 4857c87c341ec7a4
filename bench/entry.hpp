// The table that the client's benchmarks share.
#pragma once

#include <tidbxx/tidbxx.hpp>

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace bench {

struct entry {
  std::int64_t id{};
  std::string name{};
  int coins{}, goods{};
};

constexpr auto tidb_schema(tidb::of<entry>) {
  return tidb::mapping("bench_entries", tidb::column<&entry::id>(tidb::primary_key),
                       tidb::column<&entry::name>(tidb::varchar(32)), tidb::column<&entry::coins>(),
                       tidb::column<&entry::goods>());
}

inline entry make_row(std::size_t number) {
  return {static_cast<std::int64_t>(number), "player number " + std::to_string(number),
          static_cast<int>(number % 10'000), 100};
}

inline std::vector<entry> make_rows(std::size_t count) {
  std::vector<entry> rows;
  rows.reserve(count);
  for (std::size_t i = 0; i < count; ++i) rows.push_back(make_row(i));
  return rows;
}

/// The ids of the lookups: spread over the table, the same for everybody.
inline std::int64_t lookup_id(std::size_t turn, std::size_t rows) {
  return static_cast<std::int64_t>(turn * 7919 % rows);
}

}  // namespace bench
