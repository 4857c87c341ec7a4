#include "search/fusion.hpp"

#include <algorithm>
#include <unordered_map>

namespace tidb::detail {

namespace {

/// Between 0 and 1 over all of a search: its best has 1, its worst 0.
class scaling {
public:
  explicit scaling(std::span<const found_key> found) {
    if (found.empty()) return;
    const auto [least, most] = std::ranges::minmax(found, {}, [](const found_key& key) { return key.hit.score; });
    least_ = least.hit.score;
    width_ = most.hit.score - least_;
  }
  double operator()(double score) const { return width_ > 0 ? (score - least_) / width_ : 1; }

private:
  double least_{}, width_{};
};

double score_by(const rrf& by, const found_hit& hit) {
  double score = 0;
  if (hit.text.rank != 0) score += by.text_weight / (by.k + static_cast<double>(hit.text.rank));
  if (hit.vector.rank != 0) score += by.vector_weight / (by.k + static_cast<double>(hit.vector.rank));
  return score;
}

}  // namespace

std::vector<found_key> fused(std::span<const found_key> text, std::span<const found_key> vector,
                             const std::variant<rrf, weighted>& by) {
  std::vector<found_key> all;
  all.reserve(text.size() + vector.size());
  std::unordered_map<std::int64_t, std::size_t> places;
  for (const auto& key : text) {
    all.push_back(key);
    all.back().hit.text = {.rank = all.size(), .score = key.hit.score};
    places.emplace(key.number, all.size() - 1);
  }
  for (std::size_t i = 0; i < vector.size(); ++i) {
    const auto [at, is_new] = places.emplace(vector[i].number, all.size());
    if (is_new) all.push_back(vector[i]);
    all[at->second].hit.distance = vector[i].hit.distance;
    all[at->second].hit.vector = {.rank = i + 1, .score = vector[i].hit.score};
  }
  const scaling text_scale(text), vector_scale(vector);
  for (auto& [number, name, hit] : all) {
    if (const auto* const ranks = std::get_if<rrf>(&by)) {
      hit.score = score_by(*ranks, hit);
      continue;
    }
    const auto& weights = std::get<weighted>(by);
    hit.score = (hit.text.rank != 0 ? weights.text * text_scale(hit.text.score) : 0) +
                (hit.vector.rank != 0 ? weights.vector * vector_scale(hit.vector.score) : 0);
  }
  std::ranges::sort(all, [](const found_key& left, const found_key& right) {
    if (left.hit.score != right.hit.score) return left.hit.score > right.hit.score;
    return left.number < right.number;
  });
  for (std::size_t i = 0; i < all.size(); ++i) all[i].hit.order = i;
  return all;
}

}  // namespace tidb::detail
