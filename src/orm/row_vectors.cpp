#include "tidbxx/orm/row_vectors.hpp"

#include "schema/table_change.hpp"
#include "tidbxx/core/error.hpp"
#include "tidbxx/orm/embedder.hpp"

#include <algorithm>
#include <string>

#include <fmt/format.h>

namespace tidb::detail {

namespace {

/// Where a model's columns are among those of a struct.
struct embedded_places {
  std::size_t vector{};
  bool writes_vector{};
  bool may_be_old{};  ///< a vector that a row has may be that of the text before
  std::vector<std::size_t> texts{};
};

std::optional<std::size_t> place_of(const mapped_table& table, std::string_view column) {
  const auto found = std::ranges::find_if(table.names, [&](const auto& name) { return same_text(name, column); });
  if (found == table.names.end()) return std::nullopt;
  return static_cast<std::size_t>(found - table.names.begin());
}

[[noreturn]] void refuse_part(const embedding_facts& of, std::source_location where) {
  std::string names;
  for (const auto& text : of.texts) names += (names.empty() ? "\"" : ", \"") + text + '"';
  throw_usage(fmt::format("the vectors in \"{}.{}\" are made of {}, and this writes a part of that: write all of "
                          "these columns together, by a struct that has them and the vector",
                          of.table, of.column, names),
              where);
}

/// Nothing if the write does not concern the vectors.
std::optional<embedded_places> find_places(const embedding_facts& of, const mapped_table& table, row_write how,
                                           std::span<const std::size_t> columns, std::source_location where) {
  const bool inserts = how == row_write::insert || how == row_write::upsert;
  const auto is_named = [&](std::size_t place) { return std::ranges::find(columns, place) != columns.end(); };
  const auto is_written = [&](std::size_t place) { return inserts || columns.empty() || is_named(place); };
  embedded_places found;
  for (const auto& text : of.texts)
    if (const auto place = place_of(table, text)) found.texts.push_back(*place);
  const auto written = static_cast<std::size_t>(std::ranges::count_if(found.texts, is_written));
  if (written == 0) return std::nullopt;
  const auto vector = place_of(table, of.column);
  const auto known = how == row_write::flush ? found.texts.size() : written;
  if (!vector || (!inserts && known < of.texts.size())) refuse_part(of, where);
  found.vector = *vector;
  found.writes_vector = is_written(*vector);
  found.may_be_old = how == row_write::save ||
                     (how == row_write::upsert && !is_named(*vector) && std::ranges::any_of(found.texts, is_named));
  return found;
}

bool is_given(const value_view& cell, const column_definition& column) {
  if (cell.kind != value_kind::vector) return !cell.is_null();
  if (column.nullable || column.type.length == 0) return cell.size > 0;
  return std::ranges::any_of(cell.floats(), [](float number) { return number != 0; });
}

bool has_null_key(const mapped_table& table, std::span<const value_view> cells) {
  return std::ranges::any_of(table.key, [&](std::size_t place) { return cells[place].is_null(); });
}

/// Texts on their way to the model, some at a time, and the rows whose vectors they become.
class text_batch {
public:
  text_batch(const embedder& model, std::vector<std::optional<value>>& vectors, std::source_location where)
      : model_(model), vectors_(vectors), where_(where) {}
  void add(std::size_t row, std::string text) {
    rows_.push_back(row);
    texts_.push_back(std::move(text));
    if (rows_.size() >= model_.of().batch) send();
  }
  void send() {
    if (rows_.empty()) return;
    const auto made = model_.embed(texts_, where_);
    for (std::size_t i = 0; i < rows_.size(); ++i)
      vectors_[rows_[i]] = value(value_view::of(std::span<const float>(made[i])));
    rows_.clear();
    texts_.clear();
  }

private:
  const embedder& model_;
  std::vector<std::optional<value>>& vectors_;
  std::source_location where_;
  std::vector<std::size_t> rows_;
  std::vector<std::string> texts_;
};

}  // namespace

void refuse_texts_without_vector(const executor& on, const mapped_table& table, std::source_location where) {
  for (const auto& model : embedders_of(on, table.definition.name, where))
    find_places(model->of(), table, row_write::insert, {}, where);
}

bool has_embedders(const executor& on, const mapped_table& table, std::source_location where) {
  return !embedders_of(on, table.definition.name, where).empty();
}

std::string joined_texts(std::span<const value_view> cells) {
  std::string text;
  for (const auto& cell : cells) {
    if (!cell.has_bytes() || cell.size == 0) continue;
    if (!text.empty()) text += '\n';
    text += cell.text();
  }
  return text;
}

value vector_of_nothing(bool nullable, std::uint32_t dimensions) {
  if (nullable) return {};
  return value(value_view::of(std::span<const float>(std::vector<float>(dimensions))));
}

row_vectors::row_vectors(const executor& on, const mapped_table& table, row_write how,
                         std::span<const std::size_t> columns, std::size_t rows, row_encoder encode,
                         std::source_location where) {
  for (const auto& model : embedders_of(on, table.definition.name, where)) {
    const auto places = find_places(model->of(), table, how, columns, where);
    if (!places) continue;
    const auto& column = table.definition.columns[places->vector];
    auto& vectors = made_.emplace_back(made_column{places->vector, {}}).vectors;
    vectors.resize(rows);
    text_batch batch(*model, vectors, where);
    std::vector<value_view> cells(table.names.size());
    for (std::size_t row = 0; row < rows; ++row) {
      kept_cells kept(where);
      encode(row, cells.data(), kept);
      const bool may_stay = places->writes_vector && (!places->may_be_old || has_null_key(table, cells));
      if (may_stay && is_given(cells[places->vector], column)) continue;
      std::vector<value_view> texts;
      for (const auto place : places->texts) texts.push_back(cells[place]);
      if (auto text = joined_texts(texts); !text.empty())
        batch.add(row, std::move(text));
      else
        vectors[row] = vector_of_nothing(column.nullable, column.type.length);
    }
    batch.send();
  }
}

std::vector<std::size_t> row_vectors::with(std::span<const std::size_t> columns) const {
  std::vector<std::size_t> all(columns.begin(), columns.end());
  for (const auto& column : made_)
    if (std::ranges::find(all, column.place) == all.end()) all.push_back(column.place);
  return all;
}

}  // namespace tidb::detail
