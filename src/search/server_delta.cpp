#include "search/server_delta.hpp"

#include "search/index_blocks.hpp"
#include "search/own_sql.hpp"
#include "tidbxx/sql/printer.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <random>
#include <string>
#include <tuple>

#include <unistd.h>

namespace tidb::detail {

namespace {

constexpr std::size_t rows_at_once = 512;

/// A number that nobody else has. TiDB spreads rows of neighbouring keys over its stores by it, too.
std::int64_t random_id() {
  thread_local pid_t process = 0;
  thread_local std::mt19937_64 source;
  if (process != ::getpid()) {  // a child of fork would draw what its parent does
    std::random_device device;
    std::seed_seq seed{device(), device(), device(), device()};
    source.seed(seed);
    process = ::getpid();
  }
  return static_cast<std::int64_t>(source() >> 1U);
}

value_view blob_of(std::string_view bytes) { return value_view::bytes(value_kind::blob, bytes.data(), bytes.size()); }

std::string repeated(std::string_view item, std::size_t count) {
  std::string text(item);
  for (std::size_t i = 1; i < count; ++i) text += "," + std::string(item);
  return text;
}

}  // namespace

server_numbers read_server_numbers(const executor& on, const index_tables& tables, std::int64_t lowest,
                                   const call_context& context) {
  const statement_text text("SELECT m.version, m.checksum, d.n, d.x FROM " + sql::quote_identifier(tables.manifest()) +
                            " m, (SELECT COUNT(*) AS n, BIT_XOR(id) AS x FROM " +
                            sql::quote_identifier(tables.delta()) + " WHERE generation >= ?) d WHERE m.id = 1");
  const auto found =
      read_own<std::tuple<std::int64_t, std::int64_t, std::int64_t, std::uint64_t>>(on, context, text, lowest);
  if (found.empty()) throw damaged_index("its manifest is missing");
  const auto& [version, checksum, rows, mix] = found.front();
  return {version, checksum, {rows, mix}};
}

void add_to_delta(const executor& inside, const index_tables& tables, std::int64_t generation, const row_keys& keys,
                  const call_context& context) {
  const bool named = !keys.names.empty();
  const auto insert = "INSERT INTO " + sql::quote_identifier(tables.delta()) + " (generation, id, `key`" +
                      (named ? ", name" : "") + ") VALUES ";
  std::vector<value_view> cells;
  for (std::size_t done = 0; done < keys.size();) {
    const auto some = std::min(keys.size() - done, rows_at_once);
    cells.clear();
    for (const auto end = done + some; done < end; ++done) {
      cells.insert(cells.end(),
                   {value_view::of(generation), value_view::of(random_id()), value_view::of(keys.numbers[done])});
      if (named) cells.push_back(blob_of(keys.names[done]));
    }
    run_own(inside, statement_text(insert + repeated(named ? "(?,?,?,?)" : "(?,?,?)", some)), cells, context);
  }
}

std::vector<delta_row> read_server_delta(const executor& on, const index_tables& tables, std::int64_t lowest,
                                         std::int64_t most, const call_context& context) {
  const statement_text text("SELECT id, generation, `key`, name FROM " + sql::quote_identifier(tables.delta()) +
                            " WHERE generation >= ? ORDER BY generation, id LIMIT ?");
  const std::array<value_view, 2> which{value_view::of(lowest), value_view::of(most)};
  open_rows found(on, text, which, on.context(context.where));
  std::vector<delta_row> rows;
  while (found.next()) {
    const auto cells = found.cells();
    rows.push_back({cells[0].integer, cells[1].integer, cells[2].integer,
                    cells[3].has_bytes() ? std::string(cells[3].text()) : std::string()});
  }
  std::ranges::sort(rows);
  return rows;
}

void remove_from_delta(const executor& inside, const index_tables& tables, std::span<const delta_row> rows,
                       const call_context& context) {
  const auto erase = "DELETE FROM " + sql::quote_identifier(tables.delta()) + " WHERE (generation, id) IN (";
  std::vector<value_view> cells;
  for (; !rows.empty(); rows = rows.subspan(std::min(rows.size(), rows_at_once))) {
    const auto some = rows.first(std::min(rows.size(), rows_at_once));
    const auto count = std::bit_ceil(some.size());  // few texts to prepare
    cells.clear();
    for (std::size_t i = 0; i < count; ++i) {
      const auto& row = some[std::min(i, some.size() - 1)];
      cells.insert(cells.end(), {value_view::of(row.generation), value_view::of(row.id)});
    }
    run_own(inside, statement_text(erase + repeated("(?,?)", count) + ")"), cells, context);
  }
}

delta_mark mark_of(std::span<const delta_row> rows) noexcept {
  delta_mark mark{.rows = std::ssize(rows)};
  for (const auto& row : rows) mark.mix ^= static_cast<std::uint64_t>(row.id);
  return mark;
}

row_keys keys_of(std::span<const delta_row> rows) {
  const auto is_named = [](const delta_row& row) { return !row.name.empty(); };
  if (std::ranges::any_of(rows, is_named) && !std::ranges::all_of(rows, is_named))
    throw damaged_index("its delta has keys of two kinds");
  row_keys keys;
  for (const auto& row : rows) keys.add(row.key, row.name);
  keys.sort();
  return keys;
}

}  // namespace tidb::detail
