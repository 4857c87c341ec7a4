#include "search/index_build.hpp"

#include "core/error_table.hpp"
#include "search/index_writing.hpp"
#include "search/indexed_column.hpp"
#include "search/own_sql.hpp"
#include "search/server_generations.hpp"
#include "search/server_registry.hpp"
#include "search/unseen_changes.hpp"
#include "tidbxx/core/error.hpp"
#include "tidbxx/sql/printer.hpp"

#include <algorithm>
#include <chrono>
#include <exception>
#include <iterator>
#include <limits>
#include <random>
#include <utility>

namespace tidb::detail {

namespace {

using clock = std::chrono::steady_clock;

constexpr int tries_beside_writers = 3;
constexpr std::size_t floats_at_once = std::size_t{64} << 20;  ///< of the table, in memory while it is coded: 256 MiB
constexpr std::size_t keys_at_once = std::size_t{4} << 20;     ///< whose names, of 200 bytes each, take 800 MiB
constexpr std::size_t sample_floats = std::size_t{16} << 20;

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

/// What the next segment is numbered with: on the embedded engine it has the delta up to there.
std::int64_t next_upto(const executor& inside, const index_tables& tables, const index_manifest& manifest,
                       const call_context& context) {
  if (tables.engine() == engine_kind::tidb) return manifest.version + 1;
  return std::max(newest_delta(inside, tables, context), manifest.upto());
}

/// Every row of the table in turn, as a sample first where all are too many to be kept.
class table_reader {
public:
  table_reader(const executor& on, const index_manifest& of, const index_entry& entry, const call_context& context)
      : on_(on), of_(of), entry_(entry), context_(context) {}

  /// Calls f(keys, vectors) with the table's rows in parts, after train(sample, rows).
  void run(function_ref<void(std::span<const float>, std::uint64_t)> train, function_ref<void(const table_rows&)> f) {
    table_rows rows;
    const auto limit = std::min(floats_at_once / std::max<std::size_t>(of_.of.dimensions, 1), keys_at_once);
    std::uint64_t count = 0;
    bool all = true;
    each_row(
        on_, of_, entry_.place,
        [&](std::int64_t key, std::string_view name, std::span<const float> vector) {
          ++count;
          if (rows.keys.size() < limit) return add(rows, key, name, vector);
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
        [&](std::int64_t key, std::string_view name, std::span<const float> vector) {
          add(rows, key, name, vector);
          if (rows.keys.size() < limit / 4) return;
          f(rows);
          rows.keys = {};
          rows.vectors.clear();
        },
        context_);
    if (!rows.keys.empty()) f(rows);
  }

private:
  static void add(table_rows& rows, std::int64_t key, std::string_view name, std::span<const float> vector) {
    rows.keys.add(key, name);
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

std::string name_of(const index_entry& entry) { return name_of(entry.place.target()); }

/// What was told of the rows before says nothing of those that are there now.
void follow_other_key(const executor& inside, const index_tables& tables, const indexed_column& of,
                      const call_context& context) {
  const statement_text enter("UPDATE `_tidbxx_index` SET key_name = ? WHERE id = ?");
  const statement_text forget("DELETE FROM " + sql::quote_identifier(tables.delta()));
  run_own(inside, context, enter, of.key, tables.id());
  run_own(inside, forget, {}, context);
}

/// On TiDB no trigger goes with the table; it has got another number.
void follow_anew_on_server(const executor& inside, const index_entry& entry, const call_context& context) {
  const index_tables& tables = entry.index->tables();
  const auto version = lock_version(inside, tables, context);
  auto manifest = read_manifest(inside, tables, context);
  const auto table_id = table_id_on_server(inside, entry.place.table, context);
  if (manifest.version != version || manifest.nonce == table_id) return;
  const auto key = manifest.of.key;
  manifest.of = examine_on_server(inside, entry.place.target(), entry.place.columns, context);
  if (manifest.of.key != key) follow_other_key(inside, tables, manifest.of, context);
  manifest.nonce = table_id;
  manifest.forget_rows(manifest.version + 1);
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
        manifest.of = examine(inside, entry->place.target(), entry->place.columns, context);
        manifest.nonce = random_name().substr(0, 16);
        manifest.forget_rows(std::max(newest_delta(inside, tables, context), manifest.upto()));
        for (const auto& statement : tables.create_triggers(manifest.of, manifest.nonce))
          run_own_ddl(inside, context, statement);
        publish(inside, tables, manifest, {}, context);
      },
      context);
}

/// The whole index, coded or analysed but not written.
struct built {
  index_manifest manifest{};
  pending_segment all{};
  std::shared_ptr<const vector_model> model{};
};

void code_vectors(built& made, const executor& inside, const index_entry& entry, const call_context& context) {
  auto& manifest = made.manifest;
  table_reader reader(inside, manifest, entry, context);
  const auto train = [&](std::span<const float> sample, std::uint64_t rows) {
    made.model = vector_model::train({.dimensions = manifest.of.dimensions, .by = manifest.by, .seed = manifest.seed},
                                     sample, rows, threads_for(rows));
    manifest.trained_rows = rows;
  };
  const auto code = [&](const table_rows& rows) {
    std::ranges::move(
        encode(*made.model, rows.keys.numbers, rows.vectors, threads_for(rows.keys.size()), rows.keys.names),
        std::back_inserter(made.all.runs));
  };
  reader.run(train, code);
  std::ranges::stable_sort(made.all.runs, {}, &coded_run::partition);  // of a table that was coded in parts
}

/// What the registry says at this moment; the list of a client may be older.
std::string registered_text(const executor& inside, const index_entry& entry, const call_context& context) {
  const statement_text text("SELECT text_form FROM `_tidbxx_index` WHERE id = ?");
  const auto found = read_own<std::string>(inside, context, text, entry.place.id);
  if (found.empty()) throw damaged_index("it was dropped");
  return found.front();
}

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
  if (!manifest.is_text()) {
    code_vectors(made, inside, entry, context);
    return made;
  }
  manifest.text = registered_text(inside, entry, context);  // of columns that were renamed, or with other boosts
  const text_reading reading(text_form_from(manifest.text));
  made.all.documents = read_documents(inside, manifest, entry.place, reading, context);
  return made;
}

/// `on`: what the blocks are written on.
index_manifest write_whole(const executor& on, const index_entry& entry, const built& made, const std::string& why,
                           const call_context& context) {
  auto next = made.manifest;
  index_blocks blocks(on, entry.index->tables(), context);
  if (made.model) next.model = write_model(blocks, *made.model);
  if (next.is_text()) next.analyzed_by = text_analyzer::version();
  next.segments = {write_segment(blocks, made.model.get(), made.all)};
  if (made.all.tracked) store_tracked(blocks, *made.all.tracked, next);
  next.built_until = 0;
  next.built_because = why;
  return next;
}

/// On TiDB: writers leave the delta as it is for so long, for a merge would have what is built meanwhile come too late.
/// Zero: no longer.
void announce_building(const executor& on, const index_entry& entry, std::chrono::milliseconds time,
                       const call_context& context) {
  const index_tables& tables = entry.index->tables();
  in_write(
      on,
      [&](const executor& inside) {
        const auto version = lock_version(inside, tables, context);
        auto manifest = read_manifest(inside, tables, context);
        if (manifest.version != version) return;
        manifest.built_until = time.count() == 0 ? 0 : server_milliseconds(inside, context) + time.count();
        replace_manifest(inside, tables, manifest, context);
      },
      context);
}

/// More than it takes, on machines that are not much slower than those of today.
std::chrono::milliseconds time_to_build(const executor& on, const index_entry& entry, const call_context& context) {
  constexpr std::int64_t rows_a_second = 2'000, bytes_of_text_a_second = 1'000'000;
  std::string bytes = "0";
  if (entry.place.is_text())
    for (const auto& column : entry.place.columns)
      bytes += " + COALESCE(SUM(LENGTH(" + sql::quote_identifier(column) + ")), 0)";
  const statement_text count("SELECT COUNT(*), CAST(" + bytes + " AS SIGNED) FROM " +
                             sql::quote_identifier(entry.place.table));
  const auto [rows, of_text] = read_own<std::tuple<std::int64_t, std::int64_t>>(on, context, count).front();
  return std::chrono::minutes(1) + std::chrono::seconds(rows / rows_a_second + of_text / bytes_of_text_a_second);
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
        whole.seconds += seconds_since(start);
        publish(inside, tables, whole, made.all.delta, context);
      },
      context);
  return done;
}

