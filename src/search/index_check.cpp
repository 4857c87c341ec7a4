#include "search/index_build.hpp"
#include "search/indexed_column.hpp"
#include "search/native_index.hpp"
#include "search/own_sql.hpp"
#include "search/text/document_marks.hpp"
#include "search/unseen_changes.hpp"
#include "tidbxx/core/error.hpp"
#include "tidbxx/engine/transaction.hpp"
#include "tidbxx/search/index.hpp"
#include "tidbxx/sql/printer.hpp"

#include <algorithm>
#include <limits>
#include <optional>
#include <unordered_map>
#include <utility>

namespace tidb::detail {

namespace {

/// Where the code of each key is.
class code_places {
public:
  explicit code_places(std::vector<coded_run> runs) : runs_(std::move(runs)) {
    for (std::size_t run = 0; run < runs_.size(); ++run)
      for (std::size_t slot = 0; slot < runs_[run].rows(); ++slot) places_[runs_[run].keys[slot]] = {run, slot};
  }
  bool contains(std::int64_t key) const { return places_.contains(key); }
  std::size_t size() const { return places_.size(); }
  /// The row of a run has the same code here.
  bool has_same(const coded_run& other, std::size_t slot) const {
    const auto [run, here] = places_.at(other.keys[slot]);
    const auto& own = runs_[run];
    const auto width = other.second.size() / std::max<std::size_t>(other.rows(), 1);
    const auto begin = own.second.begin() + static_cast<std::ptrdiff_t>(here * width);
    return own.partition == other.partition &&
           std::equal(begin, begin + static_cast<std::ptrdiff_t>(width),
                      other.second.begin() + static_cast<std::ptrdiff_t>(slot * width));
  }

private:
  std::vector<coded_run> runs_;
  std::unordered_map<std::int64_t, std::pair<std::size_t, std::size_t>> places_;
};

void count_part(const vector_model& model, const code_places& places, table_rows& part, index_check& found) {
  for (const auto& run : encode(model, part.keys.numbers, part.vectors))
    for (std::size_t slot = 0; slot < run.rows(); ++slot) {
      ++found.rows;
      if (!places.contains(run.keys[slot]))
        ++found.missing;
      else if (!places.has_same(run, slot))
        ++found.stale;
    }
  part.keys = {};
  part.vectors.clear();
}

void compare_texts(const executor& on, const index_entry& entry, const index_view& view, index_check& found,
                   const call_context& context) {
  document_marks known, now;
  for (const auto& part : view.rows.texts->documents().parts()) add_marks(known, *part.segment, part.gone.get());
  const auto fresh = read_documents(on, view.manifest, entry.place, view.rows.texts->reading(), context);
  if (fresh) add_marks(now, *fresh, nullptr);
  found.rows = now.size();
  for (const auto& [key, mark] : now) {
    const auto there = known.find(key);
    if (there == known.end())
      ++found.missing;
    else if (there->second != mark)
      ++found.stale;
  }
  found.left_over = known.size() - (found.rows - found.missing);
}

void compare_with_table(const executor& on, const index_entry& entry, const index_view& view, index_check& found,
                        const call_context& context) {
  if (view.rows.texts) return compare_texts(on, entry, view, found, context);
  constexpr std::size_t rows_at_once = 4096;
  const code_places places(view.rows.whole->runs());
  table_rows part;
  each_row(
      on, view.manifest, entry.place,
      [&](std::int64_t key, std::string_view, std::span<const float> vector) {
        part.keys.add(key, {});
        part.vectors.insert(part.vectors.end(), vector.begin(), vector.end());
        if (part.keys.size() == rows_at_once) count_part(view.rows.model(), places, part, found);
      },
      context);
  count_part(view.rows.model(), places, part, found);
  found.left_over = places.size() - (found.rows - found.missing);
}

void examine(const executor& on, const index_entry& entry, index_check& found, const call_context& context) {
  const auto remedy = ": call " + entry.place.call("rebuild");
  const auto report = [&](const std::string& what) { found.problems.push_back(what + remedy); };
  search_index fresh(entry.place.id, on.engine());  // what is stored, not what is in memory
  const auto manifest = read_manifest(on, fresh.tables(), context);
  if (!manifest.is_built()) return report("it is not built yet");
  if (!entry.is_followed(manifest))
    return report("its triggers are not on the table, which another tool has made anew");
  if (!rows_are_numbered_as_before(on, fresh.tables(), manifest, context))
    return report("VACUUM has numbered the table's rows anew");
  const auto view = fresh.refresh(on, entry.place, false, std::numeric_limits<std::uint64_t>::max(), context);
  compare_with_table(on, entry, *view, found, context);
  if (found.missing > 0) report(std::to_string(found.missing) + " rows of the table are not in it");
  if (found.stale > 0) report(std::to_string(found.stale) + " rows are not as it knows them");
  if (found.left_over > 0) report(std::to_string(found.left_over) + " rows that it knows have left the table unseen");
}

}  // namespace

index_check check_index(const executor& on, const index_target& of, std::source_location where) {
  const auto context = on.context(where);
  if (const auto native = find_native_index(on, of, context)) return check_native_index(on, *native, context);
  index_check found;
  in_one_snapshot(
      on,
      [&](const executor& inside) {
        found = {};
        const auto entry = expect_entry(inside, of, context);
        refuse_newer(entry, context, [&] {
          try {
            examine(inside, entry, found, context);
          } catch (const damaged_index& why) {
            found.problems.push_back(std::string(why.what()) + ": the next search mends it");
          } catch (const tracking_lost& why) {
            found.problems.push_back(std::string(why.what()) + ": make the index anew");
          }
        });
      },
      where);
  return found;
}

index_stats stats_of_index(const executor& on, const index_target& of, std::source_location where) {
  const auto context = on.context(where);
  if (const auto native = find_native_index(on, of, context)) return stats_of_native_index(on, *native, context);
  index_stats made;
  in_one_snapshot(
      on,
      [&](const executor& inside) {
        const auto entry = expect_entry(inside, of, context);
        const index_tables& tables = entry.index->tables();
        const statement_text stored("SELECT SUM(LENGTH(payload)) FROM " + sql::quote_identifier(tables.block()));
        const auto fill = [&] {
          const bool keep = !inside.in_transaction() || inside.transaction()->read_only();
          auto view = entry.index->refresh(inside, entry.place, keep, index_catalog::limit(inside), context);
          const bool is_now = view != nullptr;
          if (!view) view = entry.index->last();
          if (!view) return;  // let go of meanwhile
          made = {.delta = static_cast<std::uint64_t>(std::max<std::int64_t>(view->unmerged(), 0)),
                  .seconds = view->manifest.seconds,
                  .built_because = view->manifest.built_because};
          made.bytes_stored = static_cast<std::uint64_t>(
              read_own<std::optional<std::int64_t>>(inside, context, stored).front().value_or(0));
          if (!view->rows) return;
          made.rows = view->rows.rows();
          made.bytes_in_memory = view->rows.bytes() + entry.index->cached_bytes();
          if (is_now) look_for_unseen(inside, entry, *view, made, context);
          if (view->rows.texts) return;
          made.partitions = view->rows.model().partitions();
          if (view->rows.whole) made.first_stage_bytes = view->rows.whole->bytes().codes;
          made.vector_bytes = made.rows * view->manifest.of.dimensions * sizeof(float);
        };
        refuse_newer(entry, context, [&] {
          try {
            fill();
          } catch (const index_too_large& why) {
            made.built_because = std::string("not usable: ") + why.what();
          } catch (const tracking_lost& why) {
            made.built_because = std::string("not usable: ") + why.what();
          } catch (const damaged_index& why) {
            made.built_because = std::string("not usable: ") + why.what();
          }
        });
      },
      where);
  return made;
}

}  // namespace tidb::detail
