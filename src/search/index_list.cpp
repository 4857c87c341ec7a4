#include "tidbxx/search/index_list.hpp"

#include "search/index_blocks.hpp"
#include "search/index_catalog.hpp"
#include "search/text_form.hpp"

#include <algorithm>
#include <tuple>

namespace tidb::detail {

namespace {

search_index_definition definition_of(const index_place& place) {
  const bool is_native = place.state == index_state::native;
  search_index_definition made{.table = place.table,
                               .columns = place.columns,
                               .is_fulltext = place.is_text(),
                               .kind = is_native ? index_kind::server : index_kind::own_tables,
                               .metric = place.by,
                               .dimensions = place.dimensions,
                               .is_ready = is_native || place.state == index_state::ready};
  if (!place.is_text()) return made;
  try {
    auto form = text_form_from(place.text);
    made.analyzer = std::move(form.analyzer);
    made.boosts.assign(form.boosts.begin(), form.boosts.end());
    if (!made.boosts.empty()) made.boosts.resize(form.columns.size(), 1);
  } catch (const damaged_index&) {  // building it tells
  }
  return made;
}

}  // namespace

std::vector<search_index_definition> list_indexes(const executor& on, std::string_view table,
                                                  std::source_location where) {
  auto& catalog = index_catalog::of(on);
  if (on.engine() == engine_kind::tidb) catalog.forget_list();
  const auto listing = catalog.list(on, on.context(where));
  std::vector<search_index_definition> found;
  const auto add = [&](const index_place& place) {
    if (table.empty() || same_name(place.table, table)) found.push_back(definition_of(place));
  };
  for (const auto& entry : listing->entries) add(entry.place);
  for (const auto& place : listing->native) add(place);
  std::ranges::sort(found, {}, [](const auto& each) { return std::tie(each.table, each.columns); });
  return found;
}

}  // namespace tidb::detail
