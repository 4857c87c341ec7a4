// load_csv: a file's rows as one LOAD DATA, or as inserts.
#include "tidbxx/orm/load.hpp"

#include "orm/all_or_none.hpp"
#include "orm/csv_rows.hpp"
#include "orm/load_text.hpp"
#include "tidbxx/core/error.hpp"
#include "tidbxx/engine/transaction.hpp"
#include "tidbxx/orm/bulk.hpp"

#include <algorithm>
#include <limits>
#include <optional>
#include <utility>

#include <fmt/format.h>

namespace tidb::detail {
namespace {

/// The table with these of its columns only.
mapped_table part_of(const mapped_table& table, std::span<const column_facts> columns) {
  mapped_table part;
  part.definition.name = table.definition.name;
  for (const auto& column : columns) part.names.emplace_back(column.name);
  for (const auto place : table.key) {
    const auto found = std::ranges::find(part.names, table.names[place]);
    if (found == part.names.end()) {
      part.key.clear();
      break;
    }
    part.key.push_back(static_cast<std::size_t>(found - part.names.begin()));
  }
  return part;
}

/// Nothing if the server takes no files, or if whoever follows the writes must be told of each row.
std::optional<std::uint64_t> load_as_file(const executor& on, const mapped_table& part, csv_rows& rows,
                                          std::source_location where) {
  if (on.engine() == engine_kind::embedded || on.pool()->observer() != nullptr) return std::nullopt;
  const write_target target{.kind = write_kind::insert, .table = part.definition.name, .columns = part.names};
  if (!followed_key(on, target, on.context(where)).empty()) return std::nullopt;
  rows.restart();
  load_text text(rows);
  const auto sql = load_sql(part.definition.name, rows.columns().first(rows.fields()));
  const auto loaded = run_load(on, sql, text, on.context(where));
  if (loaded && *loaded != text.count())
    throw_error({.code = errc::statement,
                 .message = fmt::format("the server took {} of {} rows and did not say why", *loaded, text.count()),
                 .sql = sql,
                 .where = where});
  return loaded;
}

std::uint64_t load_as_inserts(const executor& on, const mapped_table& part, csv_rows& rows,
                              std::source_location where) {
  rows.restart();
  constexpr auto unknown_number = std::numeric_limits<std::size_t>::max();
  all_or_none writes(on, false, where);
  bulk_insert inserting(writes, part, {}, unknown_number, on.context(where));
  std::vector<value_view> cells(part.names.size());
  while (rows.next(cells)) {
    auto* to = inserting.next_row();
    for (const auto& cell : cells) *to++ = cell.has_bytes() ? inserting.kept().keep(cell) : cell;
  }
  return inserting.flush();
}

}  // namespace

std::uint64_t load_csv(const executor& on, const mapped_table& table, std::span<const column_facts> columns,
                       std::initializer_list<std::string_view> members, const std::string& file,
                       const csv_options& options, std::source_location where) {
  csv_rows rows(file, options, columns, {members.begin(), members.size()}, where);
  const auto part = part_of(table, rows.columns());
  std::uint64_t loaded = 0;
  const auto load = [&](const executor& inside) {
    const auto as_file = load_as_file(inside, part, rows, where);
    loaded = as_file ? *as_file : load_as_inserts(inside, part, rows, where);
  };
  if (on.in_transaction())
    run_nested(on, load, where);  // what the server changed of the rows does not stay
  else
    run_transaction(on, {}, load, nullptr, where);
  return loaded;
}

}  // namespace tidb::detail
