#include "tidbxx/search/search.hpp"

#include "search/hybrid_search.hpp"
#include "search/index_build.hpp"
#include "search/indexed_search.hpp"
#include "search/search_runs.hpp"
#include "tidbxx/core/error.hpp"
#include "tidbxx/engine/transaction.hpp"
#include "tidbxx/sql/printer.hpp"

#include <algorithm>
#include <cmath>
#include <exception>
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

void check_query(const search_request& request, std::source_location where) {
  const auto name = "the search vector for column \"" + std::string(request.column.root().name()) + "\"";
  if (request.query.empty()) throw_usage(name + " is empty", where);
  if (request.dimensions != 0 && request.query.size() != request.dimensions)
    throw_usage(name + " has " + std::to_string(request.query.size()) + " dimensions; the column has " +
                    std::to_string(request.dimensions),
                where);
  if (const auto why = check_vector(request.query); !why.empty()) throw_usage(name + ": " + why, where);
}

namespace {

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

}  // namespace

void run_vector_search(const executor& on, const search_request& request, const search_results& into, search_plan& told,
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
  auto given = request;
  given.explains = plan != nullptr;
  const auto before = statements_of_thread();
  if (request.words)
    search_words(on, given, into, told, where);
  else
    run_vector_search(on, given, into, told, where);
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
      on,
      [&](const executor& inside) { server_search<indexed_search>(inside, into, unused, where).run(run_all, given); },
      where);
}

void check_scores(std::size_t hits, std::span<const double> scores, std::source_location where) {
  if (scores.size() != hits)
    throw_usage("rerank was given " + std::to_string(hits) + " hits, and gave " + std::to_string(scores.size()) +
                    " scores",
                where);
  if (std::ranges::any_of(scores, [](double score) { return std::isnan(score); }))
    throw_usage("rerank gave NaN as a score", where);
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
