#include "search/snapshot_search.hpp"

#include "search/kernels/scan.hpp"
#include "search/kernels/second.hpp"
#include "search/nearest.hpp"
#include "search/query_frame.hpp"
#include "tidbxx/core/error.hpp"

#include <algorithm>
#include <bit>
#include <chrono>
#include <cmath>
#include <string>

#include <hwy/cache_control.h>

namespace tidb::detail {

namespace {

// Blocks scanned before what they gave is looked at: more would be scanned with a limit that is out of date.
constexpr std::size_t blocks_at_once = 32;
// Rows re-ranked together: their second codes arrive while the scan goes on.
constexpr std::size_t batch = 32;
// A filter that leaves no more than this is answered from its keys, without a scan.
constexpr std::size_t few_keys = 1'000;

/// A row that the first stage found.
struct candidate {
  float bound{};  ///< it is hardly nearer than this
  std::uint32_t slot{}, partition{};
  const coded_run* run{};
};

/// The nearest of all rows among which the wanted ones are expected, as a share of all.
double rank_of(const row_source& from, const vector_query& query) {
  const auto wanted = static_cast<double>(std::max<std::size_t>({query.wanted, query.num_candidates, 1}));
  const auto rows = static_cast<double>(from.rows());
  const auto allowed = query.allowed == nullptr ? rows : static_cast<double>(query.allowed->size());
  return allowed > wanted ? wanted / allowed : 1;
}

class searcher {
public:
  searcher(row_source& from, const vector_query& query, query_frame frame, search_cost* cost)
      : from_(from), whole_(from.all_in_memory()), query_(query), frame_(std::move(frame)), asked_(cost),
        padded_(from.model().padded()), reach_(from.model().reach().at(query.recall, rank_of(from, query))),
        best_(std::min(std::max<std::size_t>({query.wanted, query.num_candidates, 1}), from.rows())),
        tables_(padded_ * 4), numbers_(padded_), slots_(blocks_at_once * block_rows), bounds_(slots_.size()) {
    sums_ = make_tables(frame_.prepared(), padded_, tables_.data());
    numbers_scale_ = to_whole_numbers(frame_.prepared(), padded_, numbers_.data());
    // what rounding the tables' entries may add up to, three standard deviations of it
    table_error_ = 3 * 0.29F * sums_.scale * std::sqrt(static_cast<float>(padded_) / 4);
  }

  std::vector<proposal> run() {
    const auto start = now();
    if (whole_ != nullptr && query_.allowed != nullptr && query_.allowed->size() <= few_keys)
      look_up();
    else
      scan();
    rerank(0);
    auto made = proposals();
    cost_.scan_us = now() - start - cost_.rerank_us;
    if (asked_ != nullptr) *asked_ = cost_;
    return made;
  }

private:
  struct found_row {
    std::int64_t key{};
    float distance{}, margin{};
    std::uint32_t name{};  ///< its place among those noted, if keys have names
  };

  /// In microseconds, if anybody asked.
  double now() const {
    if (asked_ == nullptr) return 0;
    return std::chrono::duration<double, std::micro>(std::chrono::steady_clock::now().time_since_epoch()).count();
  }

  /// Partitions by score, the nearest first, as long as they may have something.
  void scan() {
    std::vector<std::uint32_t> order(frame_.partitions().size());
    for (std::uint32_t p = 0; p < order.size(); ++p) order[p] = p;
    std::swap(order.front(), order[frame_.home()]);
    const auto score = [&](std::uint32_t p) { return frame_.at(p).score; };
    auto next = order.begin() + 1;
    if (whole_ == nullptr) {  // together with those that are nearly always needed next
      constexpr std::ptrdiff_t with_the_first = 8;
      const auto some = order.end() - next > with_the_first ? next + with_the_first : order.end();
      std::ranges::partial_sort(next, some, order.end(), {}, score);
      from_.fetch({order.begin(), some});
    }
    visit(order.front());
    // Only those that come next are put in order, for most are left out by what these give.
    for (std::ptrdiff_t some = 8; next != order.end(); some *= 2) {
      const auto limit = score_limit();
      order.erase(std::partition(next, order.end(), [&](auto p) { return !(score(p) > limit); }), order.end());
      const auto behind = order.end() - next > some ? next + some : order.end();
      if (behind != order.end()) std::ranges::nth_element(next, behind, order.end(), {}, score);
      // Which comes first matters while the limit falls fast.
      if (some <= 16) std::ranges::sort(next, behind, {}, score);
      while (next != behind) next = visit_some(next, behind);
    }
  }

  using place_in_order = std::vector<std::uint32_t>::iterator;

