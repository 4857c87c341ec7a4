#include "search/text/checked_numbers.hpp"

#include "search/text/number_block.hpp"

namespace tidb::detail {

namespace {

/// The bytes of all four numbers whose codes these are, or of the first `count`.
template <class BytesOf>
unsigned bytes_of_four(unsigned char codes, std::uint64_t count, BytesOf bytes_of) {
  unsigned sum = 0;
  for (unsigned i = 0; i < count; ++i) sum += bytes_of(codes >> i * 2 & 3U);
  return sum;
}

template <class BytesOf, class Decode>
void decode(byte_reader& in, std::uint64_t count, std::vector<std::uint32_t>& out, BytesOf bytes_of, Decode with) {
  // all codes come before the numbers
  const auto codes = in.view(count / 4 + (count % 4 != 0 ? 1 : 0));
  std::uint64_t bytes = 0;
  for (std::uint64_t i = 0; i < count / 4; ++i)
    bytes += bytes_of_four(static_cast<unsigned char>(codes[i]), 4, bytes_of);
  if (count % 4 != 0) bytes += bytes_of_four(static_cast<unsigned char>(codes.back()), count % 4, bytes_of);
  in.view(bytes);
  out.resize(static_cast<std::size_t>(count));
  with(reinterpret_cast<const std::uint8_t*>(codes.data()), out.data(), out.size());
}

}  // namespace

void checked_decode(byte_reader& in, std::uint64_t count, std::vector<std::uint32_t>& out) {
  decode(
      in, count, out, [](unsigned code) { return code + 1; }, decode_plain);
}

void checked_decode_0124(byte_reader& in, std::uint64_t count, std::vector<std::uint32_t>& out) {
  decode(
      in, count, out, [](unsigned code) { return code == 3 ? 4 : code; }, decode_0124);
}

}  // namespace tidb::detail
