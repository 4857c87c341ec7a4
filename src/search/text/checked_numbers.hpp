// Numbers that libstreamvbyte coded, from bytes that may be damaged: its decoders check nothing.
#pragma once

#include "search/byte_stream.hpp"

#include <cstdint>
#include <vector>

namespace tidb::detail {

/// `count` numbers of one to four bytes each. Errors: malformed_index.
std::vector<std::uint32_t> checked_decode(byte_reader& in, std::uint64_t count);
/// Of no, one, two or four bytes.
std::vector<std::uint32_t> checked_decode_0124(byte_reader& in, std::uint64_t count);

}  // namespace tidb::detail
