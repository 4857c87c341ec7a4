// What tidbxx search and tidbxx index take.
#include "options.hpp"

#include <map>

#include <fmt/format.h>

namespace cli {

namespace {

using tidb::stop_word_use;

const std::map<std::string, stop_word_use> stop_words{
    {"keep", stop_word_use::keep}, {"drop-in-queries", stop_word_use::drop_in_queries}, {"drop", stop_word_use::drop}};
const std::map<std::string, tidb::if_exists> existing{
    {"raise", tidb::if_exists::raise}, {"skip", tidb::if_exists::skip}, {"overwrite", tidb::if_exists::overwrite}};
const std::map<std::string, tidb::fulltext_parser> parsers{{"standard", tidb::fulltext_parser::standard},
                                                           {"multilingual", tidb::fulltext_parser::multilingual},
                                                           {"ngram", tidb::fulltext_parser::ngram}};

void add_query(CLI::App& sub, search_command& command) {
  sub.add_option("table", command.table, "the table to search")->required()->type_name("T");
  sub.add_option("words", command.words, "words to search for, by the table's full-text index")->type_name("WORDS");
  auto* vector =
      sub.add_option("--vector", command.vector, "the vector to search for, such as '[1,2.5,3]'")->type_name("VECTOR");
  sub.add_option("--like", command.like, "search for the vector of the row with this primary key")
      ->type_name("ID")
      ->excludes(vector);
  sub.add_flag("--hybrid", command.hybrid, "by words and --vector; what both together mean anyway");
  sub.add_flag("--match-all", command.match_all, "rows must have all of the words, not any");
  sub.add_flag("--strict", command.strict, "what is not understood of the words is an error, not a word");
}

void add_rows(CLI::App& sub, search_command& command) {
  sub.add_option("--where", command.where, "what a row must meet: JSON, '{\"size\": {\"$gt\": 100}}', or SQL")
      ->type_name("JSON|SQL");
  sub.add_option("-k,--limit", command.limit, "how many rows; default: 10")->check(whole_number(1))->type_name("N");
  sub.add_option("--offset", command.offset, "without so many of the best; default: 0")
      ->check(whole_number(0))
      ->type_name("N");
  sub.add_option("--columns", command.columns, "the columns to print; default: all but vectors")
      ->delimiter(',')
      ->allow_extra_args(false)
      ->type_name("A,B");
  sub.add_option("--column", command.column, "the column of vectors, where the table has several")->type_name("C");
  sub.add_option("--text-column", command.text_column,
                 "a column of the full-text index, where the table has several indexes")
      ->type_name("C");
}

/// How texts are read.
void add_reading(CLI::App& sub, index_create_command& command, CLI::Option* texts) {
  sub.add_option("--language", command.language, "of the texts, such as german, or none; default: english")
      ->type_name("LANGUAGE")
      ->needs(texts);
  sub.add_option("--boost", command.boosts, "what a word counts in each column; default: 1")
      ->delimiter(',')
      ->allow_extra_args(false)
      ->type_name("X,Y")
      ->needs(texts);
  sub.add_option("--stop-words", command.stop_words,
                 "words such as \"the\": keep, drop-in-queries or drop; default: drop-in-queries")
      ->transform(CLI::CheckedTransformer(stop_words).description(""))
      ->type_name("USE")
      ->needs(texts);
  sub.add_option("--synonym", command.synonyms,
                 "words that mean the same, or with = what others stand for them in queries; repeatable")
      ->allow_extra_args(false)
      ->type_name("A,B|A=B,C")
      ->needs(texts);
  sub.add_flag("--split-identifiers", command.split_identifiers, "getUserName is found by \"user name\", too")
      ->needs(texts);
  sub.add_flag("--unstemmed-words", command.unstemmed_words, "any beginning of a word finds it: informat*")
      ->needs(texts);
  sub.add_flag("--keep-accents", command.keep_accents, "café and cafe are two words")->needs(texts);
}

}  // namespace

CLI::App& add(CLI::App& app, search_command& command) {
  auto& sub = *app.add_subcommand("search", "Find the rows that match words best, are nearest to a vector, or both");
  add_query(sub, command);
  add_rows(sub, command);
  add_metric(sub, command.metric);
  sub.add_flag("--highlight", command.highlight, "mark the words that were found; of long texts print where they are");
  sub.add_flag("--explain", command.explain, "tell how the search went, and what each word adds to a row's score");
  add_format(sub, command.format);
  add_url(sub, command.url);
  sub.footer(fmt::format(
      "WORDS may have \"phrases\", +must, -not, prefix*, column:word, AND, OR, NOT and parentheses; put -- before\n"
      "words that begin with a minus.\n"
      "SQL in --where is put into the statement as it is: never pass on what strangers wrote.\n{}.\n\n"
      "Example:\n  tidbxx search packages \"json parser\" --highlight\n"
      "  tidbxx search packages --like 42 -k 5 --where '{{\"section\": \"libs\"}}'",
      no_url));
  return sub;
}

void add(CLI::App& index, index_create_command& command) {
  auto& sub = *index.add_subcommand("create", "Make an index of columns of text, or of a column of vectors");
  sub.add_option("table", command.table, "the table")->required()->type_name("T");
  auto* texts = sub.add_option("--text", command.texts, "the columns of text")
                    ->delimiter(',')
                    ->allow_extra_args(false)
                    ->type_name("A,B");
  auto* vector = sub.add_option("--vector", command.vector, "the column of vectors")->type_name("C")->excludes(texts);
  add_reading(sub, command, texts);
  add_metric(sub, command.metric).needs(vector);
  sub.add_flag("--server", command.server, "TiDB's own index, which TiFlash keeps");
  sub.add_option("--parser", command.parser,
                 "what reads texts for --server: standard, multilingual or ngram; default: multilingual")
      ->transform(CLI::CheckedTransformer(parsers).description(""))
      ->type_name("PARSER")
      ->needs(texts);
  sub.add_option("--tracked-by", command.tracked_by,
                 "on TiDB: the column of the time of each change, for tables that other tools write, too")
      ->type_name("C");
  sub.add_option("--if-exists", command.existing, "raise, skip or overwrite; default: raise")
      ->transform(CLI::CheckedTransformer(existing).description(""))
      ->type_name("WHAT");
  add_url(sub, command.url);
  sub.footer(fmt::format("{}.\n\nExample:\n  tidbxx index create packages --text name,description --boost 2,1\n"
                         "  tidbxx index create packages --vector embedding --metric cosine",
                         no_url));
}

void add(CLI::App& index, index_list_command& command) {
  auto& sub = *index.add_subcommand("list", "List the search indexes of a table, or of all");
  sub.add_option("table", command.table, "the table; default: all")->type_name("T");
  add_format(sub, command.format);
  add_url(sub, command.url);
  sub.footer(fmt::format("{}.\n\nExample:\n  tidbxx index list packages --url sqlite:shop.db", no_url));
}

void add(CLI::App& index, index_command& command) {
  const auto add_one = [&](const char* name, const char* what, index_action action, const char* footer) {
    auto& sub = *index.add_subcommand(name, what);
    sub.add_option("table", command.table, "the table")->required()->type_name("T");
    sub.add_option("--column", command.column, "a column of the index, where the table has several indexes")
        ->type_name("C");
    if (action == index_action::check || action == index_action::stats)
      sub.add_flag("--json", command.json, "print one JSON object");
    add_url(sub, command.url);
    sub.callback([&command, action] { command.action = action; });
    sub.footer(fmt::format("{}{}.\n\nExample:\n  tidbxx index {} packages --url sqlite:shop.db", footer, no_url, name));
  };
  add_one("drop", "Drop the index; the rows stay", index_action::drop, "");
  add_one("check", "Compare the whole index with the table", index_action::check,
          "The exit code is 0 if there is no problem, 1 if there is one, 2 for any trouble.\n");
  add_one("rebuild", "Make the index anew from the table", index_action::rebuild, "");
  add_one("optimize", "Take what was written since into the index's blocks", index_action::optimize,
          "Writers do so by themselves after every 2,000 changes.\n");
  add_one("stats", "Tell what the index holds and has cost", index_action::stats, "");
}

}  // namespace cli
