// Decodes numbers that libstreamvbyte coded, blocks of small ones without it: Debian 12's is built without SIMD, and
// nearly all blocks of postings have only numbers of one byte. What is decoded was checked.
// Source: Lemire, Kurz & Rupp, "Stream VByte: faster byte-oriented integer compression", 2018.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>

#include <streamvbyte.h>
#include <streamvbytedelta.h>

namespace tidb::detail {

/// What must follow in memory: decoders may read so many bytes too far.
inline constexpr std::size_t decoder_padding = 16;

/// Whether no code of two bits has one of these; the codes of all numbers come first, four a byte.
inline bool have_none_of(const std::uint8_t* codes, std::size_t bytes, std::uint8_t bits) {
  std::uint8_t all = 0;
  for (std::size_t i = 0; i < bytes; ++i) all |= codes[i];
  return (all & bits) == 0;
}

// Each returns how many bytes it read.

inline std::size_t decode_plain(const std::uint8_t* in, std::uint32_t* out, std::size_t count) {
  const auto codes = (count + 3) / 4;
  if (!have_none_of(in, codes, 0xFF)) return streamvbyte_decode(in, out, static_cast<std::uint32_t>(count));
  for (std::size_t i = 0; i < count; ++i) out[i] = in[codes + i];
  return codes + count;
}

/// As differences, the first from `previous`.
inline std::size_t decode_ascending(const std::uint8_t* in, std::uint32_t* out, std::size_t count,
                                    std::uint32_t previous) {
  const auto codes = (count + 3) / 4;
  if (!have_none_of(in, codes, 0xFF))
    return streamvbyte_delta_decode(in, out, static_cast<std::uint32_t>(count), previous);
  for (std::size_t i = 0; i < count; ++i) out[i] = previous += in[codes + i];
  return codes + count;
}

/// Of the codes in which a 0 takes no byte.
inline std::size_t decode_0124(const std::uint8_t* in, std::uint32_t* out, std::size_t count) {
  const auto codes = (count + 3) / 4;
  if (!have_none_of(in, codes, 0xAA)) return streamvbyte_decode_0124(in, out, static_cast<std::uint32_t>(count));
  const auto* next = in + codes;
  for (std::size_t i = 0; i < count; ++i) {
    const auto bytes = in[i / 4] >> i % 4 * 2 & 1U;
    out[i] = *next & (0U - bytes);  // what is read too far is in the padding
    next += bytes;
  }
  return static_cast<std::size_t>(next - in);
}

}  // namespace tidb::detail