/// On TiDB, whose transactions cannot hold a whole index.
void build_beside_others(const executor& on, const index_entry& entry, const std::string& why,
                         const call_context& context) {
  const auto time = time_to_build(on, entry, context);
  try {
    for (int tries = 0; tries < tries_beside_writers; ++tries) {
      announce_building(on, entry, time, context);
      if (build_once(on, entry, why, context)) return;
    }
  } catch (...) {
    try {
      announce_building(on, entry, {}, context);
    } catch (const std::exception&) {  // the error that is on its way says more
    }
    throw;
  }
  throw_error({.code = errc::conflict,
               .message = "others have changed the index of " + name_of(entry) +
                          " each time that it was built: run it "
                          "again, and optimize not meanwhile",
               .where = context.where,
               .retryable = true});
}

/// On the embedded engine, while others wait: for a table that is written too fast to be built beside it.
void build_alone(const executor& on, const index_entry& entry, const std::string& why, const call_context& context) {
  in_write(
      on,
      [&](const executor& inside) {
        const auto start = clock::now();
        const auto made = build(inside, entry, context);
        auto whole = write_whole(inside, entry, made, why, context);
        whole.seconds += seconds_since(start);
        publish(inside, entry.index->tables(), whole, made.all.delta, context);
      },
      context);
}

}  // namespace

void rebuild_index(const executor& on, const index_entry& entry, const std::string& why, const call_context& context) {
  if (on.in_transaction())
    throw_usage("a search index is built outside of transactions: run it on the client", context.where);
  follow_anew(on, entry, context);
  index_catalog::of(on).forget_list();
  if (on.engine() == engine_kind::tidb) return build_beside_others(on, entry, why, context);
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
  } catch (const other_analyzer& why) {
    refuse_index(entry_named("index-analyzer"), name_of(entry), why.what(), context.where);
  }
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

}  // namespace tidb::detail
