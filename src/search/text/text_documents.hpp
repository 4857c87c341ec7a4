// Documents on their way into a text index, analysed already.
#pragma once

#include "search/row_keys.hpp"
#include "search/text/term_table.hpp"

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

namespace tidb::detail {

/// Takes about 12 bytes a token until a segment is made of it.
class text_documents {
public:
  static constexpr std::uint32_t most_columns = 32;

  /// Errors: usage_error for no column, or too many.
  explicit text_documents(std::uint32_t columns);

  /// What is added from now on is this document's. Of a key that comes twice the later document counts. `name`: of a
  /// key that is no integer, see row_keys.hpp.
  /// Errors: usage_error if some documents have a name and others have not.
  void add_document(std::int64_t key, std::string_view name = {});
  /// Positions of a column must not descend; terms at the same position are alternatives, and the same term there twice
  /// counts once.
  /// Errors: usage_error if they do, for a column out of range, or without a document.
  void add(std::uint32_t column, std::string_view term, std::uint32_t position);

  std::uint32_t columns() const { return static_cast<std::uint32_t>(lengths_.size()); }
  std::size_t size() const { return documents_.size(); }
  std::size_t tokens() const { return tokens_.size(); }

  // What makes a segment of them.

  struct token {
    std::uint32_t term{}, column{}, position{};
  };
  struct document {
    std::int64_t key{};
    std::size_t first{};  ///< of its tokens
  };
  const term_table& terms() const { return terms_; }
  std::span<const document> documents() const { return documents_; }
  /// As many, or none.
  const key_names& names() const { return names_; }
  std::span<const token> tokens_of(std::size_t number) const {
    const auto first = documents_[number].first;
    const auto last = number + 1 < documents_.size() ? documents_[number + 1].first : tokens_.size();
    return std::span(tokens_).subspan(first, last - first);
  }
  /// Its number of positions, those of alternatives counted once.
  std::uint32_t length(std::size_t number, std::uint32_t column) const { return lengths_[column][number]; }

private:
  term_table terms_;
  std::vector<document> documents_;
  key_names names_;
  std::vector<token> tokens_;
  std::vector<std::vector<std::uint32_t>> lengths_;  // by column
  std::vector<std::uint32_t> newest_;                // position of each column in the last document
};

}  // namespace tidb::detail
