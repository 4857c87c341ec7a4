#include "search/text/analyzer_options.hpp"

#include "tidbxx/core/error.hpp"

#include <array>
#include <utility>

#include <nlohmann/json.hpp>

namespace tidb::detail {

namespace {

using nlohmann::json;

constexpr std::array stop_word_uses{std::pair{stop_word_use::keep, "keep"},
                                    std::pair{stop_word_use::drop_in_queries, "drop_in_queries"},
                                    std::pair{stop_word_use::drop, "drop"}};

const char* name_of(stop_word_use use) {
  for (const auto& [each, name] : stop_word_uses)
    if (each == use) return name;
  return "";
}

stop_word_use stop_word_use_named(const std::string& wanted) {
  for (const auto& [each, name] : stop_word_uses)
    if (name == wanted) return each;
  throw_usage("an analyzer's stop_words are \"keep\", \"drop_in_queries\" or \"drop\", not \"" + wanted + "\"");
}

synonym_rule rule_from(const json& from) {
  synonym_rule made;
  from.at("from").get_to(made.from);
  if (from.contains("to")) from.at("to").get_to(made.to);
  return made;
}

void set_member(analyzer_options& made, const std::string& name, const json& value) {
  if (name == "language") {
    value.get_to(made.language);
  } else if (name == "fold_accents") {
    value.get_to(made.fold_accents);
  } else if (name == "stop_words") {
    made.stop_words = stop_word_use_named(value.get<std::string>());
  } else if (name == "own_stop_words") {
    value.get_to(made.own_stop_words);
  } else if (name == "unstemmed_words") {
    value.get_to(made.unstemmed_words);
  } else if (name == "split_identifiers") {
    value.get_to(made.split_identifiers);
  } else if (name == "synonyms") {
    for (const auto& rule : value) made.synonyms.push_back(rule_from(rule));
  } else {
    throw_usage("an analyzer has no option \"" + name + "\" in this version of tidbxx");
  }
}

}  // namespace

std::string to_json(const analyzer_options& options) {
  json made{{"language", options.language},
            {"fold_accents", options.fold_accents},
            {"stop_words", name_of(options.stop_words)},
            {"unstemmed_words", options.unstemmed_words},
            {"split_identifiers", options.split_identifiers}};
  if (!options.own_stop_words.empty()) made["own_stop_words"] = options.own_stop_words;
  for (const auto& rule : options.synonyms) {
    json each{{"from", rule.from}};
    if (!rule.to.empty()) each["to"] = rule.to;
    made["synonyms"].push_back(std::move(each));
  }
  return made.dump(-1, ' ', false, json::error_handler_t::replace);
}

analyzer_options analyzer_options_from(std::string_view text) {
  try {
    const auto from = json::parse(text);
    if (!from.is_object()) throw_usage("an analyzer's options are a JSON object");
    analyzer_options made;
    for (const auto& [name, value] : from.items()) set_member(made, name, value);
    return made;
  } catch (const json::exception& failed) {
    throw_usage(std::string("an analyzer's options do not read: ") + failed.what());
  }
}

}  // namespace tidb::detail
