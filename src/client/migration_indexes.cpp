#include "client/migration_indexes.hpp"

#include "schema/table_change.hpp"
#include "search/native_index.hpp"
#include "search/text_form.hpp"
#include "tidbxx/core/error.hpp"

#include <algorithm>
#include <exception>
#include <memory>
#include <optional>
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

migration_indexes::migration_indexes(const executor& on, std::span<const moved_column> moved,
                                     const migration_options& options, const call_context& context)
    : on_(beside(on)), moved_(moved), options_(options), context_(context) {
  const bool cannot = on.engine() == engine_kind::tidb && on_.in_transaction();
  if (cannot) moved_ = {};
}

void migration_indexes::expect_no_native() const {
  for (const auto& each : moved_)
    if (find_native_index(on_, {each.table, each.column, 0}, context_))
      throw_usage(
          "TiDB's own index of " + name_of(each.table, each.column) +
              " does not come along: drop it before, and make it again after the migration; nothing was changed",
          context_.where);
}

void migration_indexes::take() {
  expect_no_native();
  try {
    for (const auto& each : moved_)
      if (auto as = take_index(on_, each.table, each.column, context_); as && stays(each, *as))
        taken_.emplace_back(each, std::move(*as));
  } catch (...) {
    if (on_.engine() == engine_kind::tidb) put_back();
    throw;
  }
}

/// The migration leaves it something to be of.
bool migration_indexes::stays(const moved_column& each, const index_form& as) const {
  return as.text.empty() ? each.dimensions > 0 : !renamed_text(each, as.text).empty();
}

/// The columns of a full-text index, as they are called afterwards; those that go are in it no longer. Empty: all go.
std::string migration_indexes::renamed_text(const moved_column& each, const std::string& text) const {
  if (text.empty()) return text;
  auto form = text_form_from(text);
  const auto before = std::exchange(form.columns, {});
  const auto boosts = std::exchange(form.boosts, {});
  for (std::size_t i = 0; i < before.size(); ++i) {
    const auto moved = std::ranges::find_if(moved_, [&](const moved_column& other) {
      return same_text(other.table, each.table) && same_text(other.column, before[i]);
    });
    const bool stays = moved == moved_.end();
    if (!stays && moved->new_column.empty()) continue;
    form.columns.push_back(stays ? before[i] : moved->new_column);
    if (i < boosts.size()) form.boosts.push_back(boosts[i]);
  }
  return form.columns.empty() ? std::string() : to_text(form);
}

index_form migration_indexes::renamed(const moved_column& each, const index_form& as) const {
  index_form made{.by = as.by, .tracked_by = as.tracked_by, .text = renamed_text(each, as.text)};
  for (const auto& column : options_.renamed_columns)
    if (same_text(column.table, each.new_table) && same_text(column.from, as.tracked_by)) made.tracked_by = column.to;
  return made;
}

void migration_indexes::put() {
  std::optional<error> failure;
  std::string names;
  for (const auto& [each, as] : taken_) {
    try {
      put_index(on_, {each.new_table, each.new_column, each.dimensions}, renamed(each, as), context_);
    } catch (const error& failed) {
      if (on_.engine() == engine_kind::embedded) throw;  // all of it is undone
      if (!failure) failure = failed;
      names += (names.empty() ? "" : ", ") + name_of(each.new_table, each.new_column);
    }
  }
  if (!failure) return;
  auto info = failure->info();
  info.message =
      "the migration is done, but the search index of " + names + " could not be made again: " + info.message;
  throw_error(std::move(info));
}

std::string migration_indexes::put_back() noexcept {
  std::string lacking;
  for (const auto& [each, as] : taken_) {
    bool done = false;
    for (const bool moved : {true, false}) {
      if (done) break;
      const index_target of{moved ? each.new_table : each.table, moved ? each.new_column : each.column,
                            each.dimensions};
      try {
        put_index(on_, of, moved ? renamed(each, as) : as, context_);
        done = true;
      } catch (const std::exception&) {  // the column is called otherwise
      }
    }
    if (!done)
      lacking += "; the search index of " + name_of(each.table, each.column) + " was dropped for it: make it again";
  }
  return lacking;
}

}  // namespace tidb::detail
