// One flush: what a session writes, and in which order.
#pragma once

#include "orm/all_or_none.hpp"
#include "orm/session_core.hpp"
#include "orm/write_order.hpp"

#include <cstddef>
#include <map>
#include <memory>
#include <optional>
#include <source_location>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

namespace tidb::detail {

class flush_run {
public:
  flush_run(session_core& session, std::source_location where) : session_(session), where_(where) {}

  /// What is removed takes others with it, or leaves them without a parent. May read.
  void spread_removals();
  bool has_anything() const;
  void write(const executor& on);
  /// After it went well.
  void note_written();

private:
  using objects = std::vector<tracked*>;

  std::vector<std::shared_ptr<tracked>> children_of(std::span<tracked* const> owners, const relation_facts& relation);
  void spread_removal(std::span<tracked* const> owners, const relation_facts& relation);
  std::vector<tracked*> changed_objects() const;
  void insert_all(all_or_none& writes);
  void insert(all_or_none& writes, std::span<tracked* const> rows);
  void break_cycle(std::span<tracked* const> rows, std::vector<dependency>& all, write_order& order);
  void let_one_go(all_or_none& writes, std::span<tracked* const> rows, std::vector<dependency>& all,
                  write_order& order);
  void point_to(tracked& inserted);
  void update_all(all_or_none& writes);
  void update(all_or_none& writes, const object_class& type, std::span<const std::size_t> columns,
              std::span<tracked* const> rows);
  void write_pairs(all_or_none& writes);
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
  std::vector<std::shared_ptr<tracked>> inserted_{}, erased_{};
  objects updated_{};
  std::map<const object_class*, std::vector<std::size_t>> changed_columns_{};  // in which the lists may change
  std::vector<const relation_facts*> changed_pairs_{};
  /// Who is to hold the key of an object.
  std::unordered_multimap<const tracked*, std::pair<tracked*, const relation_facts*>> awaited_{};
};

}  // namespace tidb::detail
