// Changes of a table on TiDB that nobody has told its index of: guessed from what the server counts, and then looked
// for among the rows.
#pragma once

#include "search/index_catalog.hpp"
#include "tidbxx/search/vector_index.hpp"

#include <cstdint>
#include <optional>

namespace tidb::detail {

/// What there is of the table in the snapshot that the index is built from; nothing where the user may not read what
/// the server counts.
std::optional<counted_changes> count_changes(const executor& inside, const index_place& place,
                                             const call_context& context);

/// After a merge of so many changes that were told. Counts anew if the server does.
void count_told(std::optional<counted_changes>& counted, std::int64_t told, const executor& inside,
                const index_place& place, const call_context& context);

/// Sets unseen_changes, and the warning if rows tell that there are some. `view`: as the transaction sees the index.
/// Cost: a statement or two, and some 200 rows where the server counts many changes.
void look_for_unseen(const executor& inside, const index_entry& entry, const index_view& view, index_stats& into,
                     const call_context& context);

}  // namespace tidb::detail
