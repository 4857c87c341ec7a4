// What a document of a text index consists of, as one number: for comparing two indexes.
#pragma once

#include "search/text/text_segment.hpp"

#include <cstdint>
#include <unordered_map>

namespace tidb::detail {

/// By key: a number made of all terms, columns and positions of the document. Of those that are alive; `gone`: null,
/// all are.
using document_marks = std::unordered_map<std::int64_t, std::uint64_t>;
void add_marks(document_marks& to, const text_segment& segment, const slot_set* gone);

}  // namespace tidb::detail
