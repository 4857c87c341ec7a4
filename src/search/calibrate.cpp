#include "search/in_parallel.hpp"
#include "search/kernels/products.hpp"
#include "search/query_frame.hpp"
#include "search/reach.hpp"
#include "search/row_coder.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>
#include <numeric>
#include <utility>
#include <vector>

namespace tidb::detail {

namespace {

// Of the first queries as many neighbours as the largest rank, of the others fewer, which are many more to see.
constexpr std::size_t deep_queries = 64, deep_neighbours = search_reach::ranks.back(), neighbours = 100;
// At most so many neighbours of a query are tried for a rank: those next to each other tell the same.
constexpr std::size_t tried_of_a_query = 10, tried_of_a_deep_query = 40;
// Queries are not quite like rows, and a sample is not all of them: of what may be lost, so much is spent.
constexpr double share_spent = 0.75;
// Fewer say too little of the rare cases that a high recall is about.
constexpr std::size_t least_needs = 100;

struct neighbour {
  float distance{std::numeric_limits<float>::infinity()};
  std::uint32_t row{};
};
using neighbour_list = std::vector<neighbour>;

/// The nearest rows of each query by exact distances, without the query itself.
class truth {
public:
  truth(const vector_model& model, std::span<const query_frame> queries)
      : padded_(model.padded()), inner_(model.by() == metric::negative_inner_product), best_(queries.size()) {
    const float typical = model.typical_length();
    for (std::size_t q = 0; q < best_.size(); ++q) best_[q].resize(q < deep_queries ? deep_neighbours : neighbours);
    panels_.resize((queries.size() + panel_width - 1) / panel_width * panel_width * padded_, 0.F);
    least_.assign(panels_.size() / padded_, -std::numeric_limits<float>::infinity());
    for (std::size_t q = 0; q < queries.size(); ++q) {
      squares_.push_back(inner_ ? 2 * typical * typical : square(queries[q].prepared()));
      for (std::size_t i = 0; i < padded_; ++i)
        panels_[(q / panel_width * padded_ + i) * panel_width + q % panel_width] = queries[q].prepared()[i];
    }
  }

  /// Nearest first.
  std::vector<neighbour_list> find(std::span<const float> rows, unsigned threads) {
    in_parallel(panels_.size() / padded_ / panel_width, threads,
                [&](std::size_t first, std::size_t last) { compare(rows, first, last); });
    for (auto& best : best_) {
      std::ranges::sort_heap(best, {}, &neighbour::distance);
      std::erase_if(best, [](const neighbour& one) { return !std::isfinite(one.distance); });
    }
    return std::move(best_);
  }

private:
  float square(const float* vector) const {
    float sum = 0;
    for (std::size_t i = 0; i < padded_; ++i) sum += vector[i] * vector[i];
    return sum;
  }
  /// All rows with the queries of some panels.
  void compare(std::span<const float> rows, std::size_t first_panel, std::size_t last_panel) {
    constexpr std::size_t at_once = 96;
    const auto count = rows.size() / padded_, width = (last_panel - first_panel) * panel_width;
    aligned_vector<float> products(at_once * width);
    for (std::size_t first = 0; first < count; first += at_once) {
      const auto some = std::min(at_once, count - first);
      panel_products(rows.data() + first * padded_, some, padded_, panels_.data() + first_panel * panel_width * padded_,
                     last_panel - first_panel, products.data());
      for (std::size_t i = 0; i < some; ++i) {
        const auto row = first + i;
        const float half = inner_ ? 0 : square(rows.data() + row * padded_) / 2;
        for (std::size_t at = 0; at < width; at += panel_width)
          offer(static_cast<std::uint32_t>(row), half, first_panel * panel_width + at,
                products.data() + i * width + at);
      }
    }
  }
  /// To the queries of one panel. Hardly any row is among the nearest of any: this is seen of all of them at once.
  void offer(std::uint32_t row, float half, std::size_t first, const float* products) {
    bool any = false;
    for (std::size_t i = 0; i < panel_width; ++i) any |= products[i] - half > least_[first + i];
    if (!any) return;
    for (std::size_t i = 0; i < std::min(panel_width, best_.size() - first); ++i)
      if (products[i] - half > least_[first + i])
        offer(first + i, {squares_[first + i] + 2 * (half - products[i]), row});
  }
  void offer(std::size_t query, const neighbour& one) {
    auto& best = best_[query];
    std::ranges::pop_heap(best, {}, &neighbour::distance);
    best.back() = one;
    std::ranges::push_heap(best, {}, &neighbour::distance);
    least_[query] = (squares_[query] - best.front().distance) / 2;
  }

  std::size_t padded_;
  bool inner_;
  std::vector<neighbour_list> best_;
  aligned_vector<float> panels_;
  std::vector<float> squares_;  ///< of the queries' lengths; for inner products what keeps distances positive
  std::vector<float> least_;    ///< what a product must be beyond to be among the nearest
};

/// The smallest limits with which a search finds one neighbour.
using need = reach_limits;

class need_finder {
public:
  explicit need_finder(const vector_model& model)
      : model_(model), signs_(model.padded() / 8), second_(model.padded()) {}

  std::size_t padded() const { return model_.padded(); }

