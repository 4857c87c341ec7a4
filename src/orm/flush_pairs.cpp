// The rows between two objects of a many_to_many.
#include "orm/bulk_writes.hpp"
#include "orm/flush_run.hpp"

#include <algorithm>
#include <numeric>
#include <utility>

namespace tidb::detail {

void flush_run::write_pairs(all_or_none& writes) {
  erase_pairs_of_removed(writes);
  for (const bool added : {false, true}) {
    std::vector<const relation_facts*> relations;
    for (const auto& pair : session_.pairs_)
      if (pair.added == added && std::ranges::find(relations, pair.relation) == relations.end())
        relations.push_back(pair.relation);
    written_pairs done;
    for (const auto* relation : relations) write_pairs_of(writes, *relation, added, done);
  }
  session_.pairs_.clear();
}

void flush_run::write_pairs_of(all_or_none& writes, const relation_facts& relation, bool added, written_pairs& done) {
  const auto& between = relation.between;
  const bool in_order = between.names[0] < between.names[1];
  std::vector<object_key> held;
  std::vector<std::pair<value_view, value_view>> keys;
  held.reserve(session_.pairs_.size() * 2);
  for (const auto& pair : session_.pairs_) {
    if (pair.relation != &relation || pair.added != added) continue;
    const auto& first = in_order ? pair.own : pair.other;
    const auto& second = in_order ? pair.other : pair.own;
    if (!done.emplace(between.definition.name, first.get(), second.get()).second) continue;
    const auto own = held.emplace_back(*pair.own).cells().front();
    keys.emplace_back(own, held.emplace_back(*pair.other).cells().front());
  }
  changed_pairs_.push_back(&relation);
  if (keys.empty()) return;
  const auto encode = [&](std::size_t row, value_view* cells, kept_cells&) {
    std::tie(cells[0], cells[1]) = keys[row];
  };
  if (!added) {
    erase_rows_by_key(writes, between, between.key, keys.size(), encode, where_);
    return;
  }
  std::vector<std::size_t> all(keys.size());
  std::iota(all.begin(), all.end(), std::size_t{0});
  insert_rows_for_keys(writes, between, {}, all, encode, where_);
}

void flush_run::erase_pairs_of_removed(all_or_none& writes) {
  std::vector<tracked*> removed;
  for (const auto& object : session_.removed_) removed.push_back(object.get());
  each_class(removed, [&](const object_class& type, std::span<tracked* const> rows) {
    std::set<std::pair<std::string, std::string>> done;  // tables between, by the column of this side
    const auto erase_pairs = [&](const relation_facts& relation, std::size_t side) {
      if (!done.emplace(relation.between.definition.name, relation.between.names[side]).second) return;
      const auto encode = [&](std::size_t row, value_view* cells, kept_cells& kept) {
        cells[1 - side] = {};
        type.encode_row_key(rows[row]->original, cells + side, kept);
      };
      erase_rows_by_key(writes, relation.between, std::vector<std::size_t>{side}, rows.size(), encode, where_);
      changed_pairs_.push_back(&relation);
    };
    for (const auto& relation : type.relations)
      if (relation.kind == relation_kind::many_to_many) erase_pairs(relation, 0);
    for (const auto& each : session_.classes_)  // those that only the other side tells of
      for (const auto& relation : each->type().relations)
        if (relation.kind == relation_kind::many_to_many && &relation.other() == &type) erase_pairs(relation, 1);
  });
  std::erase_if(session_.pairs_, [](const pending_pair& pair) {
    return pair.own->state == object_state::removed || pair.other->state == object_state::removed;
  });
}

}  // namespace tidb::detail
