// SHA-256: the fingerprint of an imported file is the one that sha256sum prints.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace cli {

/// Source: FIPS 180-4.
class sha256 {
public:
  void add(std::string_view bytes);
  /// The digest; nothing can be added afterwards.
  std::array<std::uint8_t, 32> finish();
  /// The digest as 64 hexadecimal digits.
  std::string finish_hex();

private:
  void compress(const unsigned char* block);

  std::array<std::uint32_t, 8> state_{0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a,
                                      0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19};
  std::array<unsigned char, 64> block_{};
  std::size_t used_{};
  std::uint64_t total_{};
};

}  // namespace cli
