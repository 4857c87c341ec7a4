// tidbxx index: search indexes are made, looked after and dropped.
#include "catalog.hpp"
#include "commands.hpp"
#include "output.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <utility>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace cli {

namespace {

using index_definition = tidb::search_index_definition;
using nlohmann::ordered_json;
using tidb::value_view;

std::string name_of(std::string_view table, const std::vector<std::string>& columns, bool is_fulltext) {
  return one_line(
      fmt::format("the {} index on {} ({})", is_fulltext ? "full-text" : "vector", table, fmt::join(columns, ", ")));
}

std::string name_of(const index_definition& index) { return name_of(index.table, index.columns, index.is_fulltext); }

/// For a command that can be copied.
std::string shell_word(std::string_view word) {
  constexpr std::string_view plain = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-./";
  if (!word.empty() && word.find_first_not_of(plain) == std::string_view::npos) return std::string(word);
  std::string made = "'";
  for (const char letter : word) made += letter == '\'' ? std::string("'\\''") : std::string(1, letter);
  return one_line(made + "'");
}

class stopwatch {
public:
  std::string text() const {
    const std::chrono::duration<double> taken = std::chrono::steady_clock::now() - begun_;
    return fmt::format("{:.1f} s", taken.count());
  }

private:
  std::chrono::steady_clock::time_point begun_ = std::chrono::steady_clock::now();
};

void check(const index_create_command& command) {
  if (command.texts.empty() == command.vector.empty())
    throw wrong_use_error(
        "index create needs either --text COLUMNS or --vector COLUMN; see tidbxx index create --help");
  if (command.parser && !command.server)
    throw wrong_use_error("--parser is for an index of TiDB's own: say --server, too, or --language without it");
}

std::vector<std::string> parts_of(std::string_view list) {
  std::vector<std::string> parts;
  for (std::size_t begin = 0; begin <= list.size();) {
    const auto end = std::min(list.find(',', begin), list.size());
    parts.emplace_back(list.substr(begin, end - begin));
    begin = end + 1;
  }
  return parts;
}

tidb::synonym_rule rule_of(const std::string& text) {
  const auto middle = text.find('=');
  tidb::synonym_rule rule{.from = parts_of(std::string_view(text).substr(0, middle))};
  if (middle != std::string::npos) rule.to = parts_of(std::string_view(text).substr(middle + 1));
  const auto is_empty = [](const std::string& part) { return part.empty(); };
  if (std::ranges::any_of(rule.from, is_empty) || std::ranges::any_of(rule.to, is_empty) ||
      rule.from.size() + rule.to.size() < 2)
    throw wrong_use_error(
        fmt::format("--synonym {}: say A,B for words that mean the same, or A=B,C for what A finds, too", text));
  return rule;
}

std::vector<tidb::synonym_rule> rules_of(const std::vector<std::string>& texts) {
  std::vector<tidb::synonym_rule> rules;
  for (const auto& text : texts) rules.push_back(rule_of(text));
  return rules;
}

tidb::index_kind kind_of(const index_create_command& command) {
  return command.server ? tidb::index_kind::server : tidb::index_kind::own_tables;
}

tidb::fulltext_index_options text_options(const index_create_command& command, const std::string& tracked_by) {
  return {.analyzer = {.language = command.language,
                       .fold_accents = !command.keep_accents,
                       .stop_words = command.stop_words,
                       .unstemmed_words = command.unstemmed_words,
                       .split_identifiers = command.split_identifiers,
                       .synonyms = rules_of(command.synonyms)},
          .boosts = command.boosts,
          .existing = command.existing,
          .kind = kind_of(command),
          .parser = command.parser.value_or(tidb::fulltext_parser::multilingual),
          .tracked_by = tidb::time_column<void>(tracked_by)};
}

tidb::vector_index_options vector_options(const index_create_command& command, const std::string& tracked_by) {
  return {.metric = command.metric,
          .existing = command.existing,
          .kind = kind_of(command),
          .tracked_by = tidb::time_column<void>(tracked_by)};
}

/// The index that the command is about.
index_definition choose_index(const index_command& command, const tidb::client& db) {
  const auto indexes = db.list_search_indexes(command.table);
  if (indexes.empty())
    throw failure(fmt::format("the table \"{}\" has no search index: make one with tidbxx index create {} --text "
                              "COLUMNS or --vector COLUMN",
                              command.table, command.table));
  if (command.column.empty()) {
    if (indexes.size() == 1) return indexes.front();
    throw wrong_use_error(fmt::format("the table \"{}\" has several search indexes: choose one with --column: {}",
                                      command.table, list_of(indexes)));
  }
  const auto* const found = find_index(indexes, command.column);
  if (found == nullptr)
    throw failure(fmt::format("no search index of \"{}\" has the column \"{}\"; those there are have: {}",
                              command.table, command.column, list_of(indexes)));
  return *found;
}

void print_json(const ordered_json& facts) {
  print(facts.dump(2, ' ', false, ordered_json::error_handler_t::replace) + "\n");
}

ordered_json facts_of(const index_definition& index) {
  const bool is_ours = index.kind == tidb::index_kind::own_tables;
  ordered_json facts{{"table", index.table},
                     {"columns", index.columns},
                     {"kind", index.is_fulltext ? "full-text" : "vector"},
                     {"by", is_ours ? "tidbxx" : "TiDB"},
                     {"metric", nullptr},
                     {"language", nullptr},
                     {"ready", index.is_ready}};
  if (!index.is_fulltext) facts["metric"] = cli::name_of(index.metric);
  if (index.is_fulltext && is_ours && !index.analyzer.language.empty()) facts["language"] = index.analyzer.language;
  return facts;
}

int check_index(const index_definition& index, const tidb::dynamic_table& table, const index_command& command) {
  const auto found = table.check_index(index.columns.front());
  if (command.json) {
    print_json({{"table", index.table},
                {"columns", index.columns},
                {"ok", found.ok()},
                {"rows", found.rows},
                {"missing", found.missing},
                {"stale", found.stale},
                {"left_over", found.left_over},
                {"problems", found.problems}});
    return found.ok() ? succeeded : failed;
  }
  const auto count = found.problems.size();
  const auto problems =
      found.ok() ? std::string("no problem") : fmt::format("{} problem{}:", count, count == 1 ? "" : "s");
  print(fmt::format("{}: {} rows, {}\n", name_of(index), found.rows, problems));
  for (const auto& problem : found.problems) print(fmt::format("  {}\n", one_line(problem)));
  if (found.ok()) return succeeded;
  print(fmt::format("tidbxx index rebuild {} --column {} makes it anew\n", shell_word(index.table),
                    shell_word(index.columns.front())));
  return failed;
}

int print_stats(const index_definition& index, const tidb::dynamic_table& table, const index_command& command) {
  const auto stats = table.index_stats(index.columns.front());
  ordered_json facts{{"table", index.table},
                     {"columns", index.columns},
                     {"kind", index.is_fulltext ? "full-text" : "vector"},
                     {"rows", stats.rows},
                     {"delta", stats.delta}};
  const bool is_ours = index.kind == tidb::index_kind::own_tables;
  if (!is_ours) facts["not_indexed"] = stats.not_indexed;
  if (is_ours && !index.is_fulltext) {
    facts["partitions"] = stats.partitions;
    facts["first_stage_bytes"] = stats.first_stage_bytes;
    facts["vector_bytes"] = stats.vector_bytes;
  }
  if (is_ours) {
    facts["bytes_in_memory"] = stats.bytes_in_memory;
    facts["bytes_stored"] = stats.bytes_stored;
    facts["seconds"] = stats.seconds;
    facts["built_because"] = stats.built_because;
  }
  if (stats.unseen_changes) facts["unseen_changes"] = *stats.unseen_changes;
  if (!stats.warning.empty()) facts["warning"] = stats.warning;
  if (!stats.error.empty()) facts["error"] = stats.error;
  if (command.json) {
    print_json(facts);
    return succeeded;
  }
  facts["columns"] = fmt::format("{}", fmt::join(index.columns, ", "));
  for (const auto& [name, fact] : facts.items())
    print(fmt::format("{:18} {}\n", name, fact.is_string() ? one_line(fact.get<std::string>()) : fact.dump()));
  return succeeded;
}

}  // namespace

