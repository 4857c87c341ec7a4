#include "search/text/text_documents.hpp"

#include "tidbxx/core/error.hpp"

#include <algorithm>
#include <string>

namespace tidb::detail {

text_documents::text_documents(std::uint32_t columns) {
  if (columns == 0 || columns > most_columns)
    throw_usage("a text index has 1 to " + std::to_string(most_columns) + " columns, not " + std::to_string(columns));
  lengths_.resize(columns);
  newest_.resize(columns);
}

void text_documents::add_document(std::int64_t key, std::string_view name) {
  if (!documents_.empty() && name.empty() != names_.empty())
    throw_usage("some documents of a text index have the name of their key, and others have not");
  documents_.push_back({key, tokens_.size()});
  if (!name.empty()) names_.add(name);
  for (auto& of_column : lengths_) of_column.push_back(0);
  std::ranges::fill(newest_, 0);
}

void text_documents::add(std::uint32_t column, std::string_view term, std::uint32_t position) {
  if (documents_.empty()) throw_usage("a term was added before any document");
  if (column >= columns())
    throw_usage("column " + std::to_string(column) + " of a text index that has " + std::to_string(columns()));
  auto& length = lengths_[column].back();
  if (length == 0 || position > newest_[column])
    ++length;
  else if (position < newest_[column])
    throw_usage("the positions of a document descend from " + std::to_string(newest_[column]) + " to " +
                std::to_string(position));
  newest_[column] = position;
  tokens_.push_back({terms_.number_of(term), column, position});
}

}  // namespace tidb::detail
