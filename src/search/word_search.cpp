#include "search/word_search.hpp"

#include "core/error_table.hpp"
#include "search/byte_stream.hpp"
#include "search/index_build.hpp"
#include "search/indexed_column.hpp"
#include "search/server_registry.hpp"
#include "search/text/query_parser.hpp"
#include "search/timed.hpp"
#include "tidbxx/core/error.hpp"

#include <algorithm>
#include <limits>
#include <utility>

namespace tidb::detail {

const index_entry& expect_text_entry(const executor& on, const index_listing& listing, const search_request& request,
                                     const call_context& context) {
  const auto& table = request.rows.table;
  const auto& column = request.words->column;
  const auto* const found = listing.find(table, column);
  if (found == nullptr || !found->place.is_text())
    refuse_no_index(on, {table, column}, "create_fulltext_index", context);
  if (column.empty()) listing.expect_one_text_index(table, context.where);
  return *found;
}

std::shared_ptr<const text_reading> reading_of(const index_entry& entry, const call_context& context) try {
  auto form = text_form_from(entry.place.text);
  const auto last = entry.index->last();
  if (last && last->rows.texts && last->rows.texts->reading().form == form) return last->rows.texts->shared_reading();
  return std::make_shared<const text_reading>(std::move(form));
} catch (const damaged_index& why) {
  refuse_index(entry_named("index-analyzer"), name_of(entry.place.target()), why.what(), context.where);
}

text_query query_of(const search_request& request, const text_reading& reading, const call_context& context) {
  const auto& asked = *request.words;
  return parse_text_query(asked.words, reading.analyzer,
                          {.columns = reading.form.columns, .match_all = asked.match_all, .is_strict = asked.strict},
                          context.where);
}

bool word_search::find_index() {
  const timed timing(plan_.refresh_us);
  view_.reset();
  listing_ = index_catalog::of(on_).list(on_, context_);
  entry_ = &expect_text_entry(on_, *listing_, request_, context_);
  usable_index found;
  refuse_newer(*entry_, context_, [&] { found = use_index(on_, *entry_, context_); });
  if (!found.view && found.why_not.empty()) return false;
  view_ = std::move(found.view);
  why_not_ = std::move(found.why_not);
  return true;
}

/// Whatever it searches in.
void word_search::prepare() {
  if (entry_ == nullptr) {
    listing_ = index_catalog::of(on_).list(on_, context_);
    entry_ = &expect_text_entry(on_, *listing_, request_, context_);
  }
  if (view_) {
    reading_ = view_->rows.texts->shared_reading();
    documents_ = &view_->rows.texts->documents();
    of_ = view_->manifest.of;
  } else {
    scan();
  }
  query_ = query_of(request_, *reading_, context_);
  plan_.documents = documents_->counted();
}

/// All texts, read and analysed for this search.
void word_search::scan() {
  const timed timing(plan_.refresh_us);
  const auto& place = entry_->place;
  index_manifest manifest;
  manifest.of = on_.engine() == engine_kind::tidb ? examine_on_server(on_, place.target(), place.columns, context_)
                                                  : examine(on_, place.target(), place.columns, context_);
  reading_ = reading_of(*entry_, context_);
  const auto all = read_documents(on_, manifest, place, *reading_, context_);
  scanned_ = text_snapshot(static_cast<std::uint32_t>(place.columns.size())).with_stored({}, all);
  documents_ = scanned_.get();
  of_ = std::move(manifest.of);
}

void word_search::choose(std::string way, std::string why) {
  plan_.way = view_ ? std::move(way) : "scan";
  plan_.reason = view_ ? std::move(why) : why_not_;
}

void word_search::with_payloads(function_ref<void(payload_source*)> use) {
  if (!view_ || !view_->rows.texts->is_paged()) return use(nullptr);
  auto& index = *entry_->index;
  index_blocks blocks(on_, index.tables(), context_);
  const auto most = index_catalog::limit(on_), fixed = std::uint64_t{view_->rows.texts->bytes()};
  stored_payloads payloads(blocks, index.payloads(), most > fixed ? most - fixed : 0);
  try {
    use(&payloads);
  } catch (const malformed_index& why) {
    throw index_fault{*entry_, why.what()};
  } catch (const damaged_index& why) {
    give_up_blocks(on_, *entry_, view_->manifest.version, why, context_);
  }
  plan_.blocks_read += payloads.cost().blocks_read;
  plan_.bytes_read += payloads.cost().bytes_read;
  plan_.blocks_cached += payloads.cost().blocks_cached;
}

std::vector<found_key> word_search::candidates(std::uint64_t wanted, const key_set* allowed) {
  const timed timing(plan_.index_us);
  const auto most = static_cast<std::size_t>(std::min<std::uint64_t>(wanted, documents_->documents()));
  std::vector<text_hit> hits;
  with_payloads([&](payload_source* payloads) {
    hits = best_matches(
        *documents_,
        {.query = query_, .wanted = most, .boosts = reading_->form.boosts, .allowed = allowed, .payloads = payloads});
  });
  std::vector<found_key> found;
  found.reserve(hits.size());
  for (const auto& hit : hits)
    found.push_back({.number = hit.key,
                     .name = std::string(hit.name),
                     .hit = {.distance = no_distance, .score = hit.score, .order = found.size()}});
  plan_.candidates = found.size();
  return found;
}

std::uint64_t word_search::read(std::span<const found_key> keys, bool whole, key_taker take) {
  try {
    return read_ranked(on_, request_, of_, keys, whole, take, plan_, context_);
  } catch (const damaged_index& why) {
    throw index_fault{*entry_, why.what()};
  }
}

row_keys word_search::matching_keys(std::int64_t most) {
  const timed timing(plan_.filter_us);
  return row_filter(on_, request_, of_, context_).matching_keys(most);
}

std::uint64_t word_search::unfiltered(std::uint64_t wanted, bool whole, key_taker take) {
  choose("index", "the table has a full-text index");
  for (auto proposed = wanted;; proposed *= 2) {
    const auto keys = candidates(proposed, nullptr);
    const auto found = read(keys, whole, take);
    if (found >= wanted || keys.size() < proposed) return found;
    restart();  // rows have left the table in a way unseen
  }
}

std::uint64_t word_search::prefiltered(std::uint64_t wanted, bool whole, row_keys matching, key_taker take) {
  plan_.allowed = matching.size();
  const key_set allowed(std::move(matching.numbers));
  return read(candidates(wanted, &allowed), whole, take);
}

std::uint64_t word_search::postfiltered(std::uint64_t wanted, bool whole, key_taker take) {
  const bool forced = request_.filtering == filtering::postfilter;
  for (auto probed = 2 * wanted + rows_probed;;) {
    choose("index, postfilter", forced ? "it was asked for" : "enough of the best rows meet the conditions");
    const auto keys = candidates(probed, nullptr);
    const auto found = read(keys, whole, take);
    if (found >= wanted || keys.size() < probed) return found;
    restart();
    const auto next = next_probe(probed, found, wanted);
    if (!forced && next > documents_->documents() / most_probed_share) {
      choose("index, prefilter", "few of the best rows meet the conditions");
      return prefiltered(wanted, whole, matching_keys(std::numeric_limits<std::int64_t>::max()), take);
    }
    probed = next;
  }
}

std::uint64_t word_search::deliver(std::uint64_t wanted, bool whole, key_taker take) {
  // more than there are documents are never found
  wanted = std::min<std::uint64_t>(wanted, documents_->documents() + 1);
  if (!request_.where) return unfiltered(wanted, whole, take);
  constexpr auto all = std::numeric_limits<std::int64_t>::max();
  if (request_.filtering == filtering::postfilter) return postfiltered(wanted, whole, take);
  if (request_.filtering == filtering::prefilter) {
    choose("index, prefilter", "it was asked for");
    return prefiltered(wanted, whole, matching_keys(all), take);
  }
  const row_filter filter(on_, request_, of_, context_);
  if (filter.has_index(*listing_)) {
    const auto few = static_cast<std::int64_t>(documents_->documents() / few_that_match);
    auto matching = matching_keys(few + 1);
    if (std::ssize(matching.numbers) <= few) {
      choose("index, prefilter", "an index of the table finds the few rows that meet the conditions");
      return prefiltered(wanted, whole, std::move(matching), take);
    }
  }
  return postfiltered(wanted, whole, take);
}

std::vector<term_score> word_search::explain(std::int64_t number) {
  std::vector<term_score> terms;
  std::optional<text_explanation> why;
  with_payloads([&](payload_source* payloads) {
    why = explain_match(*documents_, {.query = query_, .boosts = reading_->form.boosts, .payloads = payloads}, number);
  });
  if (!why) return terms;
  for (const auto& part : why->parts)
    terms.push_back({.term = part.term,
                     .column = reading_->form.columns[part.column],
                     .documents = part.documents,
                     .frequency = part.frequency,
                     .length = part.length,
                     .score = part.score});
  return terms;
}

void word_search::restart() {
  into_.restart();
  taken_.clear();
}

void word_search::run() {
  restart();
  prepare();
  if (request_.limit == 0) return choose("index", "no row was asked for");
  deliver(wanted_rows(request_), true, [&](const open_rows& rows, const found_key& key) {
    if (request_.explains) taken_.push_back(key);
    into_.take(rows, key.hit);
  });
  if (!request_.explains) return;
  std::ranges::sort(taken_, {}, [](const found_key& key) { return key.hit.order; });
  plan_.terms.clear();
  for (auto i = request_.offset; i < taken_.size() && plan_.terms.size() < request_.limit; ++i)
    plan_.terms.push_back(explain(taken_[i].number));
}

word_search::leg word_search::best(std::uint64_t wanted) {
  prepare();
  leg made;
  if (!request_.where) {  // whether they are there is seen when they are read
    choose("index", "the table has a full-text index");
    made.keys = candidates(wanted, nullptr);
  } else {
    taken_.clear();
    deliver(wanted, false, [&](const open_rows&, const found_key& key) { taken_.push_back(key); });
    made.keys = std::move(taken_);
    std::ranges::sort(made.keys, {}, [](const found_key& key) { return key.hit.order; });
    if (made.keys.size() > wanted) made.keys.resize(wanted);
  }
  if (request_.explains)
    for (const auto& key : made.keys) made.terms.push_back(explain(key.number));
  made.of = of_;
  return made;
}

}  // namespace tidb::detail
