#include "search/text/slot_filter.hpp"

#include <algorithm>

namespace tidb::detail {

namespace {

// Looking a key up costs about as much as asking whether that many documents are allowed.
constexpr std::size_t documents_a_key = 16;

}  // namespace

slot_filter::slot_filter(const text_snapshot::part& part, const key_set* allowed) : part_(part), allowed_(allowed) {
  is_sparse_ = allowed != nullptr && allowed->size() < part.segment->documents() / documents_a_key;
  if (!is_sparse_) return;
  for (const auto key : allowed->keys())
    if (const auto slot = part.segment->slot_of(key); slot != no_slot) slots_.push_back(slot);
}

text_slot slot_filter::next(text_slot slot) {
  if (!is_sparse_) return slot;
  while (at_ < slots_.size() && slots_[at_] < slot) ++at_;
  return at_ < slots_.size() ? slots_[at_] : no_slot;
}

}  // namespace tidb::detail
