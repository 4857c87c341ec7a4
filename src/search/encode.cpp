#include "search/code_layout.hpp"
#include "search/coded_rows.hpp"
#include "search/in_parallel.hpp"
#include "search/row_coder.hpp"
#include "tidbxx/core/error.hpp"

#include <algorithm>
#include <numeric>
#include <string>

namespace tidb::detail {

namespace {

constexpr std::size_t rows_at_once = 192;
constexpr std::uint32_t left_out = 0xFFFFFFFFU;

/// Codes in the order of the rows given, before they are sorted into partitions.
struct loose_codes {
  std::vector<std::uint32_t> where;
  std::vector<std::uint8_t> signs;
  aligned_vector<std::int8_t> second;
  std::vector<row_codes> codes;
};

void code_rows(const vector_model& model, std::span<const float> vectors, std::size_t first, std::size_t last,
               loose_codes& made) {
  const std::size_t padded = model.padded(), dimensions = model.dimensions(), sign_bytes = padded / 8;
  aligned_vector<float> prepared(std::min(rows_at_once, last - first) * padded);
  for (; first < last; first += rows_at_once) {
    const auto some = std::min(rows_at_once, last - first);
    std::vector<bool> fine(some);
    for (std::size_t i = 0; i < some; ++i)
      fine[i] = model.prepare(vectors.subspan((first + i) * dimensions, dimensions), prepared.data() + i * padded);
    model.table().assign(prepared.data(), some, made.where.data() + first);
    for (std::size_t i = 0; i < some; ++i) {
      const auto row = first + i;
      if (fine[i])
        made.codes[row] = code_of(model, prepared.data() + i * padded, made.where[row],
                                  made.signs.data() + row * sign_bytes, made.second.data() + row * padded);
      else
        made.where[row] = left_out;
    }
  }
}

/// The rows by key; of rows with the same key only the last.
std::vector<std::uint32_t> order_of(std::span<const std::int64_t> keys) {
  std::vector<std::uint32_t> order(keys.size());
  std::iota(order.begin(), order.end(), 0U);
  if (std::ranges::adjacent_find(keys, std::greater_equal<>{}) == keys.end()) return order;
  std::ranges::stable_sort(order, {}, [&](std::uint32_t row) { return keys[row]; });
  // keeps the last of equal ones: seen from behind it is the first
  const auto rest =
      std::unique(order.rbegin(), order.rend(), [&](std::uint32_t a, std::uint32_t b) { return keys[a] == keys[b]; });
  order.erase(order.begin(), rest.base());
  return order;
}

}  // namespace

std::vector<coded_run> encode(const vector_model& model, std::span<const std::int64_t> keys,
                              std::span<const float> vectors, unsigned threads, const key_names& names) {
  if (vectors.size() != keys.size() * model.dimensions() || (!names.empty() && names.size() != keys.size()))
    throw_usage("the rows to code have " + std::to_string(keys.size()) + " keys and " + std::to_string(vectors.size()) +
                " numbers; " + std::to_string(model.dimensions()) + " a row are needed");
  const code_layout layout{model.padded()};
  loose_codes made;
  made.where.resize(keys.size());
  made.signs.resize(keys.size() * layout.sign_bytes());
  made.second.resize(keys.size() * layout.padded);
  made.codes.resize(keys.size());
  in_parallel(keys.size(), threads,
              [&](std::size_t first, std::size_t last) { code_rows(model, vectors, first, last, made); });

  auto order = order_of(keys);
  std::erase_if(order, [&](std::uint32_t row) { return made.where[row] == left_out; });
  std::ranges::stable_sort(order, {}, [&](std::uint32_t row) { return made.where[row]; });
  std::vector<coded_run> runs;
  std::vector<std::size_t> begins;
  for (std::size_t i = 0; i < order.size(); ++i)
    if (i == 0 || made.where[order[i]] != made.where[order[i - 1]]) begins.push_back(i);
  runs.resize(begins.size());
  begins.push_back(order.size());
  in_parallel(runs.size(), threads, [&](std::size_t first, std::size_t last) {
    for (; first < last; ++first) {
      run_builder builder(layout, made.where[order[begins[first]]], begins[first + 1] - begins[first]);
      for (std::size_t i = begins[first]; i < begins[first + 1]; ++i) {
        builder.add(keys[order[i]], made.codes[order[i]]);
        if (!names.empty()) builder.name(names[order[i]]);
      }
      runs[first] = builder.finish();
    }
  });
  return runs;
}

}  // namespace tidb::detail
