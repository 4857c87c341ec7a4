#include "search/native_text.hpp"

#include "schema/sql_tokens.hpp"
#include "search/index_catalog.hpp"
#include "search/indexed_column.hpp"
#include "search/native_ddl.hpp"
#include "search/own_sql.hpp"
#include "search/text_form.hpp"
#include "tidbxx/core/error.hpp"
#include "tidbxx/sql/printer.hpp"

#include <nlohmann/json.hpp>

namespace tidb::detail {

namespace {

using nlohmann::json;

constexpr const char* parser_key = "parser";

std::string_view sql_of(fulltext_parser parser) {
  switch (parser) {
  case fulltext_parser::standard: return "STANDARD";
  case fulltext_parser::multilingual: return "MULTILINGUAL";
  case fulltext_parser::ngram: return "NGRAM";
  }
  return {};
}

/// What a server answers to a search of a column.
enum class answer_to_search { works, has_no_index, is_unknown };

answer_to_search try_search(const executor& on, const index_place& place, const call_context& context) try {
  const statement_text text("SELECT 1 FROM " + sql::quote_identifier(place.table) + " WHERE FTS_MATCH_WORD('tidbxx', " +
                            sql::quote_identifier(place.columns.front()) + ") LIMIT 1");
  read_own<std::int64_t>(on, context, text);
  return answer_to_search::works;
} catch (const error& failed) {
  const auto& entry = failed.info().entry;
  if (entry == "no-fulltext-index") return answer_to_search::has_no_index;
  if (entry == "unknown-function" || entry == "starter-only") return answer_to_search::is_unknown;
  throw;
}

}  // namespace

void check_native_text_options(const index_target& of, std::span<const std::string_view> columns,
                               const fulltext_index_options& options, std::source_location where) {
  if (columns.size() > 1)
    throw_usage("TiDB's own full-text index is of one column, and " + std::to_string(columns.size()) +
                    " were given for " + name_of(of) + ": make one for each, or leave out .kind",
                where);
  if (!options.boosts.empty() || options.analyzer != analyzer_options{} || !options.tracked_by.name().empty())
    throw_usage("TiDB's own full-text index reads texts by its .parser: .analyzer, .boosts and .tracked_by are for an "
                "index in tables",
                where);
}

std::string native_text_form(std::string_view column, fulltext_parser parser) {
  const text_form form{.columns = {std::string(column)},
                       .analyzer = {.language = "none", .fold_accents = false, .stop_words = stop_word_use::keep}};
  auto made = json::parse(to_text(form));
  made[parser_key] = sql_of(parser);
  return made.dump();
}

std::string fulltext_index_in(std::string_view create_table, std::string_view column) {
  for (token_reader in(create_table, sql::dialect::tidb); !in.is_over(); in.next()) {
    if (in.peek().kind != token_kind::word || !in.is("FULLTEXT")) continue;
    if (!in.take("FULLTEXT", "INDEX") && !in.take("FULLTEXT", "KEY")) continue;
    auto name = in.next().text;
    if (in.take("(") && same_name(in.next().text, column) && (in.is(")") || in.is("WITH"))) return name;
  }
  return {};
}

void expect_fulltext_search(const executor& on, const index_place& place, const call_context& context) {
  if (try_search(on, place, context) == answer_to_search::is_unknown)
    refuse_native(place.target(), "this TiDB has no full-text search; TiDB Cloud Starter has it, in some regions",
                  context.where);
}

void expect_fulltext_index(const executor& on, const index_place& place, const call_context& context) {
  if (try_search(on, place, context) != answer_to_search::works)
    refuse_native(place.target(), "this TiDB makes the index, and does not search by it", context.where);
}

void add_texts_to_tidb(const executor& on, const index_place& place, const call_context& context) {
  run_own_ddl(on, context,
              "ALTER TABLE " + sql::quote_identifier(place.table) + " ADD FULLTEXT INDEX " +
                  sql::quote_identifier(place.native_name) + " (" + sql::quote_identifier(place.columns.front()) +
                  ") WITH PARSER " + json::parse(place.text).at(parser_key).get<std::string>() +
                  " ADD_COLUMNAR_REPLICA_ON_DEMAND");
}

}  // namespace tidb::detail
