// What a full-text index is made with: kept in the registry, and in the manifest as it was built.
#pragma once

#include "tidbxx/search/analyzer.hpp"
#include "tidbxx/search/index.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace tidb::detail {

struct text_form {
  std::vector<std::string> columns{};  ///< in the order of their numbers
  std::vector<float> boosts{};         ///< of these, from 0; those that are missing have 1
  analyzer_options analyzer{};

  bool operator==(const text_form&) const = default;
};

/// As JSON.
std::string to_text(const text_form& form);
/// Errors: damaged_index.
text_form text_form_from(std::string_view text);

/// Documents have the same terms by both, in the same columns: only queries differ.
/// Errors: damaged_index.
bool has_same_terms(std::string_view left, std::string_view right);

/// Of an index as the registry has it: `column` is the first. A form that does not read has that alone.
std::vector<std::string> columns_in(std::string_view text, const std::string& column);
/// All columns that such an index of `of` is of. Errors: damaged_index.
std::vector<std::string> columns_of(const index_target& of, const index_form& form);

}  // namespace tidb::detail
