// Values and texts at random, such as break what puts them into SQL by hand.
#pragma once

#include <tidbxx/tidbxx.hpp>

#include <cstdint>
#include <random>
#include <string>

namespace tests {

using random_source = std::mt19937_64;

/// A number below `end`. Not of a distribution, which other libraries have otherwise: a seed gives the same everywhere.
inline std::size_t below(random_source& random, std::size_t end) { return random() % end; }

/// UTF-8 of quotes, escapes, comment marks, statements, controls and characters of all lengths.
std::string hostile_text(random_source& random, std::size_t most_pieces = 12);
/// The same with bytes in it that are no UTF-8: cut-off characters, lead bytes before a quote or backslash.
std::string hostile_bytes(random_source& random, std::size_t most_pieces = 12);
/// A value of any kind, often at the edge of its range; a text of it is UTF-8.
tidb::value random_value(random_source& random);

/// The seed that TIDBXX_FUZZ_SEED names, else `usual`.
std::uint64_t fuzz_seed(std::uint64_t usual);
/// True if TIDBXX_FUZZ_SEED names one: then only that one is run.
bool is_replay();

}  // namespace tests
