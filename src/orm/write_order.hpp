// In which order objects are written, so that each comes behind those that it needs.
#pragma once

#include "tidbxx/orm/tracked.hpp"

#include <cstddef>
#include <span>
#include <utility>
#include <vector>

namespace tidb::detail {

/// An object, by its number, that holds the key of another by some columns of its table.
struct dependency {
  std::size_t many{}, one{};
  const relation_facts* relation{};  ///< nullptr: only the table's foreign key tells of it
};

/// Who of these refers to whom, by the values of its foreign keys: those of the rows, or of the objects as they are.
std::vector<dependency> dependencies_among(std::span<tracked* const> objects, bool of_rows);

/// Gives out objects, those of one struct at a time, when all that they wait for were given out.
class write_order {
public:
  explicit write_order(std::span<tracked* const> objects);

  /// `later` comes behind `earlier`.
  void add(std::size_t earlier, std::size_t later);
  void remove(std::size_t earlier, std::size_t later);
  bool is_out(std::size_t object) const noexcept { return out_[object]; }
  /// The numbers of the next ones; empty if none is left, or if those left wait for one another.
  std::vector<std::size_t> next();
  bool is_done() const noexcept { return left_ == 0; }

private:
  std::span<tracked* const> objects_;
  std::vector<const object_class*> classes_;  // in the order in which they appear
  std::vector<std::vector<std::size_t>> waiting_;
  std::vector<std::size_t> needs_;
  std::vector<bool> out_;
  std::size_t left_;
};

}  // namespace tidb::detail
