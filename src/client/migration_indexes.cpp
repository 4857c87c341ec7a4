#include "client/migration_indexes.hpp"

#include "schema/table_change.hpp"
#include "search/native_index.hpp"
#include "tidbxx/core/error.hpp"

#include <exception>
#include <memory>
#include <optional>
#include <tuple>
#include <utility>

namespace tidb::detail {

namespace {

std::string name_of(const std::string& table, const std::string& column) { return "\"" + table + "." + column + "\""; }

/// Nobody makes an index on the connection that holds the migration's lock. A connection that was handed over has no
/// other beside it.
executor beside(const executor& on) {
  const auto* const options = on.pool()->options();
  if (on.engine() == engine_kind::embedded || options == nullptr) return on;
  return executor(std::make_shared<pool_state>(*options, pool_options{.max_size = 2}), nullptr, on.options());
}

}  // namespace

migration_indexes::migration_indexes(const executor& on, const planned_migration& planned,
                                     const migration_options& options, const call_context& context)
    : on_(beside(on)), moved_(planned.vectors), texts_(planned.texts), options_(options), context_(context) {
  const bool cannot = on.engine() == engine_kind::tidb && on_.in_transaction();
  if (!cannot) return;
  moved_ = {};
  texts_ = {};
}

void migration_indexes::expect_no_native() const {
  const auto expect_none = [&](const std::string& table, const std::string& column) {
    if (!find_native_index(on_, {table, column, 0}, context_)) return;
    throw_usage("TiDB's own search index of " + name_of(table, column) +
                    " does not come along: drop it before, and make it again after the migration; nothing was changed",
                context_.where);
  };
  for (const auto& each : moved_) expect_none(each.table, each.column);
  for (const auto& each : texts_) expect_none(each.table, each.column);
}

void migration_indexes::take() {
  expect_no_native();
  try {
    for (const auto& each : moved_)
      if (auto as = take_index(on_, each.table, each.column, context_); as && each.dimensions > 0)
        taken_.emplace_back(each, std::move(*as));
  } catch (...) {
    if (on_.engine() == engine_kind::tidb) put_back();
    throw;
  }
}

std::string migration_indexes::renamed(const moved_vectors& each, const std::string& tracked_by) const {
  for (const auto& column : options_.renamed_columns)
    if (same_text(column.table, each.new_table) && same_text(column.from, tracked_by)) return column.to;
  return tracked_by;
}

void migration_indexes::put() {
  std::optional<error> failure;
  std::string names;
  for (const auto& [each, as] : taken_) {
    try {
      put_index(on_, {each.new_table, each.new_column, each.dimensions},
                       {.by = as.by, .tracked_by = renamed(each, as.tracked_by)}, context_);
    } catch (const error& failed) {
      if (on_.engine() == engine_kind::embedded) throw;  // all of it is undone
      if (!failure) failure = failed;
      names += (names.empty() ? "" : ", ") + name_of(each.new_table, each.new_column);
    }
  }
  if (!failure) return;
  auto info = failure->info();
  info.message =
      "the migration is done, but the vector index of " + names + " could not be made again: " + info.message;
  throw_error(std::move(info));
}

std::string migration_indexes::put_back() noexcept {
  std::string lacking;
  for (const auto& [each, as] : taken_) {
    bool done = false;
    for (const auto& [table, column, tracked_by] :
         {std::tuple(each.new_table, each.new_column, renamed(each, as.tracked_by)),
          std::tuple(each.table, each.column, as.tracked_by)}) {
      if (done) break;
      try {
        put_index(on_, {table, column, each.dimensions}, {.by = as.by, .tracked_by = tracked_by}, context_);
        done = true;
      } catch (const std::exception&) {  // the column is called otherwise
      }
    }
    if (!done)
      lacking += "; the vector index of " + name_of(each.table, each.column) + " was dropped for it: make it again";
  }
  return lacking;
}

}  // namespace tidb::detail
