#include "search/index_manifest.hpp"

#include "search/own_sql.hpp"
#include "tidbxx/sql/printer.hpp"

#include <algorithm>
#include <array>
#include <tuple>

#include <nlohmann/json.hpp>

namespace tidb::detail {

namespace {

using nlohmann::json;

json to_json(const index_segment& segment) {
  return {{"upto", segment.upto},
          {"rows", segment.rows},
          {"gone_keys", segment.gone_keys},
          {"name_bytes", segment.name_bytes},
          {"memory", segment.memory},
          {"outline_memory", segment.outline_memory},
          {"gone", segment.gone},
          {"blocks", segment.rows_in},
          {"first_partitions", segment.first_partitions}};
}

index_segment segment_from(const json& from) {
  return {.upto = from.at("upto").get<std::int64_t>(),
          .rows = from.at("rows").get<std::uint64_t>(),
          .gone_keys = from.at("gone_keys").get<std::uint64_t>(),
          .name_bytes = from.value("name_bytes", std::uint64_t{}),
          .memory = from.value("memory", std::uint64_t{}),
          .outline_memory = from.value("outline_memory", std::uint64_t{}),
          .gone = from.at("gone").get<std::vector<std::string>>(),
          .rows_in = from.at("blocks").get<std::vector<std::string>>(),
          .first_partitions = from.value("first_partitions", std::vector<std::uint32_t>())};
}

std::int64_t checksum_of(std::int64_t version, std::string_view body) {
  return block_checksum("manifest " + std::to_string(version), body);
}

/// Only what there is: other manifests are as they always were.
void add_text(json& to, const index_manifest& of) {
  if (!of.is_text()) return;
  to["text"] = of.text;
  to["columns"] = of.of.columns;
  to["analyzed_by"] = of.analyzed_by;
}

void read_text(const json& from, index_manifest& to) {
  const auto text = from.find("text");
  if (text == from.end()) return;
  to.text = text->get<std::string>();
  to.of.columns = from.at("columns").get<std::vector<std::string>>();
  to.analyzed_by = from.at("analyzed_by").get<std::string>();
}

void add_what_the_server_tells(json& to, const index_manifest& of) {
  if (of.counted)
    to["counted"] = {{"changes", of.counted->changes},
                     {"counted_rows", of.counted->counted_rows},
                     {"analyzed", of.counted->analyzed},
                     {"rows", of.counted->rows},
                     {"told", of.counted->told}};
  if (!of.tracked_by) return;
  to["tracked_by"] = {{"column", of.tracked_by.column},   {"is_timestamp", of.tracked_by.is_timestamp},
                      {"is_fine", of.tracked_by.is_fine}, {"from", of.tracked_from},
                      {"rows", of.tracked_rows},          {"blocks", of.tracked}};
}

void read_what_the_server_tells(const json& from, index_manifest& to) {
  if (const auto counted = from.find("counted"); counted != from.end())
    to.counted = {.changes = counted->at("changes").get<std::int64_t>(),
                  .counted_rows = counted->at("counted_rows").get<std::int64_t>(),
                  .analyzed = counted->at("analyzed").get<std::int64_t>(),
                  .rows = counted->at("rows").get<std::int64_t>(),
                  .told = counted->at("told").get<std::int64_t>()};
  const auto found = from.find("tracked_by");
  if (found == from.end()) return;
  to.tracked_by = {.column = found->at("column").get<std::string>(),
                   .is_timestamp = found->at("is_timestamp").get<bool>(),
                   .is_fine = found->at("is_fine").get<bool>()};
  to.tracked_from = found->at("from").get<std::int64_t>();
  to.tracked_rows = found->at("rows").get<std::uint64_t>();
  to.tracked = found->at("blocks").get<std::vector<std::string>>();
}

index_manifest parse(const json& from) {
  index_manifest made;
  made.by = metric_named(from.at("metric").get<std::string>());
  made.of = {.table = from.at("table").get<std::string>(),
             .columns = {from.at("column").get<std::string>()},
             .key = from.at("key").get<std::string>(),
             .key_is_stable = from.at("key_is_stable").get<bool>(),
             .dimensions = from.at("dimensions").get<std::uint32_t>()};
  if (auto columns = key_from_text(made.of.key); !is_number(columns)) made.of.key_columns = std::move(columns);
  made.nonce = from.at("nonce").get<std::string>();
  made.seed = from.at("seed").get<std::uint64_t>();
  made.model = from.at("model").get<std::vector<std::string>>();
  made.trained_rows = from.at("trained_rows").get<std::uint64_t>();
  for (const auto& segment : from.at("segments")) made.segments.push_back(segment_from(segment));
  made.lowest = from.value("lowest", std::int64_t{});
  made.generation = from.value("generation", made.lowest);
  made.turned = from.value("turned", std::int64_t{});
  made.taken = from.value("taken", std::uint64_t{});
  made.built_until = from.value("built_until", std::int64_t{});
  read_what_the_server_tells(from, made);
  read_text(from, made);
  made.seconds = from.at("seconds").get<double>();
  made.built_because = from.at("built_because").get<std::string>();
  return made;
}

}  // namespace

std::string metric_name(metric by) {
  switch (by) {
  case metric::cosine: return "cosine";
  case metric::l2: return "l2";
  case metric::l1: return "l1";
  case metric::negative_inner_product: return "negative_inner_product";
  }
  return {};
}

namespace {

constexpr std::array metrics{metric::cosine, metric::l2, metric::l1, metric::negative_inner_product};

}  // namespace

bool is_metric(std::string_view name) {
  return std::ranges::any_of(metrics, [&](metric by) { return metric_name(by) == name; });
}

metric metric_named(std::string_view name) {
  for (const auto by : metrics)
    if (metric_name(by) == name) return by;
  throw damaged_index("its manifest names an unknown metric");
}

std::vector<std::string> index_manifest::blocks() const {
  auto all = model;
  for (const auto& segment : segments) {
    all.insert(all.end(), segment.gone.begin(), segment.gone.end());
    all.insert(all.end(), segment.rows_in.begin(), segment.rows_in.end());
  }
  all.insert(all.end(), tracked.begin(), tracked.end());
  return all;
}

void index_manifest::forget_rows(std::int64_t upto) {
  model.clear();
  analyzed_by.clear();
  trained_rows = 0;
  segments = {{.upto = upto}};
}

std::string index_manifest::body() const {
  json parts = json::array();
  for (const auto& segment : segments) parts.push_back(to_json(segment));
  json made{{"format", format},
            {"metric", metric_name(by)},
            {"table", of.table},
            {"column", of.columns.front()},
            {"key", of.key},
            {"key_is_stable", of.key_is_stable},
            {"dimensions", of.dimensions},
            {"nonce", nonce},
            {"seed", seed},
            {"model", model},
            {"trained_rows", trained_rows},
            {"segments", std::move(parts)},
            {"lowest", lowest},
            {"generation", generation},
            {"turned", turned},
            {"taken", taken},
            {"built_until", built_until},
            {"seconds", seconds},
            {"built_because", built_because}};
  add_what_the_server_tells(made, *this);
  add_text(made, *this);
  return made.dump();
}

namespace {

/// Errors: damaged_index, newer_index.
index_manifest manifest_from(std::int64_t version, std::string_view body) {
  try {
    const auto from = json::parse(body);
    if (const auto format = from.at("format").get<int>(); format > index_tables_version)
      throw newer_index("its layout is version " + std::to_string(format) + ", and this version of tidbxx knows " +
                        std::to_string(index_tables_version));
    auto made = parse(from);
    made.version = version;
    return made;
  } catch (const json::exception&) {
    throw damaged_index("its manifest does not read");
  }
}

}  // namespace

index_manifest read_manifest(const executor& on, const index_tables& tables, const call_context& context) {
  const statement_text text("SELECT version, checksum, body FROM " + sql::quote_identifier(tables.manifest()) +
                            " WHERE id = 1");
  const auto found = read_own<std::tuple<std::int64_t, std::int64_t, std::string>>(on, context, text);
  if (found.empty()) throw damaged_index("its manifest is missing");
  const auto& [version, checksum, body] = found.front();
  if (checksum != checksum_of(version, body)) throw damaged_index("its manifest does not match its checksum");
  return manifest_from(version, body);
}

bool replace_manifest(const executor& on, const index_tables& tables, index_manifest& changed,
                      const call_context& context) {
  const auto before = changed.version;
  const statement_text text("UPDATE " + sql::quote_identifier(tables.manifest()) +
                            " SET version = ?, checksum = ?, body = ? WHERE id = 1 AND version = ?");
  const auto body = changed.body();
  if (run_own(on, context, text, before + 1, checksum_of(before + 1, body), body, before) == 0) return false;
  changed.version = before + 1;
  return true;
}

void insert_manifest(const executor& on, const index_tables& tables, index_manifest& first,
                     const call_context& context) {
  const statement_text text((tables.engine() == engine_kind::tidb ? "INSERT IGNORE INTO " : "INSERT INTO ") +
                            sql::quote_identifier(tables.manifest()) +
                            " (id, version, checksum, body) VALUES (1, ?, ?, ?)");
  const auto body = first.body();
  run_own(on, context, text, first.version, checksum_of(first.version, body), body);
}

}  // namespace tidb::detail
