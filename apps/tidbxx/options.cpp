#include "options.hpp"

#include <charconv>
#include <map>
#include <system_error>

#include <fmt/format.h>

namespace cli {

namespace {

const std::map<std::string, output_format> formats{
    {"table", output_format::table}, {"json", output_format::json}, {"csv", output_format::csv}};
const std::map<std::string, tidb::metric> metrics{{"cosine", tidb::metric::cosine},
                                                  {"l2", tidb::metric::l2},
                                                  {"l1", tidb::metric::l1},
                                                  {"negative_inner_product", tidb::metric::negative_inner_product}};

}  // namespace

CLI::Validator whole_number(std::uint64_t least) {
  const auto complaint = [least](const std::string& text) {
    std::uint64_t number{};
    const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), number);
    const bool fits = problem == std::errc{} && end == text.data() + text.size() && number >= least;
    return fits ? std::string() : fmt::format("'{}' is no whole number from {} on", text, least);
  };
  return {complaint, "", "whole number"};
}

void add_format(CLI::App& app, output_format& format) {
  app.add_option("--format", format, "table, json or csv; default: table")
      ->transform(CLI::CheckedTransformer(formats).description(""))
      ->type_name("FORMAT");
}

void add_url(CLI::App& app, std::string& url) {
  app.add_option("--url", url, "mysql://user:password@host:4000/database or sqlite:FILE")->type_name("URL");
}

CLI::Option& add_metric(CLI::App& app, tidb::metric& metric) {
  return *app.add_option("--metric", metric, "cosine, l2, l1 or negative_inner_product; default: cosine")
              ->transform(CLI::CheckedTransformer(metrics).description(""))
              ->type_name("METRIC");
}

std::string name_of(tidb::metric metric) {
  for (const auto& [name, each] : metrics)
    if (each == metric) return name;
  return {};
}

}  // namespace cli
