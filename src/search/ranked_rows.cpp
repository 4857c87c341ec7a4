#include "search/ranked_rows.hpp"

#include "search/timed.hpp"

#include <algorithm>
#include <unordered_map>

namespace tidb::detail {

std::uint64_t read_ranked(const executor& on, const search_request& request, const indexed_column& of,
                          std::span<const found_key> keys, bool whole, key_taker take, search_plan& plan,
                          const call_context& context) {
  const timed timing(plan.rows_us);
  const row_filter filter(on, request, of, context);
  std::uint64_t count = 0;
  for (; !keys.empty(); keys = keys.subspan(std::min<std::size_t>(keys.size(), most_candidates))) {
    const auto some = keys.first(std::min<std::size_t>(keys.size(), most_candidates));
    std::unordered_map<std::int64_t, const found_key*> by_number;
    row_keys among;
    for (const auto& key : some) {
      by_number.emplace(key.number, &key);
      among.add(key.number, key.name);
    }
    sql::select statement{};
    statement.table = request.rows.table;
    if (whole) statement = request.rows;
    const auto first = statement.columns.arguments().size();
    filter.add_key_columns(statement);
    statement.where = sql::both(filter.has_key_among(among), sql::expression(request.where));
    const bound_select bound(on, statement, context.where);
    const auto made = bound.request();
    plan.sql = made.text.sql();
    open_rows rows(on, made.text, made.parameters, made.context);
    std::string name;
    while (rows.next()) {
      const auto found = by_number.find(filter.key_in(rows.cells().subspan(first), name));
      if (found == by_number.end()) continue;
      take(rows, *found->second);
      ++count;
    }
  }
  return count;
}

}  // namespace tidb::detail
