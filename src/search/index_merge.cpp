#include "search/index_merge.hpp"

#include "search/index_build.hpp"
#include "search/index_writing.hpp"
#include "search/own_sql.hpp"
#include "search/server_generations.hpp"
#include "search/snapshot_search.hpp"
#include "search/stored_rows.hpp"
#include "search/unseen_changes.hpp"
#include "tidbxx/core/error.hpp"
#include "tidbxx/sql/printer.hpp"

#include <algorithm>
#include <chrono>
#include <iterator>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <utility>

namespace tidb::detail {

namespace {

using clock = std::chrono::steady_clock;

constexpr std::int64_t rows_a_step = 16384, documents_a_step = 4096;
constexpr std::uint64_t retrain_growth = 4;
constexpr std::uint64_t rows_before_retraining = 1000;
constexpr std::uint64_t largest_merge = std::uint64_t{32} << 20;  ///< in one transaction of TiDB

/// So many changes at once that a transaction of TiDB can hold what becomes of them.
std::int64_t rows_at_once(const index_manifest& manifest) {
  if (manifest.is_text()) return documents_a_step;
  const model_options options{.dimensions = manifest.of.dimensions, .by = manifest.by};
  const auto a_row = estimate_memory(options, rows_a_step) / rows_a_step;
  return std::clamp<std::int64_t>(static_cast<std::int64_t>(largest_merge / (2 * a_row)), 1, rows_a_step);
}

/// Changes that are in no block yet, about.
std::uint64_t delta_rows(const executor& inside, const index_tables& tables, const index_manifest& manifest,
                         const call_context& context) {
  if (tables.engine() == engine_kind::tidb)
    return static_cast<std::uint64_t>(read_server_numbers(inside, tables, manifest.lowest, context).delta.rows);
  return static_cast<std::uint64_t>(newest_delta(inside, tables, context) - manifest.upto());
}

/// On TiDB: what other tools have changed, if that is tracked.
void read_tracked_into(pending_segment& segment, const executor& inside, const index_manifest& manifest,
                       const index_entry& entry, std::int64_t rows, const call_context& context) {
  if (!manifest.tracked_by || !manifest.is_built()) return;
  index_blocks blocks(inside, entry.index->tables(), context);
  auto changes = read_tracked_since(inside, manifest.tracked_by, entry.place, load_tracked(blocks, manifest),
                                    static_cast<std::size_t>(rows), context);
  segment.gone.numbers = both_keys(std::move(segment.gone.numbers), changes.keys);  // where keys have no names
  segment.tracked = std::move(changes.after);
}

/// The oldest part of the delta; on TiDB no more than `rows`.
void read_delta_into(pending_segment& segment, const executor& inside, const index_tables& tables,
                     const index_manifest& manifest, std::int64_t rows, const call_context& context) {
  if (tables.engine() == engine_kind::embedded) {
    segment.upto = manifest.upto();
    segment.gone = {.numbers = read_delta(inside, tables, manifest.upto(), rows_a_step, segment.upto, context)};
    return;
  }
  segment.upto = manifest.version + 1;
  segment.delta = read_server_delta(inside, tables, manifest.lowest, rows, context);
  segment.gone = keys_of(segment.delta);
}

/// The oldest part of the delta as a segment, joined with those before it that are not much larger.
struct merge {
  index_manifest manifest{};
  std::shared_ptr<const vector_model> model{};
  pending_segment segment{};
  std::size_t kept{};          ///< segments before it
  std::string_view rebuild{};  ///< why it must be built anew instead; empty: it need not
};

std::uint64_t weight(const index_segment& segment) { return std::max(segment.rows, segment.gone_keys); }

/// Empty if the index can go on as it is. `rows`: of the table, about.
std::string_view why_to_rebuild(const executor& inside, const index_entry& entry, const index_manifest& manifest,
                                std::uint64_t rows, const call_context& context) {
  if (!manifest.is_built()) return "it was not built yet";
  if (!entry.is_followed(manifest)) return "the table was made anew by another tool";
  if (!rows_are_numbered_as_before(inside, entry.index->tables(), manifest, context))
    return "VACUUM numbered the rows anew";
  if (manifest.is_text()) return {};
  if (rows > std::max(rows_before_retraining, retrain_growth * manifest.trained_rows)) return "the table has grown";
  return {};
}

/// How many of the oldest segments stay as they are when `rows` more come: a segment is merged with those behind it
/// once they have as many rows, so that a row is written down again only when what it is in doubles.
std::size_t segments_to_keep(const index_manifest& manifest, std::uint64_t rows) {
  auto kept = manifest.segments.size();
  while (kept > 0 && weight(manifest.segments[kept - 1]) <= rows) rows += weight(manifest.segments[--kept]);
  return kept;
}

/// With the keys that are gone from the segments that are joined.
void add_gone(merge& plan, std::vector<std::int64_t> gone) {
  const auto& changed = plan.segment.gone.numbers;
  gone.insert(gone.end(), changed.begin(), changed.end());
  std::ranges::sort(gone);
  const auto twice = std::ranges::unique(gone);
  gone.erase(twice.begin(), twice.end());
  if (plan.kept == 0) gone.clear();  // nothing is left for them to be gone from
  plan.segment.gone = {.numbers = std::move(gone)};
}

void join_vectors(merge& plan, index_blocks& blocks) {
  std::vector<std::int64_t> gone;
  std::shared_ptr<const vector_snapshot> rows =
      std::make_shared<const vector_snapshot>(plan.model, std::vector<coded_run>());
  for (auto i = plan.kept; i < plan.manifest.segments.size(); ++i)
    rows = with_segment(rows, blocks, plan.manifest.segments[i], &gone);
  rows = rows->changed(plan.segment.gone.numbers, std::move(plan.segment.runs));
  plan.segment.runs = rows->runs();
  add_gone(plan, std::move(gone));
}

void join_documents(merge& plan, index_blocks& blocks) {
  const auto columns = static_cast<std::uint32_t>(plan.manifest.of.columns.size());
  std::vector<std::int64_t> gone;
  auto documents = std::make_shared<const text_snapshot>(columns);
  for (auto i = plan.kept; i < plan.manifest.segments.size(); ++i) {
    const auto keys = gone_in(blocks, plan.manifest.segments[i]);
    gone.insert(gone.end(), keys.begin(), keys.end());
    documents = documents->with_stored(keys, read_text_segment(blocks, plan.manifest.segments[i]));
  }
  documents = documents->with_stored(plan.segment.gone.numbers, std::move(plan.segment.documents));
  plan.segment.documents = documents->joined();
  add_gone(plan, std::move(gone));
}

/// What joining the segments behind the kept ones would write.
std::uint64_t joined_bytes(const merge& plan) {
  if (plan.manifest.is_text()) {
    std::uint64_t bytes = plan.segment.documents ? plan.segment.documents->memory() : 0;
    for (auto i = plan.kept; i < plan.manifest.segments.size(); ++i) bytes += plan.manifest.segments[i].memory;
    return bytes;
  }
  std::uint64_t rows = rows_of(plan.segment.runs);
  for (auto i = plan.kept; i < plan.manifest.segments.size(); ++i) rows += plan.manifest.segments[i].rows;
  return rows * (plan.model->bytes_per_row() + sizeof(std::int64_t));
}

/// New rows have come to lie where there were few partitions, so that every search scans a large part of them.
bool has_drifted(std::span<const coded_run> runs, std::uint32_t partitions) {
  constexpr std::uint64_t fair_shares = 16, rows_that_matter = 4096;
  std::uint64_t largest = 0;
  for (const auto& run : runs) largest = std::max<std::uint64_t>(largest, run.rows());
  return largest > rows_that_matter && largest * partitions > fair_shares * rows_of(runs);
}

/// A segment that is too large for a transaction stays as it is: there are some more of them to read then.
void keep_large_segments(merge& plan, engine_kind engine) {
  plan.kept = segments_to_keep(plan.manifest, plan.segment.gone.size());
  while (engine == engine_kind::tidb && joined_bytes(plan) > largest_merge && plan.kept < plan.manifest.segments.size())
    ++plan.kept;
}

void plan_vectors(merge& plan, const executor& inside, const index_entry& entry, const call_context& context) {
  index_blocks blocks(inside, entry.index->tables(), context);
  plan.model = load_model(blocks, plan.manifest);
  const auto found = read_rows(inside, plan.manifest, entry.place, plan.segment.gone, context);
  plan.segment.runs =
      encode(*plan.model, found.keys.numbers, found.vectors, threads_for(found.keys.size()), found.keys.names);
  keep_large_segments(plan, inside.engine());
  // rows that came back under another spelling of their key are no longer what they were, too
  auto& gone = plan.segment.gone.numbers;
  gone.insert(gone.end(), found.keys.numbers.begin(), found.keys.numbers.end());
  join_vectors(plan, blocks);
  if (plan.kept == 0 && has_drifted(plan.segment.runs, plan.model->partitions()))
    plan.rebuild = "the rows have drifted from what the partitions were made for";
}

void plan_documents(merge& plan, const executor& inside, const index_entry& entry, const call_context& context) {
  expect_same_analyzer(plan.manifest);
  auto& segment = plan.segment;
  const text_reading reading(text_form_from(plan.manifest.text));
  const auto read = [&] {
    segment.documents = read_documents(inside, plan.manifest, entry.place, segment.gone, reading, context);
    return inside.engine() == engine_kind::embedded || !segment.documents ||
           segment.documents->memory() <= largest_merge;
  };
  for (auto rows = rows_at_once(plan.manifest); !read() && rows > 1;) {  // very long texts
    rows /= 2;
    read_delta_into(segment, inside, entry.index->tables(), plan.manifest, rows, context);
    read_tracked_into(segment, inside, plan.manifest, entry, rows, context);
  }
  keep_large_segments(plan, inside.engine());
  // rows that came back under another spelling of their key are no longer what they were, too
  if (segment.documents) {
    const auto keys = segment.documents->keys();
    segment.gone.numbers.insert(segment.gone.numbers.end(), keys.begin(), keys.end());
  }
  index_blocks blocks(inside, entry.index->tables(), context);
  join_documents(plan, blocks);
}

/// Nothing if the delta is empty.
std::optional<merge> plan_merge(const executor& inside, const index_entry& entry, const call_context& context) {
  const index_tables& tables = entry.index->tables();
  merge plan{.manifest = read_manifest(inside, tables, context)};
  auto& manifest = plan.manifest;
  read_delta_into(plan.segment, inside, tables, manifest, rows_at_once(manifest), context);
  std::uint64_t rows = delta_rows(inside, tables, manifest, context);
  for (const auto& segment : manifest.segments) rows += segment.rows;
  plan.rebuild = why_to_rebuild(inside, entry, manifest, rows, context);
  if (!plan.rebuild.empty()) return plan;
  read_tracked_into(plan.segment, inside, manifest, entry, rows_at_once(manifest), context);
  if (plan.segment.gone.empty()) return std::nullopt;
  if (manifest.is_text())
    plan_documents(plan, inside, entry, context);
  else
    plan_vectors(plan, inside, entry, context);
  return plan;
}

/// The manifest's version; none if another one is at it.
std::optional<std::int64_t> lock_unless_locked(const executor& inside, const index_tables& tables,
                                               const call_context& context) {
  const statement_text text("SELECT version FROM " + sql::quote_identifier(tables.manifest()) +
                            " WHERE id = 1 FOR UPDATE NOWAIT");
  try {
    const auto found = read_own<std::int64_t>(inside, context, text);
    return found.empty() ? std::nullopt : std::optional(found.front());
  } catch (const error& failed) {
    if (failed.code() == errc::conflict) return std::nullopt;
    throw;
  }
}

void write_merge(const executor& inside, const index_tables& tables, const index_place& place, const merge& plan,
                 double seconds, const call_context& context) {
  auto next = plan.manifest;
  index_blocks blocks(inside, tables, context);
  next.segments.resize(plan.kept);
  next.segments.push_back(write_segment(blocks, plan.model.get(), plan.segment));
  count_told(next.counted, std::ssize(plan.segment.delta), inside, place, context);
  if (plan.segment.tracked) store_tracked(blocks, *plan.segment.tracked, next);
  next.seconds += seconds;
  publish(inside, tables, next, plan.segment.delta, context);
}

/// On TiDB, in one transaction: one merges, and the others need not begin.
merge_outcome merge_step_on_server(const executor& on, const index_entry& entry, bool beside_builders,
                                   const call_context& context) {
  const index_tables& tables = entry.index->tables();
  const auto start = clock::now();
  auto done = merge_outcome::by_others;
  std::string rebuild;
  in_write(
      on,
      [&](const executor& inside) {
        done = merge_outcome::by_others;
        rebuild.clear();
        const auto version = lock_unless_locked(inside, tables, context);
        // one that ended between this transaction's beginning and the lock is not seen by it
        if (!version) return;
        const auto manifest = read_manifest(inside, tables, context);
        if (*version != manifest.version) return;
        if (!beside_builders && is_being_built(inside, manifest, context)) return;  // whose work would be lost
        const auto plan = plan_merge(inside, entry, context);
        done = plan ? merge_outcome::some : merge_outcome::nothing;
        if (!plan) return;
        rebuild = plan->rebuild;
        if (rebuild.empty()) write_merge(inside, tables, entry.place, *plan, seconds_since(start), context);
      },
      context);
  if (!rebuild.empty()) rebuild_index(on, entry, rebuild, context);
  return done;
}

void merge_all_on_server(const executor& on, const index_entry& entry, const call_context& context) {
  // each step takes at least one of those that were there; what others are at is waited for
  constexpr auto wait = std::chrono::milliseconds(20);
  const index_tables& tables = entry.index->tables();
  const auto manifest = read_manifest(on, tables, context);
  auto left = read_server_delta(on, tables, manifest.lowest, std::numeric_limits<std::int64_t>::max(), context);
  auto tracked = count_tracked(on, manifest, entry.place, context);
  if (manifest.tracked_by) tracked = std::max<std::int64_t>(tracked, 1);  // rows that changed again are not counted
  while (!left.empty() || !manifest.is_built() || tracked > 0) {
    const auto done = merge_step_on_server(on, entry, true, context);
    if (done == merge_outcome::nothing) return;
    if (done == merge_outcome::by_others)
      std::this_thread::sleep_for(wait);
    else
      tracked -= rows_a_step;
    const auto now = read_manifest(on, tables, context);
    const auto there = read_server_delta(on, tables, now.lowest, std::numeric_limits<std::int64_t>::max(), context);
    std::vector<delta_row> still;
    std::ranges::set_intersection(left, there, std::back_inserter(still));
    left = std::move(still);
    if (left.empty() && now.is_built() && tracked <= 0) return;
  }
}

}  // namespace

merge_outcome merge_step(const executor& on, const index_entry& entry, const call_context& context) {
  const index_tables& tables = entry.index->tables();
  if (tables.engine() == engine_kind::tidb) return merge_step_on_server(on, entry, false, context);
  const auto start = clock::now();
  std::optional<merge> plan;
  in_read(
      on, [&](const executor& inside) { plan = plan_merge(inside, entry, context); }, context);
  if (!plan) return merge_outcome::nothing;
  if (!plan->rebuild.empty()) {
    rebuild_index(on, entry, std::string(plan->rebuild), context);
    return merge_outcome::some;
  }
  auto done = merge_outcome::by_others;
  in_write(
      on,
      [&](const executor& inside) {
        if (!is_as_planned(inside, tables, plan->manifest, context)) return;
        write_merge(inside, tables, entry.place, *plan, seconds_since(start), context);
        done = merge_outcome::some;
      },
      context);
  return done;
}

void merge_if_long(const executor& on, const index_entry& entry, std::int64_t budget, const call_context& context) {
  const index_tables& tables = entry.index->tables();
  const statement_text some("SELECT COUNT(*) FROM (SELECT 1 FROM " + sql::quote_identifier(tables.delta()) +
                            " LIMIT ?)");
  const auto is_long = [&] {
    if (tables.engine() == engine_kind::embedded)
      return read_own<std::int64_t>(on, context, some, budget + 1).front() > budget;
    const auto manifest = read_manifest(on, tables, context);
    return read_server_numbers(on, tables, manifest.lowest, context).delta.rows > budget ||
           count_tracked(on, manifest, entry.place, context) > budget;
  };
  bool merged = false;
  while (is_long()) {
    if (merge_step(on, entry, context) != merge_outcome::some) return;
    merged = true;
  }
  if (merged && tables.engine() == engine_kind::tidb) leave_old_generations(on, entry, context);
}

void merge_all(const executor& on, const index_entry& entry, const call_context& context) {
  const index_tables& tables = entry.index->tables();
  if (tables.engine() == engine_kind::tidb) {
    merge_all_on_server(on, entry, context);
    return leave_old_generations(on, entry, context);
  }
  const auto newest = newest_delta(on, tables, context);
  // each step, by whomever, takes in some of what was there when this began
  while (merge_step(on, entry, context) != merge_outcome::nothing)
    if (read_manifest(on, tables, context).upto() >= newest) return;
}

}  // namespace tidb::detail
