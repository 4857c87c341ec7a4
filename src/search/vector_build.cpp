#include "search/vector_build.hpp"

#include "core/error_table.hpp"
#include "search/indexed_column.hpp"
#include "search/own_sql.hpp"
#include "search/server_generations.hpp"
#include "search/server_registry.hpp"
#include "search/tracked_rows.hpp"
#include "search/unseen_changes.hpp"
#include "tidbxx/core/error.hpp"
#include "tidbxx/engine/transaction.hpp"
#include "tidbxx/sql/printer.hpp"

#include <algorithm>
#include <chrono>
#include <cstring>
#include <limits>
#include <optional>
#include <random>
#include <thread>
#include <utility>

namespace tidb::detail {

namespace {

using clock = std::chrono::steady_clock;

constexpr int tries_beside_writers = 3;
constexpr std::int64_t rows_a_step = 16384;
constexpr std::uint64_t retrain_growth = 4;
constexpr std::uint64_t rows_before_retraining = 1000;
constexpr std::uint64_t rows_worth_threads = 1000;
constexpr std::size_t floats_at_once = std::size_t{64} << 20;  ///< of the table, in memory while it is coded: 256 MiB
constexpr std::size_t sample_floats = std::size_t{16} << 20;
constexpr std::uint64_t largest_merge = std::uint64_t{32} << 20;  ///< in one transaction of TiDB

double since(clock::time_point start) { return std::chrono::duration<double>(clock::now() - start).count(); }

void in_read(const executor& on, function_ref<void(const executor&)> body, const call_context& context) {
  run_transaction(on, {.read_only = true}, body, nullptr, context.where);
}
void in_write(const executor& on, function_ref<void(const executor&)> body, const call_context& context) {
  run_transaction(on, {}, body, nullptr, context.where);
}

/// As many as the machine has, up to a point, where there is enough to do for them.
unsigned threads_for(std::uint64_t rows) {
  constexpr unsigned most = 8;
  return rows < rows_worth_threads ? 1 : std::clamp(std::thread::hardware_concurrency(), 1U, most);
}

/// What is to be written, made outside of the transaction that writes it.
struct pending_segment {
  std::int64_t upto{};
  std::vector<delta_row> delta{};  ///< on TiDB: what it takes from there
  std::vector<std::int64_t> gone{};
  std::vector<coded_run> runs{};
  std::optional<tracked_rows> tracked{};  ///< what is in it, too, of rows that other tools write
};

std::uint64_t rows_of(std::span<const coded_run> runs) {
  std::uint64_t rows = 0;
  for (const auto& run : runs) rows += run.keys.size();
  return rows;
}

index_segment write_segment(index_blocks& blocks, const vector_model& model, const pending_segment& made) {
  index_segment segment{.upto = made.upto, .rows = rows_of(made.runs), .gone_keys = made.gone.size()};
  constexpr std::size_t keys_a_block = max_block_bytes / sizeof(std::int64_t);
  for (std::span<const std::int64_t> keys(made.gone); !keys.empty();) {
    const auto some = keys.first(std::min(keys.size(), keys_a_block));
    segment.gone.push_back(blocks.write({reinterpret_cast<const char*>(some.data()), some.size_bytes()}));
    keys = keys.subspan(some.size());
  }
  for (const auto& payload : to_payloads(model, made.runs, max_block_bytes))
    segment.rows_in.push_back(blocks.write(payload));
  return segment;
}

std::vector<std::string> write_model(index_blocks& blocks, const vector_model& model) {
  std::vector<std::string> names;
  const auto bytes = model.bytes();
  for (std::string_view left = bytes; !left.empty();) {
    const auto some = left.substr(0, max_block_bytes);
    names.push_back(blocks.write(some));
    left.remove_prefix(some.size());
  }
  return names;
}

/// The manifest's version; on TiDB it is as locked by this transaction, which other merges wait for.
std::int64_t lock_version(const executor& inside, const index_tables& tables, const call_context& context) {
  const bool locks = tables.engine() == engine_kind::tidb;
  const statement_text text("SELECT version FROM " + sql::quote_identifier(tables.manifest()) + " WHERE id = 1" +
                            (locks ? " FOR UPDATE" : ""));
  const auto found = read_own<std::int64_t>(inside, context, text);
  if (found.empty()) throw damaged_index("its manifest is missing");
  return found.front();
}

/// False if the index is no longer what `planned` was made from.
bool is_as_planned(const executor& inside, const index_tables& tables, const index_manifest& planned,
                   const call_context& context) {
  return lock_version(inside, tables, context) == planned.version &&
         rows_are_numbered_as_before(inside, tables, planned, context);
}

/// In a transaction that saw an older one.
[[noreturn]] void refuse_changed(const call_context& context) {
  throw_error({.code = errc::conflict,
               .message = "another has changed the index meanwhile: run it again",
               .where = context.where,
               .retryable = true,
               .poisons_transaction = true});
}

/// Sets the manifest; what is in it leaves the delta, and blocks that it no longer names go.
void publish(const executor& inside, const index_tables& tables, index_manifest& changed,
             std::span<const delta_row> merged, const call_context& context) {
  if (tables.engine() == engine_kind::tidb) turn_generation_if_worn(inside, tables, changed, merged.size(), context);
  if (!replace_manifest(inside, tables, changed, context)) refuse_changed(context);
  if (tables.engine() == engine_kind::tidb) {
    remove_from_delta(inside, tables, merged, context);
  } else {
    const statement_text until("DELETE FROM " + sql::quote_identifier(tables.delta()) + " WHERE id <= ?");
    run_own(inside, context, until, changed.upto());
  }
  index_blocks(inside, tables, context).remove_all_but(changed.blocks());
}

/// What the next segment is numbered with: on the embedded engine it has the delta up to there.
std::int64_t next_upto(const executor& inside, const index_tables& tables, const index_manifest& manifest,
                       const call_context& context) {
  if (tables.engine() == engine_kind::tidb) return manifest.version + 1;
  return std::max(newest_delta(inside, tables, context), manifest.upto());
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
                       const index_entry& entry, const call_context& context) {
  if (!manifest.tracked_by || !manifest.is_built()) return;
  index_blocks blocks(inside, entry.index->tables(), context);
  auto changes = read_tracked_since(inside, manifest.tracked_by, entry.place, load_tracked(blocks, manifest),
                                    rows_a_step, context);
  segment.gone = both_keys(std::move(segment.gone), changes.keys);
  segment.tracked = std::move(changes.after);
}

/// The oldest part of the delta.
void read_delta_into(pending_segment& segment, const executor& inside, const index_tables& tables,
                     const index_manifest& manifest, const call_context& context) {
  if (tables.engine() == engine_kind::embedded) {
    segment.upto = manifest.upto();
    segment.gone = read_delta(inside, tables, manifest.upto(), rows_a_step, segment.upto, context);
    return;
  }
  segment.upto = manifest.version + 1;
  segment.delta = read_server_delta(inside, tables, manifest.lowest, rows_a_step, context);
  segment.gone = keys_of(segment.delta);
}

/// Every row of the table in turn, as a sample first where all are too many to be kept.
class table_reader {
public:
  table_reader(const executor& on, const index_manifest& of, const index_entry& entry, const call_context& context)
      : on_(on), of_(of), entry_(entry), context_(context) {}

