// An index that a search wants to use: its rows in memory, or why it cannot be used.
#pragma once

#include "search/index_catalog.hpp"

#include <memory>
#include <string>

namespace tidb::detail {

/// Thrown for an index that has to be built anew before a search can use it.
struct index_fault {
  index_entry entry{};
  std::string why{};
};

/// Thrown where the index is no longer what was in memory: the search begins again.
struct changed_index {};

struct usable_index {
  std::shared_ptr<const index_view> view{};  ///< null: it cannot be used
  std::string why_not{};  ///< empty then: another thread has seen a later state already, and a new transaction will too
};

/// What a search does about blocks that it lacks. Errors: changed_index if the index was changed since `version` of its
/// manifest was read; index_fault.
[[noreturn]] void give_up_blocks(const executor& on, const index_entry& entry, std::int64_t version,
                                 const damaged_index& why, const call_context& context);

/// Errors: index_fault; other_analyzer.
usable_index use_index(const executor& on, const index_entry& entry, const call_context& context);

}  // namespace tidb::detail
