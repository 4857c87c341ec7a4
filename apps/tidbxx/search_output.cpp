#include "search_output.hpp"

#include "catalog.hpp"
#include "output.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <span>
#include <utility>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace cli {

namespace {

using nlohmann::ordered_json;
using tidb::value_view;

std::vector<std::string> score_names(search_kind kind) {
  switch (kind) {
  case search_kind::vector: return {"distance", "score"};
  case search_kind::words: return {"score"};
  case search_kind::hybrid: break;
  }
  return {"score", "text_rank", "vector_rank", "distance"};
}

/// NULL: the other search found the row.
value_view rank_of(const tidb::ranked& one) { return one.rank == 0 ? value_view::null() : value_view::of(one.rank); }

/// Without what does not matter to this search.
ordered_json json_of(const tidb::search_plan& plan) {
  ordered_json made{{"way", plan.way}, {"reason", plan.reason}};
  if (!plan.warning.empty()) made["warning"] = plan.warning;
  const std::array<std::pair<const char*, std::uint64_t>, 10> counts{{{"documents", plan.documents},
                                                                      {"allowed", plan.allowed},
                                                                      {"partitions", plan.partitions},
                                                                      {"scanned", plan.scanned},
                                                                      {"reranked", plan.reranked},
                                                                      {"candidates", plan.candidates},
                                                                      {"blocks_read", plan.blocks_read},
                                                                      {"bytes_read", plan.bytes_read},
                                                                      {"blocks_cached", plan.blocks_cached},
                                                                      {"rows", plan.rows}}};
  for (const auto& [name, count] : counts)
    if (count > 0) made[name] = count;
  made["statements"] = plan.statements;
  const std::array<std::pair<const char*, double>, 4> times{{{"refresh_us", plan.refresh_us},
                                                             {"filter_us", plan.filter_us},
                                                             {"index_us", plan.index_us},
                                                             {"rows_us", plan.rows_us}}};
  for (const auto& [name, time] : times) made[name] = std::llround(time);
  made["sql"] = plan.sql;
  return made;
}

ordered_json json_of(const std::vector<std::vector<tidb::term_score>>& terms) {
  auto made = ordered_json::array();
  for (const auto& hit : terms) {
    auto& of_hit = made.emplace_back(ordered_json::array());
    for (const auto& each : hit)
      of_hit.push_back({{"term", each.term},
                        {"column", each.column},
                        {"documents", each.documents},
                        {"frequency", each.frequency},
                        {"length", each.length},
                        {"score", each.score}});
  }
  return made;
}

std::string text_of(const ordered_json& json) {
  return json.dump(-1, ' ', false, ordered_json::error_handler_t::replace);
}

void print_terms(const std::vector<std::vector<tidb::term_score>>& terms) {
  const std::vector<std::string> names{"hit", "term", "column", "documents", "frequency", "length", "score"};
  const auto writer = make_writer(output_format::table);
  writer->begin(names);
  for (std::size_t hit = 0; hit < terms.size(); ++hit)
    for (const auto& each : terms[hit])
      writer->add(std::array{value_view::of(static_cast<std::uint64_t>(hit + 1)),
                             value_view::of(std::string_view(each.term)), value_view::of(std::string_view(each.column)),
                             value_view::of(each.documents), value_view::of(each.frequency),
                             value_view::of(std::uint64_t{each.length}), value_view::of(each.score)});
  writer->end();
}

void print_plan(const tidb::search_plan& plan) {
  print("\n");
  const auto facts = json_of(plan);
  for (const auto& [name, fact] : facts.items())
    print(fmt::format("{:13} {}\n", name, fact.is_string() ? one_line(fact.get<std::string>()) : text_of(fact)));
  if (plan.terms.empty()) return;
  print("\n");
  print_terms(plan.terms);
}

}  // namespace

search_output::search_output(const search_command& command, search_kind kind, std::vector<std::string> columns)
    : command_(command), kind_(kind), columns_(std::move(columns)) {}

void search_output::mark(tidb::highlighter words, std::vector<std::string> columns) {
  words_ = std::move(words);
  marked_ = std::move(columns);
}

/// Scores first, then the columns. If one of these has such a name, the scores have others.
std::vector<std::string> search_output::names() const {
  auto made = score_names(kind_);
  const auto is_taken = [&](const std::string& name) {
    return std::ranges::any_of(columns_, [&](const std::string& column) { return lower(column) == name; });
  };
  if (std::ranges::any_of(made, is_taken))
    for (auto& name : made) name.insert(0, "_");
  made.insert(made.end(), columns_.begin(), columns_.end());
  return made;
}

std::vector<value_view> search_output::scores(const tidb::hit<tidb::row>& hit) const {
  const auto distance = std::isnan(hit.distance) ? value_view::null() : value_view::of(hit.distance);
  switch (kind_) {
  case search_kind::vector: return {distance, value_view::of(hit.score)};
  case search_kind::words: return {value_view::of(hit.score)};
  case search_kind::hybrid: break;
  }
  return {value_view::of(hit.score), rank_of(hit.text), rank_of(hit.vector), distance};
}

bool search_output::is_marked(const std::string& column) const {
  return std::ranges::any_of(marked_, [&](const std::string& each) { return lower(each) == lower(column); });
}

/// A long text only where words were found: on a terminal as much as a cell there shows.
std::string search_output::marked(std::string_view text, const std::string& column) const {
  const bool is_short = command_.format == output_format::table && is_terminal();
  const std::size_t longest = is_short ? 80 : 240;
  const auto shape = is_short ? tidb::snippet_shape{.words = 12, .fragments = 1} : tidb::snippet_shape{};
  const auto by = emphasis_for(command_.format);
  const tidb::highlight_marks marks{.before = by.before, .after = by.after, .column = column};
  return display_width(text) > longest ? words_->snippet(text, shape, marks) : words_->highlight(text, marks);
}

void search_output::print_hits(const std::vector<tidb::hit<tidb::row>>& hits) const {
  const auto writer = make_writer(command_.format);
  const auto all = names();
  writer->begin(all);
  for (const auto& hit : hits) {
    auto cells = scores(hit);
    std::vector<std::string> texts(columns_.size());
    for (std::size_t i = 0; i < columns_.size(); ++i) {
      auto cell = hit.row[i].view();
      if (words_ && cell.kind == tidb::value_kind::text && is_marked(columns_[i])) {
        texts[i] = marked(cell.text(), columns_[i]);
        cell = value_view::of(std::string_view(texts[i]));
      }
      cells.push_back(cell);
    }
    writer->add(cells);
  }
  writer->end();
}

void search_output::print(const std::vector<tidb::hit<tidb::row>>& hits, const tidb::search_plan* plan) const {
  const bool in_object = plan != nullptr && command_.format == output_format::json;
  if (in_object) cli::print("{\"hits\": ");
  print_hits(hits);
  if (in_object) {
    auto told = json_of(*plan);
    told["terms"] = json_of(plan->terms);
    cli::print(fmt::format(", \"plan\": {}}}\n", text_of(told)));
  } else if (plan != nullptr) {
    print_plan(*plan);
  }
}

}  // namespace cli