int run(const index_create_command& command) {
  check(command);
  const auto db = open(command.url);
  const auto columns = require_columns(db, command.table);
  const auto table = db.open_table(command.table);
  const auto spelled = [&](const std::string& name) { return require_column(columns, command.table, name).name; };
  const auto tracked_by = command.tracked_by.empty() ? std::string() : spelled(command.tracked_by);
  const stopwatch watch;
  std::vector<std::string> indexed;
  if (command.texts.empty()) {
    indexed.push_back(spelled(command.vector));
    table.create_vector_index(indexed.front(), vector_options(command, tracked_by));
  } else {
    for (const auto& text : command.texts) indexed.push_back(spelled(text));
    table.create_fulltext_index(indexed, text_options(command, tracked_by));
  }
  print(fmt::format("{} is ready, after {}\n", name_of(command.table, indexed, !command.texts.empty()), watch.text()));
  return succeeded;
}

int run(const index_list_command& command) {
  const auto db = open(command.url);
  if (!command.table.empty()) require_columns(db, command.table);
  const auto indexes = db.list_search_indexes(command.table);
  if (command.format == output_format::json) {
    auto all = ordered_json::array();
    for (const auto& index : indexes) all.push_back(facts_of(index));
    print_json(all);
    return succeeded;
  }
  const auto writer = make_writer(command.format);
  writer->begin(std::vector<std::string>{"table", "columns", "kind", "by", "metric", "language", "ready"});
  const auto text = [](std::string_view of) { return of.empty() ? value_view::null() : value_view::of(of); };
  for (const auto& index : indexes) {
    const auto facts = facts_of(index);
    const auto fact = [&](const char* name) {
      return facts.at(name).is_null() ? std::string() : facts.at(name).get<std::string>();
    };
    const auto columns = fmt::format("{}", fmt::join(index.columns, ", "));
    const std::array cells{fact("table"), columns, fact("kind"), fact("by"), fact("metric"), fact("language")};
    std::vector<value_view> row;
    for (const auto& cell : cells) row.push_back(text(cell));
    row.push_back(text(index.is_ready ? "yes" : "no"));
    writer->add(row);
  }
  writer->end();
  return succeeded;
}

namespace {

int run_on_index(const index_command& command) {
  const auto db = open(command.url);
  require_columns(db, command.table);
  const auto index = choose_index(command, db);
  const auto table = db.open_table(command.table);
  const auto& column = index.columns.front();
  const stopwatch watch;
  const auto done = [&](const char* what) {
    print(fmt::format("{} {}, after {}\n", name_of(index), what, watch.text()));
    return succeeded;
  };
  switch (command.action) {
  case index_action::check: return check_index(index, table, command);
  case index_action::stats: return print_stats(index, table, command);
  case index_action::drop: table.drop_index(column); return done("is dropped");
  case index_action::rebuild: table.rebuild_index(column); return done("is built anew");
  case index_action::optimize: table.optimize_index(column); break;
  }
  return done("is optimized");
}

}  // namespace

int run(const index_command& command) {
  if (command.action != index_action::check) return run_on_index(command);
  return with_trouble_as_wrong_use([&] { return run_on_index(command); });
}

}  // namespace cli
