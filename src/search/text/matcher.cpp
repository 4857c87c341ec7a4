#include "search/text/matcher.hpp"

#include <algorithm>
#include <limits>
#include <span>
#include <utility>

namespace tidb::detail {

namespace {

class term_matcher : public matcher {
public:
  term_matcher(const query_plan& plan, const planned_term& term, posting_cursor postings)
      : plan_(plan), term_(term), postings_(std::move(postings)) {}

  text_slot advance(text_slot slot) override { return at_ = postings_.advance(slot); }
  void score(score_sum& sum) override {
    const auto frequency = postings_.frequency();
    const auto length = postings_.length();
    const auto score = term_.score(frequency, length);
    sum.add(score);
    if (sum.parts() != nullptr)
      sum.parts()->push_back({.term = plan_.term(term_.term),
                              .column = term_.column,
                              .documents = term_.documents,
                              .frequency = static_cast<double>(frequency),
                              .length = length,
                              .score = score});
  }
  score_bound bound(text_slot slot) override {
    if (!postings_.seek_block(slot)) return {};
    const auto block = postings_.block();
    return {term_.score(postings_.largest_frequency(block), postings_.shortest_length(block)), postings_.last(block)};
  }
  std::uint64_t cost() const override { return postings_.documents(); }

private:
  const query_plan& plan_;
  const planned_term& term_;
  posting_cursor postings_;
};

score_bound sum_of_bounds(std::span<const matcher_ptr> parts, text_slot slot) {
  score_bound sum;
  for (const auto& part : parts) {
    const auto [most, last] = part->bound(slot);
    sum.most += most;
    sum.last = std::min(sum.last, last);
  }
  return sum;
}

class any_matcher : public matcher {
public:
  explicit any_matcher(std::vector<matcher_ptr> parts) : parts_(std::move(parts)) {}

  text_slot advance(text_slot slot) override {
    if (heap_.empty()) {
      for (std::size_t i = 0; i < parts_.size(); ++i) heap_.push_back({parts_[i]->advance(slot), i});
      std::ranges::make_heap(heap_, is_later);
    }
    while (heap_.front().slot < slot) {
      std::ranges::pop_heap(heap_, is_later);
      auto& moved = heap_.back();
      moved.slot = parts_[moved.part]->advance(slot);
      std::ranges::push_heap(heap_, is_later);
    }
    return at_ = heap_.front().slot;
  }
  void score(score_sum& sum) override {
    matching_.clear();
    find_matching(0);
    std::ranges::sort(matching_);
    for (const auto part : matching_) parts_[part]->score(sum);
  }
  score_bound bound(text_slot slot) override {
    if (parts_.size() > most_bounded) return {std::numeric_limits<double>::infinity(), no_slot};
    return sum_of_bounds(parts_, slot);
  }
  std::uint64_t cost() const override {
    std::uint64_t sum = 0;
    for (const auto& part : parts_) sum += part->cost();
    return sum;
  }

private:
  // The sum of many bounds rules nothing out, and takes its time.
  static constexpr std::size_t most_bounded = 16;
  struct place {
    text_slot slot{};
    std::size_t part{};
  };
  static bool is_later(const place& a, const place& b) { return a.slot > b.slot; }
  /// Those in front of the heap that are at the same document are below one another.
  void find_matching(std::size_t from) {
    if (from >= heap_.size() || heap_[from].slot != at_) return;
    matching_.push_back(heap_[from].part);
    find_matching(2 * from + 1);
    find_matching(2 * from + 2);
  }

  std::vector<matcher_ptr> parts_;
  std::vector<place> heap_;  // the first document in front
  std::vector<std::size_t> matching_;
};

/// All of some parts; the others only add to the score.
class all_matcher : public matcher {
public:
  all_matcher(std::vector<matcher_ptr> parts, const std::vector<bool>& is_required) : parts_(std::move(parts)) {
    for (std::size_t i = 0; i < parts_.size(); ++i) (is_required[i] ? required_ : optional_).push_back(parts_[i].get());
    // the rarest leads
    std::ranges::stable_sort(required_, {}, [](const matcher* one) { return one->cost(); });
  }

