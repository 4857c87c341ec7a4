// Ending queries that lie deep in one another without a stack as deep as they are.
#include "sql/depth.hpp"

#include "tidbxx/sql/statement.hpp"

#include <algorithm>
#include <utility>
#include <vector>

namespace tidb::sql {

namespace {

struct depth_of_thread {
  std::size_t levels{};
  std::vector<select>* left{};  ///< what the outermost has still to end
};
constinit thread_local depth_of_thread depth{};

/// Whether there may be a query in it.
bool keeps(const select& of) noexcept {
  return !of.with.empty() || !of.sets.empty() || of.columns.keeps() || of.where.keeps() || of.group.keeps() ||
         of.having.keeps() || of.order.keeps() ||
         std::ranges::any_of(of.joins, [](const join& each) { return each.on.keeps(); });
}

void clear(select& of) {
  of.with.clear();
  of.columns = expression();
  of.joins.clear();
  of.where = expression();
  of.group = expression();
  of.having = expression();
  of.sets.clear();
  of.order = expression();
}

}  // namespace

select::~select() {
  if (!keeps(*this)) return;
  if (depth.levels == deepest_queries) {
    depth.left->push_back(std::move(*this));
    return;
  }
  if (depth.levels > 0) {
    ++depth.levels;
    clear(*this);
    --depth.levels;
    return;
  }
  std::vector<select> left;
  depth = {1, &left};
  clear(*this);
  while (!left.empty()) {
    const auto one = std::move(left.back());
    left.pop_back();
  }
  depth = {};
}

}  // namespace tidb::sql
