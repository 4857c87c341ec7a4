#include "tidbxx/search/search.hpp"

#include "search/indexed_search.hpp"
#include "search/native_text_search.hpp"
#include "search/search_runs.hpp"
#include "search/word_search.hpp"
#include "search/fusion.hpp"
#include "search/index_build.hpp"
#include "tidbxx/core/error.hpp"
#include "tidbxx/engine/transaction.hpp"
#include "tidbxx/search/embedding.hpp"
#include "tidbxx/sql/printer.hpp"

#include <algorithm>
#include <cmath>
#include <exception>
#include <future>
#include <limits>
#include <utility>

namespace tidb::detail {

bool is_in_transaction_already(const error& failed) {
  return failed.info().server_message.find("within a transaction") != std::string::npos;
}

bool heal(const executor& on, const index_fault& fault, const call_context& context) {
  if (on.in_transaction()) return false;
  const index_healing healing(*fault.entry.index);
  if (!healing.is_ours()) return false;
  try {
    heal_index(on, fault.entry, fault.why, context);
    fault.entry.index->forget();
    return true;
  } catch (const std::exception&) {  // a file that can only be read, a full disk: the search is exact then
    return false;
  }
}

namespace {

void check_query(const search_request& request, std::source_location where) {
  const auto name = "the search vector for column \"" + std::string(request.column.root().name()) + "\"";
  if (request.query.empty()) throw_usage(name + " is empty", where);
  if (request.dimensions != 0 && request.query.size() != request.dimensions)
    throw_usage(name + " has " + std::to_string(request.query.size()) + " dimensions; the column has " +
                    std::to_string(request.dimensions),
                where);
  if (const auto why = check_vector(request.query); !why.empty()) throw_usage(name + ": " + why, where);
}

void check_limits(const search_request& request, std::source_location where) {
  const auto not_a_number = [](const std::optional<double>& limit) { return limit && std::isnan(*limit); };
  if (not_a_number(request.lowest) || not_a_number(request.highest))
    throw_usage("a distance limit of the search is NaN", where);
  if (request.lowest && request.highest && *request.lowest > *request.highest)
    throw_usage("the least distance of the search is larger than the greatest", where);
  if (request.offset > static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max()))
    throw_usage("an offset is at most 9223372036854775807", where);
  if (!(request.recall >= 0.5 && request.recall <= 1))
    throw_usage("the recall of a search is a share between 0.5 and 1", where);
}

void check_words(const search_request& request, std::source_location where) {
  if (request.group) throw_usage("group_by is for a search by a vector alone", where);
  const auto* const by = std::get_if<rrf>(&request.hybrid.fusion);
  if (by != nullptr && !(by->k >= 0)) throw_usage("the k of reciprocal rank fusion is a number from 0", where);
}

/// The vector of the row that is searched by.
std::vector<float> vector_of_row(const executor& on, const search_request& request, std::source_location where) {
  sql::select statement{};
  statement.columns.add(request.column);
  statement.table = request.rows.table;
  statement.where = request.like;
  const auto found = read_one_or_none<std::optional<vector<>>>(bound_select(on, statement, where).request());
  if (!found)
    throw_error({.code = errc::no_row,
                 .message = "there is no row with this key in \"" + request.rows.table + "\" to search by",
                 .where = where,
                 .entry = "no-row"});
  if (!*found)
    throw_usage("the row to search by has no vector: its \"" + std::string(request.column.root().name()) + "\" is NULL",
                where);
  return {(*found)->begin(), (*found)->end()};
}

/// The search by a vector.
void run_one(const executor& on, const search_request& request, const search_results& into, search_plan& told,
             std::source_location where) {
  auto given = request;
  if (on.engine() == engine_kind::tidb) {
    if (request.like) given.query = vector_of_row(on, request, where);
    return server_search<indexed_search>(on, into, told, where)
        .run([](indexed_search& search) { search.run(); }, given);
  }
  embedded_search<indexed_search> searching(on, into, told, where);
  searching.run(
      [&](const executor& inside, indexed_search& search) {
        if (request.like) given.query = vector_of_row(inside, request, where);
        search.run();
      },
      given);
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
  const search_results nothing{[] {}, [](const open_rows&, const found_hit&) {}};
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
  run_one(on, asked, {[&] { found.clear(); }, take}, told, where);
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
  const auto& key = expect_text_entry(*listing, request, context).place.key;
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

void run_hybrid(const executor& on, const search_request& request, const search_results& into, search_plan& told,
                std::source_location where) {
  auto asked = request;
  const auto wanted = wanted_rows(request);
  for (auto* limit : {&asked.hybrid.text_limit, &asked.hybrid.vector_limit})
    if (*limit == 0) *limit = std::max(wanted, least_fused);
  search_plan words_plan, vector_plan;
  word_search::leg words;
  std::vector<found_key> nearest;
  const auto context = on.context(where);
  if (on.engine() == engine_kind::tidb && !on.in_transaction()) {  // each waits for the server
    auto beside = std::async(std::launch::async, [&] {
      words = run_word_leg(on, asked, words_plan, where);
      words_plan.statements = statements_of_thread();
    });
    nearest = run_vector_leg(on, asked, key_of_words(on, asked, context), vector_plan, where);
    beside.get();
    told.statements += words_plan.statements;
  } else {
    words = run_word_leg(on, asked, words_plan, where);
    nearest = run_vector_leg(on, asked, words.of, vector_plan, where);
  }
  add_costs(told, words_plan, vector_plan);
  auto best = fused(words.keys, nearest, request.hybrid.fusion);
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
      count += read_ranked(on, request, words.of, some, true, take, told, context);
      left = left.subspan(some.size());
    }
  });
  if (request.explains) explain_fused(words, taken, request, told);
}