  text_slot advance(text_slot slot) override {
    auto& lead = *required_.front();
    auto found = lead.advance(slot);
    for (std::size_t i = 1; i < required_.size() && found != no_slot;) {
      const auto other = required_[i]->advance(found);
      if (other == found) {
        ++i;
      } else {
        found = other == no_slot ? no_slot : lead.advance(other);
        i = 1;
      }
    }
    return at_ = found;
  }
  void score(score_sum& sum) override {
    for (auto* part : optional_) part->advance(at_);
    for (const auto& part : parts_)
      if (part->at() == at_) part->score(sum);
  }
  score_bound bound(text_slot slot) override { return sum_of_bounds(parts_, slot); }
  std::uint64_t cost() const override { return required_.front()->cost(); }

private:
  std::vector<matcher_ptr> parts_;
  std::vector<matcher*> required_, optional_;
};

class without_matcher : public matcher {
public:
  without_matcher(matcher_ptr wanted, std::vector<matcher_ptr> excluded)
      : wanted_(std::move(wanted)), excluded_(std::move(excluded)) {}

  text_slot advance(text_slot slot) override {
    at_ = wanted_->advance(slot);
    while (at_ != no_slot && is_excluded()) at_ = wanted_->advance(at_ + 1);
    return at_;
  }
  void score(score_sum& sum) override { wanted_->score(sum); }
  score_bound bound(text_slot slot) override { return wanted_->bound(slot); }
  std::uint64_t cost() const override { return wanted_->cost(); }

private:
  bool is_excluded() {
    return std::ranges::any_of(excluded_, [&](const matcher_ptr& one) { return one->advance(at_) == at_; });
  }

  matcher_ptr wanted_;
  std::vector<matcher_ptr> excluded_;
};

class matcher_maker {
public:
  matcher_maker(const query_plan& plan, std::size_t part, search_postings& postings)
      : plan_(plan), part_(part), postings_(postings) {}

  matcher_ptr make(const plan_node& node) const {
    switch (node.op) {
    case text_op::term: return any(terms(node));
    case text_op::phrase: return any(phrases(node));
    case text_op::all_of: return all(node, true);
    case text_op::but_not: return without(node);
    case text_op::any_of:
    case text_op::prefix: break;
    }
    return std::ranges::any_of(node.parts, &plan_node::is_required) ? all(node, false) : any(parts(node.parts));
  }

private:
  static matcher_ptr any(std::vector<matcher_ptr> parts) {
    if (parts.empty()) return nullptr;
    if (parts.size() == 1) return std::move(parts.front());
    return std::make_unique<any_matcher>(std::move(parts));
  }
  std::vector<matcher_ptr> parts(std::span<const plan_node> nodes) const {
    std::vector<matcher_ptr> made;
    for (const auto& node : nodes)
      if (auto part = make(node)) made.push_back(std::move(part));
    return made;
  }
  std::vector<matcher_ptr> terms(const plan_node& node) const {
    std::vector<matcher_ptr> made;
    for (const auto& term : node.terms)
      if (const auto* place = plan_.place(part_, term.term, term.column))
        made.push_back(std::make_unique<term_matcher>(plan_, term, postings_.list(*place, false)));
    return made;
  }
  std::vector<matcher_ptr> phrases(const plan_node& node) const {
    std::vector<matcher_ptr> made;
    for (const auto& phrase : node.phrases) {
      const bool has_all = std::ranges::all_of(node.places, [&](const planned_place& place) {
        return std::ranges::any_of(
            place.terms, [&](std::size_t term) { return plan_.place(part_, term, phrase.column) != nullptr; });
      });
      if (has_all) made.push_back(make_phrase_matcher(plan_, node, phrase, part_, postings_));
    }
    return made;
  }
  matcher_ptr all(const plan_node& node, bool every) const {
    std::vector<matcher_ptr> made;
    std::vector<bool> is_required;
    const auto noted = postings_.noted();
    for (const auto& one : node.parts) {
      auto part = make(one);
      if (part == nullptr && (every || one.is_required)) {
        postings_.forget(noted);  // of the parts before, which are not read then
        return nullptr;
      }
      if (part == nullptr) continue;
      made.push_back(std::move(part));
      is_required.push_back(every || one.is_required);
    }
    if (made.empty()) return nullptr;
    return std::make_unique<all_matcher>(std::move(made), is_required);
  }
  matcher_ptr without(const plan_node& node) const {
    if (node.parts.empty()) return nullptr;
    auto wanted = make(node.parts.front());
    if (wanted == nullptr) return nullptr;
    return std::make_unique<without_matcher>(std::move(wanted), parts(std::span(node.parts).subspan(1)));
  }

  const query_plan& plan_;
  std::size_t part_;
  search_postings& postings_;
};

}  // namespace

matcher_ptr make_matcher(const query_plan& plan, const plan_node& node, std::size_t part, search_postings& postings) {
  return matcher_maker(plan, part, postings).make(node);
}

}  // namespace tidb::detail
