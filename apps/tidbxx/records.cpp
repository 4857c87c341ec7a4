#include "records.hpp"

#include "catalog.hpp"
#include "commands.hpp"

#include <fmt/format.h>

namespace cli {

namespace {

/// Source: TiDB's documentation, "TiDB Limitations"; column count of a table by default.
constexpr std::size_t most_fields = 1017;

}  // namespace

std::size_t field_names::place_of(std::string_view name) {
  if (const auto found = places_.find(name); found != places_.end()) return found->second;
  if (names_.size() == most_fields)
    throw failure(fmt::format("the file has more than {} different fields, and a table has at most that many columns: "
                              "nest them in one field, which becomes a JSON column",
                              most_fields));
  places_.emplace(name, names_.size());
  names_.emplace_back(name);
  return names_.size() - 1;
}

file_format format_of(std::string_view path, std::string_view wanted) {
  if (wanted == "jsonl") return file_format::jsonl;
  if (wanted == "csv") return file_format::csv;
  const auto name = lower(path);
  if (name.ends_with(".jsonl") || name.ends_with(".ndjson")) return file_format::jsonl;
  if (name.ends_with(".csv")) return file_format::csv;
  throw wrong_use_error(
      fmt::format("the name of {} does not tell its format: add --format jsonl or --format csv", path));
}

}  // namespace cli