  /// Calls f(keys, vectors) with the table's rows in parts, after train(sample, rows).
  void run(function_ref<void(std::span<const float>, std::uint64_t)> train, function_ref<void(const table_rows&)> f) {
    table_rows rows;
    const auto limit = floats_at_once / std::max<std::size_t>(of_.of.dimensions, 1);
    std::uint64_t count = 0;
    bool all = true;
    each_row(
        on_, of_, entry_.place,
        [&](std::int64_t key, std::span<const float> vector) {
          ++count;
          if (rows.keys.size() < limit) return add(rows, key, vector);
          all = false;
          replace_one(rows, count, vector);  // from here on `rows` is a sample without keys
        },
        context_);
    const auto most = sample_floats / std::max<std::size_t>(of_.of.dimensions, 1);
    train(sample(rows, most), count);
    if (all) return f(rows);
    rows = {};
    each_row(
        on_, of_, entry_.place,
        [&](std::int64_t key, std::span<const float> vector) {
          add(rows, key, vector);
          if (rows.keys.size() < limit / 4) return;
          f(rows);
          rows.keys.clear();
          rows.vectors.clear();
        },
        context_);
    if (!rows.keys.empty()) f(rows);
  }

private:
  static void add(table_rows& rows, std::int64_t key, std::span<const float> vector) {
    rows.keys.push_back(key);
    rows.vectors.insert(rows.vectors.end(), vector.begin(), vector.end());
  }
  /// Reservoir sampling: each row seen so far is in the sample with the same chance.
  void replace_one(table_rows& rows, std::uint64_t seen, std::span<const float> vector) {
    const auto place = std::uniform_int_distribution<std::uint64_t>(0, seen - 1)(random_);
    if (place >= rows.keys.size()) return;
    std::ranges::copy(vector, rows.vectors.begin() + static_cast<std::ptrdiff_t>(place * vector.size()));
  }
  /// At most so many rows, spread over all.
  std::span<const float> sample(const table_rows& rows, std::size_t most) {
    const auto width = of_.of.dimensions;
    if (rows.keys.size() <= most) return rows.vectors;
    const auto step = static_cast<double>(rows.keys.size()) / static_cast<double>(most);
    for (std::size_t i = 0; i < most; ++i) {
      const auto from = static_cast<std::size_t>(static_cast<double>(i) * step) * width;
      sampled_.insert(sampled_.end(), rows.vectors.begin() + static_cast<std::ptrdiff_t>(from),
                      rows.vectors.begin() + static_cast<std::ptrdiff_t>(from + width));
    }
    return sampled_;
  }

