#include "search/indexed_search.hpp"

#include "search/index_build.hpp"
#include "search/timed.hpp"
#include "tidbxx/core/error.hpp"
#include "tidbxx/engine/transaction.hpp"
#include "tidbxx/sql/printer.hpp"

#include <algorithm>
#include <limits>
#include <optional>
#include <span>
#include <utility>

namespace tidb::detail {

namespace {

constexpr std::size_t rows_worth_an_index = 256;  ///< fewer are compared as fast one by one
constexpr std::uint64_t least_proposed = 10;

}  // namespace

sql::select search_statement(const search_request& request, std::uint64_t rows, bool skip_null, bool only_near) {
  const auto distance = sql::label(sql::function(std::string(distance_function(request.by)),
                                                 {request.column, vector_literal(std::span(request.query))}),
                                   "_tidbxx_distance");
  const auto bound = [&](sql::op kind, double limit) {
    return sql::binary(kind, distance, sql::literal(value_view::of(limit)));
  };
  auto statement = request.rows;
  auto where = sql::both(request.where, sql::unary(sql::op::is_not_null, skip_null ? distance : request.column));
  if (request.like) where = sql::both(std::move(where), sql::unary(sql::op::logical_not, request.like));
  if (request.lowest) where = sql::both(std::move(where), bound(sql::op::greater_equal, *request.lowest));
  if (request.highest && only_near) where = sql::both(std::move(where), bound(sql::op::less_equal, *request.highest));
  statement.columns.add(distance);
  if (request.group) statement.columns.add(request.group);
  statement.where = std::move(where);
  statement.order.add(sql::order_term(distance));
  for (const auto& tie : request.ties.arguments()) statement.order.add(request.ties.part(tie));
  statement.limit = row_number(rows);
  return statement;
}

bool indexed_search::find_index() {
  const timed timing(plan_.refresh_us);
  view_.reset();
  native_ = nullptr;
  if (request_.by == metric::l1) return give_up_index("L1 has no index"), true;
  if (request_.recall >= 1) return give_up_index("only all rows have a recall of 1"), true;
  if (request_.lowest) return give_up_index("a lowest distance is for an exact search"), true;
  listing_ = index_catalog::of(on_).list(on_, context_);
  const auto* entry = listing_->find(request_.rows.table, request_.column.root().name());
  if (entry == nullptr) return look_for_native(), true;
  if (entry->place.by != request_.by) return give_up_index("the index is for another metric"), true;
  const auto found = use_index(on_, *entry, context_);
  if (!found.view) return give_up_index(found.why_not), !found.why_not.empty();
  if (found.view->rows.rows() < rows_worth_an_index) return give_up_index("the table is small"), true;
  view_ = found.view;
  entry_ = entry;
  return true;
}

void indexed_search::give_up_index(std::string why) {
  view_.reset();
  native_ = nullptr;
  plan_.reason = std::move(why);
}

void indexed_search::choose(std::string way, std::string why) {
  plan_.way = std::move(way);
  plan_.reason = std::move(why);
  plan_.warning.clear();
}

void indexed_search::run() {
  into_.restart();
  const auto wanted = wanted_rows(request_);
  asked_ = wanted;
  if (request_.limit == 0) return choose("exact", "no row was asked for");
  const bool is_zero = std::ranges::all_of(request_.query, [](float number) { return number == 0; });
  if (request_.by == metric::cosine && is_zero) return choose("exact", "a zero vector has no cosine distance");
  if (request_.group) return deliver_groups(wanted);
  deliver(wanted);
}

void indexed_search::deliver_groups(std::uint64_t wanted) {
  const auto four_times = [](std::uint64_t rows) {
    constexpr std::uint64_t most = std::uint64_t{1} << 60;
    return rows > most / 4 ? most : rows * 4;
  };
  std::optional<std::uint64_t> groups;
  for (std::uint64_t rows = four_times(wanted) + 16;; rows = four_times(rows)) {
    into_.restart();
    groups_.clear();
    if (deliver(rows) < rows || groups_.size() >= wanted || seen_too_far_) return;
    // often there are fewer groups than rows asked for
    if (!groups) groups = count_groups(wanted);
    if (groups_.size() >= *groups) return;
  }
}

std::uint64_t indexed_search::count_groups(std::uint64_t most) {
  const timed timing(plan_.filter_us);
  sql::select statement{};
  statement.distinct = true;
  statement.columns.add(request_.group);
  statement.table = request_.rows.table;
  statement.where = sql::both(request_.where, sql::unary(sql::op::is_not_null, request_.column));
  statement.limit = row_number(std::min<std::uint64_t>(most, std::numeric_limits<std::int64_t>::max()));
  const bound_select bound(on_, statement, context_.where);
  const auto request = bound.request();
  open_rows rows(on_, request.text, request.parameters, request.context);
  std::uint64_t count = 0;
  while (rows.next()) ++count;
  return count;
}

std::uint64_t indexed_search::deliver(std::uint64_t wanted) {
  if (native_ != nullptr) return from_native(wanted);
  if (!view_) return exact(wanted, plan_.reason);
  if (std::max(wanted, request_.num_candidates) > std::min<std::uint64_t>(most_candidates, view_->rows.rows()))
    return exact(wanted, "so many rows were asked for that all are compared");
  return request_.where ? filtered(wanted) : unfiltered(wanted);
}

std::uint64_t indexed_search::exact(std::uint64_t wanted, std::string why) {
  choose("exact", std::move(why));
  plan_.candidates = 0;
  return read(nullptr, wanted);
}

std::uint64_t indexed_search::unfiltered(std::uint64_t wanted) {
  choose("index", "the column has a vector index");
  // a row that is left out, such as the one that is searched by, is among the nearest
  const auto spare = request_.like ? 1U : 0U;
  const auto keys = nearest(wanted + spare, nullptr, request_.recall);
  const auto found = read(&keys, wanted);
  if (found >= wanted || seen_too_far_ || keys.size() >= view_->rows.rows()) return found;
  return too_few(wanted);
}

/// Rows have left the table in a way unseen.
std::uint64_t indexed_search::too_few(std::uint64_t wanted) {
  return exact_after_all(wanted, "the index proposed too few rows");
}

std::uint64_t indexed_search::exact_after_all(std::uint64_t wanted, std::string why) {
  into_.restart();
  groups_.clear();
  return exact(wanted, std::move(why));
}

std::uint64_t indexed_search::filtered(std::uint64_t wanted) {
  if (request_.filtering == filtering::postfilter) return postfiltered(wanted);
  if (request_.filtering == filtering::prefilter) {
    choose("index, prefilter", "it was asked for");
    return prefiltered(wanted, matching_keys(most_matching()));
  }
  if (filter_has_index()) {
    const auto few = std::min(static_cast<std::int64_t>(view_->rows.rows() / few_that_match), most_matching() - 1);
    auto matching = matching_keys(few + 1);
    if (std::ssize(matching.numbers) <= few) {
      choose("index, prefilter", "an index of the table finds the few rows that meet the conditions");
      return prefiltered(wanted, std::move(matching));
    }
  }
  return postfiltered(wanted);
}

/// Of more keys than these nothing but their number would be used.
std::int64_t indexed_search::most_matching() const {
  return view_->rows.paged ? most_candidates + 1 : std::numeric_limits<std::int64_t>::max();
}

std::uint64_t indexed_search::prefiltered(std::uint64_t wanted, row_keys matching) {
  plan_.allowed = matching.size();
  if (matching.empty()) return 0;
  const auto few = view_->rows.paged ? most_candidates : std::max<std::uint64_t>(2 * wanted, 64);
  if (matching.size() <= std::min<std::uint64_t>(few, most_candidates)) return read(&matching, wanted);
  if (view_->rows.paged)
    return exact(wanted, "the index is larger than index_memory, and among so many rows all of it would be read");
  const auto spare = request_.like ? 1U : 0U;
  const key_set allowed(std::move(matching.numbers));
  const auto keys = nearest(wanted + spare, &allowed, request_.recall);
  const auto found = read(&keys, wanted);
  // of rows without a vector the filter knows nothing: then all that have one are proposed
  if (found >= wanted || seen_too_far_ || keys.size() < std::min<std::uint64_t>(wanted + spare, allowed.size()))
    return found;
  return found + spare >= allowed.size() ? found : too_few(wanted);
}

std::uint64_t indexed_search::postfiltered(std::uint64_t wanted) {
  const bool forced = request_.filtering == filtering::postfilter;
  const auto rows = view_->rows.rows();
  for (std::uint64_t probed = std::min(2 * wanted + rows_probed, most_candidates);;) {
    choose("index, postfilter", forced ? "it was asked for" : "enough of the nearest rows meet the conditions");
    // those that match may be the farthest of these, of which more would be lost than of all
    const auto keys = nearest(probed, nullptr, 1 - (1 - request_.recall) / 4);
    const auto found = read(&keys, wanted);
    if (found >= wanted || seen_too_far_ || keys.size() >= rows) return found;
    into_.restart();
    groups_.clear();
    const auto next = next_probe(probed, found, wanted);
    if (next <= (forced ? most_candidates : std::min(most_candidates, rows / most_probed_share))) {
      probed = next;
    } else if (forced) {
      return exact(wanted, "too few of the nearest rows meet the conditions");
    } else {
      choose("index, prefilter", "few of the nearest rows meet the conditions");
      return prefiltered(wanted, matching_keys(most_matching()));
    }
  }
}

row_keys indexed_search::nearest(std::uint64_t wanted, const key_set* allowed, double recall) {
  const timed timing(plan_.index_us);
  // the best one or two by their codes are too often others than the best
  const auto limits = std::max<std::uint64_t>(wanted, least_proposed);
  search_cost cost;
  const auto proposals =
      propose_from(*view_,
                   {.vector = request_.query,
                    .wanted = limits,
                    .recall = recall,
                    .num_candidates = request_.num_candidates == 0 ? 0 : std::max(request_.num_candidates, wanted),
                    .allowed = allowed},
                   cost);
  plan_.partitions += cost.partitions;
  plan_.scanned += cost.scanned;
  plan_.reranked += cost.reranked;
  row_keys keys;
  keys.numbers.reserve(proposals.size());
  // of very many that are equally near, some: they are the nearest by their codes, and one statement takes no more
  for (const auto& each : std::span(proposals).first(std::min<std::size_t>(proposals.size(), most_candidates)))
    keys.add(each.key, each.name);
  plan_.candidates = keys.size();
  return keys;
}

std::vector<proposal> indexed_search::propose_from(const index_view& view, const vector_query& query,
                                                   search_cost& cost) {
  if (view.rows.whole) return propose(*view.rows.whole, query, &cost);
  auto& index = *entry_->index;
  index_blocks blocks(on_, index.tables(), context_);
  const auto most = index_catalog::limit(on_), fixed = std::uint64_t{view.rows.paged->bytes()};
  paged_source source(*view.rows.paged, blocks, index.cache(), most > fixed ? most - fixed : 0);
  try {
    auto proposals = propose(source, query, &cost);
    plan_.blocks_read += source.cost().blocks_read;
    plan_.bytes_read += source.cost().bytes_read;
    plan_.blocks_cached += source.cost().blocks_cached;
    return proposals;
  } catch (const damaged_index& why) {
    give_up_blocks(on_, *entry_, view.manifest.version, why, context_);
  }
}

row_keys indexed_search::matching_keys(std::int64_t most) {
  const timed timing(plan_.filter_us);
  return filter().matching_keys(most);
}

bool indexed_search::filter_has_index() {
  const timed timing(plan_.filter_us);
  return filter().has_index(*listing_);
}

std::uint64_t indexed_search::read(const row_keys* keys, std::uint64_t wanted) {
  const timed timing(plan_.rows_us);
  if (keys != nullptr && keys->empty()) return 0;
  std::uint64_t count = 0;
  for (const bool skip_null : {false, true}) {
    seen_too_far_ = false;
    auto statement = search_statement(request_, wanted, skip_null, keys == nullptr);
    if (keys != nullptr) statement.where = sql::both(key_condition(*keys), std::move(statement.where));
    if (read_once(statement, count)) return count;
    // NULL sorts first and would take places of the limit: then ask again without such rows
    into_.restart();
    groups_.clear();
  }
  return count;
}

sql::expression indexed_search::key_condition(const row_keys& keys) const {
  try {
    return filter().has_key_among(keys);
  } catch (const damaged_index& why) {
    throw index_fault{*entry_, why.what()};
  }
}

bool indexed_search::read_once(const sql::select& statement, std::uint64_t& count) {
  const bound_select bound(on_, statement, context_.where);
  const auto request = bound.request();
  return read_rows(request.text, request.parameters, count);
}

bool indexed_search::read_rows(const statement_text& text, std::span<const value_view> parameters,
                               std::uint64_t& count) {
  const auto distance = request_.rows.columns.arguments().size();
  plan_.sql = text.sql();
  count = 0;
  open_rows rows(on_, text, parameters, on_.context(context_.where));
  while (rows.next()) {
    const auto& cell = rows.cells()[distance];
    if (cell.is_null()) return false;
    double number = 0;
    decode_real(cell, number);
    ++count;
    if (request_.highest && number > *request_.highest)
      seen_too_far_ = true;
    else
      take(rows, number, count - 1);
  }
  return true;
}

void indexed_search::take(const open_rows& rows, double distance, std::uint64_t number) {
  if (request_.group) {
    const auto& group = rows.cells()[request_.rows.columns.arguments().size() + 1];
    const auto mark = group.is_null() ? std::string("n") : "v" + to_string(group);
    number = groups_.size();
    if (number >= asked_ || !groups_.insert(mark).second) return;
  }
  if (number >= request_.offset)
    into_.take(rows, {.distance = distance, .score = score_of(request_.by, distance), .order = number});
}

}  // namespace tidb::detail
