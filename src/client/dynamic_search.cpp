#include "tidbxx/client/dynamic_search.hpp"

#include "client/dynamic_facts.hpp"
#include "tidbxx/core/error.hpp"
#include "tidbxx/orm/json_filter.hpp"

#include <numeric>
#include <utility>

namespace tidb {

dynamic_search::dynamic_search(detail::executor on, std::shared_ptr<const detail::dynamic_facts> table,
                               detail::search_request request)
    : on_(std::move(on)), facts_(std::move(table)), places_(facts_->columns.size()), names_(facts_->names),
      request_(std::move(request)) {
  std::iota(places_.begin(), places_.end(), std::size_t{});
  request_.rows.table = facts_->definition.name;
  for (const auto& column : facts_->columns) request_.rows.columns.add(sql::column(request_.rows.table, column.name));
  for (const auto& column : facts_->definition.primary_key) request_.ties.add(sql::order_term(sql::column({}, column)));
  if (const auto only = facts_->only_vectors()) vector_column(facts_->columns[*only].name);
}

dynamic_search& dynamic_search::columns(const std::vector<std::string>& names, std::source_location where) {
  if (names.empty()) throw_usage("columns() takes the names of those to read", where);
  std::vector<std::size_t> places;
  sql::expression chosen(sql::op::row);
  for (const auto& name : names) {
    places.push_back(facts_->place_of(name, "to read", where));
    chosen.add(sql::column(request_.rows.table, name));
  }
  places_ = std::move(places);
  names_ = std::make_shared<const std::vector<std::string>>(names);
  request_.rows.columns = std::move(chosen);
  return *this;
}

dynamic_search& dynamic_search::where(std::string_view filter, std::source_location where) {
  sql::add_condition(request_.where, detail::parse_json_filter(filter, request_.rows.table, facts_->columns, where));
  return *this;
}

dynamic_search& dynamic_search::where(const expr<bool>& condition) {
  sql::add_condition(request_.where, sql::expression(condition.expression()));
  return *this;
}

dynamic_search& dynamic_search::limit(std::uint64_t rows) {
  request_.limit = rows;
  return *this;
}

dynamic_search& dynamic_search::offset(std::uint64_t rows) {
  request_.offset = rows;
  return *this;
}

dynamic_search& dynamic_search::filter(filtering when) {
  request_.filtering = when;
  return *this;
}

dynamic_search& dynamic_search::vector_column(std::string_view name, std::source_location where) {
  const auto& column = facts_->vectors(name, where);
  request_.column = sql::column({}, column.name);
  request_.dimensions = column.type.length;
  return *this;
}

dynamic_search& dynamic_search::metric(tidb::metric by) {
  request_.by = by;
  return *this;
}

dynamic_search& dynamic_search::distance_threshold(double highest) {
  request_.highest = highest;
  return *this;
}

dynamic_search& dynamic_search::recall(double share) {
  request_.recall = share;
  return *this;
}

dynamic_search& dynamic_search::num_candidates(std::uint64_t rows) {
  request_.num_candidates = rows;
  return *this;
}

detail::words_request& dynamic_search::words(std::source_location where) {
  if (!request_.words) throw_usage("this search is by a vector, and has no words", where);
  return *request_.words;
}

dynamic_search& dynamic_search::text_column(std::string_view name, std::source_location where) {
  words(where).column = facts_->columns[facts_->place_of(name, "to search", where)].name;
  return *this;
}

dynamic_search& dynamic_search::match_all(bool all, std::source_location where) {
  words(where).match_all = all;
  return *this;
}

dynamic_search& dynamic_search::strict(bool is, std::source_location where) {
  words(where).strict = is;
  return *this;
}

dynamic_search& dynamic_search::words_only(std::source_location where) {
  words(where).way = detail::word_way::words;
  return *this;
}

dynamic_search& dynamic_search::vector_only(std::source_location where) {
  words(where).way = detail::word_way::vector;
  return *this;
}

dynamic_search& dynamic_search::hybrid(rrf by) {
  request_.hybrid.fusion = by;
  return *this;
}

dynamic_search& dynamic_search::hybrid(weighted by) {
  request_.hybrid.fusion = by;
  return *this;
}

dynamic_search& dynamic_search::text_limit(std::uint64_t rows) {
  request_.hybrid.text_limit = rows;
  return *this;
}

dynamic_search& dynamic_search::vector_limit(std::uint64_t rows) {
  request_.hybrid.vector_limit = rows;
  return *this;
}

std::vector<hit<row>> dynamic_search::run(search_plan* plan, std::source_location where) const {
  const bool may_have_no_vector =
      request_.words && (request_.query.empty() || request_.words->way == detail::word_way::words);
  if (!may_have_no_vector && !request_.column)
    throw_usage("the table `" + request_.rows.table +
                    "` has no column of vectors, or several: say with vector_column() which one to search",
                where);
  detail::hit_list<row> found;
  const auto take = [&](const detail::open_rows& rows, const detail::found_hit& hit) {
    std::vector<value> values;
    values.reserve(places_.size());
    for (std::size_t i = 0; i < places_.size(); ++i)
      values.emplace_back(detail::dynamic_value(rows.cells()[i], facts_->columns[places_[i]]));
    found.add(hit) = row(names_, std::move(values));
  };
  detail::run_search(on_, request_, {[&] { found.clear(); }, take}, plan, where);
  auto hits = found.finish(request_);
  if (plan != nullptr) plan->rows = hits.size();
  return hits;
}

std::vector<hit<row>> dynamic_search::all(std::source_location where) const { return run(nullptr, where); }

std::vector<hit<row>> dynamic_search::all(search_plan& plan, std::source_location where) const {
  plan = {};
  return run(&plan, where);
}

search_plan dynamic_search::explain(std::source_location where) const {
  search_plan plan;
  run(&plan, where);
  return plan;
}

highlighter dynamic_search::highlighter(std::source_location where) const {
  return detail::highlighter_of(on_, request_, where);
}

}  // namespace tidb