  /// Those of them that are ready, or are made so together; the next one.
  place_in_order visit_some(place_in_order next, place_in_order behind) {
    const auto is_left_out = [&](std::uint32_t p) { return frame_.at(p).score > score_limit(); };
    auto ready = behind;
    if (whole_ == nullptr) {
      rerank(0);  // what waits for it lies in partitions that may go
      const auto wanted = std::stable_partition(next, behind, [&](auto p) { return !is_left_out(p); });
      if (wanted == next) return behind;
      ready = next + static_cast<std::ptrdiff_t>(from_.fetch({next, wanted}));
    }
    for (; next != ready; ++next) {
      if (is_left_out(*next)) continue;
      if (next + 1 != ready) fetch_codes(*(next + 1));
      visit(*next);
    }
    return next;
  }

  /// What was calibrated holds for neighbours on all sides of the query. Those that a filter leaves may all lie on one
  /// side and far away, so under a filter every partition is visited: that costs less than finding the keys did.
  float score_limit() const {
    return query_.allowed != nullptr ? unlimited : frame_.score_limit(best_.limit(), reach_.partition);
  }

  /// The beginning of a partition, while the one before is scanned; the processor goes on with the rest by itself.
  void fetch_codes(std::uint32_t number) const {
    const auto parts = from_.parts(number);
    if (parts.empty()) return;
    const auto& blocks = parts.front().run->blocks;
    for (std::size_t at = 0; at < std::min<std::size_t>(blocks.size(), 2048); at += cache_line)
      hwy::Prefetch(blocks.data() + at);
  }

  void visit(std::uint32_t number) {
    ++cost_.partitions;
    const auto& seen = frame_.at(number);
    const float error = reach_.first * seen.apart;
    scan_task task{.tables = tables_.data(), .sums = sums_, .base = seen.base, .stretch = seen.stretch};
    task.shift = std::sqrt(error * error + table_error_ * table_error_);
    const auto parts = from_.parts(number);
    for (std::size_t p = 0; p < parts.size(); ++p) {
      const auto& part = parts[p];
      task.blocks = part.run->blocks.data();
      task.rows = part.run->rows();
      task.masks = part.alive == nullptr ? nullptr : part.alive->data();
      const auto blocks = code_layout::blocks(task.rows);
      for (task.first = 0; task.first < blocks; task.first = task.last) {
        task.last = std::min(blocks, task.first + blocks_at_once);
        task.limit = best_.limit();
        const auto count = scan_blocks(task, padded_, slots_.data(), bounds_.data());
        for (std::size_t i = 0; i < count; ++i) {
          const auto key = part.run->keys[slots_[i]];
          if (is_allowed(key) && (whole_ != nullptr || from_.is_latest(number, p, key)))
            keep({bounds_[i], slots_[i], number, part.run.get()});
        }
        if (waiting_.size() >= batch) rerank(batch - 1);
      }
      cost_.scanned += task.rows;
    }
  }

  /// Asked of the few rows that a scan leaves: of each row of a block it would cost as much as the scan itself.
  bool is_allowed(std::int64_t key) const { return query_.allowed == nullptr || query_.allowed->contains(key); }

  /// The few rows that a filter leaves, straight from their keys.
  void look_up() {
    for (const auto key : query_.allowed->keys()) {
      const auto number = whole_->directory().find(key);
      if (number == key_directory::nowhere) continue;
      const auto place = whole_->partition(number).find(key);
      if (place.run == nullptr) continue;
      keep({-unlimited, static_cast<std::uint32_t>(place.slot), number, place.run});
      if (waiting_.size() >= batch) rerank(0);
    }
  }

  void keep(const candidate& one) {
    waiting_.push_back(one);
    // The second code arrives while the scan goes on; but nearly none of those kept before there is a limit is needed.
    if (best_.limit() < unlimited) fetch_second(one);
  }

  void fetch_second(const candidate& one) const {
    const auto* code = one.run->second.data() + std::size_t{one.slot} * padded_;
    // as far as a cache takes it; the processor goes on with the rest by itself
    for (std::size_t at = 0; at < std::min<std::size_t>(padded_, 512); at += cache_line) hwy::Prefetch(code + at);
    hwy::Prefetch(one.run->second_factors.data() + std::size_t{one.slot} * 2);
  }

  /// Second codes of those that wait, the most promising first, until at most `rest` are left.
  void rerank(std::size_t rest) {
    const auto start = now();
    while (waiting_.size() > rest) {
      const float limit = best_.limit();
      std::erase_if(waiting_, [&](const candidate& one) { return one.bound > limit; });
      const auto some = std::min(batch, waiting_.size());
      const auto behind = waiting_.begin() + static_cast<std::ptrdiff_t>(some);
      if (behind != waiting_.end()) std::ranges::nth_element(waiting_, behind, {}, &candidate::bound);
      if (limit == unlimited) std::for_each(waiting_.begin(), behind, [&](const auto& one) { fetch_second(one); });
      rerank_some({waiting_.begin(), behind});
      waiting_.erase(waiting_.begin(), behind);
    }
    cost_.rerank_us += now() - start;
  }

