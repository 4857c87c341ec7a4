#include "search/native_text_search.hpp"
#include "search/native_words.hpp"
#include "search/text/highlight.hpp"
#include "search/word_search.hpp"
#include "tidbxx/core/error.hpp"
#include "tidbxx/search/search.hpp"

#include <algorithm>

namespace tidb {

struct highlighter::parts {
  std::shared_ptr<const detail::text_reading> reading{};
  detail::text_query query{};

  /// Errors: usage_error for a column that is none of the index's.
  int number_of(const std::string& column, std::source_location where) const {
    if (column.empty()) return -1;
    const auto& columns = reading->form.columns;
    const auto found =
        std::ranges::find_if(columns, [&](const std::string& each) { return detail::same_name(each, column); });
    if (found == columns.end()) throw_usage("the full-text index is not of a column \"" + column + "\"", where);
    return static_cast<int>(found - columns.begin());
  }
};

std::string highlighter::highlight(std::string_view text, const highlight_marks& marks,
                                   std::source_location where) const {
  return detail::highlight(text, of_->reading->analyzer, of_->query, marks, of_->number_of(marks.column, where));
}

std::string highlighter::snippet(std::string_view text, const snippet_shape& shape, const highlight_marks& marks,
                                 std::source_location where) const {
  return detail::snippet(text, of_->reading->analyzer, of_->query, shape, marks, of_->number_of(marks.column, where));
}

namespace detail {

highlighter highlighter_of(const executor& on, const search_request& request, std::source_location where) {
  if (!request.words) throw_usage("a search by a vector alone has no words to mark", where);
  const auto context = on.context(where);
  const auto listing = index_catalog::of(on).list(on, context);
  auto made = std::make_shared<highlighter::parts>();
  auto asked = request;
  if (const auto* const native = find_native_text(*listing, request, context)) {
    made->reading = std::make_shared<const text_reading>(text_form_from(native->text));
    asked.words->words = native_words_of(*request.words, native->columns.front(), where).words;
  } else {
    made->reading = reading_of(expect_text_entry(on, *listing, request, context), context);
  }
  made->query = query_of(asked, *made->reading, context);
  return highlighter(std::move(made));
}

}  // namespace detail

}  // namespace tidb
