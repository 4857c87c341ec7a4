// Messages that take names from the server's words or from the connection's settings.
#pragma once

#include "engine/tidb/errors.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace tidb::detail {

struct connect_verdict {
  errc code{};
  bool retryable{};
  std::string text{};
};

/// Why there is no connection, if that is what the error tells.
std::optional<connect_verdict> connect_message(const raw_error& raw, const error_scene& scene);

/// A to Z as small letters.
std::string lower(std::string_view text);

/// Which column, key, constraint or range refused a row, if that is what the error tells.
std::optional<std::string> row_message(const raw_error& raw);

}  // namespace tidb::detail
