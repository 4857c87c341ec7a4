#include "engine/printed_selects.hpp"

#include "sql/shape.hpp"
#include "tidbxx/core/error.hpp"

#include <algorithm>
#include <unordered_map>
#include <utility>

namespace tidb::detail {

namespace {

constexpr std::size_t most_kept = 1'000;  // a longer list of values is not often of the same length again

/// Where a literal is among those of the statement.
struct occurrence {
  std::size_t first{};
  bool again{};  ///< in a query that stands in the statement twice, which are two in others of its shape
  bool printed{};
};

printed_select print_new(const sql::select& statement, const sql::shape& shape, sql::dialect to) {
  auto made = sql::print(statement, to);
  std::unordered_map<const sql::node*, occurrence> literals;
  for (std::size_t i = 0; i < shape.literals().size(); ++i) {
    const auto [found, is_new] = literals.try_emplace(shape.literals()[i], occurrence{.first = i});
    found->second.again = !is_new;
  }
  std::vector<printed_select::place> places;
  bool is_kept = shape.tells_text() && made.slots.size() <= most_kept, takes_arguments = false;
  for (auto& slot : made.slots) {
    takes_arguments = takes_arguments || slot.is_argument;
    const auto found = literals.find(slot.from);
    if (found == literals.end()) {
      places.push_back({printed_select::none, std::move(slot.literal)});
      continue;
    }
    auto& literal = found->second;
    places.push_back({literal.first, {}});  // not the program's value: that is for this call only
    is_kept = is_kept && !(literal.again && literal.printed);
    literal.printed = true;
  }
  std::vector<std::uint64_t> words;
  if (is_kept) words.assign(shape.words().begin(), shape.words().end());
  return {std::move(words), statement_text(std::move(made.text)), std::move(places), takes_arguments};
}

}  // namespace

std::shared_ptr<const printed_select> printed_selects::find(const sql::select& statement, const sql::shape& shape,
                                                            sql::dialect to) {
  const auto words = shape.words();
  auto& place = known_[shape.hash() % known_.size()];
  std::shared_ptr<const printed_select> known;
  // without waiting: in a child process a thread that is not there may hold the lock
  if (const std::unique_lock lock(mutex_, std::try_to_lock); lock) known = place;
  if (known && shape.tells_text() && std::equal(known->shape.begin(), known->shape.end(), words.begin(), words.end()))
    return known;
  known = std::make_shared<const printed_select>(print_new(statement, shape, to));
  if (known->shape.empty()) return known;
  if (const std::unique_lock lock(mutex_, std::try_to_lock); lock) place = known;
  return known;
}

std::shared_ptr<const printed_select> printed_selects::print(const sql::select& statement, sql::dialect to,
                                                             parameter_list& parameters, const call_context& context) {
  const sql::shape shape(statement);
  auto made = find(statement, shape, to);
  if (made->takes_arguments)
    throw_usage("the statement has tidb::param<...> places: prepare it, and give their values to one, all or each",
                context.where);
  auto* next = parameters.set_size(made->places.size());
  for (const auto& place : made->places) {
    if (place.literal == printed_select::none)
      *next++ = place.own.view();
    else if (const auto& literal = *shape.literals()[place.literal]; literal.is_short)
      *next++ = literal.literal();
    else
      *next++ = literal.value;
  }
  return made;
}

}  // namespace tidb::detail
