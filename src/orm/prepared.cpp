#include "tidbxx/orm/prepared.hpp"

#include "engine/sql_text.hpp"
#include "tidbxx/core/error.hpp"

#include <algorithm>
#include <string>

namespace tidb::detail {

sql::dialect dialect_of(const executor& on) { return dialect_of(on.expect_pool().engine()); }

std::vector<value_view> literals(const std::vector<sql::slot>& slots, const call_context& context) {
  return bind_arguments(slots, {}, context);
}

std::vector<value_view> bind_arguments(const std::vector<sql::slot>& slots, std::span<const value_view> arguments,
                                       const call_context& context) {
  if (const auto expected = count_arguments(slots).first; expected != arguments.size())
    throw_usage(arguments.empty() ? "the statement has tidb::param<...> places: prepare it, and give their values to "
                                    "one, all or each"
                                  : "the statement takes " + std::to_string(expected) + " arguments, but " +
                                        std::to_string(arguments.size()) + " were given",
                context.where);
  std::vector<value_view> bound;
  bound.reserve(slots.size());
  for (const auto& slot : slots) bound.push_back(slot.is_argument ? arguments[slot.index] : slot.literal.view());
  return bound;
}

void check_arguments(const std::vector<sql::slot>& slots, std::span<const value_view> arguments,
                     const call_context& context) {
  for (const auto& slot : slots)
    if (slot.is_argument && slot.index < arguments.size())
      check_argument(slot.index, arguments[slot.index].kind, slot.comparison, context.where);
}

std::pair<std::size_t, bool> count_arguments(const std::vector<sql::slot>& slots) {
  std::size_t count = 0;
  bool direct = true;
  for (std::size_t i = 0; i < slots.size(); ++i) {
    if (slots[i].is_argument) count = std::max(count, slots[i].index + 1);
    direct = direct && slots[i].is_argument && slots[i].index == i;
  }
  return {count, direct};
}

}  // namespace tidb::detail
