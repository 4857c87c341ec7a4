// One flush: what a session writes, and in which order.
#pragma once

#include "orm/all_or_none.hpp"
#include "orm/session_core.hpp"
#include "orm/write_order.hpp"

#include <algorithm>
#include <cstddef>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <source_location>
#include <span>
#include <string>
#include <tuple>
#include <unordered_map>
#include <utility>
#include <vector>

namespace tidb::detail {

/// Calls f with objects of one struct at a time, in the order in which they come.
template <class F>
void each_class(std::span<tracked* const> objects, F&& f) {
  std::vector<std::pair<const object_class*, std::vector<tracked*>>> groups;
  for (auto* object : objects) {
    auto group = std::ranges::find(groups, object->type, [](const auto& each) { return each.first; });
    if (group == groups.end()) group = groups.insert(groups.end(), {object->type, {}});
    group->second.push_back(object);
  }
  for (const auto& [type, rows] : groups) f(*type, std::span<tracked* const>(rows));
}

class flush_run {
public:
  flush_run(session_core& session, std::source_location where) : session_(session), where_(where) {}

  /// What is removed takes others with it, or leaves them without a parent. May read.
  void spread_removals();
  bool has_anything() const;
  /// Those of new objects, and of those whose texts have changed: all, or if a model throws none.
  void make_vectors();
  void write(const executor& on);
  /// After it went well.
  void note_written();

private:
  /// Tables between, with both objects in the order of their columns: both sides may say the same.
  using written_pairs = std::set<std::tuple<std::string, const tracked*, const tracked*>>;

  std::vector<std::shared_ptr<tracked>> children_of(std::span<tracked* const> owners, const relation_facts& relation);
  void spread_removal(std::span<tracked* const> owners, const relation_facts& relation);
  std::vector<tracked*> changed_objects() const;
  void insert_all(all_or_none& writes);
  void insert(all_or_none& writes, std::span<tracked* const> rows);
  void break_cycle(std::span<tracked* const> rows, std::vector<dependency>& all, write_order& order);
  void let_one_go(all_or_none& writes, std::span<tracked* const> rows, std::vector<dependency>& all,
                  write_order& order);
  void note_all_columns(const object_class& type);
  void point_to(tracked& inserted);
  void update_all(all_or_none& writes);
  void update(all_or_none& writes, const object_class& type, std::span<const std::size_t> columns,
              std::span<tracked* const> rows);
  void write_pairs(all_or_none& writes);
  void write_pairs_of(all_or_none& writes, const relation_facts& relation, bool added, written_pairs& done);
  void erase_pairs_of_removed(all_or_none& writes);
  void erase_all(all_or_none& writes);
  void erase(all_or_none& writes, std::span<tracked* const> rows);
  [[noreturn]] void throw_cycle(std::span<tracked* const> rows, const write_order& order) const;
  void check_updated(all_or_none& writes, std::span<tracked* const> rows);
  void check_erased(all_or_none& writes, std::span<tracked* const> rows);
  std::optional<std::string> row_of(all_or_none& writes, const tracked& object);
  [[noreturn]] void throw_stale(const tracked& object) const;

  session_core& session_;
  std::source_location where_;
  std::vector<std::shared_ptr<tracked>> inserted_{};
  std::vector<tracked*> updated_{};
  std::map<const object_class*, std::set<std::size_t>> changed_columns_{};  // in which the lists may change
  std::vector<const relation_facts*> changed_pairs_{};
  /// Who is to hold the key of an object.
  std::unordered_multimap<const tracked*, std::pair<tracked*, const relation_facts*>> awaited_{};
};

}  // namespace tidb::detail
