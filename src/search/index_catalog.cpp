#include "search/index_catalog.hpp"

#include "core/error_table.hpp"
#include "search/index_build.hpp"
#include "search/index_merge.hpp"
#include "search/indexed_column.hpp"
#include "search/own_sql.hpp"
#include "search/server_registry.hpp"
#include "tidbxx/core/error.hpp"
#include "tidbxx/engine/transaction.hpp"
#include "tidbxx/sql/printer.hpp"

#include <algorithm>
#include <charconv>
#include <exception>
#include <limits>
#include <optional>
#include <tuple>
#include <utility>

#include <unistd.h>

namespace tidb::detail {

namespace {

constexpr std::int64_t delta_budget = 2000;

constexpr std::string_view own_prefix = "_tidbxx_";

/// The number in a trigger's name, `_tidbxx_7_…`.
std::optional<std::int64_t> index_of_trigger(std::string_view name) {
  std::int64_t id = 0;
  const auto number = name.substr(own_prefix.size());
  const auto [end, failed] = std::from_chars(number.data(), number.data() + number.size(), id);
  if (failed != std::errc() || end == number.data() + number.size() || *end != '_') return std::nullopt;
  return id;
}

std::vector<index_place> read_places(const executor& on, const call_context& context) {
  const statement_text has_registry("SELECT COUNT(*) FROM sqlite_schema WHERE type = 'table' AND name = ?");
  if (read_own<std::int64_t>(on, context, has_registry, std::string(index_registry)).front() == 0) return {};
  const statement_text registered("SELECT id, table_name, column_name, metric, dimensions, IFNULL(text_form, '') FROM "
                                  "`_tidbxx_index` WHERE kind IN ('vector', 'text')");
  std::vector<index_place> places;
  using row = std::tuple<std::int64_t, std::string, std::string, std::string, std::uint32_t, std::string>;
  for (auto& [id, table, column, by, dimensions, text] : read_own<row>(on, context, registered)) {
    if (text.empty() && !is_metric(by)) continue;
    places.push_back({.id = id,
                      .table = table,
                      .registered = std::move(table),
                      .columns = columns_in(text, column),
                      .by = text.empty() ? metric_named(by) : metric{},
                      .text = text,
                      .dimensions = dimensions});
  }
  const statement_text triggers("SELECT name, tbl_name, sql FROM sqlite_schema WHERE type = 'trigger' AND "
                                "name LIKE '\\_tidbxx\\_%' ESCAPE '\\'");
  for (auto& [name, table, sql] : read_own<std::tuple<std::string, std::string, std::string>>(on, context, triggers)) {
    const auto id = index_of_trigger(name);
    const auto place = std::ranges::find_if(places, [&](const index_place& each) { return each.id == id; });
    if (place == places.end()) continue;
    place->triggers.push_back({std::move(name), std::move(sql)});
    place->table = std::move(table);  // a table that was renamed took its triggers along
  }
  return places;
}

}  // namespace

bool same_name(std::string_view left, std::string_view right) noexcept {
  const auto lower = [](char letter) {
    return letter >= 'A' && letter <= 'Z' ? static_cast<char>(letter + 32) : letter;
  };
  return std::ranges::equal(left, right, {}, lower, lower);
}

namespace {

/// A trigger's SQL without quotes, which ALTER TABLE RENAME chooses by itself.
std::string unquoted(std::string sql) {
  std::erase_if(sql, [](char letter) { return letter == '`' || letter == '"'; });
  return sql;
}

}  // namespace

bool index_entry::is_followed(const index_manifest& by) const {
  // SQLite has put the new name into the trigger of a column that was renamed: then the index is of another column
  auto of = by.of;
  of.table = place.table;
  if (!place.table_id.empty()) return place.table_id == by.nonce;
  const index_tables tables(place.id, engine_kind::embedded);
  const auto names = tables.triggers(by.nonce), texts = tables.create_triggers(of, by.nonce);
  for (std::size_t i = 0; i < names.size(); ++i) {
    const auto there = std::ranges::find(place.triggers, names[i], &index_trigger::name);
    if (there == place.triggers.end() || unquoted(there->sql) != unquoted(texts[i])) return false;
  }
  return true;
}

const index_entry* index_listing::find(std::int64_t id) const {
  const auto found = std::ranges::find(entries, id, [](const index_entry& entry) { return entry.place.id; });
  return found == entries.end() ? nullptr : &*found;
}

const index_entry* index_listing::find(std::string_view table, std::string_view column) const {
  const auto found = std::ranges::find_if(entries, [&](const index_entry& entry) {
    return same_name(entry.place.table, table) && (column.empty() ? entry.place.is_text() : entry.place.has(column));
  });
  return found == entries.end() ? nullptr : &*found;
}

void index_listing::expect_one_text_index(std::string_view table, std::source_location where) const {
  const auto is_it = [&](const index_place& place) { return place.is_text() && same_name(place.table, table); };
  if (std::ranges::count_if(entries, is_it, &index_entry::place) + std::ranges::count_if(native, is_it) > 1)
    throw_usage("\"" + std::string(table) +
                    "\" has several full-text indexes: say which by one of its columns, for a search with "
                    ".text_column<&T::member>()",
                where);
}

const index_place* index_listing::find_native(std::string_view table, std::string_view column) const {
  const auto found = std::ranges::find_if(native, [&](const index_place& place) {
    return same_name(place.table, table) && (column.empty() ? place.is_text() : place.has(column));
  });
  return found == native.end() ? nullptr : &*found;
}

bool index_place::has(std::string_view column) const {
  return std::ranges::any_of(columns, [&](const std::string& each) { return same_name(each, column); });
}

std::optional<bool> index_listing::filter_has_index(const std::string& statement) const {
  const std::lock_guard lock(noting_);
  const auto known = filters_.find(statement);
  return known == filters_.end() ? std::nullopt : std::optional(known->second);
}

void index_listing::note_filter(const std::string& statement, bool has_index) const {
  constexpr std::size_t most = 1000;
  const std::lock_guard lock(noting_);
  if (filters_.size() >= most) filters_.clear();
  filters_.emplace(statement, has_index);
}

index_catalog& index_catalog::of(const executor& on) {
  follow_writes(*on.pool());
  return static_cast<index_catalog&>(*on.pool()->extension());
}

void follow_writes(pool_state& pool) {
  if (pool.extension() == nullptr) pool.extend(std::make_unique<index_catalog>());
}

void in_one_snapshot(const executor& on, function_ref<void(const executor&)> body, std::source_location where) {
  if (on.in_transaction()) return body(on);
  run_transaction(on, {.read_only = true}, body, nullptr, where);
}

index_entry expect_entry(const executor& on, const index_target& of, const call_context& context) {
  const auto listing = index_catalog::of(on).list(on, context);
  if (of.column.empty()) listing->expect_one_text_index(of.table, context.where);
  if (const auto* const found = listing->find(of.table, of.column)) return *found;
  refuse_no_index(on, of,
                  of.column.empty()   ? "create_fulltext_index"
                  : of.dimensions > 0 ? "create_vector_index"
                                      : "create_vector_index or create_fulltext_index",
                  context);
}

void refuse_no_index(const executor& on, const index_target& of, std::string_view call, const call_context& context) {
  // of a table that is not there the database itself says so
  const statement_text look("SELECT COUNT(*) FROM " + sql::quote_identifier(of.table) + " WHERE 1 = 0");
  (void)read_own<std::int64_t>(on, context, look);
  error_info info{.where = context.where, .sent = false};
  judge(info, entry_named("no-index"), {{"name", name_of(of)}, {"call", call}});
  throw_error(std::move(info));
}

std::shared_ptr<const index_listing> index_catalog::list(const executor& on, const call_context& context) {
  if (on.engine() == engine_kind::tidb) return list_from_server(on, context);
  static const statement_text schema_version("PRAGMA schema_version");
  const auto version = read_own<std::int64_t>(on, context, schema_version).front();
  {
    const std::lock_guard lock(listing_);
    if (list_->schema_version == version) return list_;
  }
  return read(on, version, context);
}

std::shared_ptr<const index_listing> index_catalog::read(const executor& on, std::int64_t version,
                                                         const call_context& context) {
  auto places = read_places(on, context);
  const std::lock_guard lock(listing_);
  auto made = keep(std::move(places), on.engine());
  made->schema_version = version;
  // inside a transaction the version may be one that is undone again, and then given to another change
  if (!on.in_transaction() || on.transaction()->read_only()) list_ = made;
  return made;
}

/// What a transaction does not see for what it saw before; of a connection that was handed over there is only that.
executor index_catalog::beside(const executor& on) {
  const auto* const options = on.pool()->options();
  if (!on.in_transaction() || options == nullptr) return on;
  const std::lock_guard lock(listing_);
  if (!beside_) beside_ = std::make_shared<pool_state>(*options, pool_options{.max_size = 1});
  return executor(beside_, nullptr, on.options());
}

std::shared_ptr<const index_listing> index_catalog::list_from_server(const executor& on, const call_context& context) {
  auto now = std::chrono::steady_clock::now();
  std::uint64_t forgotten = 0;
  const auto known = [&]() -> std::shared_ptr<const index_listing> {
    const std::lock_guard lock(listing_);
    forgotten = forgotten_;
    // what a login told will do for most programs, which have no index
    const auto told = on.pool()->without_indexes_at() + registry_is_believed_for();
    return now < believed_until_ || (!must_look_ && list_->entries.empty() && list_->native.empty() && now < told)
               ? list_
               : nullptr;
  };
  if (auto list = known()) return list;
  const auto outside = beside(on);
  { const borrowed connected(outside, context); }
  now = std::chrono::steady_clock::now();
  if (auto list = known()) return list;
  auto places = read_server_places(outside, context);
  const std::lock_guard lock(listing_);
  const std::shared_ptr<const index_listing> made = keep(std::move(places), on.engine());
  if (forgotten != forgotten_) return made;
  list_ = made;
  believed_until_ = now + registry_is_believed_for();
  must_look_ = false;
  return list_;
}

void index_catalog::forget_list() {
  const std::lock_guard lock(listing_);
  believed_until_ = {};
  must_look_ = true;
  ++forgotten_;
}

/// Expects the mutex.
std::shared_ptr<index_listing> index_catalog::keep(std::vector<index_place> places, engine_kind engine) {
  auto made = std::make_shared<index_listing>();
  std::map<std::int64_t, std::shared_ptr<search_index>> still;
  for (auto& place : places) {
    if (place.state == index_state::native) {
      made->native.push_back(std::move(place));
      continue;
    }
    auto& known = indexes_[place.id];
    if (!known) known = std::make_shared<search_index>(place.id, engine);
    known->check_state();  // what was in memory may be of a file that was restored since
    still[place.id] = known;
    made->entries.push_back({std::move(place), known});
  }
  indexes_ = std::move(still);
  return made;
}

std::uint64_t index_catalog::limit(const executor& on) {
  if (const auto given = on.pool()->index_memory(); given != 0) return given;
  const auto pages = sysconf(_SC_PHYS_PAGES), size = sysconf(_SC_PAGESIZE);
  if (pages <= 0 || size <= 0) return std::numeric_limits<std::uint64_t>::max();
  return static_cast<std::uint64_t>(pages) * static_cast<std::uint64_t>(size) / 2;
}

void index_catalog::used(const executor& on, const search_index& index) {
  const auto most = limit(on);
  std::vector<std::shared_ptr<search_index>> victims;  // which may wait for what they are reading
  {
    const std::lock_guard lock(listing_);
    if (indexes_.size() < 2) return;
    std::vector<std::pair<std::uint64_t, std::shared_ptr<search_index>>> by_use;
    std::uint64_t sum = 0;
    for (const auto& [id, each] : indexes_) {
      if (each.get() == &index) last_use_[id] = ++uses_;
      by_use.emplace_back(last_use_[id], each);
      sum += each->bytes();
    }
    std::ranges::sort(by_use);
    for (const auto& [use, each] : by_use) {
      if (sum <= most) break;
      if (each.get() == &index) continue;
      sum -= each->bytes();
      victims.push_back(each);
    }
  }
  for (const auto& each : victims) each->forget();
}

/// The other indexes are merged, whatever one is like.
void index_catalog::merge_or_heal(const executor& on, const index_entry& entry, const call_context& context) {
  if (entry.place.state != index_state::ready) return;  // whoever makes it builds it
  try {
    merge_if_long(on, entry, delta_budget, context);
  } catch (const damaged_index& why) {
    const index_healing healing(*entry.index);
    if (healing.is_ours()) heal_index(on, entry, why.what(), context);
  } catch (const std::exception&) {
  }
}

void index_catalog::committed(const std::shared_ptr<pool_state>& pool, std::uint64_t rows) noexcept {
  if (rows_since_.fetch_add(rows, std::memory_order_relaxed) + rows < look_after_rows) return;
  if (merging_.test_and_set(std::memory_order_acquire)) return;  // also by this thread: merges are commits, too
  rows_since_ = 0;
  try {
    const executor on(pool, nullptr, {});
    const auto context = on.context(std::source_location::current());
    const auto listing = list(on, context);
    for (const auto& entry : listing->entries) merge_or_heal(on, entry, context);
  } catch (...) {  // the write is done; whoever writes or optimises next meets the same delta
  }
  merging_.clear(std::memory_order_release);
}

}  // namespace tidb::detail
