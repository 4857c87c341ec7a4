// The tables of the statement fuzzer: a few rows in columns of every type, the same on each engine.
#pragma once

#include <tidbxx/tidbxx.hpp>

#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace tests::fuzz {

/// What can stand beside what: the categories of the typed layer, and integers that arithmetic would overflow.
enum class kind : std::uint8_t { integer, wide, real, decimal, text, bytes, date, datetime, duration, json };

struct column {
  std::string name{};
  kind of{};
  tidb::column_type type{};
  bool nullable{};
};

struct table {
  std::string name{};
  std::vector<column> columns{};  ///< the first is `id`, the primary key
  std::vector<std::vector<tidb::value>> rows{};
};

/// The last one has no rows.
const std::vector<table>& tables();

/// Values of a kind, as rows have them and statements use them.
std::span<const tidb::value> values_of(kind of);

/// Makes the tables and fills them.
void make_tables(const tidb::client& on);

}  // namespace tests::fuzz
