// The parameters that may follow the `?` of a database URL.
#pragma once

#include "client/url.hpp"

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace tidb::detail {

enum class url_kind : std::uint8_t { server = 1, file = 2 };

struct url_parameter {
  std::string_view name;
  /// What it is stored as: two names of one setting may not both be given.
  std::string_view setting;
  std::uint8_t kinds;
  void (*apply)(connect_request& out, std::string_view name, const std::string& value);

  bool belongs_to(url_kind kind) const noexcept { return (kinds & static_cast<std::uint8_t>(kind)) != 0; }
};

std::span<const url_parameter> url_parameters();

}  // namespace tidb::detail
