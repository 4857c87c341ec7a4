#include "search/native_text_search.hpp"

#include "search/native_index.hpp"
#include "search/native_words.hpp"
#include "search/own_sql.hpp"
#include "search/timed.hpp"
#include "tidbxx/core/error.hpp"
#include "tidbxx/orm/prepared.hpp"

#include <algorithm>
#include <limits>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

namespace tidb::detail {

namespace {

constexpr const char* score_name = "_tidbxx_score";

/// What EXPLAIN says of a scan by the index.
bool names_index(std::string_view cell, const index_place& place) {
  return cell.find("ftsIndex") != std::string_view::npos ||
         cell.find("index:" + place.native_name) != std::string_view::npos;
}

}  // namespace

const index_place* find_native_text(const index_listing& listing, const search_request& request,
                                    const call_context& context) {
  const auto& table = request.rows.table;
  const auto& column = request.words->column;
  const auto* const found = listing.find_native(table, column);
  if (found == nullptr || !found->is_text()) return nullptr;
  if (column.empty()) listing.expect_one_text_index(table, context.where);
  return found;
}

bool has_text_index(const index_listing& listing, const search_request& request) {
  const auto& table = request.rows.table;
  const auto& column = request.words->column;
  const auto* const entry = listing.find(table, column);
  const auto* const native = listing.find_native(table, column);
  return (entry != nullptr && entry->place.is_text()) || (native != nullptr && native->is_text());
}

indexed_column key_of_native_text(const executor& on, const index_place& place, const call_context& context) {
  const statement_text text(
      "SELECT k.column_name, c.column_type FROM information_schema.key_column_usage k JOIN "
      "information_schema.columns c USING (table_schema, table_name, column_name) WHERE k.table_schema = DATABASE() "
      "AND k.table_name = ? AND k.constraint_name = 'PRIMARY' ORDER BY k.ordinal_position");
  indexed_column of{.table = place.table, .columns = place.columns, .key_is_stable = true};
  std::vector<key_column> key;
  for (auto& [name, type] : read_own<std::tuple<std::string, std::string>>(on, context, text, place.table))
    key.push_back({std::move(name), std::move(type)});
  if (key.empty() || !std::ranges::all_of(key, [](const key_column& each) { return can_be_in_key(each.type); }))
    throw_usage("a search by words and a vector knows rows by their primary key, of integers, text, bytes and dates, "
                "which \"" +
                    place.table + "\" has not: search by words_only() or vector_only()",
                context.where);
  of.key = key_to_text(key);
  if (!is_number(key)) of.key_columns = std::move(key);
  return of;
}

sql::select native_text_statement(const search_request& request, std::string_view words, std::string_view column,
                                  std::uint64_t rows) {
  // TiDB takes no parameter here
  const auto literal = sql::raw(sql::quote_text(words, sql::dialect::tidb), {});
  const auto match = sql::function("FTS_MATCH_WORD", {literal, sql::column({}, column)});
  auto statement = request.rows;
  statement.columns.add(sql::label(match, score_name));
  statement.where = sql::both(match, request.where);
  statement.order.add(sql::order_term(match, true));
  statement.limit = row_number(rows);
  return statement;
}

bool native_text_search::find_index() {
  listing_ = index_catalog::of(on_).list(on_, context_);
  place_ = find_native_text(*listing_, request_, context_);
  return place_ != nullptr;
}

void native_text_search::run() {
  std::uint64_t number = 0;
  const auto restart = [&] {
    number = 0;
    into_.restart();
  };
  read(request_, wanted_rows(request_), restart, [&](const open_rows& rows, double score) {
    into_.take(rows, {.distance = no_distance, .score = score, .order = number++});
  });
}

word_search::leg native_text_search::best(std::uint64_t wanted) {
  word_search::leg made{.of = key_of_native_text(on_, *place_, context_)};
  const row_filter filter(on_, request_, made.of, context_);
  auto asked = request_;
  asked.rows = sql::select{};
  asked.rows.table = request_.rows.table;
  filter.add_key_columns(asked.rows);
  read(
      asked, wanted, [&] { made.keys.clear(); },
      [&](const open_rows& rows, double score) {
        auto& key = made.keys.emplace_back(
            found_key{.hit = {.distance = no_distance, .score = score, .order = made.keys.size()}});
        key.number = filter.key_in(rows.cells(), key.name);
      });
  made.terms.resize(made.keys.size());
  return made;
}

void native_text_search::read(const search_request& request, std::uint64_t wanted, function_ref<void()> restart,
                              row_taker take) {
  const auto& column = place_->columns.front();
  const auto words = native_words_of(*request.words, column, context_.where);
  plan_.way = "server index";
  plan_.reason = "TiDB has an index of its own on the column";
  if (!words.beyond.empty()) plan_.reason += ", which finds rows with any of the words: the query has " + words.beyond;
  restart();
  if (words.words.empty() || wanted == 0) return;
  const auto made = sql::print(native_text_statement(request, words.words, column, wanted), sql::dialect::tidb);
  const auto parameters = literals(made.slots, context_);
  const statement_text text(made.text);
  plan_.sql = made.text;
  const auto score_at = request.rows.columns.arguments().size();
  const auto read_once = [&] {
    restart();
    const timed timing(plan_.rows_us);
    open_rows rows(on_, text, parameters, on_.context(context_.where));
    while (rows.next()) {
      double score = 0;
      decode_real(rows.cells()[score_at], score);
      take(rows, score);
    }
  };
  try {
    if (request.explains) explain(made, parameters);
    retry_read(on_, context_, read_once);
  } catch (const error& failed) {
    if (failed.info().entry == "no-fulltext-index") index_catalog::of(on_).forget_list();  // another has dropped it
    throw;
  }
}

void native_text_search::explain(const sql::printed& made, std::span<const value_view> parameters) {
  const timed timing(plan_.refresh_us);
  {
    const statement_text text("EXPLAIN " + made.text);
    open_rows rows(on_, text, parameters, on_.context(context_.where));
    while (rows.next())
      for (const auto& cell : rows.cells())
        if (cell.has_bytes() && names_index(cell.text(), *place_)) return;
  }
  plan_.warning = why_index_is_unused(on_, *place_, context_);
}

}  // namespace tidb::detail
