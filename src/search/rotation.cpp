#include "search/rotation.hpp"

#include "search/kernels/rotate.hpp"
#include "search/random.hpp"

#include <bit>

namespace tidb::detail {

namespace {

// Three are enough where the Hadamard steps span all; the overlapping ones take a fourth to mix as well.
std::size_t rounds_for(std::uint32_t padded, std::uint32_t power) { return padded == power ? 3 : 4; }

}  // namespace

rotation::rotation(std::uint32_t dimensions, std::uint64_t seed)
    : dimensions_(dimensions), padded_((dimensions + 63) / 64 * 64), power_(std::bit_floor(padded_)) {
  random_numbers random(seed);
  signs_.resize(rounds_for(padded_, power_) * padded_);
  for (auto& sign : signs_) sign = (random.next() >> 63) != 0 ? 1.F : -1.F;
}

void rotation::apply(float* vector) const {
  rotate(vector, signs_.data(), padded_, power_, rounds_for(padded_, power_));
}

}  // namespace tidb::detail
