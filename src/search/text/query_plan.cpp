#include "search/text/query_plan.hpp"

#include "tidbxx/core/error.hpp"

#include <algorithm>
#include <map>
#include <utility>

namespace tidb::detail {

namespace {

double checked_boost(float boost) {
  if (!(boost >= 0) || !std::isfinite(boost)) throw_usage("a boost is a number from 0, not " + std::to_string(boost));
  return boost;
}

std::size_t count_prefixes(const text_query& query) {
  std::size_t count = query.op == text_op::prefix ? 1 : 0;
  for (const auto& part : query.parts) count += count_prefixes(part);
  return count;
}

}  // namespace

query_plan::query_plan(const text_snapshot& snapshot, const text_query& query, std::span<const float> boosts)
    : snapshot_(snapshot), counted_(static_cast<double>(snapshot.counted())), places_(snapshot.parts().size()) {
  for (std::uint32_t column = 0; column < snapshot.columns(); ++column) {
    boosts_.push_back(column < boosts.size() ? checked_boost(boosts[column]) : 1);
    averages_.push_back(counted_ == 0 ? 0 : static_cast<double>(snapshot.total_length(column)) / counted_);
  }
  const auto prefixes = count_prefixes(query);
  terms_a_prefix_ = std::min(most_prefix_terms, most_terms_of_prefixes / std::max<std::size_t>(prefixes, 1));
  root_ = plan(query, 1);
}

const posting_place* query_plan::place(std::size_t part, std::size_t term, std::uint32_t column) const {
  for (const auto& one : places_[part][term])
    if (one.column == column) return &one;
  return nullptr;
}

query_plan::column_range query_plan::columns(int asked) const {
  if (asked < 0) return {0, snapshot_.columns()};
  const auto column = static_cast<std::uint32_t>(asked);
  if (column >= snapshot_.columns())
    throw_usage("column " + std::to_string(asked) + " of a text index that has " + std::to_string(snapshot_.columns()));
  return {column, column + 1};
}

std::size_t query_plan::number_of(const std::string& term) {
  const auto [at, is_new] = numbers_.try_emplace(term, terms_.size());
  if (!is_new) return at->second;
  terms_.push_back(term);
  for (std::size_t part = 0; part < places_.size(); ++part)
    snapshot_.parts()[part].segment->terms().find(term, places_[part].emplace_back());
  return at->second;
}

std::uint64_t query_plan::documents(std::size_t term, std::uint32_t column) const {
  std::uint64_t sum = 0;
  for (std::size_t part = 0; part < places_.size(); ++part)
    if (const auto* in = place(part, term, column)) sum += in->documents;
  return sum;
}

bm25 query_plan::score(std::uint32_t column, double boost, double rarity) const {
  return {boost * boosts_[column] * rarity, averages_[column]};
}

plan_node query_plan::plan(const text_query& query, double boost) {
  plan_node node{.op = query.op, .is_required = query.is_required};
  boost *= checked_boost(query.boost);
  switch (query.op) {
  case text_op::term:
    node = plan_term(query.term, query.column, boost);
    node.is_required = query.is_required;
    break;
  case text_op::prefix: plan_prefix(query, boost, node); break;
  case text_op::phrase: plan_phrase(query, boost, node); break;
  case text_op::all_of:
  case text_op::any_of:
  case text_op::but_not:
    for (const auto& part : query.parts) node.parts.push_back(plan(part, boost));
    break;
  }
  return node;
}

plan_node query_plan::plan_term(const std::string& term, int column, double boost) {
  plan_node node{.op = text_op::term};
  const auto number = number_of(term);
  const auto [first, last] = columns(column);
  for (auto at = first; at < last; ++at)
    if (const auto having = documents(number, at); having != 0)
      node.terms.push_back(
          {.term = number,
           .column = at,
           .documents = having,
           .score = score(at, boost, inverse_document_frequency(counted_, static_cast<double>(having)))});
  return node;
}

const std::vector<std::string>& query_plan::expand(const std::string& prefix, int column) {
  const auto [at, is_new] = expanded_.try_emplace({prefix, column});
  if (!is_new) return at->second;
  const auto [first, last] = columns(column);
  std::map<std::string, std::uint64_t, std::less<>> found;
  for (const auto& part : snapshot_.parts())
    for (auto terms = part.segment->terms().from(prefix); terms.next() && terms.term().starts_with(prefix);) {
      std::uint64_t having = 0;
      for (const auto& place : terms.places())
        if (place.column >= first && place.column < last) having += place.documents;
      if (having == 0) continue;
      auto known = found.find(terms.term());
      if (known == found.end()) known = found.emplace(terms.term(), 0).first;
      known->second += having;
    }
  std::vector<std::pair<const std::string, std::uint64_t>*> chosen;
  chosen.reserve(found.size());
  for (auto& one : found) chosen.push_back(&one);
  if (chosen.size() > terms_a_prefix_) {
    std::ranges::stable_sort(chosen, std::greater<>{}, [](const auto* one) { return one->second; });
    chosen.resize(terms_a_prefix_);
    std::ranges::sort(chosen, {}, [](const auto* one) { return std::string_view(one->first); });
  }
  for (const auto* one : chosen) at->second.push_back(one->first);
  return at->second;
}

void query_plan::plan_prefix(const text_query& query, double boost, plan_node& node) {
  node.op = text_op::any_of;
  for (const auto& term : expand(query.term, query.column)) node.parts.push_back(plan_term(term, query.column, boost));
}

void query_plan::plan_phrase(const text_query& query, double boost, plan_node& node) {
  node.slop = query.slop;
  for (const auto& word : query.words) {
    auto at = std::ranges::find(node.places, word.offset, &planned_place::offset);
    if (at == node.places.end()) at = node.places.insert(at, {.offset = word.offset});
    if (const auto term = number_of(word.term); std::ranges::count(at->terms, term) == 0) at->terms.push_back(term);
    node.text += (node.text.empty() ? "" : " ") + word.term;
  }
  std::ranges::sort(node.places, {}, &planned_place::offset);
  const auto [first, last] = columns(query.column);
  for (auto column = first; column < last && !node.places.empty(); ++column) {
    std::uint64_t rarest = snapshot_.counted();
    double rarity = 0;
    for (const auto& place : node.places) {
      std::uint64_t having = 0;  // alternatives are seldom in one document
      for (const auto term : place.terms) having += documents(term, column);
      having = std::min(having, snapshot_.counted());
      rarest = std::min(rarest, having);
      rarity += inverse_document_frequency(counted_, static_cast<double>(having));
    }
    if (rarest != 0)
      node.phrases.push_back({.column = column, .documents = rarest, .score = score(column, boost, rarity)});
  }
}

}  // namespace tidb::detail
