// Which documents of a segment a search may find.
#pragma once

#include "search/key_set.hpp"
#include "search/text/text_snapshot.hpp"

#include <vector>

namespace tidb::detail {

/// Both must outlive it.
class slot_filter {
public:
  slot_filter(const text_snapshot::part& part, const key_set* allowed);

  /// So few are allowed that they were looked up: then next() leads from one to the other.
  bool is_sparse() const { return is_sparse_; }
  bool passes(text_slot slot) const {
    return part_.is_alive(slot) && (allowed_ == nullptr || allowed_->contains(part_.segment->keys()[slot]));
  }
  /// The first from here that may pass; no_slot if there is none. `slot` must not descend from call to call.
  text_slot next(text_slot slot);

private:
  const text_snapshot::part& part_;
  const key_set* allowed_;
  bool is_sparse_{};
  std::vector<text_slot> slots_;
  std::size_t at_{};
};

}  // namespace tidb::detail
