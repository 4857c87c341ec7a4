#include "search/index_blocks.hpp"

#include "search/own_sql.hpp"
#include "tidbxx/sql/printer.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <random>
#include <set>
#include <tuple>

#include <fmt/format.h>
#include <xxhash.h>

namespace tidb::detail {

namespace {

value_view bytes_of(std::string_view payload) {
  return value_view::bytes(value_kind::blob, payload.data(), payload.size());
}

}  // namespace

std::string random_name() {
  std::random_device source;
  std::string name;
  for (int i = 0; i < 4; ++i) name += fmt::format("{:08x}", source());
  return name;
}

std::int64_t block_checksum(std::string_view name, std::string_view payload) {
  const auto seed = XXH3_64bits(name.data(), name.size());
  return static_cast<std::int64_t>(XXH3_64bits_withSeed(payload.data(), payload.size(), seed));
}

index_blocks::index_blocks(const executor& on, const index_tables& tables, const call_context& context)
    : on_(on), context_(context), table_(sql::quote_identifier(tables.block())),
      insert_("INSERT INTO " + table_ + " (id, checksum, payload) VALUES (?, ?, ?)"),
      select_("SELECT checksum, payload FROM " + table_ + " WHERE id = ?") {}

std::string index_blocks::write(std::string_view payload) {
  auto name = random_name();
  const std::array<value_view, 3> row{value_view::of(std::string_view(name)),
                                      value_view::of(block_checksum(name, payload)), bytes_of(payload)};
  run_own(on_, insert_, row, context_);
  return name;
}

void index_blocks::read(const std::string& name, function_ref<void(std::string_view)> use) {
  const std::array<value_view, 1> which{value_view::of(std::string_view(name))};
  open_rows rows(on_, select_, which, on_.context(context_.where));
  if (!rows.next()) throw missing_block("block " + name + " is missing");
  use(payload_of(rows.cells(), name));
}

std::string_view index_blocks::payload_of(std::span<const value_view> cells, const std::string& name) {
  const auto& checksum = cells[0];
  const auto& payload = cells[1];
  if (checksum.kind != value_kind::integer || !payload.has_bytes() ||
      checksum.integer != block_checksum(name, payload.text()))
    throw damaged_index("block " + name + " does not match its checksum");
  return payload.text();
}

void index_blocks::read_some(std::span<const std::string> names,
                             function_ref<void(const std::string&, std::string_view)> use) {
  constexpr std::size_t at_once = 16;  // 16 MiB in one answer
  for (; !names.empty(); names = names.subspan(std::min(names.size(), at_once))) {
    const auto some = names.first(std::min(names.size(), at_once));
    std::string marks = "?";
    std::vector<value_view> which{value_view::of(std::string_view(some[0]))};
    for (std::size_t i = 1; i < std::bit_ceil(some.size()); ++i) {  // few texts to prepare
      marks += ",?";
      which.push_back(value_view::of(std::string_view(some[std::min(i, some.size() - 1)])));
    }
    const statement_text text("SELECT checksum, payload, id FROM " + table_ + " WHERE id IN (" + marks + ")");
    open_rows rows(on_, text, which, on_.context(context_.where));
    std::size_t found = 0;
    while (rows.next()) {
      const std::string name(rows.cells()[2].text());
      use(name, payload_of(rows.cells(), name));
      ++found;
    }
    if (found < some.size()) throw missing_block("a block is missing");
  }
}

void index_blocks::remove_all_but(std::span<const std::string> names) {
  const std::set<std::string_view> kept(names.begin(), names.end());
  const statement_text all("SELECT id FROM " + table_);
  const statement_text remove("DELETE FROM " + table_ + " WHERE id = ?");
  for (const auto& name : read_own<std::string>(on_, context_, all))
    if (!kept.contains(name)) run_own(on_, context_, remove, name);
}

bool index_blocks::has_all(std::span<const std::string> names) {
  const statement_text all("SELECT id FROM " + table_);
  const auto there = read_own<std::string>(on_, context_, all);
  const std::set<std::string_view> known(there.begin(), there.end());
  return std::ranges::all_of(names, [&](const std::string& name) { return known.contains(name); });
}

}  // namespace tidb::detail
