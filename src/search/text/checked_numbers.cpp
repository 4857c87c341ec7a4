#include "search/text/checked_numbers.hpp"

#include "search/text/posting_list.hpp"

#include <streamvbyte.h>

namespace tidb::detail {

namespace {

// Four codes of two bits a byte, all before the numbers.
using bytes_of_code = unsigned (*)(unsigned code);
using decoder = std::size_t (*)(const std::uint8_t* in, std::uint32_t* out, std::uint32_t length);

std::vector<std::uint32_t> decode(byte_reader& in, std::uint64_t count, bytes_of_code bytes_of, decoder with) {
  const auto codes = in.view(count / 4 + (count % 4 != 0 ? 1 : 0));
  std::uint64_t bytes = 0;
  for (std::uint64_t i = 0; i < count; ++i)
    bytes += bytes_of(static_cast<unsigned char>(codes[i / 4]) >> i % 4 * 2 & 3U);
  const auto numbers = in.view(bytes);
  std::string copy;
  copy.reserve(codes.size() + numbers.size() + decoder_padding);
  copy.append(codes).append(numbers).append(decoder_padding, '\0');
  std::vector<std::uint32_t> made(static_cast<std::size_t>(count));
  with(reinterpret_cast<const std::uint8_t*>(copy.data()), made.data(), static_cast<std::uint32_t>(count));
  return made;
}

}  // namespace

std::vector<std::uint32_t> checked_decode(byte_reader& in, std::uint64_t count) {
  return decode(
      in, count, [](unsigned code) { return code + 1; }, streamvbyte_decode);
}

std::vector<std::uint32_t> checked_decode_0124(byte_reader& in, std::uint64_t count) {
  return decode(
      in, count, [](unsigned code) { return code == 3 ? 4 : code; }, streamvbyte_decode_0124);
}

}  // namespace tidb::detail