  void rerank_some(std::span<const candidate> some) {
    const std::int8_t* codes[batch] = {};
    float products[batch];
    for (std::size_t i = 0; i < some.size(); ++i)
      codes[i] = some[i].run->second.data() + std::size_t{some[i].slot} * padded_;
    second_products(numbers_.data(), codes, some.size(), padded_, products);
    for (std::size_t i = 0; i < some.size(); ++i) {
      const auto& one = some[i];
      const auto& seen = frame_.at(one.partition);
      const float* factors = one.run->second_factors.data() + std::size_t{one.slot} * 2;
      const float distance = seen.base + seen.stretch * factors[0] - factors[1] * numbers_scale_ * products[i];
      const float margin = reach_.second * seen.apart * factors[1];
      // NaN, from numbers beyond float32, is no distance
      if (!(distance <= unlimited)) continue;
      best_.offer(distance);
      if (distance - margin > best_.limit()) continue;
      rows_.push_back({one.run->keys[one.slot], distance, margin, static_cast<std::uint32_t>(names_.size())});
      if (!one.run->names.empty()) names_.add(one.run->names[one.slot]);
    }
    cost_.reranked += some.size();
  }

  std::vector<proposal> proposals() {
    const float limit = best_.limit();
    std::erase_if(rows_, [&](const found_row& row) { return row.distance - row.margin > limit; });
    std::ranges::sort(rows_, [](const auto& a, const auto& b) {
      return a.distance < b.distance || (a.distance == b.distance && a.key < b.key);
    });
    if (query_.num_candidates != 0 && rows_.size() > query_.num_candidates) rows_.resize(query_.num_candidates);
    std::vector<proposal> made;
    made.reserve(rows_.size());
    for (const auto& row : rows_)
      made.push_back({row.key, frame_.to_metric(row.distance), std::string(names_.empty() ? "" : names_[row.name])});
    return made;
  }

  row_source& from_;
  const vector_snapshot* whole_;
  const vector_query& query_;
  query_frame frame_;
  search_cost* asked_;
  search_cost cost_;
  std::size_t padded_;
  reach_limits reach_;
  nearest best_;
  aligned_vector<std::uint8_t> tables_;
  table_scale sums_;
  aligned_vector<std::int16_t> numbers_;  // the query, for second codes
  float numbers_scale_{}, table_error_{};
  std::vector<std::uint32_t> slots_;
  std::vector<float> bounds_;
  std::vector<candidate> waiting_;
  std::vector<found_row> rows_;
  key_names names_;
};

}  // namespace

std::vector<proposal> propose(row_source& from, const vector_query& query, search_cost* cost) {
  const auto& model = from.model();
  if (query.vector.size() != model.dimensions())
    throw_usage("the search vector has " + std::to_string(query.vector.size()) + " dimensions; the index has " +
                std::to_string(model.dimensions()));
  aligned_vector<float> prepared(model.padded());
  if (from.rows() == 0 || query.wanted == 0 || !model.prepare(query.vector, prepared.data())) return {};
  if (cost != nullptr) *cost = {};
  return searcher(from, query, query_frame(model, std::move(prepared)), cost).run();
}

std::vector<proposal> propose(const vector_snapshot& snapshot, const vector_query& query, search_cost* cost) {
  snapshot_source all(snapshot);
  return propose(all, query, cost);
}

namespace {

std::size_t padded_of(const model_options& options) { return (std::size_t{options.dimensions} + 63) / 64 * 64; }

std::size_t about_partitions(std::uint64_t rows) {
  return static_cast<std::size_t>(1.25 * std::sqrt(static_cast<double>(rows))) + 1;
}

}  // namespace

std::size_t estimate_model(const model_options& options, std::uint64_t rows) {
  return about_partitions(rows) * 2 * padded_of(options) * sizeof(float);  // the centres, twice
}

std::size_t estimate_memory(const model_options& options, std::uint64_t rows) {
  const code_layout layout{padded_of(options)};
  // of a row: codes, its key, and key and partition in the directory; of a partition half a block that is not full
  return static_cast<std::size_t>(rows) * (layout.row_bytes() + 2 * sizeof(std::int64_t) + sizeof(std::uint32_t)) +
         about_partitions(rows) * layout.block_bytes() / 2 + estimate_model(options, rows);
}

}  // namespace tidb::detail
