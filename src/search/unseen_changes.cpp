#include "search/unseen_changes.hpp"

#include "search/own_sql.hpp"
#include "tidbxx/core/error.hpp"
#include "tidbxx/sql/printer.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <random>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

namespace tidb::detail {

namespace {

constexpr std::int64_t rows_looked_at = 128;                 // of the index and of the table
constexpr std::int64_t few = 100, share_that_matters = 100;  // below a hundredth nobody need be warned

struct server_count {
  std::int64_t changes{};  ///< since the table was analyzed
  std::int64_t rows{};
  std::int64_t analyzed{};  ///< in what snapshot
};

/// Some minutes late. Zeros for a table of which the server has counted nothing yet; nothing without the right to read.
std::optional<server_count> read_count(const executor& on, const index_place& place, const call_context& context) {
  const statement_text text("SELECT modify_count, count, snapshot FROM mysql.stats_meta WHERE table_id = ?");
  using row = std::tuple<std::int64_t, std::int64_t, std::int64_t>;
  try {
    const auto found = read_own<row>(on, context, text, place.table_id);
    if (found.empty()) return server_count{};
    const auto& [changes, rows, analyzed] = found.front();
    return server_count{changes, rows, analyzed};
  } catch (const error& failed) {
    if (failed.code() != errc::access_denied) throw;
    return std::nullopt;
  }
}

/// At least so many that were not told. `unmerged`: of those that were, what is in the delta still.
std::int64_t estimate_unseen(const server_count& now, const counted_changes& before, std::int64_t unmerged) {
  const auto told = before.told + unmerged;
  // what was done just before the index was built may not have been counted then
  const auto late = std::abs(before.rows - before.counted_rows);
  if (now.analyzed == before.analyzed) return std::max<std::int64_t>(now.changes - before.changes - late - told, 0);
  // changes are counted anew, and no merge has been since: it would have taken note of that
  const auto by_rows = std::abs(now.rows - before.rows) - told;
  return std::max<std::int64_t>({now.changes - unmerged, by_rows, 0});
}

bool has_same_code(const vector_snapshot& rows, const coded_run& run, std::size_t slot) {
  const auto partition = rows.directory().find(run.keys[slot]);
  if (partition != run.partition) return false;
  const auto known = rows.partition(partition).find(run.keys[slot]);
  if (known.run == nullptr) return false;
  const auto width = run.second.size() / run.rows();
  const auto code = run.second.begin() + static_cast<std::ptrdiff_t>(slot * width);
  return std::equal(code, code + static_cast<std::ptrdiff_t>(width),
                    known.run->second.begin() + static_cast<std::ptrdiff_t>(known.slot * width));
}

class number_below {
public:
  std::size_t operator()(std::size_t count) {
    return std::uniform_int_distribution<std::size_t>(0, count - 1)(random_);
  }

private:
  std::mt19937_64 random_{std::random_device{}()};
};

/// Some that the index knows, at random.
row_keys keys_of_index(const vector_snapshot& rows) {
  number_below below;
  row_keys keys;
  for (std::int64_t tries = 0; tries < rows_looked_at && rows.rows() > 0; ++tries) {
    auto number = below(rows.rows());
    std::uint32_t partition = 0;
    while (number >= rows.partition(partition).rows()) number -= rows.partition(partition++).rows();
    const auto parts = rows.partition(partition).parts();
    const auto& part = parts[below(parts.size())];
    if (part.run->rows() == 0) continue;
    const auto slot = below(part.run->rows());
    const auto& run = *part.run;
    if (part.is_alive(slot)) keys.add(run.keys[slot], run.names.empty() ? std::string_view() : run.names[slot]);
  }
  keys.sort();
  return keys;
}

row_keys keys_of_index(const text_snapshot& rows) {
  number_below below;
  row_keys keys;
  for (std::int64_t tries = 0; tries < rows_looked_at && rows.documents() > 0; ++tries) {
    const auto& part = rows.parts()[below(rows.parts().size())];
    const auto slot = static_cast<text_slot>(below(part.segment->documents()));
    if (part.is_alive(slot)) keys.add(part.segment->keys()[slot], part.segment->name(slot));
  }
  keys.sort();
  return keys;
}

/// The highest: most tables add their rows there.
row_keys keys_of_table(const executor& on, const index_place& place, const call_context& context) {
  std::string columns, order;
  for (const auto& column : place.key) {
    const auto name = sql::quote_identifier(column.name);
    columns += (columns.empty() ? "" : ", ") + name;
    order += (order.empty() ? "" : ", ") + name + " DESC";
  }
  const statement_text text("SELECT " + columns + " FROM " + sql::quote_identifier(place.table) + " ORDER BY " + order +
                            " LIMIT ?");
  const std::array<value_view, 1> limit{value_view::of(rows_looked_at)};
  open_rows rows(on, text, limit, on.context(context.where));
  row_keys keys;
  while (rows.next()) {
    if (is_number(place.key))
      keys.add(rows.cells()[0].integer, {});
    else if (const auto name = name_of_key(place.key, rows.cells()); !name.empty())
      keys.add(row_number_of(name), name);
  }
  return keys;
}

struct findings {
  std::size_t looked_at{}, wrong{};
};

findings compare_some(const executor& on, const index_place& place, const index_view& view,
                      const call_context& context) {
  findings found;
  const auto& whole = *view.rows.whole;
  const auto look = [&](const row_keys& keys, bool are_known) {
    const auto rows = read_rows(on, view.manifest, place, keys, context);
    found.looked_at += keys.size();
    if (are_known) found.wrong += keys.size() - rows.keys.size();
    for (const auto& run : encode(whole.model(), rows.keys.numbers, rows.vectors))
      for (std::size_t slot = 0; slot < run.rows(); ++slot) found.wrong += has_same_code(whole, run, slot) ? 0 : 1;
  };
  look(keys_of_index(whole), true);
  look(keys_of_table(on, place, context), false);
  return found;
}

/// Whether rows are there; what they say is not compared.
findings compare_some_texts(const executor& on, const index_place& place, const index_view& view,
                            const call_context& context) {
  findings found;
  const auto& documents = view.rows.texts->documents();
  const auto look = [&](const row_keys& keys, bool are_known) {
    const auto rows = read_documents(on, view.manifest, place, keys, view.rows.texts->reading(), context);
    const auto there = rows ? rows->keys() : std::span<const std::int64_t>();
    found.looked_at += keys.size();
    if (are_known) found.wrong += keys.size() - there.size();
    for (const auto key : there) found.wrong += documents.contains(key) ? 0 : 1;
  };
  look(keys_of_index(documents), true);
  look(keys_of_table(on, place, context), false);
  return found;
}

counted_changes count_from(const server_count& now, const executor& inside, const index_place& place,
                           const call_context& context) {
  const statement_text text("SELECT COUNT(*) FROM " + sql::quote_identifier(place.table));
  return {.changes = now.changes,
          .counted_rows = now.rows,
          .analyzed = now.analyzed,
          .rows = read_own<std::int64_t>(inside, context, text).front()};
}

}  // namespace

std::optional<counted_changes> count_changes(const executor& inside, const index_place& place,
                                             const call_context& context) {
  const auto now = read_count(inside, place, context);
  if (!now) return std::nullopt;
  return count_from(*now, inside, place, context);
}

void count_told(std::optional<counted_changes>& counted, std::int64_t told, const executor& inside,
                const index_place& place, const call_context& context) {
  if (!counted) return;
  counted->told += told;
  const auto now = read_count(inside, place, context);
  if (now && now->analyzed != counted->analyzed) counted = count_from(*now, inside, place, context);
}

void look_for_unseen(const executor& inside, const index_entry& entry, const index_view& view, index_stats& into,
                     const call_context& context) {
  const auto& manifest = view.manifest;
  if (inside.engine() == engine_kind::embedded || manifest.tracked_by || !manifest.counted || !view.rows) return;
  const auto now = read_count(inside, entry.place, context);
  if (!now) return;
  const auto unseen = estimate_unseen(*now, *manifest.counted, view.mark.rows);
  into.unseen_changes = static_cast<std::uint64_t>(unseen);
  // a server that counts anew has forgotten what was before
  const bool has_forgotten = now->analyzed != manifest.counted->analyzed;
  if (!has_forgotten && (unseen < few || unseen < now->rows / share_that_matters)) return;
  if (view.rows.paged) return;  // it would have to be read
  const auto found = view.rows.texts ? compare_some_texts(inside, entry.place, view, context)
                                     : compare_some(inside, entry.place, view, context);
  if (found.wrong == 0) return;  // other columns may have been changed, which nobody has to tell
  into.warning =
      "other tools write \"" + entry.place.table + "\": of " + std::to_string(found.looked_at) + " rows looked at " +
      std::to_string(found.wrong) + " are not as the index knows them" +
      (unseen > 0 ? ", and the server counts about " + std::to_string(unseen) + " changes that it was not told of"
                  : std::string()) +
      "; make it with tracked_by, or call " + (entry.place.is_text() ? "rebuild_fulltext_index" : "rebuild_index") +
      " after such writes";
}

}  // namespace tidb::detail
