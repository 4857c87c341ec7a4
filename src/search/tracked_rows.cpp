#include "search/tracked_rows.hpp"

#include "search/own_sql.hpp"
#include "search/search_index.hpp"
#include "tidbxx/core/error.hpp"
#include "tidbxx/sql/printer.hpp"

#include <algorithm>
#include <array>
#include <cstring>
#include <iterator>
#include <tuple>
#include <utility>

namespace tidb::detail {

namespace {

constexpr std::int64_t second = 1'000'000;  // in microseconds
// a DATETIME is what the clock on the wall of the writer's session says: at most so far behind UTC, which ours has
constexpr std::chrono::hours farthest_zone{14};
// two changes in the same tick of a column without six digits bear the same time; clocks of servers differ, too
constexpr std::int64_t doubtful_for = 5 * second;

std::string quoted(std::string_view name) { return sql::quote_identifier(name); }

/// What is committed after a moment bears a time that is no earlier than so long before it.
std::chrono::seconds latest_commit(const tracking& by) {
  return longest_transaction + (by.is_timestamp ? std::chrono::hours(0) : farthest_zone);
}

/// A point in time as the column has it: the place of a parameter, in seconds since 1970.
std::string point(const tracking& by) {
  return by.is_timestamp ? "FROM_UNIXTIME(?)" : "TIMESTAMPADD(SECOND, ?, '1970-01-01')";
}

std::string time_of_row(const tracking& by) {
  const auto column = quoted(by.column);
  return by.is_timestamp ? "CAST(UNIX_TIMESTAMP(" + column + ") * 1000000 AS SIGNED)"
                         : "TIMESTAMPDIFF(MICROSECOND, '1970-01-01', " + column + ")";
}

template <class F>
auto unless_lost(const tracking& by, F&& read) {
  constexpr int no_such_column = 1054;
  try {
    return read();
  } catch (const error& failed) {
    if (failed.info().server_code != no_such_column) throw;
    throw tracking_lost("the column \"" + by.column + "\" that tells of changes is there no longer");
  }
}

/// Microseconds since 1970, of the snapshot that the transaction reads: in a long one it is far behind the clock.
std::int64_t time_of_snapshot(const executor& inside, const call_context& context) {
  const statement_text text("SELECT CAST(@@tidb_current_ts AS UNSIGNED)");
  constexpr int logical_bits = 18;
  return static_cast<std::int64_t>(read_own<std::uint64_t>(inside, context, text).front() >> logical_bits) * 1000;
}

std::int64_t doubtful_until(const tracking& by, std::int64_t time, std::int64_t now) {
  if (by.is_fine) return 0;
  const auto until = (by.is_timestamp ? time : now) + doubtful_for;
  return until > now ? until : 0;
}

void read_pairs(const executor& inside, const tracking& by, const index_place& place, std::int64_t from,
                std::vector<seen_row>& into, const call_context& context) {
  const statement_text text("SELECT " + quoted(place.key.front().name) + ", " + time_of_row(by) + " FROM " +
                            quoted(place.table) + " WHERE " + quoted(by.column) + " >= " + point(by));
  unless_lost(by, [&] {
    for (const auto& [key, time] : read_own<std::tuple<std::int64_t, std::int64_t>>(inside, context, text, from))
      into.push_back({key, time});
  });
}

/// In a form that the stores themselves compute.
tracked_marks read_marks(const executor& on, const tracking& by, const index_place& place, std::int64_t from,
                         std::int64_t split, const call_context& context) {
  const auto column = quoted(by.column);
  const auto part = "(SELECT COUNT(*) AS n, SUM(" + column + " + 0) AS s, BIT_XOR(" + quoted(place.key.front().name) +
                    ") AS x FROM " + quoted(place.table) + " WHERE " + column + " >= " + point(by);
  const statement_text text("SELECT a.n, IFNULL(CAST(a.s AS CHAR), ''), a.x, b.n, IFNULL(CAST(b.s AS CHAR), ''), b.x "
                            "FROM " +
                            part + " AND " + column + " < " + point(by) + ") a, " + part + ") b");
  using row = std::tuple<std::int64_t, std::string, std::uint64_t, std::int64_t, std::string, std::uint64_t>;
  auto [n, s, x, newer_n, newer_s, newer_x] =
      unless_lost(by, [&] { return read_own<row>(on, context, text, from, split, split).front(); });
  return {.older = {n, std::move(s), x}, .newer = {newer_n, std::move(newer_s), newer_x}};
}

/// Whole, so that the server finds the same rows by it.
std::int64_t first_second(const tracking& by, std::int64_t now) {
  return std::max<std::int64_t>(now / second - (latest_commit(by) + readers_apart).count(), 0);
}

/// What is later is likely to change again soon.
std::int64_t split_at(std::int64_t from, std::int64_t now) {
  constexpr std::int64_t recent = 2;
  return std::max(from, now / second - recent);
}

/// `rows` without those before `from`.
tracked_rows kept(std::vector<seen_row> rows, std::int64_t from) {
  std::erase_if(rows, [&](const seen_row& row) { return row.time < from * second; });
  tracked_rows made{.from = from, .rows = std::move(rows)};
  made.is_settled = std::ranges::all_of(made.rows, [](const seen_row& row) { return row.doubtful_until == 0; });
  return made;
}

void sort_by_key(std::vector<seen_row>& rows) {
  std::ranges::sort(rows, [](const seen_row& left, const seen_row& right) {
    return left.key != right.key ? left.key < right.key : left.time > right.time;
  });
  // a transaction that sees what others commit may have read a row twice
  rows.erase(std::ranges::unique(rows, {}, &seen_row::key).begin(), rows.end());
}

}  // namespace

bool reaches_back(const tracked_rows& known, const tracking& by, const executor& inside, const call_context& context) {
  return known.from <= time_of_snapshot(inside, context) / second - latest_commit(by).count();
}

tracked_rows read_tracked(const executor& inside, const tracking& by, const index_place& place,
                          const call_context& context) {
  const auto now = time_of_snapshot(inside, context);
  const auto from = first_second(by, now);
  std::vector<seen_row> rows;
  read_pairs(inside, by, place, from, rows, context);
  sort_by_key(rows);
  for (auto& row : rows) row.doubtful_until = doubtful_until(by, row.time, now);
  return kept(std::move(rows), from);
}

namespace {

/// Which of `rows` are news to who knows `before`; and keys that are there no longer.
struct news {
  std::vector<seen_row> rows{};
  std::vector<std::int64_t> gone{};
};

/// Both ascending by key. Takes over what is known of those that are in both.
news compare(std::vector<seen_row>& rows, std::span<const seen_row> before, const tracking& by, std::int64_t now) {
  news found;
  auto known = before.begin();
  for (auto& row : rows) {
    for (; known != before.end() && known->key < row.key; ++known) found.gone.push_back(known->key);
    const bool was_there = known != before.end() && known->key == row.key;
    if (was_there && known->time == row.time) {
      row.doubtful_until = now >= known->doubtful_until ? 0 : known->doubtful_until;
      if (known->doubtful_until != 0) found.rows.push_back(row);
    } else {
      row.doubtful_until = doubtful_until(by, row.time, now);
      found.rows.push_back(row);
    }
    if (was_there) ++known;
  }
  for (; known != before.end(); ++known) found.gone.push_back(known->key);
  return found;
}

/// True if some, the newest, are left to the next who reads, from the second of the first of them on.
bool leave_newest(std::vector<seen_row>& all, std::vector<seen_row>& changed, std::size_t most, std::int64_t& from) {
  if (changed.size() <= most) return false;
  std::ranges::nth_element(changed, changed.begin() + static_cast<std::ptrdiff_t>(most), {}, &seen_row::time);
  std::vector<std::int64_t> left;
  for (const auto& row : std::span(changed).subspan(most)) left.push_back(row.key);
  from = std::min(from, changed[most].time / second);
  changed.resize(most);
  std::ranges::sort(left);
  std::erase_if(all, [&](const seen_row& row) { return std::ranges::binary_search(left, row.key); });
  return true;
}

}  // namespace

tracked_changes read_tracked_since(const executor& inside, const tracking& by, const index_place& place,
                                   const tracked_rows& before, std::size_t most, const call_context& context) {
  const auto now = time_of_snapshot(inside, context);
  const auto first = std::max(first_second(by, now), before.from);
  const auto split = split_at(first, now);
  // marks before rows: where the two are of different moments the next reader finds other marks
  const bool is_older_same =
      before.marks && read_marks(inside, by, place, before.from, before.split, context).older == before.marks->older;
  auto marks = read_marks(inside, by, place, first, split, context);
  std::vector<seen_row> rows;
  if (is_older_same)
    std::ranges::copy_if(before.rows, std::back_inserter(rows),
                         [&](const seen_row& row) { return row.time < before.split * second; });
  read_pairs(inside, by, place, is_older_same ? before.split : before.from, rows, context);
  sort_by_key(rows);
  auto found = compare(rows, before.rows, by, now);
  auto from = first;
  const bool is_all = !leave_newest(rows, found.rows, most, from);
  tracked_changes made;
  for (const auto& row : found.rows) made.keys.push_back(row.key);
  std::ranges::sort(made.keys);
  made.after = kept(std::move(rows), from);
  made.after.unmerged = before.unmerged + std::ssize(made.keys);
  if (is_all) {
    made.after.split = split;
    made.after.marks = std::move(marks);
  }
  made.keys = both_keys(std::move(made.keys), found.gone);
  return made;
}

bool is_all_tracked(const executor& on, const tracking& by, const index_place& place, const tracked_rows& known,
                    const call_context& context) {
  if (!known.is_settled || !known.marks) return false;
  // an old transaction may see other rows, whose times are all before `from`
  if (on.in_transaction() && !reaches_back(known, by, on, context)) return false;
  return read_marks(on, by, place, known.from, known.split, context) == *known.marks;
}

std::int64_t count_tracked(const executor& on, const index_manifest& manifest, const index_place& place,
                           const call_context& context) {
  if (!manifest.tracked_by) return 0;
  const statement_text text("SELECT COUNT(*) FROM " + quoted(place.table) + " WHERE " +
                            quoted(manifest.tracked_by.column) + " >= " + point(manifest.tracked_by));
  const auto rows = unless_lost(
      manifest.tracked_by, [&] { return read_own<std::int64_t>(on, context, text, manifest.tracked_from).front(); });
  return std::max<std::int64_t>(rows - static_cast<std::int64_t>(manifest.tracked_rows), 0);
}

namespace {

constexpr std::size_t stored_row = 3 * sizeof(std::int64_t);

}  // namespace

void store_tracked(index_blocks& blocks, const tracked_rows& merged, index_manifest& into) {
  std::vector<std::int64_t> numbers;
  for (const auto& row : merged.rows) numbers.insert(numbers.end(), {row.key, row.time, row.doubtful_until});
  into.tracked_from = merged.from;
  into.tracked_rows = merged.rows.size();
  into.tracked.clear();
  constexpr std::size_t most = max_block_bytes / stored_row * 3;  // no row is in two blocks
  for (std::span<const std::int64_t> left(numbers); !left.empty(); left = left.subspan(std::min(left.size(), most))) {
    const auto some = left.first(std::min(left.size(), most));
    into.tracked.push_back(blocks.write({reinterpret_cast<const char*>(some.data()), some.size_bytes()}));
  }
}

tracked_rows load_tracked(index_blocks& blocks, const index_manifest& of) {
  std::vector<seen_row> rows;
  for (const auto& name : of.tracked)
    blocks.read(name, [&](std::string_view payload) {
      if (payload.size() % stored_row != 0) throw damaged_index("a block of keys and times has a wrong length");
      for (; !payload.empty(); payload.remove_prefix(stored_row)) {
        std::array<std::int64_t, 3> numbers{};
        std::memcpy(numbers.data(), payload.data(), stored_row);
        rows.push_back({numbers[0], numbers[1], numbers[2]});
      }
    });
  sort_by_key(rows);
  return kept(std::move(rows), of.tracked_from);
}

std::vector<std::int64_t> both_keys(std::vector<std::int64_t> left, std::span<const std::int64_t> right) {
  std::vector<std::int64_t> all;
  all.reserve(left.size() + right.size());
  std::ranges::set_union(left, right, std::back_inserter(all));
  return all;
}

}  // namespace tidb::detail