  need find(const query_frame& query, const float* row, float farthest) {
    std::uint32_t home = 0;
    model_.table().assign(row, 1, &home);
    const auto codes = code_of(model_, row, home, signs_.data(), second_.data());
    const auto& seen = query.at(home);
    const auto [sum, bytes] = products(query.prepared());
    const float from = seen.base - farthest;
    const float first = from + seen.stretch * codes.offset - codes.slope * sum;
    const float second = from + seen.stretch * codes.second_offset - codes.second_slope * bytes;
    const auto over = [](float a, float b) { return a > 0 && b > 0 ? a / b : 0; };
    return {home == query.home() ? 0 : over(seen.score - query.least_score(), std::sqrt(std::max(farthest, 0.F))),
            over(first, seen.apart * codes.slope), over(second, seen.apart * codes.second_slope)};
  }

private:
  /// Of the query with the first code, as ones and minus ones, and with the second.
  std::pair<float, float> products(const float* query) const {
    constexpr std::size_t lanes = 8;  // a byte of signs; sums apart, so that none waits for the one before
    float sums[lanes] = {}, bytes[lanes] = {};
    for (std::size_t i = 0; i < model_.padded(); i += lanes) {
      const std::uint32_t minus = ~std::uint32_t{signs_[i / lanes]};
      for (std::size_t lane = 0; lane < lanes; ++lane) {
        const float number = query[i + lane];
        sums[lane] += std::bit_cast<float>(std::bit_cast<std::uint32_t>(number) ^ (minus >> lane & 1U) << 31U);
        bytes[lane] += number * static_cast<float>(second_[i + lane]);
      }
    }
    return {std::reduce(sums, sums + lanes), std::reduce(bytes, bytes + lanes)};
  }

  const vector_model& model_;
  std::vector<std::uint8_t> signs_;
  aligned_vector<std::int8_t> second_;
};

/// The limit that all but a share `lost` of the sorted needs are within.
float limit_of(const std::vector<float>& sorted, double lost) {
  const double beyond = lost * static_cast<double>(sorted.size());
  // what would lose less than one of them must go beyond the largest
  if (beyond < 1) return sorted.back() * 1.1F;
  return sorted[sorted.size() - 1 - static_cast<std::size_t>(beyond)];
}

class limits_finder {
public:
  explicit limits_finder(std::vector<need> needs) : needs_(std::move(needs)) {
    for (const auto& one : needs_) {
      partition_.push_back(one.partition);
      first_.push_back(one.first);
      second_.push_back(one.second);
    }
    for (auto* sorted : {&partition_, &first_, &second_}) std::ranges::sort(*sorted);
  }

  /// The same neighbours are often hard in each way, so that more may be lost in each than all may lose together.
  reach_limits at(double recall) const {
    for (double more = 2; more > 1; more -= 0.1)
      if (const auto limits = losing((1 - recall) * more); found(limits) >= recall) return limits;
    return losing(1 - recall);
  }

private:
  reach_limits losing(double lost) const {
    const bool partitions = partition_.back() > 0;
    return {limit_of(partition_, lost * 0.55), limit_of(first_, lost * (partitions ? 0.4 : 0.9)),
            limit_of(second_, lost * 0.05)};
  }
  double found(const reach_limits& limits) const {
    const auto within = std::ranges::count_if(needs_, [&](const need& one) {
      return one.partition <= limits.partition && one.first <= limits.first && one.second <= limits.second;
    });
    return static_cast<double>(within) / static_cast<double>(needs_.size());
  }

  std::vector<need> needs_;
  std::vector<float> partition_, first_, second_;
};

/// What finding the nearest `rank` rows needs, of some of these rows.
std::vector<need> needs_at(std::size_t rank, std::span<const query_frame> queries, std::span<const neighbour_list> best,
                           const float* rows, need_finder& finder) {
  std::vector<need> needs;
  for (std::size_t q = 0; q < queries.size(); ++q) {
    if (best[q].size() < rank) continue;
    const std::size_t tried = rank > neighbours ? tried_of_a_deep_query : tried_of_a_query;
    const std::size_t step = std::max<std::size_t>(rank / tried, 1);
    // the first of them at another place in each query
    for (std::size_t i = q % step; i < rank; i += step)
      needs.push_back(finder.find(queries[q], rows + best[q][i].row * finder.padded(), best[q][rank - 1].distance));
  }
  return needs;
}

}  // namespace

search_reach calibrate(const vector_model& model, std::span<const float> rows, std::span<const float> queries,
                       unsigned threads) {
  const std::size_t padded = model.padded();
  std::vector<query_frame> frames;
  for (std::size_t at = 0; at < queries.size(); at += padded)
    frames.emplace_back(model, aligned_vector<float>(queries.begin() + static_cast<std::ptrdiff_t>(at),
                                                     queries.begin() + static_cast<std::ptrdiff_t>(at + padded)));
  const auto best = truth(model, frames).find(rows, threads);
  need_finder finder(model);
  search_reach::table found;
  const std::size_t count = rows.size() / padded;
  found.rows = static_cast<float>(count);
  for (std::size_t r = 0; r < search_reach::ranks.size(); ++r) {
    auto needs = needs_at(search_reach::ranks[r], frames, best, rows.data(), finder);
    if (needs.size() < least_needs) {
      // a small sample: what the smaller ranks need, or nothing at all is known
      if (r == 0) return {};
      found.limits[r] = found.limits[r - 1];
      continue;
    }
    const limits_finder limits(std::move(needs));
    for (std::size_t i = 0; i < search_reach::recalls.size(); ++i)
      found.limits[r][i] = limits.at(1 - share_spent * (1 - search_reach::recalls[i]));
  }
  return search_reach(found);
}

}  // namespace tidb::detail
