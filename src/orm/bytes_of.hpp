// How large a statement's parameters are, and may be.
#pragma once

#include "tidbxx/core/value.hpp"
#include "tidbxx/engine/options.hpp"

#include <cstddef>

namespace tidb::detail {

/// About as many as it takes in a packet.
inline std::size_t bytes_of(const value_view& cell) noexcept {
  if (cell.kind == value_kind::vector) return cell.size * 4;  // crosses as text, up to 16 bytes a float
  return cell.has_bytes() ? cell.size + 9 : 10;
}

/// Of its parameters: the statement's text and the packet's headers come on top.
inline std::size_t bytes_a_statement(const capabilities& features) noexcept { return features.max_packet / 2; }

}  // namespace tidb::detail
