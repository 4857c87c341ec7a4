#include "search/search_index.hpp"

#include "search/index_catalog.hpp"
#include "search/own_sql.hpp"
#include "search/snapshot_search.hpp"
#include "search/stored_rows.hpp"
#include "tidbxx/sql/printer.hpp"

#include <algorithm>
#include <iterator>
#include <limits>
#include <tuple>
#include <utility>

namespace tidb::detail {

namespace {

constexpr std::int64_t all_rows = std::numeric_limits<std::int64_t>::max();
std::string quoted(std::string_view name) { return sql::quote_identifier(name); }

struct index_numbers {
  std::int64_t version{};
  std::int64_t checksum{};
  std::int64_t newest{};
};

index_numbers read_numbers(const executor& on, const index_tables& tables, const call_context& context) {
  const statement_text text("SELECT version, checksum, (SELECT MAX(id) FROM " + quoted(tables.delta()) + ") FROM " +
                            quoted(tables.manifest()) + " WHERE id = 1");
  const auto found = read_own<std::tuple<std::int64_t, std::int64_t, std::optional<std::int64_t>>>(on, context, text);
  if (found.empty()) throw damaged_index("its manifest is missing");
  const auto& [version, checksum, newest] = found.front();
  return {version, checksum, newest.value_or(0)};
}

/// Of all rows in memory.
std::uint64_t whole_memory(const index_manifest& of) {
  std::uint64_t rows = 0, names = 0;
  for (const auto& segment : of.segments) {
    rows += segment.rows;
    names += segment.name_bytes;
  }
  return estimate_memory({.dimensions = of.of.dimensions, .by = of.by}, rows) + names;
}

/// Those rows in memory that there is room for.
view_rows page(const view_rows& before, index_blocks& blocks, const index_manifest& of, std::uint64_t most) {
  if (!paged_rows::is_possible(of))
    throw index_too_large("the index does not fit into index_memory, and was built by a version of tidbxx that could "
                          "not read parts of one: call rebuild_index");
  if (paged_rows::estimate_bytes(of) > most)
    throw index_too_large("not even what every search needs of the index fits into index_memory: raise it beyond " +
                          std::to_string(paged_rows::estimate_bytes(of)) + " bytes");
  return {.paged = paged_rows::load(blocks, of, before.paged.get())};
}

void load_texts(index_view& view, index_blocks& blocks, std::uint64_t most) {
  const auto least = text_rows::estimate(view.manifest, true);
  if (least > most)
    throw index_too_large("not even what every search needs of the index fits into index_memory: raise it beyond " +
                          std::to_string(least) + " bytes");
  const bool paged = text_rows::estimate(view.manifest, false) > most;
  view.rows = {.texts = text_rows::load(blocks, view.manifest, paged, view.rows.texts.get())};
  view.seen = view.manifest.upto();
}

/// What was in memory, of a database whose manifest is newer.
void apply_manifest(index_view& view, const executor& on, const index_tables& tables, std::uint64_t most,
                    const call_context& context) {
  const auto before = std::exchange(view.manifest, read_manifest(on, tables, context));
  const auto& segments = view.manifest.segments;
  if (!view.manifest.is_built()) {
    view.rows = {};
    return;
  }
  index_blocks blocks(on, tables, context);
  if (view.manifest.is_text()) return load_texts(view, blocks, most);
  if (whole_memory(view.manifest) > most) {
    view.rows = page(view.rows, blocks, view.manifest, most);
    view.seen = view.manifest.upto();
    return;
  }
  if (!view.rows.whole || view.manifest.model != before.model || segments.front().upto > view.seen) {
    // the first segment does not say which keys have gone
    view.rows = {.whole = load_rows(blocks, view.manifest)};
    view.seen = view.manifest.upto();
    return;
  }
  for (const auto& segment : segments)
    if (segment.upto > view.seen) view.rows = {.whole = with_segment(view.rows.whole, blocks, segment)};
  view.seen = std::max(view.seen, view.manifest.upto());
}

/// With the rows of these keys as they are now.
void take_changes(index_view& view, const executor& on, const index_place& place, const row_keys& keys,
                  const call_context& context) {
  const auto& gone = keys.numbers;
  if (view.rows.texts) {
    const auto& before = *view.rows.texts;
    view.rows = {.texts =
                     before.changed(gone, read_documents(on, view.manifest, place, keys, before.reading(), context))};
    return;
  }
  const auto rows = read_rows(on, view.manifest, place, keys, context);
  auto added = encode(view.rows.model(), rows.keys.numbers, rows.vectors, 1, rows.keys.names);
  if (view.rows.paged)
    view.rows = {.paged = view.rows.paged->changed(gone, std::move(added))};
  else
    view.rows = {.whole = view.rows.whole->changed(gone, std::move(added))};
}

/// `view` with the rows of the delta that it has not seen yet.
void apply_delta(index_view& view, const executor& on, const index_tables& tables, const index_place& place,
                 const call_context& context) {
  auto last = view.seen;
  constexpr std::int64_t all = -1;
  const auto keys = read_delta(on, tables, view.seen, all, last, context);
  view.seen = last;
  if (keys.empty() || !view.rows) return;
  take_changes(view, on, place, {.numbers = keys}, context);
}

}  // namespace

std::size_t view_rows::rows() const {
  if (texts) return texts->documents().documents();
  return paged ? paged->rows() : whole->rows();
}

std::size_t view_rows::bytes() const {
  if (paged) return paged->bytes();
  if (texts) return texts->bytes();
  if (!whole) return 0;
  const auto memory = whole->bytes();
  return memory.codes + memory.second + memory.keys + memory.other;
}

std::int64_t newest_delta(const executor& on, const index_tables& tables, const call_context& context) {
  const statement_text text("SELECT MAX(id) FROM " + quoted(tables.delta()));
  return read_own<std::optional<std::int64_t>>(on, context, text).front().value_or(0);
}

std::vector<std::int64_t> read_delta(const executor& on, const index_tables& tables, std::int64_t after,
                                     std::int64_t limit, std::int64_t& last, const call_context& context) {
  const statement_text text("SELECT id, key FROM " + quoted(tables.delta()) + " WHERE id > ? ORDER BY id LIMIT ?");
  std::vector<std::int64_t> keys;
  for (const auto& [id, key] : read_own<std::tuple<std::int64_t, std::int64_t>>(on, context, text, after, limit)) {
    keys.push_back(key);
    last = id;
  }
  std::ranges::sort(keys);
  const auto twice = std::ranges::unique(keys);
  keys.erase(twice.begin(), twice.end());
  return keys;
}

bool rows_are_numbered_as_before(const executor& on, const index_tables& tables, const index_manifest& of,
                                 const call_context& context) {
  if (of.of.key_is_stable) return true;
  const statement_text text("SELECT rowid FROM " + quoted(tables.canary()));
  return read_own<std::int64_t>(on, context, text) == std::vector<std::int64_t>{2};
}

namespace {

/// What the manifest says that is in `view`, of rows that are tracked.
void load_tracked_into(index_view& view, const executor& snapshot, const index_tables& tables,
                       const call_context& context) {
  view.tracked = view.tracked_merged = nullptr;
  if (!view.rows || !view.manifest.tracked_by) return;
  index_blocks blocks(snapshot, tables, context);
  view.tracked = view.tracked_merged = std::make_shared<const tracked_rows>(load_tracked(blocks, view.manifest));
}

/// Adds to `keys` those that other tools have changed since.
void track(index_view& view, const executor& snapshot, const index_place& place, std::vector<std::int64_t>& keys,
           const call_context& context) {
  if (!view.tracked) return;
  auto changes = read_tracked_since(snapshot, view.manifest.tracked_by, place, *view.tracked,
                                    std::numeric_limits<std::size_t>::max(), context);
  keys = both_keys(std::move(keys), changes.keys);
  view.tracked = std::make_shared<const tracked_rows>(std::move(changes.after));
}

}  // namespace

void search_index::forget() {
  const std::lock_guard lock(refreshing_);
  view_.reset();
  bytes_ = 0;
  cache_.clear();
  payloads_.clear();
}

std::shared_ptr<const index_view> search_index::last() const {
  const std::lock_guard lock(refreshing_);
  return view_;
}

void search_index::believe_only_what_is_stored(std::int64_t checksum) {
  if (!view_) return;
  if (view_->checksum != checksum || !view_->merged) {
    view_.reset();
    return;
  }
  auto stored = *view_;
  stored.rows = stored.merged;
  stored.seen = stored.manifest.upto();
  view_ = std::make_shared<const index_view>(std::move(stored));
}

/// Whatever the transaction: none of a program changes a manifest.
void search_index::keep_merged(const index_view& view) {
  view_ = std::make_shared<const index_view>(view);
  bytes_ = view.rows.bytes();
  if (!view.rows.paged) cache_.clear();
  if (!view.rows.texts || !view.rows.texts->is_paged()) payloads_.clear();
}

std::shared_ptr<const index_view> search_index::refresh(const executor& snapshot, const index_place& place, bool keep,
                                                        std::uint64_t most, const call_context& context) {
  if (tables_.engine() == engine_kind::tidb) return refresh_from_server(snapshot, place, keep, most, context);
  const auto now = read_numbers(snapshot, tables_, context);
  const std::lock_guard lock(refreshing_);  // the others wait for what this one reads
  if (unsure_.exchange(false, std::memory_order_acquire)) believe_only_what_is_stored(now.checksum);
  if (view_ && now.version == view_->manifest.version && now.checksum != view_->checksum) view_.reset();
  if (view_ && (now.version < view_->manifest.version)) return nullptr;
  if (view_ && now.checksum == view_->checksum && std::max(now.newest, view_->manifest.upto()) == view_->seen)
    return view_;
  auto next = view_ ? *view_ : index_view{};
  if (!view_ || now.checksum != view_->checksum) {
    apply_manifest(next, snapshot, tables_, most, context);
    next.checksum = now.checksum;
    next.merged = next.seen == next.manifest.upto() ? next.rows : view_rows{};
    keep_merged(next);
  }
  const auto newest = std::max(now.newest, next.manifest.upto());
  if (newest < next.seen) return nullptr;
  if (newest == next.seen) return view_;
  apply_delta(next, snapshot, tables_, place, context);
  auto made = std::make_shared<const index_view>(std::move(next));
  if (keep) view_ = made;
  return made;
}

std::shared_ptr<const index_view> search_index::refresh_from_server(const executor& on, const index_place& place,
                                                                    bool keep, std::uint64_t most,
                                                                    const call_context& context) {
  if (auto known = last()) {
    const auto now = read_server_numbers(on, tables_, known->manifest.lowest, context);
    if (now.version == known->manifest.version && now.checksum == known->checksum && now.delta == known->mark &&
        (!known->tracked || is_all_tracked(on, known->manifest.tracked_by, place, *known->tracked, context)))
      return known;
  }
  std::shared_ptr<const index_view> found;
  // the mutex behind the connection: whoever has the mutex waits for no connection
  in_one_snapshot(
      on, [&](const executor& inside) { found = read_from_server(inside, place, keep, most, context); }, context.where);
  return found;
}

std::shared_ptr<const index_view> search_index::read_from_server(const executor& snapshot, const index_place& place,
                                                                 bool keep, std::uint64_t most,
                                                                 const call_context& context) {
  const auto manifest = read_manifest(snapshot, tables_, context);
  const auto delta = read_server_delta(snapshot, tables_, manifest.lowest, all_rows, context);
  const auto [version, checksum, mark] = read_server_numbers(snapshot, tables_, manifest.lowest, context);
  if (version != manifest.version) return nullptr;  // a transaction that sees what others commit
  const std::lock_guard lock(refreshing_);          // the others wait for what this one reads
  if (view_ && manifest.version == view_->manifest.version && checksum != view_->checksum) view_.reset();
  if (view_ && manifest.version < view_->manifest.version) return nullptr;
  auto next = view_ ? *view_ : index_view{};
  if (!view_ || checksum != view_->checksum) {
    next.rows = next.merged;
    next.seen = next.manifest.upto();
    apply_manifest(next, snapshot, tables_, most, context);
    next.checksum = checksum;
    next.merged = next.rows;
    next.delta.clear();
    next.mark = {};
    load_tracked_into(next, snapshot, tables_, context);
    keep_merged(next);
  }
  if (!std::ranges::includes(delta, next.delta) ||
      (next.tracked &&
       !reaches_back(*next.tracked, next.manifest.tracked_by, snapshot, context))) {  // a transaction that began before
    next.rows = next.merged;
    next.delta.clear();
    next.tracked = next.tracked_merged;
  }
  std::vector<delta_row> unseen;
  std::ranges::set_difference(delta, next.delta, std::back_inserter(unseen));
  auto keys = keys_of(unseen);
  track(next, snapshot, place, keys.numbers, context);
  if (next.rows && !keys.empty()) take_changes(next, snapshot, place, keys, context);
  next.delta = delta;
  next.mark = mark_of(delta);
  auto made = std::make_shared<const index_view>(std::move(next));
  if (keep) view_ = made;
  return made;
}

}  // namespace tidb::detail
