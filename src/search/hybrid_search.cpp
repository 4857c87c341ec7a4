#include "search/hybrid_search.hpp"

#include "core/error_table.hpp"
#include "search/fusion.hpp"
#include "search/indexed_column.hpp"
#include "search/native_text_search.hpp"
#include "search/search_runs.hpp"
#include "search/word_search.hpp"
#include "tidbxx/core/error.hpp"
#include "tidbxx/engine/transaction.hpp"
#include "tidbxx/search/embedding.hpp"

#include <algorithm>
#include <cmath>
#include <future>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

namespace tidb::detail {

namespace {

void check_words(const search_request& request, std::source_location where) {
  if (request.group) throw_usage("group_by is for a search by a vector alone", where);
  const auto check_weights = [&](double text, double vector) {
    if (!std::isfinite(text) || !std::isfinite(vector))
      throw_usage("the weights of a hybrid search are finite numbers", where);
  };
  if (const auto* const ranks = std::get_if<rrf>(&request.hybrid.fusion)) {
    if (!(ranks->k >= 0) || !std::isfinite(ranks->k))
      throw_usage("the k of reciprocal rank fusion is a finite number from 0", where);
    check_weights(ranks->text_weight, ranks->vector_weight);
  } else {
    const auto& weights = std::get<weighted>(request.hybrid.fusion);
    check_weights(weights.text, weights.vector);
  }
}

void run_words(const executor& on, const search_request& request, const search_results& into, search_plan& told,
               std::source_location where) {
  if (on.engine() == engine_kind::tidb) {
    const auto context = on.context(where);
    native_text_search native(on, request, into, told, context);
    if (native.find_index()) return native.run();
    return server_search<word_search>(on, into, told, where).run([](word_search& search) { search.run(); }, request);
  }
  embedded_search<word_search>(on, into, told, where)
      .run([](const executor&, word_search& search) { search.run(); }, request);
}

/// What the words of a hybrid search find.
word_search::leg run_word_leg(const executor& on, const search_request& request, search_plan& told,
                              std::source_location where) {
  const auto limit = request.hybrid.text_limit;
  const auto no_restart = [] {};
  const auto no_take = [](const open_rows&, const found_hit&) {};
  const search_results nothing{no_restart, no_take};
  word_search::leg made;
  if (on.engine() == engine_kind::embedded) {
    embedded_search<word_search>(on, nothing, told, where)
        .run([&](const executor&, word_search& search) { made = search.best(limit); }, request);
    return made;
  }
  const auto context = on.context(where);
  native_text_search native(on, request, nothing, told, context);
  if (native.find_index()) return native.best(limit);
  server_search<word_search>(on, nothing, told, where)
      .run([&](word_search& search) { made = search.best(limit); }, request);
  return made;
}

/// What its vector finds: keys and distances.
std::vector<found_key> run_vector_leg(const executor& on, const search_request& request, const indexed_column& of,
                                      search_plan& told, std::source_location where) {
  auto asked = request;
  asked.words.reset();
  asked.limit = request.hybrid.vector_limit;
  asked.offset = 0;
  asked.rows = sql::select{};
  asked.rows.table = request.rows.table;
  const auto context = on.context(where);
  const row_filter filter(on, asked, of, context);
  filter.add_key_columns(asked.rows);
  std::vector<found_key> found;
  const auto take = [&](const open_rows& rows, const found_hit& hit) {
    auto& made = found.emplace_back(found_key{.hit = hit});
    made.number = filter.key_in(rows.cells(), made.name);
  };
  run_vector_search(on, asked, {[&] { found.clear(); }, take}, told, where);
  return found;
}

void add_costs(search_plan& to, const search_plan& words, const search_plan& vector) {
  to.way = words.way + " + " + vector.way;
  to.reason = words.reason + "; " + vector.reason;
  to.warning = words.warning + (words.warning.empty() || vector.warning.empty() ? "" : "; ") + vector.warning;
  to.documents = words.documents;
  to.partitions = vector.partitions;
  for (const auto* each : {&words, &vector}) {
    to.candidates += each->candidates;
    to.allowed = std::max(to.allowed, each->allowed);
    to.scanned += each->scanned;
    to.reranked += each->reranked;
    to.blocks_read += each->blocks_read;
    to.bytes_read += each->bytes_read;
    to.blocks_cached += each->blocks_cached;
    to.refresh_us += each->refresh_us;
    to.filter_us += each->filter_us;
    to.index_us += each->index_us;
    to.rows_us += each->rows_us;
  }
}

/// How the full-text index knows rows, on TiDB.
indexed_column key_of_words(const executor& on, const search_request& request, const call_context& context) {
  const auto listing = index_catalog::of(on).list(on, context);
  if (const auto* const native = find_native_text(*listing, request, context))
    return key_of_native_text(on, *native, context);
  const auto& key = expect_text_entry(on, *listing, request, context).place.key;
  indexed_column of{.key = key.front().name};
  if (!is_number(key)) of.key_columns = key;
  return of;
}

void explain_fused(const word_search::leg& words, std::vector<found_key>& taken, const search_request& request,
                   search_plan& told) {
  std::ranges::sort(taken, {}, [](const found_key& key) { return key.hit.order; });
  for (auto i = request.offset; i < taken.size() && told.terms.size() < request.limit; ++i) {
    const auto rank = taken[i].hit.text.rank;
    told.terms.push_back(rank != 0 ? words.terms[rank - 1] : std::vector<term_score>());
  }
}

struct both_legs {
  search_plan words_plan{}, vector_plan{};
  word_search::leg words{};
  std::vector<found_key> nearest{};
};

/// Both, at once where each waits for the server.
void run_legs(const executor& on, const search_request& asked, both_legs& made, std::source_location where) {
  const auto one_after_the_other = [&] {
    made.words = run_word_leg(on, asked, made.words_plan, where);
    made.nearest = run_vector_leg(on, asked, made.words.of, made.vector_plan, where);
  };
  if (on.engine() == engine_kind::embedded || on.in_transaction()) return one_after_the_other();
  std::future<void> beside;
  try {
    beside = std::async(std::launch::async, [&] {
      made.words = run_word_leg(on, asked, made.words_plan, where);
      made.words_plan.statements = statements_of_thread();
    });
  } catch (const std::system_error&) {  // the system has no more threads
    return one_after_the_other();
  }
  made.nearest = run_vector_leg(on, asked, key_of_words(on, asked, on.context(where)), made.vector_plan, where);
  beside.get();
}

void run_hybrid_once(const executor& on, const search_request& request, const search_results& into, search_plan& told,
                     std::source_location where) {
  auto asked = request;
  const auto wanted = wanted_rows(request);
  for (auto* limit : {&asked.hybrid.text_limit, &asked.hybrid.vector_limit})
    if (*limit == 0) *limit = std::max(wanted, least_fused);
  const auto context = on.context(where);
  both_legs made;
  run_legs(on, asked, made, where);
  told.statements += made.words_plan.statements;
  add_costs(told, made.words_plan, made.vector_plan);
  auto best = fused(made.words.keys, made.nearest, request.hybrid.fusion);
  std::vector<found_key> taken;
  const auto take = [&](const open_rows& rows, const found_key& key) {
    if (request.explains) taken.push_back(key);
    into.take(rows, key.hit);
  };
  retry_read(on, context, [&] {
    into.restart();
    taken.clear();
    std::uint64_t count = 0;
    for (std::span<const found_key> left(best); !left.empty() && count < wanted;) {
      const auto some = left.first(std::min<std::size_t>(left.size(), wanted - count));
      count += read_ranked(on, request, made.words.of, some, true, take, told, context);
      left = left.subspan(some.size());
    }
  });
  if (request.explains) explain_fused(made.words, taken, request, told);
}

void run_hybrid(const executor& on, const search_request& request, const search_results& into, search_plan& told,
                std::source_location where) {
  for (bool is_healed = false;; is_healed = true) {
    try {
      return run_hybrid_once(on, request, into, told, where);
    } catch (const damaged_index& why) {  // the keys that the words gave are none of the table's
      const auto context = on.context(where);
      const auto listing = index_catalog::of(on).list(on, context);
      const auto& entry = expect_text_entry(on, *listing, request, context);
      if (is_healed || !heal(on, {entry, why.what()}, context))
        refuse_index(entry_named("index-analyzer"), name_of(entry.place.target()), why.what(), where);
    }
  }
}

/// The model of the column that was chosen, or else the only one that the table has; nullptr if there is none.
std::shared_ptr<const embedder> find_model(const executor& on, const search_request& given,
                                           std::source_location where) {
  auto models = embedders_of(on, given.rows.table, where);
  if (given.column)
    std::erase_if(models, [&](const auto& each) { return !same_name(each->of().column, given.column.root().name()); });
  if (models.size() > 1)
    throw_usage("several columns of vectors of \"" + given.rows.table + "\" have a model: choose one of the columns",
                where);
  return models.empty() ? nullptr : models.front();
}

/// What the words become where a model is bound to the column of vectors.
void embed_words(const executor& on, search_request& given, const call_context& context) {
  auto& words = *given.words;
  if (!given.query.empty() || words.way == word_way::words) return;
  const auto model = find_model(on, given, context.where);
  if (!model && words.way == word_way::vector)
    throw_usage("no model is bound to " +
                    (given.column ? "\"" + given.rows.table + "." + std::string(given.column.root().name()) + '"'
                                  : "a column of vectors of \"" + given.rows.table + '"') +
                    ": call embed_with before",
                context.where);
  if (!model) return;
  if (!given.column) {
    given.column = sql::column({}, model->of().column);
    given.dimensions = model->of().length;
  }
  given.query = std::move(model->embed({words.words}, context.where).front());
  check_query(given, context.where);
  const auto listing = index_catalog::of(on).list(on, context);
  if (!has_text_index(*listing, given)) words.way = word_way::vector;
}

}  // namespace

void search_words(const executor& on, search_request given, const search_results& into, search_plan& told,
                  std::source_location where) {
  check_words(given, where);
  if (given.words->way == word_way::words) given.query.clear();
  std::uint64_t count = 0;
  const auto restart = [&] {
    count = 0;
    into.restart();
  };
  const auto take = [&](const open_rows& rows, const found_hit& hit) {
    ++count;
    into.take(rows, hit);
  };
  const search_results counted{restart, take};
  if (given.query.empty() && given.words->words.find_first_not_of(" \t\r\n") == std::string::npos) {
    restart();
    told.reason = "there are no words";
    return;
  }
  embed_words(on, given, on.context(where));
  if (given.words->way == word_way::vector) {
    given.limit = wanted_rows(given);  // whoever takes them leaves out those of the offset
    const auto offset = std::exchange(given.offset, 0);
    given.words.reset();
    run_vector_search(on, given, counted, told, where);
    given.limit -= offset;
    given.offset = offset;
  } else if (given.query.empty()) {
    run_words(on, given, counted, told, where);
  } else {
    run_hybrid(on, given, counted, told, where);
  }
  told.rows = std::min(given.limit, count - std::min(given.offset, count));
}

}  // namespace tidb::detail
