// A table without a struct: for tools, whose users say at run time which one.
#pragma once

#include "tidbxx/orm/output.hpp"
#include "tidbxx/orm/row.hpp"
#include "tidbxx/orm/select_builder.hpp"
#include "tidbxx/schema/table_definition.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <source_location>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tidb {

/// A table as `client::open_table` found it, and a SELECT of its rows, the same on both engines: of an ENUM or SET they
/// have the labels. Calls add to it and give it back.
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

private:
  struct facts;
  row labelled(row one) const;
  std::string text(detail::text_format format, std::source_location where) const;

  detail::executor on_;
  std::shared_ptr<const facts> facts_;
  sql::select statement_;
};

}  // namespace tidb