/// What the words become where a model is bound to the column of vectors.
void embed_words(const executor& on, search_request& given, const call_context& context) {
  auto& words = *given.words;
  if (!given.query.empty() || words.way == word_way::words) return;
  const auto model = given.column ? find_embedder(on, given.rows.table, given.column.root().name(), context.where)
                                  : nullptr;
  if (!model && words.way == word_way::vector)
    throw_usage("no model is bound to a column of vectors of \"" + given.rows.table + "\": call embed_with before",
                context.where);
  const bool is_blank = words.words.find_first_not_of(" \t\r\n") == std::string::npos;
  if (!model || is_blank) return;
  given.query = embed_query(*model, words.words, context.where);
  check_query(given, context.where);
  const auto listing = index_catalog::of(on).list(on, context);
  if (!has_text_index(*listing, given)) words.way = word_way::vector;
}

void search_words(const executor& on, search_request given, const search_results& into, search_plan& told,
                  std::source_location where) {
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
  embed_words(on, given, on.context(where));
  if (given.words->way == word_way::vector) {
    given.limit = wanted_rows(given);  // whoever takes them leaves out those of the offset
    const auto offset = std::exchange(given.offset, 0);
    given.words.reset();
    run_one(on, given, counted, told, where);
    given.limit -= offset;
    given.offset = offset;
  } else if (given.query.empty()) {
    run_words(on, given, counted, told, where);
  } else {
    run_hybrid(on, given, counted, told, where);
  }
  told.rows = std::min(given.limit, count - std::min(given.offset, count));
}

}  // namespace

double score_of(metric by, double distance) {
  switch (by) {
  case metric::cosine: return 1 - distance;
  case metric::l2:
  case metric::l1: return 1 / (1 + distance);
  case metric::negative_inner_product: return -distance;
  }
  return 0;
}

sql::expression has_key(const mapped_table& table, std::vector<sql::expression> values) {
  if (values.size() != table.key.size())
    throw_usage("the primary key of \"" + table.definition.name + "\" has " + std::to_string(table.key.size()) +
                " columns, but " + std::to_string(values.size()) + " values were given");
  sql::expression all;
  for (std::size_t i = 0; i < values.size(); ++i)
    all = sql::both(std::move(all),
                    sql::binary(sql::op::equal, sql::column({}, table.names[table.key[i]]), std::move(values[i])));
  return all;
}

void run_search(const executor& on, const search_request& request, const search_results& into, search_plan* plan,
                std::source_location where) {
  search_plan unused;
  auto& told = plan != nullptr ? *plan : unused;
  check_limits(request, where);
  if (!request.like && (!request.words || !request.query.empty())) check_query(request, where);
  if (request.words) check_words(request, where);
  auto given = request;
  given.explains = plan != nullptr;
  const auto before = statements_of_thread();
  if (request.words)
    search_words(on, given, into, told, where);
  else
    run_one(on, given, into, told, where);
  told.statements += statements_of_thread() - before;
}

void run_searches(const executor& on, const search_request& request, std::span<const std::vector<float>> queries,
                  function_ref<void()> next, const search_results& into, std::source_location where) {
  if (request.words) throw_usage("a search by words is for one query: call all for each", where);
  check_limits(request, where);
  auto given = request;
  given.like = sql::expression();
  for (const auto& query : queries) {
    given.query = query;
    check_query(given, where);
  }
  search_plan unused;
  std::size_t begun = 0, done = 0;  // a transaction that is run again goes on where it was
  const auto run_all = [&](indexed_search& search) {
    for (; done < queries.size(); ++done) {
      given.query = queries[done];
      if (begun == done) {
        next();
        ++begun;
      }
      search.run();
    }
  };
  if (on.engine() == engine_kind::embedded) {
    embedded_search<indexed_search> searching(on, into, unused, where);
    return searching.run([&](const executor&, indexed_search& search) { run_all(search); }, given);
  }
  in_one_snapshot(
      on, [&](const executor& inside) { server_search<indexed_search>(inside, into, unused, where).run(run_all, given); }, where);
}

void refuse_scores(std::size_t hits, std::size_t scores, std::source_location where) {
  throw_usage("rerank was given " + std::to_string(hits) + " hits, and gave " + std::to_string(scores) + " scores",
              where);
}

std::string search_sql(const executor& on, const search_request& request) {
  if (request.words) throw_usage("a search by words has its SQL only when it runs: see explain");
  if (request.like) throw_usage("a search by a row's key has its SQL only when it runs: see explain");
  if (request.group) throw_usage("a search for groups has its SQL only when it runs: see explain");
  auto statement = search_statement(request, request.limit, false);
  if (request.offset > 0) statement.offset = row_number(request.offset);
  return sql::print(statement, dialect_of(on)).text;
}

}  // namespace tidb::detail
