// What servers say and what it must be taken for, and how each entry of docs/errors.md is tested: from errors.toml.
#pragma once

#include "tidbxx/core/error.hpp"

#include <string_view>

namespace tests {

struct error_sample {
  std::string_view entry{};
  std::string_view engine{};  ///< tidb or sqlite
  int code{};
  std::string_view text{};
  std::string_view phase{};
  std::string_view when{};  ///< cloud, no_password or nothing
  tidb::errc kind{};
  bool retryable{};
  bool poisons_transaction{};
  bool poisons_connection{};
};

struct error_coverage {
  std::string_view entry{};
  std::string_view tested{};  ///< server, recorded, embedded or client
};

using tidb::errc;
#include "support/error_samples.inc"

}  // namespace tests
