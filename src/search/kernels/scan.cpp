#include "search/kernels/scan.hpp"

#include "search/kernels/which_targets.hpp"

#include <bit>
#include <cmath>
#include <cstring>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "search/kernels/scan.cpp"
// clang-format off
#include <hwy/foreach_target.h>
#include <hwy/highway.h>
// clang-format on

HWY_BEFORE_NAMESPACE();
namespace tidb::detail::HWY_NAMESPACE {

namespace hn = hwy::HWY_NAMESPACE;
using std::size_t;
using std::uint16_t;
using std::uint32_t;
using std::uint8_t;

constexpr size_t rows_of_block = 32;
// Four looked up bytes add up within a byte, and those of 1,024 groups within 16 bits.
constexpr float largest_entry = 63;
constexpr size_t groups_of_sum = 1024;

table_scale make_tables(const float* query, size_t padded, uint8_t* tables) {
  float widest = 0, bias = 0;
  for (size_t i = 0; i < padded; i += 4) {
    const float half = std::abs(query[i]) + std::abs(query[i + 1]) + std::abs(query[i + 2]) + std::abs(query[i + 3]);
    widest = HWY_MAX(widest, 2 * half);
    bias -= half;
  }
  if (!(widest > 0) || !std::isfinite(bias)) {
    std::memset(tables, 0, padded * 4);
    return {0, 0};
  }
  const float scale = widest / largest_entry, inverse = largest_entry / widest;
#if HWY_TARGET == HWY_SCALAR
  for (size_t i = 0; i < padded; i += 4) {
    const float half = std::abs(query[i]) + std::abs(query[i + 1]) + std::abs(query[i + 2]) + std::abs(query[i + 3]);
    for (size_t pattern = 0; pattern < 16; ++pattern) {
      float sum = half;
      for (size_t bit = 0; bit < 4; ++bit) sum += (pattern >> bit & 1) != 0 ? query[i + bit] : -query[i + bit];
      tables[i * 4 + pattern] = static_cast<uint8_t>(sum * inverse + 0.5F);
    }
  }
#else
  alignas(64) static constexpr float signs[4][16] = {{-1, 1, -1, 1, -1, 1, -1, 1, -1, 1, -1, 1, -1, 1, -1, 1},
                                                     {-1, -1, 1, 1, -1, -1, 1, 1, -1, -1, 1, 1, -1, -1, 1, 1},
                                                     {-1, -1, -1, -1, 1, 1, 1, 1, -1, -1, -1, -1, 1, 1, 1, 1},
                                                     {-1, -1, -1, -1, -1, -1, -1, -1, 1, 1, 1, 1, 1, 1, 1, 1}};
  const hn::CappedTag<float, 16> d;
  const hn::Rebind<uint8_t, decltype(d)> d8;
  for (size_t i = 0; i < padded; i += 4) {
    const float q[4] = {query[i] * inverse, query[i + 1] * inverse, query[i + 2] * inverse, query[i + 3] * inverse};
    const auto half = hn::Set(d, std::abs(q[0]) + std::abs(q[1]) + std::abs(q[2]) + std::abs(q[3]));
    for (size_t lane = 0; lane < 16; lane += hn::Lanes(d)) {
      auto sum = half;
      for (size_t bit = 0; bit < 4; ++bit) sum = hn::MulAdd(hn::Set(d, q[bit]), hn::Load(d, signs[bit] + lane), sum);
      hn::Store(hn::DemoteTo(d8, hn::NearestInt(sum)), d8, tables + i * 4 + lane);
    }
  }
#endif
  return {scale, bias};
}

#if HWY_TARGET == HWY_SCALAR

/// Sums of the bytes that the groups' tables have for each of the rows; `more`: added to what is there.
void add_sums(const uint8_t* codes, const uint8_t* tables, size_t groups, bool more, float* sums) {
  if (!more) std::memset(sums, 0, rows_of_block * sizeof(float));
  for (size_t g = 0; g < groups; ++g) {
    const uint8_t* table = tables + g * 16;
    for (size_t j = 0; j < 16; ++j) {
      const uint8_t code = codes[g * 16 + j];
      sums[j] += table[code & 15];
      sums[j + 16] += table[code >> 4];
    }
  }
}

uint32_t find_hits(const scan_task& task, const float* factors, float* sums) {
  uint32_t hits = 0;
  const float shift = task.shift + task.sums.bias;
  for (size_t j = 0; j < rows_of_block; ++j) {
    const float base = task.base + task.stretch * factors[j];
    sums[j] = base - factors[rows_of_block + j] * (task.sums.scale * sums[j] + shift);
    if (sums[j] <= task.limit) hits |= uint32_t{1} << j;
  }
  return hits;
}

#else

/// The 16-bit lanes of all 16-byte parts of a vector, added up.
template <class D, class V>
HWY_INLINE auto fold(D /*tag*/, V v) {
  if constexpr (hn::MaxLanes(D()) <= 8) {
    return v;
  } else {
    const hn::Half<D> half;
    return fold(half, hn::Add(hn::LowerHalf(half, v), hn::UpperHalf(half, v)));
  }
}

template <class V>
HWY_INLINE void widen(V bytes, V& all, V& odd) {
  all = hn::Add(all, bytes);
  odd = hn::Add(odd, hn::ShiftRight<8>(bytes));
}

using sum_tag = hn::CappedTag<float, 8>;

/// Eight rows' sums; `more`: added to what is there.
template <class V>
HWY_INLINE void store_eight(V rows, bool more, float* sums) {
  const sum_tag df;
  const hn::Rebind<std::int32_t, sum_tag> d32;
  const auto store = [&](auto wide, size_t at) HWY_ATTR {
    const auto sum = hn::ConvertTo(df, wide);
    hn::Store(more ? hn::Add(hn::Load(df, sums + at), sum) : sum, df, sums + at);
  };
  if constexpr (hn::MaxLanes(sum_tag()) == 8) {
    store(hn::PromoteTo(d32, rows), 0);
  } else {
    const hn::CappedTag<uint16_t, 4> half;
    store(hn::PromoteTo(d32, hn::LowerHalf(half, rows)), 0);
    store(hn::PromoteTo(d32, hn::UpperHalf(half, rows)), 4);
  }
}

/// `all` has the even rows' sums plus 256 times the odd ones', modulo 2^16.
template <class D, class V>
HWY_INLINE void store_sums(D d, V all, V odd, bool more, float* sums) {
  const auto second = fold(d, odd);
  const hn::CappedTag<uint16_t, 8> d16;
  const auto first = hn::Sub(fold(d, all), hn::ShiftLeft<8>(second));
  store_eight(hn::InterleaveLower(d16, first, second), more, sums);
  store_eight(hn::InterleaveUpper(d16, first, second), more, sums + 8);
}

HWY_INLINE void add_sums(const uint8_t* codes, const uint8_t* tables, size_t groups, bool more, float* sums) {
  const hn::CappedTag<uint8_t, 64> d8;
  const hn::Repartition<uint16_t, decltype(d8)> d16;
  const size_t step = hn::Lanes(d8);
  const auto low = hn::Set(d8, 15);
  auto all_low = hn::Zero(d16), odd_low = all_low, all_high = all_low, odd_high = all_low;
  for (size_t at = 0; at < groups * 16; at += 4 * step) {
    auto sum_low = hn::Zero(d8), sum_high = sum_low;
#pragma GCC unroll 4
    for (size_t part = 0; part < 4; ++part) {
      const auto table = hn::Load(d8, tables + at + part * step);
      const auto code = hn::Load(d8, codes + at + part * step);
      const auto high = hn::BitCast(d8, hn::ShiftRight<4>(hn::BitCast(d16, code)));
      sum_low = hn::Add(sum_low, hn::TableLookupBytes(table, hn::And(code, low)));
      sum_high = hn::Add(sum_high, hn::TableLookupBytes(table, hn::And(high, low)));
    }
    widen(hn::BitCast(d16, sum_low), all_low, odd_low);
    widen(hn::BitCast(d16, sum_high), all_high, odd_high);
  }
  store_sums(d16, all_low, odd_low, more, sums);
  store_sums(d16, all_high, odd_high, more, sums + 16);
}

/// Turns sums into estimates; a bit for each that is within the limit.
HWY_INLINE uint32_t find_hits(const scan_task& task, const float* factors, float* sums) {
  const hn::CappedTag<float, 16> d;
  const auto base = hn::Set(d, task.base), stretch = hn::Set(d, task.stretch), limit = hn::Set(d, task.limit);
  const auto scale = hn::Set(d, task.sums.scale), shift = hn::Set(d, task.shift + task.sums.bias);
  uint32_t hits = 0;
  for (size_t j = 0; j < rows_of_block; j += hn::Lanes(d)) {
    const auto from = hn::MulAdd(stretch, hn::Load(d, factors + j), base);
    const auto sum = hn::MulAdd(scale, hn::Load(d, sums + j), shift);
    const auto estimate = hn::NegMulAdd(hn::Load(d, factors + rows_of_block + j), sum, from);
    hn::Store(estimate, d, sums + j);
    const auto within = hn::Le(estimate, limit);
    if (hn::AllFalse(d, within)) continue;
    uint8_t bits[8] = {};
    hn::StoreMaskBits(d, within, bits);
    uint32_t word = 0;
    std::memcpy(&word, bits, sizeof(word));
    hits |= word << j;
  }
  return hits;
}

#endif

/// Which rows of a block are to be looked at.
uint32_t rows_that_count(const scan_task& task, size_t block) {
  const uint32_t mask = task.masks == nullptr ? ~uint32_t{0} : task.masks[block];
  const size_t behind = task.rows - block * rows_of_block;
  return behind >= rows_of_block ? mask : mask & ((uint32_t{1} << behind) - 1);
}

size_t scan_blocks(const scan_task& task, size_t padded, uint32_t* slots, float* estimates) {
  const size_t groups = padded / 4, block_bytes = groups * 16 + 2 * rows_of_block * sizeof(float);
  size_t found = 0;
  alignas(64) float sums[rows_of_block];
  for (size_t block = task.first; block < task.last; ++block) {
    const uint32_t counts = rows_that_count(task, block);
    if (counts == 0) continue;
    const uint8_t* codes = task.blocks + block * block_bytes;
    for (size_t g = 0; g < groups; g += groups_of_sum)
      add_sums(codes + g * 16, task.tables + g * 16, HWY_MIN(groups - g, groups_of_sum), g > 0, sums);
    const auto* factors = reinterpret_cast<const float*>(codes + groups * 16);
    for (uint32_t hits = find_hits(task, factors, sums) & counts; hits != 0; hits &= hits - 1) {
      const auto row = static_cast<uint32_t>(std::countr_zero(hits));
      slots[found] = static_cast<uint32_t>(block * rows_of_block) + row;
      estimates[found++] = sums[row];
    }
  }
  return found;
}

}  // namespace tidb::detail::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace tidb::detail {

HWY_EXPORT(make_tables);
table_scale make_tables(const float* query, std::size_t padded, std::uint8_t* tables) {
  return HWY_DYNAMIC_DISPATCH(make_tables)(query, padded, tables);
}

HWY_EXPORT(scan_blocks);
std::size_t scan_blocks(const scan_task& task, std::size_t padded, std::uint32_t* slots, float* estimates) {
  return HWY_DYNAMIC_DISPATCH(scan_blocks)(task, padded, slots, estimates);
}

}  // namespace tidb::detail
#endif