  const executor& on_;
  const index_manifest& of_;
  const index_entry& entry_;
  const call_context& context_;
  std::mt19937_64 random_{of_.seed};
  std::vector<float> sampled_{};
};

/// Of a table that has other rows now, and another number.
void forget_table(index_manifest& manifest) {
  manifest.tracked.clear();
  manifest.tracked_rows = 0;
  if (manifest.counted) manifest.counted = counted_changes{};
}

std::string name_of(const index_entry& entry) { return "\"" + entry.place.table + "." + entry.place.column + "\""; }

/// On TiDB no trigger goes with the table; it has got another number.
void follow_anew_on_server(const executor& inside, const index_entry& entry, const call_context& context) {
  const index_tables& tables = entry.index->tables();
  const auto version = lock_version(inside, tables, context);
  auto manifest = read_manifest(inside, tables, context);
  const auto table_id = table_id_on_server(inside, entry.place.table, context);
  if (manifest.version != version || manifest.nonce == table_id) return;
  manifest.of = examine_on_server(inside, {entry.place.table, entry.place.column, entry.place.dimensions}, context);
  manifest.nonce = table_id;
  manifest.model.clear();
  manifest.trained_rows = 0;
  manifest.segments = {{.upto = manifest.version + 1}};
  forget_table(manifest);
  publish(inside, tables, manifest, {}, context);
}

/// If the table is no longer the one that the index follows, or has other row numbers: new triggers, on the table that
/// is there now, and until the index is built anew nobody searches by it.
void follow_anew(const executor& on, const index_entry& known, const call_context& context) {
  const index_tables& tables = known.index->tables();
  in_write(
      on,
      [&](const executor& inside) {
        const auto listing = index_catalog::of(inside).list(inside, context);
        const auto* entry = listing->find(known.place.id);
        if (entry == nullptr) throw damaged_index("it was dropped");
        if (tables.engine() == engine_kind::tidb) return follow_anew_on_server(inside, *entry, context);
        auto manifest = read_manifest(inside, tables, context);
        const bool same_numbers = rows_are_numbered_as_before(inside, tables, manifest, context);
        if (same_numbers && entry->is_followed(manifest)) return;
        for (const auto& statement : tables.renew_canary()) run_own_ddl(inside, context, statement);
        for (const auto& trigger : entry->place.triggers)
          run_own_ddl(inside, context, "DROP TRIGGER " + sql::quote_identifier(trigger.name));
        manifest.of = examine(inside, {entry->place.table, entry->place.column, entry->place.dimensions}, context);
        manifest.nonce = random_name().substr(0, 16);
        manifest.model.clear();
        manifest.trained_rows = 0;
        manifest.segments = {{.upto = std::max(newest_delta(inside, tables, context), manifest.upto())}};
        for (const auto& statement : tables.create_triggers(manifest.of, manifest.nonce))
          run_own_ddl(inside, context, statement);
        publish(inside, tables, manifest, {}, context);
      },
      context);
}

/// The whole index, coded but not written.
struct built {
  index_manifest manifest{};
  pending_segment all{};
  std::shared_ptr<const vector_model> model{};
};

built build(const executor& inside, const index_entry& entry, const call_context& context) {
  const index_tables& tables = entry.index->tables();
  built made{.manifest = read_manifest(inside, tables, context)};
  auto& manifest = made.manifest;
  made.all.upto = next_upto(inside, tables, manifest, context);
  if (tables.engine() == engine_kind::tidb) {
    made.all.delta =
        read_server_delta(inside, tables, manifest.lowest, std::numeric_limits<std::int64_t>::max(), context);
    manifest.counted = count_changes(inside, entry.place, context);
  }
  if (manifest.tracked_by) made.all.tracked = read_tracked(inside, manifest.tracked_by, entry.place, context);
  table_reader reader(inside, manifest, entry, context);
  const auto train = [&](std::span<const float> sample, std::uint64_t rows) {
    made.model = vector_model::train({.dimensions = manifest.of.dimensions, .by = manifest.by, .seed = manifest.seed},
                                     sample, rows, threads_for(rows));
    manifest.trained_rows = rows;
  };
  const auto code = [&](const table_rows& rows) {
    std::ranges::move(encode(*made.model, rows.keys, rows.vectors, threads_for(rows.keys.size())),
                      std::back_inserter(made.all.runs));
  };
  reader.run(train, code);
  return made;
}

/// `on`: what the blocks are written on.
index_manifest write_whole(const executor& on, const index_entry& entry, const built& made, const std::string& why,
                           const call_context& context) {
  auto next = made.manifest;
  index_blocks blocks(on, entry.index->tables(), context);
  next.model = write_model(blocks, *made.model);
  next.segments = {write_segment(blocks, *made.model, made.all)};
  if (made.all.tracked) store_tracked(blocks, *made.all.tracked, next);
  next.built_because = why;
  return next;
}

/// One try of a rebuild; false if the index was changed meanwhile.
bool build_once(const executor& on, const index_entry& entry, const std::string& why, const call_context& context) {
  const auto start = clock::now();
  built made;
  in_read(
      on, [&](const executor& inside) { made = build(inside, entry, context); }, context);
  const index_tables& tables = entry.index->tables();
  const bool beforehand = on.engine() == engine_kind::tidb;  // whose transactions have a limit
  index_manifest next;
  if (beforehand) next = write_whole(on, entry, made, why, context);
  bool done = false;
  in_write(
      on,
      [&](const executor& inside) {
        done = is_as_planned(inside, tables, made.manifest, context);
        if (!done) return;
        auto whole = beforehand ? next : write_whole(inside, entry, made, why, context);
        // a merge meanwhile took them for what was left over
        if (beforehand) done = index_blocks(inside, tables, context).has_all(whole.blocks());
        if (!done) return;
        whole.seconds += since(start);
        publish(inside, tables, whole, made.all.delta, context);
      },
      context);
  return done;
}

/// While others wait: for a table that is written too fast to be built beside it.
void build_alone(const executor& on, const index_entry& entry, const std::string& why, const call_context& context) {
  in_write(
      on,
      [&](const executor& inside) {
        const auto start = clock::now();
        lock_version(inside, entry.index->tables(), context);  // on TiDB the others need not begin to merge
        const auto made = build(inside, entry, context);
        auto whole = write_whole(inside, entry, made, why, context);
        whole.seconds += since(start);
        publish(inside, entry.index->tables(), whole, made.all.delta, context);
      },
      context);
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

void join(merge& plan, index_blocks& blocks) {
  std::vector<std::int64_t> gone;
  std::shared_ptr<const vector_snapshot> rows =
      std::make_shared<const vector_snapshot>(plan.model, std::vector<coded_run>());
  for (auto i = plan.kept; i < plan.manifest.segments.size(); ++i)
    rows = with_segment(rows, blocks, plan.manifest.segments[i], &gone);
  rows = rows->changed(plan.segment.gone, std::move(plan.segment.runs));
  plan.segment.runs = rows->runs();
  gone.insert(gone.end(), plan.segment.gone.begin(), plan.segment.gone.end());
  std::ranges::sort(gone);
  const auto twice = std::ranges::unique(gone);
  gone.erase(twice.begin(), twice.end());
  if (plan.kept == 0) gone.clear();  // nothing is left for them to be gone from
  plan.segment.gone = std::move(gone);
}

/// What joining the segments behind the kept ones would write.
std::uint64_t joined_bytes(const merge& plan) {
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

/// Nothing if the delta is empty.
std::optional<merge> plan_merge(const executor& inside, const index_entry& entry, const call_context& context) {
  const index_tables& tables = entry.index->tables();
  merge plan{.manifest = read_manifest(inside, tables, context)};
  auto& manifest = plan.manifest;
  read_delta_into(plan.segment, inside, tables, manifest, context);
  std::uint64_t rows = delta_rows(inside, tables, manifest, context);
  for (const auto& segment : manifest.segments) rows += segment.rows;
  plan.rebuild = why_to_rebuild(inside, entry, manifest, rows, context);
  if (!plan.rebuild.empty()) return plan;
  read_tracked_into(plan.segment, inside, manifest, entry, context);
  if (plan.segment.gone.empty()) return std::nullopt;
  index_blocks blocks(inside, tables, context);
  plan.model = load_model(blocks, manifest);
  const auto found = read_rows(inside, manifest, entry.place, plan.segment.gone, context);
  plan.segment.runs = encode(*plan.model, found.keys, found.vectors, threads_for(found.keys.size()));
  plan.kept = segments_to_keep(manifest, plan.segment.gone.size());
  if (tables.engine() == engine_kind::tidb && joined_bytes(plan) > largest_merge) {
    plan.rebuild = "so many rows were to be merged that a transaction cannot hold them";
    return plan;
  }
  join(plan, blocks);
  if (plan.kept == 0 && has_drifted(plan.segment.runs, plan.model->partitions()))
    plan.rebuild = "the rows have drifted from what the partitions were made for";
  return plan;
}

}  // namespace

void rebuild_index(const executor& on, const index_entry& entry, const std::string& why, const call_context& context) {
  if (on.in_transaction())
    throw_usage("a vector index is built outside of transactions: run it on the client", context.where);
  follow_anew(on, entry, context);
  for (int tries = 0; tries < tries_beside_writers; ++tries)
    if (build_once(on, entry, why, context)) return;
  build_alone(on, entry, why, context);
}

void refuse_newer(const index_entry& entry, const call_context& context, function_ref<void()> use) {
  try {
    use();
  } catch (const newer_index& why) {
    error_info info{.where = context.where};
    judge(info, entry_named("index-newer"), {{"name", name_of(entry)}, {"reason", why.what()}});
    throw_error(std::move(info));
  } catch (const tracking_lost& why) {
    refuse_index(entry_named("index-unsupported"), name_of(entry), why.what(), context.where);
  }
}

namespace {

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
  next.segments.push_back(write_segment(blocks, *plan.model, plan.segment));
  count_told(next.counted, std::ssize(plan.segment.delta), inside, place, context);
  if (plan.segment.tracked) store_tracked(blocks, *plan.segment.tracked, next);
  next.seconds += seconds;
  publish(inside, tables, next, plan.segment.delta, context);
}

/// On TiDB, in one transaction: one merges, and the others need not begin.
merge_outcome merge_step_on_server(const executor& on, const index_entry& entry, const call_context& context) {
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
        if (!version || *version != read_manifest(inside, tables, context).version) return;
        const auto plan = plan_merge(inside, entry, context);
        done = plan ? merge_outcome::some : merge_outcome::nothing;
        if (!plan) return;
        rebuild = plan->rebuild;
        if (rebuild.empty()) write_merge(inside, tables, entry.place, *plan, since(start), context);
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
    const auto done = merge_step(on, entry, context);
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
  if (tables.engine() == engine_kind::tidb) return merge_step_on_server(on, entry, context);
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
        write_merge(inside, tables, entry.place, *plan, since(start), context);
        done = merge_outcome::some;
      },
      context);
  return done;
}

void empty_index(const executor& inside, const index_entry& entry, const call_context& context) {
  const index_tables& tables = entry.index->tables();
  auto manifest = read_manifest(inside, tables, context);
  manifest.segments = {{.upto = std::max(newest_delta(inside, tables, context), manifest.upto())}};
  publish(inside, tables, manifest, {}, context);
}

void empty_index_on_server(const executor& inside, const index_entry& entry, const std::string& table_id,
                           std::span<const delta_row> before, const call_context& context) {
  const index_tables& tables = entry.index->tables();
  const auto version = lock_version(inside, tables, context);
  auto manifest = read_manifest(inside, tables, context);
  if (manifest.version != version) return;  // who changed it meanwhile reads the table as it is now
  manifest.nonce = table_id;
  manifest.segments = {{.upto = manifest.version + 1}};
  forget_table(manifest);
  publish(inside, tables, manifest, before, context);
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
