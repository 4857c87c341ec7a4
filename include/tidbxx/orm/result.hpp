// Rows of a result as C++ values: mapped structs, scalars, and tuples of both.
#pragma once

#include "tidbxx/engine/executor.hpp"
#include "tidbxx/orm/mapping.hpp"

#include <algorithm>
#include <cstddef>
#include <optional>
#include <source_location>
#include <span>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

namespace tidb::detail {

template <class T>
constexpr std::size_t width() {
  if constexpr (is_mapped<bare<T>>)
    return column_count<bare<T>>;
  else
    return 1;
}

/// Reads one part of a row at `position` and moves it on.
template <class T>
void decode_part(const open_rows& rows, std::size_t& position, T& out) {
  const value_view* cells = rows.cells().data() + position;
  if constexpr (is_mapped<T>)
    decode_row(cells, out);
  else if constexpr (is_optional<T> && is_mapped<bare<T>>) {  // of a left join: no row is NULL in all its columns
    out.reset();
    if (!std::all_of(cells, cells + width<T>(), [](const value_view& cell) { return cell.is_null(); }))
      decode_row(cells, out.emplace());
  } else
    decode_cell(*cells, out, rows.columns()[position]);
  position += width<T>();
}

/// How a whole row becomes a Result.
template <class Result>
struct row_reader {
  static constexpr std::size_t columns = width<Result>();
  static void read(const open_rows& rows, Result& out) {
    std::size_t position = 0;
    decode_part(rows, position, out);
  }
};

template <class... Parts>
struct row_reader<std::tuple<Parts...>> {
  static constexpr std::size_t columns = (width<Parts>() + ... + 0);
  static void read(const open_rows& rows, std::tuple<Parts...>& out) {
    std::size_t position = 0;
    std::apply([&](Parts&... parts) { (decode_part(rows, position, parts), ...); }, out);
  }
};

[[noreturn]] void throw_column_count(std::size_t expected, const open_rows& rows, const statement_text& text,
                                     const call_context& context);

/// A statement's text, its parameters and where it runs: what every reading call starts from.
struct read_request {
  const executor& on;
  const statement_text& text;
  std::span<const value_view> parameters;
  call_context context;
};

/// Opens the result and checks its width.
template <class Result>
class typed_rows {
public:
  explicit typed_rows(const read_request& request)
      : rows_(request.on, request.text, request.parameters, request.context) {
    if (rows_.columns().size() != row_reader<Result>::columns)
      throw_column_count(row_reader<Result>::columns, rows_, request.text, request.context);
  }
  bool next(Result& out) {
    if (!rows_.next()) return false;
    row_reader<Result>::read(rows_, out);
    return true;
  }
  /// Moves on without reading the row.
  bool skip() { return rows_.next(); }

private:
  open_rows rows_;
};

template <class Result>
std::vector<Result> read_all(const read_request& request) {
  std::vector<Result> all;
  retry_read(request.on, request.context, [&] {
    all.clear();
    typed_rows<Result> rows(request);
    while (rows.next(all.emplace_back())) {
    }
    all.pop_back();
  });
  return all;
}

/// Whether there is a row; it is read into `out`. Errors: too_many_rows.
template <class Result>
bool read_at_most_one(const read_request& request, Result& out) {
  bool found = false;
  retry_read(request.on, request.context, [&] {
    typed_rows<Result> rows(request);
    found = rows.next(out);
    if (found && rows.skip()) throw_row_count(errc::too_many_rows, request.text.sql(), request.context);
  });
  return found;
}

template <class Result>
std::optional<Result> read_one_or_none(const read_request& request) {
  std::optional<Result> found(std::in_place);
  if (!read_at_most_one(request, *found)) found.reset();
  return found;
}

template <class Result>
Result read_one(const read_request& request) {
  Result found{};
  if (!read_at_most_one(request, found)) throw_row_count(errc::no_row, request.text.sql(), request.context);
  return found;
}

/// Calls f with a row; false if it returned that.
template <class Result, class F>
bool wants_more(F& f, Result& row) {
  if constexpr (std::is_same_v<std::invoke_result_t<F&, Result&>, bool>)
    return f(row);
  else {
    f(row);
    return true;
  }
}

/// Calls f with each row, until it returns false. Inside a transaction the rows are read first, so that f may use the
/// transaction.
template <class Result, class F>
void read_each(const read_request& request, bool stream, F&& f) {
  if (request.on.in_transaction() && !stream) {
    for (auto& row : read_all<Result>(request))
      if (!wants_more(f, row)) return;
    return;
  }
  std::optional<typed_rows<Result>> rows;
  Result row{};
  bool more = false;
  retry_read(request.on, request.context, [&] {  // until a row was handed out
    rows.emplace(request);
    more = rows->next(row);
  });
  for (; more && wants_more(f, row); more = rows->next(row)) {
  }
}

}  // namespace tidb::detail
