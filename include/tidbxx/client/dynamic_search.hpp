// A search over a table without a struct.
#pragma once

#include "tidbxx/orm/row.hpp"
#include "tidbxx/search/search.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <source_location>
#include <string>
#include <string_view>
#include <vector>

namespace tidb {

namespace detail {
struct dynamic_facts;
}

/// A search over a table that `client::open_table` found; made by `dynamic_table::search`. Calls add to it, mean what
/// those of `search_builder` do, and give it back.
/// Lifetime: must not outlive the client that the table was opened by.
class dynamic_search {
public:
  dynamic_search(detail::executor on, std::shared_ptr<const detail::dynamic_facts> table,
                 detail::search_request request);

  /// Reads these columns only, in this order; else all. Errors: usage_error for one that is not there.
  dynamic_search& columns(const std::vector<std::string>& names,
                          std::source_location where = std::source_location::current());
  /// A condition as JSON, in the form of `json_filter`; called again, all must hold. Errors: as those of `json_filter`.
  dynamic_search& where(std::string_view filter, std::source_location where = std::source_location::current());
  /// One in SQL, `raw<bool>("size > ?", 10)`. Note: it becomes part of the statement as it is.
  dynamic_search& where(const expr<bool>& condition);
  dynamic_search& limit(std::uint64_t rows);
  dynamic_search& offset(std::uint64_t rows);
  /// When an index looks at the conditions.
  dynamic_search& filter(filtering when);

  // by a vector
  /// Which column to search, where the table has several of vectors. Errors: usage_error for one that is none.
  dynamic_search& vector_column(std::string_view name, std::source_location where = std::source_location::current());
  dynamic_search& metric(tidb::metric by);
  dynamic_search& distance_threshold(double highest);
  dynamic_search& recall(double share);
  dynamic_search& num_candidates(std::uint64_t rows);

  // by words; errors: usage_error where there are none
  /// By the full-text index that has this column, where the table has several.
  dynamic_search& text_column(std::string_view name, std::source_location where = std::source_location::current());
  dynamic_search& match_all(bool all = true, std::source_location where = std::source_location::current());
  dynamic_search& strict(bool is = true, std::source_location where = std::source_location::current());
  /// By the full-text index alone, also where a model is bound to the column of vectors, or a vector is given.
  dynamic_search& words_only(std::source_location where = std::source_location::current());
  /// By the vector that the bound model makes of them alone.
  dynamic_search& vector_only(std::source_location where = std::source_location::current());

  // by both
  dynamic_search& hybrid(rrf by);
  dynamic_search& hybrid(weighted by);
  dynamic_search& text_limit(std::uint64_t rows);
  dynamic_search& vector_limit(std::uint64_t rows);

  /// The best rows, best first; of an ENUM or SET they have the labels. Of rows that are equally near to a vector, an
  /// exact search gives those first whose primary key is smaller.
  /// Errors: as those of `search_builder::all`; usage_error for a search by a vector if it is not said, or not clear,
  /// by which column.
  std::vector<hit<row>> all(std::source_location where = std::source_location::current()) const;
  /// The same, and how it went: `plan.terms` are those of the hits.
  std::vector<hit<row>> all(search_plan& plan, std::source_location where = std::source_location::current()) const;
  search_plan explain(std::source_location where = std::source_location::current()) const;
  /// What marks the words of the search in texts, as the index reads them. Errors: as `all`.
  tidb::highlighter highlighter(std::source_location where = std::source_location::current()) const;

private:
  detail::words_request& words(std::source_location where);
  std::vector<hit<row>> run(search_plan* plan, std::source_location where) const;

  detail::executor on_;
  std::shared_ptr<const detail::dynamic_facts> facts_;
  std::vector<std::size_t> places_;  ///< of the columns asked for, among those of the table
  std::shared_ptr<const std::vector<std::string>> names_;
  detail::search_request request_;
};

}  // namespace tidb
