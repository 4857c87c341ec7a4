#include "support/schema_pairs.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include <fmt/format.h>

namespace tests {

namespace {

using tidb::column_definition;
using tidb::column_type;
using tidb::engine_kind;
using tidb::table_definition;
using tidb::type_kind;

const std::array<std::string, 4> words{"red", "green", "it's", "blue"};

class pair_maker {
public:
  explicit pair_maker(std::uint64_t seed) : random_(seed) {}
  schema_pair make();

private:
  std::size_t pick(std::size_t end) { return below(random_, end); }
  bool once_in(std::size_t times) { return pick(times) == 0; }
  template <class T>
  T one_of(std::initializer_list<T> all) {
    return all.begin()[pick(all.size())];
  }

  meant_table new_table(std::string name);
  meant_column new_column(std::string name, bool is_later);
  column_type type_for(meaning of, const column_type* now);
  column_type number_type(const column_type* now);
  void dress(meant_column& column, bool had_null);
  void add_rows(meant_table& table);
  std::optional<std::string> value_for(const meant_column& column, std::size_t row);
  meant_table changed(const meant_table& old, schema_pair& pair);
  void add_parts(meant_table& table);
  void add_key(meant_table& table);
  void add_foreign_keys(std::vector<meant_table>& all);

  random_source random_;
  int names_{};
};

column_type pair_maker::number_type(const column_type* now) {
  const bool is_real = now != nullptr && now->kind == type_kind::float64;
  if (is_real) return {type_kind::float64};
  const bool is_decimal = now != nullptr && now->kind == type_kind::decimal;
  const bool is_text = now != nullptr && (now->kind == type_kind::varchar || now->kind == type_kind::text);
  if (is_text)
    return one_of<column_type>({{type_kind::bigint}, {type_kind::varchar, false, 30}, {type_kind::smallint}});
  if (now == nullptr && once_in(6)) return {type_kind::varchar, false, 12};
  if (!is_decimal && once_in(8)) return {type_kind::float64};
  return one_of<column_type>({{type_kind::tinyint},
                              {type_kind::boolean},
                              {type_kind::smallint, true},
                              {type_kind::integer},
                              {type_kind::bigint},
                              {type_kind::bigint, true},
                              {type_kind::decimal, false, 12, 3},
                              {type_kind::decimal, false, 20, 0},
                              {now == nullptr ? type_kind::integer : type_kind::text},
                              {type_kind::varchar, false, 20}});
}

/// One that values of `now` become, or any.
column_type pair_maker::type_for(meaning of, const column_type* now) {
  const auto digits = one_of<std::uint8_t>({0, 3, 6});
  switch (of) {
  case meaning::serial: return once_in(2) ? column_type{type_kind::bigint} : column_type{type_kind::integer};
  case meaning::number: return number_type(now);
  case meaning::real:
    return {now != nullptr && (once_in(2) || now->kind == type_kind::float64) ? type_kind::float64
                                                                              : type_kind::float32};
  case meaning::season:
    return {now != nullptr && (once_in(2) || now->kind != type_kind::year) ? type_kind::smallint : type_kind::year};
  case meaning::flags: return {type_kind::bit, false, once_in(2) ? 8U : 40U};
  case meaning::word:
    return one_of<column_type>({{type_kind::varchar, false, 8},
                                {type_kind::varchar, false, 30},
                                {type_kind::char_, false, 9},
                                {type_kind::text},
                                {type_kind::longtext},
                                {type_kind::enumeration}});
  case meaning::day: {
    const bool is_text = now != nullptr && now->kind == type_kind::varchar;
    const bool is_moment = now != nullptr && now->kind == type_kind::timestamp;
    if (is_text) return {type_kind::varchar, false, 40};
    if (now != nullptr && once_in(4)) return {type_kind::varchar, false, 26};
    if (is_moment || once_in(2)) return {type_kind::datetime, false, 0, digits};
    return once_in(3) && now == nullptr ? column_type{type_kind::timestamp, false, 0, digits}
                                        : column_type{type_kind::date};
  }
  case meaning::tags: return {type_kind::set};
  case meaning::moment: return {type_kind::time, false, 0, digits};
  case meaning::raw:
    return one_of<column_type>({{type_kind::varbinary, false, 8}, {type_kind::binary, false, 4}, {type_kind::blob}});
  case meaning::document: return {type_kind::json};
  case meaning::point: return {type_kind::vector, false, once_in(2) ? 3U : 0U};
  }
  return {};
}

/// All about a column but its type.
void pair_maker::dress(meant_column& made, bool had_null) {
  auto& column = made.column;
  const auto kind = column.type.kind;
  column.nullable = had_null || once_in(2);
  column.labels.clear();
  if (kind == type_kind::enumeration) column.labels.assign(words.begin(), words.end());
  if (kind == type_kind::set) column.labels.assign(meant_tags.begin(), meant_tags.end());
  std::shuffle(column.labels.begin(), column.labels.end(), random_);
  if (!column.labels.empty() && once_in(2)) column.labels.insert(column.labels.begin(), "more");
  column.default_to.reset();
  const bool takes_default = kind != type_kind::text && kind != type_kind::longtext && kind != type_kind::blob &&
                             kind != type_kind::json && kind != type_kind::vector;
  if (made.of == meaning::number && takes_default && once_in(3)) column.default_to = tidb::column_default{"7"};
  if (made.of == meaning::word && takes_default && once_in(3)) column.default_to = tidb::column_default{"green"};
  if (kind == type_kind::timestamp) column.nullable = true;
  column.comment = once_in(4) ? "of " + column.name : "";
}

meant_column pair_maker::new_column(std::string name, bool is_later) {
  meant_column made;
  made.of = one_of({meaning::number, meaning::number, meaning::real, meaning::season, meaning::word, meaning::word,
                    meaning::day, meaning::tags, meaning::flags, meaning::moment, meaning::raw, meaning::document,
                    meaning::point});
  made.column = {.name = std::move(name), .type = type_for(made.of, nullptr)};
  dress(made, false);
  // of these TiDB has no value for rows that are there
  if (is_later && (made.of == meaning::day || made.of == meaning::document || made.of == meaning::point))
    made.column.nullable = true;
  return made;
}

std::optional<std::string> pair_maker::value_for(const meant_column& column, std::size_t row) {
  if (column.column.nullable && once_in(5)) return std::nullopt;
  switch (column.of) {
  case meaning::serial: return std::to_string(row + 1);
  case meaning::number: return std::to_string(pick(120));
  case meaning::real: return std::to_string(pick(50)) + ".25";
  case meaning::season: return std::to_string(1980 + pick(50));
  case meaning::flags: return std::to_string(pick(200));
  case meaning::word: return words[pick(words.size())];
  case meaning::day: return fmt::format("20{:02}-0{}-1{}", 10 + pick(20), 1 + pick(9), pick(10));
  case meaning::tags: {
    std::string text;
    for (const auto& each : meant_tags)
      if (once_in(2)) text += (text.empty() ? "" : ",") + each;
    return text;
  }
  case meaning::moment: return fmt::format("{:02}:0{}:00", pick(24), pick(10));
  case meaning::raw: return fmt::format("{:04x}{:04x}", pick(65536), pick(65536));
  case meaning::document: return fmt::format("{{\"a\": {}}}", pick(100));
  case meaning::point: return fmt::format("[{},{},{}]", pick(9), pick(9), pick(9));
  }
  return std::nullopt;
}

void pair_maker::add_rows(meant_table& table) {
  const auto count = pick(30);
  for (std::size_t row = 0; row < count; ++row) {
    auto& cells = table.rows.emplace_back();
    for (const auto& column : table.columns) cells.push_back(value_for(column, row));
  }
}

/// One of the columns that number rows, or several columns.
void pair_maker::add_key(meant_table& table) {
  auto& made = table.table;
  made.primary_key.clear();
  made.clustered.reset();
  for (auto& each : table.columns)
    if (each.of == meaning::serial)
      each.column.nullable = each.column.auto_increment = false, each.column.auto_random = 0;
  auto& first = table.columns.front().column;
  switch (pick(6)) {
  case 0: return;
  case 1: made.primary_key = {table.columns[1].column.name}; break;
  case 2: made.primary_key = {first.name, table.columns[1].column.name}; break;
  default:
    made.primary_key = {first.name};
    if (once_in(3) && first.type.kind == type_kind::bigint)
      first.auto_random = 5;
    else
      first.auto_increment = once_in(2);
  }
  if (once_in(4) && first.auto_random == 0) made.clustered = false;
}

/// Indexes, checks, computed columns: what stands on columns.
void pair_maker::add_parts(meant_table& table) {
  auto& made = table.table;
  made.indexes.clear();
  made.checks.clear();
  made.comment = once_in(3) ? "comment " + std::to_string(pick(3)) : "";
  add_key(table);
  made.columns.clear();
  for (auto& each : table.columns) {
    each.column.unique = each.of == meaning::serial && once_in(3);
    made.columns.push_back(each.column);
    const auto kind = each.column.type.kind;
    const bool is_whole = kind == type_kind::integer || kind == type_kind::bigint || kind == type_kind::smallint;
    if (each.of == meaning::number && is_whole && once_in(3))
      made.checks.push_back({made.name + "_has_" + each.column.name, each.column.name + " >= 0"});
    if ((is_whole || kind == type_kind::varchar || kind == type_kind::date) && once_in(4))
      made.indexes.push_back({"by_" + each.column.name, {{.column = each.column.name}}});
    if (kind == type_kind::text && once_in(4))
      made.indexes.push_back({"start_of_" + each.column.name, {{.column = each.column.name, .prefix = 3}}});
  }
  const auto& serial = table.columns[1].column.name;
  if (once_in(3))
    made.indexes.push_back({"pair", {{.column = table.columns[0].column.name}, {.column = serial}}, true});
  if (once_in(3))
    made.columns.push_back({.name = "twice",
                            .type = {type_kind::bigint},
                            .nullable = true,
                            .generated = serial + " * " + std::to_string(2 + pick(2)),
                            .stored = once_in(2)});
}

meant_table pair_maker::new_table(std::string name) {
  meant_table made;
  made.table.name = std::move(name);
  for (const char* each : {"id", "nr"})
    made.columns.push_back({{.name = each, .type = type_for(meaning::serial, nullptr)}, meaning::serial, {}});
  for (auto left = 1 + pick(5); left > 0; --left)
    made.columns.push_back(new_column(fmt::format("c{}", ++names_), false));
  return made;
}

meant_table pair_maker::changed(const meant_table& old, schema_pair& pair) {
  meant_table made{.table = {.name = old.table.name}, .columns = {}, .was = old.table.name, .rows = old.rows};
  if (once_in(5)) {
    made.table.name += "_new";
    pair.options.renamed_tables.push_back({made.was, made.table.name});
  }
  for (std::size_t i = 0; i < old.columns.size(); ++i) {
    auto column = old.columns[i];
    column.was = column.column.name;
    const bool has_null = std::ranges::any_of(old.rows, [&](const auto& row) { return !row[i].has_value(); });
    if (column.of != meaning::serial && once_in(6)) continue;  // it goes
    if (once_in(5)) {
      column.column.name += "_new";
      pair.options.renamed_columns.push_back({made.table.name, column.was, column.column.name});
    }
    if (once_in(2)) {
      column.column.type = type_for(column.of, &old.columns[i].column.type);
      if (column.of != meaning::serial) dress(column, has_null);
    } else {
      column.column.nullable = old.columns[i].column.nullable;
    }
    made.columns.push_back(std::move(column));
  }
  for (auto more = pick(3); more > 0; --more) made.columns.push_back(new_column(fmt::format("c{}", ++names_), true));
  add_parts(made);
  return made;
}

/// From each table to one whose key is its first column.
void pair_maker::add_foreign_keys(std::vector<meant_table>& all) {
  for (auto& child : all)
    for (const auto& parent : all) {
      const auto& key = parent.columns.front().column;
      auto& column = child.columns[1].column;
      const bool fits = parent.table.primary_key == std::vector{key.name} && key.type == column.type &&
                        parent.rows.size() >= child.rows.size() && child.table.foreign_keys.empty();
      if (!fits || !once_in(2)) continue;
      child.table.foreign_keys.push_back({.name = child.table.name + "_refers",
                                          .columns = {column.name},
                                          .table = parent.table.name,
                                          .referenced = {key.name}});
    }
}

schema_pair pair_maker::make() {
  schema_pair made;
  made.options.lose_data = true;
  made.options.drop_others = once_in(2);
  for (const char* name : {"apples", "pears", "plums"}) {
    auto table = new_table(name);
    add_rows(table);
    add_parts(table);
    made.from.push_back(std::move(table));
  }
  add_foreign_keys(made.from);
  for (const auto& table : made.from)
    if (!once_in(8)) made.to.push_back(changed(table, made));
  if (once_in(3)) {
    auto table = new_table("new_ones");
    add_parts(table);
    made.to.push_back(std::move(table));
  }
  add_foreign_keys(made.to);
  if (!made.options.drop_others)  // what stays refers to what it did, which would be in the way of some changes
    for (auto& table : made.from)
      if (std::ranges::none_of(made.to, [&](const auto& each) { return each.was == table.table.name; }))
        table.table.foreign_keys.clear();
  return made;
}

}  // namespace

std::vector<table_definition> schema_pair::tables(const std::vector<meant_table>& all) {
  std::vector<table_definition> made;
  for (const auto& each : all) made.push_back(each.table);
  return made;
}

schema_pair make_schema_pair(std::uint64_t seed) { return pair_maker(seed).make(); }

std::string describe(const schema_pair& pair) {
  std::string text;
  for (const auto* all : {&pair.from, &pair.to}) {
    text += all == &pair.from ? "-- from\n" : "-- to\n";
    for (const auto& table : *all)
      text += tidb::create_table_sql(table.table, tidb::engine_kind::tidb, false) +
              fmt::format("; -- {} rows, was \"{}\"\n", table.rows.size(), table.was);
  }
  return text;
}

}  // namespace tests
