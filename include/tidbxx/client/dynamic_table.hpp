// A table without a struct: for tools, whose users say at run time which one.
#pragma once

#include "tidbxx/client/dynamic_search.hpp"
#include "tidbxx/orm/output.hpp"
#include "tidbxx/orm/row.hpp"
#include "tidbxx/orm/select_builder.hpp"
#include "tidbxx/schema/table_definition.hpp"
#include "tidbxx/search/fulltext_index.hpp"
#include "tidbxx/search/vector_index.hpp"

#include <cstdint>
#include <initializer_list>
#include <memory>
#include <optional>
#include <source_location>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tidb {

/// A table as `client::open_table` found it, and a SELECT of its rows, the same on both engines: of an ENUM or SET they
/// have the labels. Calls add to it and give it back. Its searches and search indexes are those of `table`, by names.
/// Lifetime: must not outlive the client that it was made from.
class dynamic_table {
public:
  dynamic_table(detail::executor on, table_definition definition);

  const table_definition& definition() const noexcept;

  /// A condition as JSON, in the form of `json_filter`; called again, all must hold.
  /// Errors: as those of `json_filter`.
  dynamic_table& where(std::string_view filter, std::source_location where = std::source_location::current());
  /// Smallest first, or largest; further calls refine the order. Errors: usage_error for a column that is not there.
  dynamic_table& order_by(std::string_view column, bool descending = false,
                          std::source_location where = std::source_location::current());
  dynamic_table& limit(std::uint64_t rows);
  dynamic_table& offset(std::uint64_t rows);

  std::vector<row> all(std::source_location where = std::source_location::current()) const;
  /// Errors: errc::no_row, errc::too_many_rows.
  row one(std::source_location where = std::source_location::current()) const;
  /// Errors: errc::too_many_rows.
  std::optional<row> one_or_none(std::source_location where = std::source_location::current()) const;
  /// Calls f with each row as it arrives, until it returns false, if it returns a bool.
  template <class F>
  void each(F&& f, std::source_location where = std::source_location::current()) const {
    detail::read_each<row>(detail::bound_select(on_, statement_, where).request(), false, [&](row& one) {
      one = labelled(std::move(one));
      return detail::wants_more(f, one);
    });
  }
  /// How many rows match; order, limit and offset do not matter.
  std::int64_t count(std::source_location where = std::source_location::current()) const;
  /// All rows as JSON or CSV; see `select_builder::json` and `csv`.
  std::string json(std::source_location where = std::source_location::current()) const;
  std::string csv(std::source_location where = std::source_location::current()) const;

  /// Among the rows that meet the conditions so far; order, limit and offset are the search's own.
  dynamic_search search(detail::words_view words) const;
  dynamic_search search(std::span<const float> vector) const;
  dynamic_search search(std::initializer_list<double> vector) const;
  dynamic_search search(detail::words_view words, std::span<const float> vector) const;
  dynamic_search search(detail::words_view words, std::initializer_list<double> vector) const;
  /// The rows nearest to the vector of the row with this primary key, a value for each of its columns; that row left
  /// out. Errors: usage_error for another number of values; when run, as those of `table::search_by_key`.
  dynamic_search search_by_key(const std::vector<value>& key,
                               std::source_location where = std::source_location::current()) const;

  /// As those of `table`. Errors, besides: usage_error for a column of another type.
  void create_vector_index(std::string_view column, const vector_index_options& options = {},
                           std::source_location where = std::source_location::current()) const;
  void create_fulltext_index(const std::vector<std::string>& columns, const fulltext_index_options& options = {},
                             std::source_location where = std::source_location::current()) const;
  /// An index by its column, of several any; without one the table's full-text index.
  void drop_index(std::string_view column = {}, std::source_location where = std::source_location::current()) const;
  bool has_index(std::string_view column = {}, std::source_location where = std::source_location::current()) const;
  index_check check_index(std::string_view column = {},
                          std::source_location where = std::source_location::current()) const;
  void rebuild_index(std::string_view column = {}, std::source_location where = std::source_location::current()) const;
  void optimize_index(std::string_view column = {}, std::source_location where = std::source_location::current()) const;
  tidb::index_stats index_stats(std::string_view column = {},
                                std::source_location where = std::source_location::current()) const;

private:
  dynamic_search searching(detail::search_request request) const;
  detail::index_target target(std::string_view column) const;
  row labelled(row one) const;
  std::string text(detail::text_format format, std::source_location where) const;

  detail::executor on_;
  std::shared_ptr<const detail::dynamic_facts> facts_;
  sql::select statement_;
};

}  // namespace tidb
