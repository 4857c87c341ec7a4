// What a statement of the fuzzer did on one engine, in a form that can be compared with the other's.
#pragma once

#include "support/fuzz/statements.hpp"

#include <optional>
#include <string>
#include <vector>

namespace tests::fuzz {

/// A cell as what its column's C++ type reads.
struct cell {
  std::string text{};
  std::optional<double> real{};
};

struct outcome {
  std::vector<std::vector<cell>> rows{};  ///< of a write: the whole table afterwards
  std::uint64_t affected{};
  std::optional<tidb::error_info> failed{};
};

/// Runs it; what a write does is rolled back.
outcome run(const tidb::client& on, const statement& item);

/// Empty if they are the same.
std::string difference(const statement& item, outcome embedded, outcome server);

/// The statement's text and parameters, and what came of it.
std::string describe(const tidb::client& on, const statement& item, const outcome& done);

}  // namespace tests::fuzz
