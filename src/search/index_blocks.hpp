// Blocks: what an index stores, in pieces of at most 1 MiB, each under a random name and with a checksum.
#pragma once

#include "search/index_tables.hpp"
#include "tidbxx/engine/executor.hpp"

#include <cstddef>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace tidb::detail {

inline constexpr std::size_t max_block_bytes = std::size_t{1} << 20;

/// A block that is missing, cut or changed.
class damaged_index : public std::runtime_error {
public:
  using std::runtime_error::runtime_error;
};

/// On TiDB it may only tell that the index was changed since its manifest was read.
class missing_block : public damaged_index {
public:
  using damaged_index::damaged_index;
};

/// 128 random bits in hexadecimal.
std::string random_name();

/// Of a block's bytes together with its name, so that one cannot stand in for another.
std::int64_t block_checksum(std::string_view name, std::string_view payload);

/// The blocks of one index, through one connection or transaction.
class index_blocks {
public:
  index_blocks(const executor& on, const index_tables& tables, const call_context& context);

  /// The new block's name.
  std::string write(std::string_view payload);
  /// Calls `use` with the payload, which lives as long as that. Errors: damaged_index.
  void read(const std::string& name, function_ref<void(std::string_view)> use);
  /// Several, few statements for them, in any order. Errors: damaged_index, missing_block.
  void read_some(std::span<const std::string> names, function_ref<void(const std::string&, std::string_view)> use);
  void remove_all_but(std::span<const std::string> names);
  bool has_all(std::span<const std::string> names);

private:
  /// Of a row that begins with checksum and payload.
  static std::string_view payload_of(std::span<const value_view> cells, const std::string& name);

  const executor& on_;
  const call_context& context_;
  std::string table_;
  statement_text insert_;
  statement_text select_;
};

}  // namespace tidb::detail
