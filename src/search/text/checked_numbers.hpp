// Numbers that libstreamvbyte coded, from bytes that may be damaged: its decoders check nothing.
#pragma once

#include "search/byte_stream.hpp"

#include <cstdint>
#include <vector>

namespace tidb::detail {

// `in` must have `decoder_padding` bytes behind it that may be read. Errors: malformed_index.

/// `count` numbers of one to four bytes each.
void checked_decode(byte_reader& in, std::uint64_t count, std::vector<std::uint32_t>& out);
/// Of no, one, two or four bytes.
void checked_decode_0124(byte_reader& in, std::uint64_t count, std::vector<std::uint32_t>& out);

}  // namespace tidb::detail
