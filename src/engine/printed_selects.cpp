#include "engine/printed_selects.hpp"

#include "sql/shape.hpp"
#include "tidbxx/core/error.hpp"

#include <unordered_map>
#include <utility>

namespace tidb::detail {

namespace {

constexpr std::size_t most_kept = 1'000;  // a longer list of values is not often of the same length again

std::shared_ptr<const printed_select> print_new(const sql::select& statement, sql::dialect to) {
  auto copy = statement;
  auto made = sql::print(copy, to);
  std::vector<const sql::node*> literals;
  sql::literal_nodes_of(copy, literals);
  std::unordered_map<const sql::node*, std::size_t> numbers;
  for (std::size_t i = 0; i < literals.size(); ++i) numbers.emplace(literals[i], i);
  std::vector<std::size_t> places;
  for (const auto& slot : made.slots) {
    const auto found = numbers.find(slot.from);
    places.push_back(found == numbers.end() ? printed_select::none : found->second);
  }
  for (auto& slot : made.slots) slot.from = nullptr;
  if (made.slots.size() <= most_kept) {  // then it is kept, without what the program's values were
    for (auto* part : {&copy.columns, &copy.where, &copy.having, &copy.order}) part->forget_literals();
    for (auto& each : copy.joins) each.on.forget_literals();
  }
  bool direct = places.size() == literals.size();
  for (std::size_t i = 0; i < places.size(); ++i) direct = direct && places[i] == i;
  return std::make_shared<const printed_select>(printed_select{std::move(copy), statement_text(std::move(made.text)),
                                                               std::move(made.slots), std::move(places), direct});
}

}  // namespace

std::shared_ptr<const printed_select> printed_selects::find(const sql::select& statement, sql::dialect to) {
  auto& place = known_[sql::shape_of(statement) % known_.size()];
  std::shared_ptr<const printed_select> known;
  // without waiting: in a child process a thread that is not there may hold the lock
  if (const std::unique_lock lock(mutex_, std::try_to_lock); lock) known = place;
  if (known && sql::same_shape(known->of, statement)) return known;
  known = print_new(statement, to);
  if (known->slots.size() > most_kept) return known;
  if (const std::unique_lock lock(mutex_, std::try_to_lock); lock) place = known;
  return known;
}

std::shared_ptr<const printed_select> printed_selects::print(const sql::select& statement, sql::dialect to,
                                                             std::vector<value_view>& parameters,
                                                             const call_context& context) {
  auto made = find(statement, to);
  parameters.reserve(made->slots.size());
  if (made->direct) {
    sql::literals_of(statement, parameters);
    return made;
  }
  std::vector<value_view> literals;
  sql::literals_of(statement, literals);
  for (std::size_t i = 0; i < made->slots.size(); ++i) {
    const auto& slot = made->slots[i];
    if (slot.is_argument)
      throw_usage("the statement has tidb::param<...> places: prepare it, and give their values to one, all or each",
                  context.where);
    parameters.push_back(made->literals[i] == printed_select::none ? slot.literal.view() : literals[made->literals[i]]);
  }
  return made;
}

}  // namespace tidb::detail
