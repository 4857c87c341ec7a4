#include "search/text_form.hpp"

#include "search/index_blocks.hpp"
#include "search/text/analyzer_options.hpp"
#include "tidbxx/core/error.hpp"

#include <nlohmann/json.hpp>

namespace tidb::detail {

using nlohmann::json;

namespace {

[[noreturn]] void refuse_form(const std::string& why) {
  throw damaged_index("what it was made with does not read" + why +
                      "; if no later version of tidbxx has made it, make it anew by create_fulltext_index with "
                      "if_exists::overwrite");
}

}  // namespace

std::string to_text(const text_form& form) {
  return json{{"columns", form.columns}, {"boosts", form.boosts}, {"analyzer", json::parse(to_json(form.analyzer))}}
      .dump();
}

text_form text_form_from(std::string_view text) {
  try {
    const auto from = json::parse(text);
    text_form form{.columns = from.at("columns").get<std::vector<std::string>>(),
                   .boosts = from.at("boosts").get<std::vector<float>>(),
                   .analyzer = analyzer_options_from(from.at("analyzer").dump())};
    if (form.columns.empty()) throw damaged_index("it is of no column");
    return form;
  } catch (const json::exception&) {
    refuse_form("");
  } catch (const usage_error& why) {
    refuse_form(std::string(": ") + why.what());
  }
}

bool has_same_terms(std::string_view left, std::string_view right) {
  auto one = text_form_from(left);
  const auto other = text_form_from(right);
  one.boosts = other.boosts;
  one.analyzer.synonyms = other.analyzer.synonyms;
  return one == other;
}

std::vector<std::string> columns_in(std::string_view text, const std::string& column) {
  if (text.empty()) return {column};
  try {
    return text_form_from(text).columns;
  } catch (const damaged_index&) {  // building it tells
    return {column};
  }
}

std::vector<std::string> columns_of(const index_target& of, const index_form& form) {
  if (form.text.empty()) return {std::string(of.column)};
  return text_form_from(form.text).columns;
}

}  // namespace tidb::detail
