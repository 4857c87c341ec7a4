#include "search/index_use.hpp"

#include "search/own_sql.hpp"
#include "tidbxx/engine/transaction.hpp"
#include "tidbxx/sql/printer.hpp"

#include <cstdint>
#include <vector>

namespace tidb::detail {

namespace {

/// On TiDB: what this client knows of the table may be older than the index.
bool is_followed_after_all(const executor& on, const index_entry& entry, const index_manifest& manifest,
                           const call_context& context) {
  if (on.engine() == engine_kind::embedded) return false;
  index_catalog::of(on).forget_list();
  const auto now = index_catalog::of(on).list(on, context);
  const auto* const again = now->find(entry.place.id);
  return again != nullptr && again->is_followed(manifest);
}

/// A statement on the table has failed: if it is no longer the one that the index follows, that is why.
void expect_followed(const executor& on, const index_entry& entry, const call_context& context) {
  const auto manifest = read_manifest(on, entry.index->tables(), context);
  if (!entry.is_followed(manifest) && !is_followed_after_all(on, entry, manifest, context))
    throw index_fault{entry, "the table was made anew by another tool"};
}

}  // namespace

void give_up_blocks(const executor& on, const index_entry& entry, std::int64_t version, const damaged_index& why,
                    const call_context& context) {
  const bool may_have_changed = dynamic_cast<const missing_block*>(&why) != nullptr;
  if (may_have_changed && !on.in_transaction() && on.engine() == engine_kind::tidb) {
    const statement_text text("SELECT version FROM " + sql::quote_identifier(entry.index->tables().manifest()) +
                              " WHERE id = 1");
    if (read_own<std::int64_t>(on, context, text) != std::vector<std::int64_t>{version}) throw changed_index{};
  }
  throw index_fault{entry, why.what()};
}

usable_index use_index(const executor& on, const index_entry& entry, const call_context& context) {
  const auto& place = entry.place;
  if (place.state == index_state::dropping) return {.why_not = "the index is being dropped"};
  if (place.state != index_state::ready) return {.why_not = "the index is being built"};
  const bool keep = !on.in_transaction() || on.transaction()->read_only();
  try {
    auto view = entry.index->refresh(on, place, keep, index_catalog::limit(on), context);
    if (!view) return {};
    if (!view->rows) return {.why_not = "the index is being built"};
    if (!entry.is_followed(view->manifest) && !is_followed_after_all(on, entry, view->manifest, context))
      throw index_fault{entry, "the table was made anew by another tool"};
    if (!rows_are_numbered_as_before(on, entry.index->tables(), view->manifest, context))
      throw index_fault{entry, "VACUUM numbered the rows anew"};
    index_catalog::of(on).used(on, *entry.index);
    return {.view = std::move(view)};
  } catch (const newer_index& why) {
    return {.why_not = std::string("the index was written by a later version of tidbxx: ") + why.what()};
  } catch (const index_too_large& why) {
    return {.why_not = why.what()};
  } catch (const tracking_lost& why) {
    return {.why_not = why.what()};
  } catch (const damaged_index& why) {
    throw index_fault{entry, why.what()};
  } catch (const error& failed) {
    if (failed.code() == errc::statement) expect_followed(on, entry, context);
    throw;
  }
}

}  // namespace tidb::detail
