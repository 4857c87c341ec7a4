// JSON documents as SQL has them: read from text, and written as TiDB writes them.
#pragma once

#include "engine/sqlite/function_call.hpp"

#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>

#include <nlohmann/json.hpp>

namespace tidb::detail {

/// Nothing for what is no JSON, and for what is nested deeper than a hundred times.
std::optional<nlohmann::json> read_json(std::string_view text);

/// An argument that is a document. Errors: json_failure for what is none.
nlohmann::json document_argument(function_call& call, int position);

/// An argument as a value within a document: a text is a string, unless a JSON function made it.
nlohmann::json value_argument(function_call& call, int position);

/// Keys in the order of their bytes, a space behind commas and colons.
std::string json_text(const nlohmann::json& value);
/// Over several lines, two spaces a level.
std::string pretty_json(const nlohmann::json& value);

/// Why a call failed; becomes its error.
class json_failure : public std::runtime_error {
public:
  using std::runtime_error::runtime_error;
};

}  // namespace tidb::detail
