#include "orm/set_vectors.hpp"

#include "schema/table_change.hpp"
#include "tidbxx/core/error.hpp"
#include "tidbxx/orm/embedder.hpp"
#include "tidbxx/orm/row_vectors.hpp"

#include <algorithm>
#include <string>

#include <fmt/format.h>

namespace tidb::detail {

namespace {

using set_columns = std::span<const sql::assignment>;

const sql::assignment* find_set(set_columns set, std::string_view column) {
  const auto found =
      std::ranges::find_if(set, [&](const sql::assignment& each) { return same_text(each.column, column); });
  return found == set.end() ? nullptr : &*found;
}

[[noreturn]] void refuse(const embedding_facts& of, std::source_location where) {
  std::string names;
  for (const auto& text : of.texts) names += (names.empty() ? "\"" : ", \"") + text + '"';
  throw_usage(fmt::format("\"{0}.{1}\" has the vectors of {2}, and the new texts are not known before this runs: set "
                          "{2} to values, all of them, or set \"{1}\" as well, or write the rows by save, update_many "
                          "or a session",
                          of.table, of.column, names),
              where);
}

sql::expression vector_of(const embedder& model, std::span<const sql::assignment* const> texts,
                          std::source_location where) {
  const auto& of = model.of();
  std::vector<value_view> cells;
  for (const auto* text : texts) cells.push_back(text->to.root().literal());
  auto text = joined_texts(cells);
  if (text.empty()) return sql::literal(vector_of_nothing(of.nullable, of.length).view());
  const auto made = model.embed({std::move(text)}, where);
  return sql::literal(value_view::of(std::span<const float>(made.front())));
}

}  // namespace

std::vector<sql::assignment> vectors_set_with(const executor& on, std::string_view table, set_columns set,
                                              std::span<const std::string> row_columns, std::source_location where) {
  std::vector<sql::assignment> vectors;
  for (const auto& model : embedders_of(on, table, where)) {
    const auto& of = model->of();
    std::vector<const sql::assignment*> texts;
    for (const auto& text : of.texts)
      if (const auto* const one = find_set(set, text)) texts.push_back(one);
    if (texts.empty() || find_set(set, of.column) != nullptr) continue;
    const auto all_are = [&](auto&& is_one) {
      return texts.size() == of.texts.size() && std::ranges::all_of(texts, is_one);
    };
    if (all_are([](const auto* text) { return text->to.kind() == sql::op::literal; }))
      vectors.push_back({of.column, vector_of(*model, texts, where)});
    else if (all_are([](const auto* text) {
               return text->to.kind() == sql::op::inserted && same_text(text->to.root().name(), text->column);
             }) &&
             std::ranges::any_of(row_columns, [&](const auto& name) { return same_text(name, of.column); }))
      vectors.push_back({of.column, sql::expression(sql::op::inserted, std::string_view(of.column))});
    else
      refuse(of, where);
  }
  return vectors;
}

}  // namespace tidb::detail
