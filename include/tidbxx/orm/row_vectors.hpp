// The vectors that models make for rows on their way to the database.
#pragma once

#include "tidbxx/engine/executor.hpp"
#include "tidbxx/orm/mapping.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <source_location>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace tidb::detail {

/// Writes the cells of the row of this number.
using row_encoder = function_ref<void(std::size_t, value_view*, kept_cells&)>;

/// How rows are written, which tells whether a vector that a row has is to stay.
enum class row_write : std::uint8_t {
  insert,  ///< a vector that is given stays
  upsert,  ///< of columns that rows which are there take over: if the vector is not among them, as `save`
  save,    ///< all columns, of rows that may be there: their vectors may be of the texts before; those of new ones stay
  update,  ///< some columns: if the vector is among them, one that is given stays
  flush,   ///< the same, of rows whose other columns are known to be as they are in the table
};

/// Those that the table's embedders make; none for tables without. They are made before anything is sent, so that no
/// lock is held meanwhile, and a transaction that is run again has them.
/// A vector is given if it is neither NULL nor empty; in a column of fixed length that cannot be NULL, if any number in
/// it is not 0. Of a row without text it becomes NULL; where it cannot, zeros, or empty.
class row_vectors {
public:
  row_vectors() = default;
  /// `columns`: the places of those written; empty: all. Of an upsert: of those that rows which are there take over.
  /// Errors: as those of embedder::embed; usage_error for an update of a part of the texts that a vector is of, and for
  /// rows with such texts and without the vector.
  row_vectors(const executor& on, const mapped_table& table, row_write how, std::span<const std::size_t> columns,
              std::size_t rows, row_encoder encode, std::source_location where);

  /// Puts them into the cells of a row. Lifetime: of this.
  void put(std::size_t row, value_view* cells) const noexcept {
    for (const auto& column : made_)
      if (const auto& vector = column.vectors[row]) cells[column.place] = vector->view();
  }
  /// Calls f(row, place of the column, vector) for each.
  template <class F>
  void each(F&& f) const {
    for (const auto& column : made_)
      for (std::size_t row = 0; row < column.vectors.size(); ++row)
        if (const auto& vector = column.vectors[row]) f(row, column.place, vector->view());
  }
  /// The columns that are written, and those of the vectors.
  std::vector<std::size_t> with(std::span<const std::size_t> columns) const;

private:
  struct made_column {
    std::size_t place{};
    std::vector<std::optional<value>> vectors{};  ///< by row; nothing: it stays as it is
  };
  std::vector<made_column> made_{};
};

/// Of a struct without vectors. Errors: usage_error if it has texts that a model makes vectors of.
void refuse_texts_without_vector(const executor& on, const mapped_table& table, std::source_location where);
/// Whether the program has bound any model to the table.
bool has_embedders(const executor& on, const mapped_table& table, std::source_location where);
/// The texts of a row as a model gets them, a line each; empty if there are none.
std::string joined_texts(std::span<const value_view> cells);
/// What the vector of a row without text is.
value vector_of_nothing(bool nullable, std::uint32_t dimensions);

template <class T>
consteval bool has_vectors() {
  bool found = false;
  for (const auto& column : facts_of<T>) found = found || column.type.kind == type_kind::vector;
  return found;
}

/// Puts a vector into the member of the column at this place.
template <class T>
void set_vector(T& row, std::size_t place, const value_view& vector) {
  for_each_column<T>([&](const auto& column, std::size_t position) {
    if constexpr (type_of<std::remove_cvref_t<decltype(row.*(column.member))>>().kind == type_kind::vector)
      if (position == place) decode_cell(vector, row.*(column.member), column.name);
  });
}

/// Gives rows that are about to be written the vectors that are made for them.
template <class T>
void fill_vectors(const executor& on, std::span<T> rows, row_write how, std::span<const std::size_t> columns,
                  std::source_location where) {
  if constexpr (has_vectors<T>()) {
    const auto encode = [&](std::size_t row, value_view* cells, kept_cells& kept) {
      encode_row(rows[row], cells, kept);
    };
    const row_vectors made(on, table_of<T>(), how, columns, rows.size(), encode, where);
    made.each(
        [&](std::size_t row, std::size_t place, const value_view& vector) { set_vector(rows[row], place, vector); });
  } else {
    refuse_texts_without_vector(on, table_of<T>(), where);
  }
}

}  // namespace tidb::detail
