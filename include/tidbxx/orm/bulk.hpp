// Many rows in few statements.
#pragma once

#include "tidbxx/engine/executor.hpp"
#include "tidbxx/orm/mapping.hpp"
#include "tidbxx/orm/row_vectors.hpp"

#include <cstddef>
#include <cstdint>
#include <iterator>
#include <limits>
#include <memory>
#include <source_location>
#include <span>
#include <type_traits>
#include <utility>
#include <vector>

namespace tidb::detail {

/// What happens to rows whose keys are there already.
struct insert_form {
  sql::on_conflict conflict{};
  std::vector<sql::assignment> set{};
};

/// The form of an upsert. Errors: usage_error if it sets nothing.
const insert_form& checked(const insert_form& upsert, std::source_location where);

/// How its rows are written: an upsert's with the places of the columns that it takes over by inserted().
struct insert_way {
  row_write how{};
  std::vector<std::size_t> taken_over{};
};
insert_way way_of(const insert_form& form, const mapped_table& table);

/// One statement's rows and the first key that it generated, or 0.
struct sent_rows {
  std::size_t rows{};
  std::uint64_t first_key{};
};

class all_or_none;

/// Inserts rows in as few statements as parameters and packet allow.
class bulk_insert {
public:
  bulk_insert(all_or_none& writes, const mapped_table& table, const insert_form& form, std::size_t expected_rows,
              call_context context);
  ~bulk_insert();
  bulk_insert(const bulk_insert&) = delete;
  bulk_insert& operator=(const bulk_insert&) = delete;

  /// The parameters of the next row; what they borrow must live until it is sent.
  value_view* next_row();
  /// Keeps what the next row's parameters do not borrow from the row itself.
  kept_cells& kept();
  /// Sends the rows so far, before others that follow.
  void send_early();
  /// Sends what is left; the number of rows inserted so far.
  std::uint64_t flush();
  /// What each statement sent, in order.
  std::span<const sent_rows> sent() const noexcept;

private:
  struct state;
  std::unique_ptr<state> state_;
};

/// How many rows are coming, and whether they can be read again from the first one on.
struct row_supply {
  std::size_t expected{std::numeric_limits<std::size_t>::max()};
  bool repeatable{};
};

/// Inserts the rows that `encode` gives, all or none, in one transaction: a new one, or the caller's; the number
/// inserted. A transaction is run again only if the rows can be read again.
std::uint64_t insert_rows(const executor& on, const mapped_table& table, const insert_form& form,
                          const row_supply& supply, function_ref<void(bulk_insert&)> encode,
                          std::source_location where);

/// Inserts rows, by their numbers, all or none; the generated keys of those without one.
std::vector<std::uint64_t> insert_for_keys(const executor& on, const mapped_table& table,
                                           std::span<const std::size_t> without_key,
                                           std::span<const std::size_t> with_key, row_encoder encode,
                                           std::source_location where);
/// Updates columns, by their places, of the rows with these primary keys, all or none; the number that matched.
std::uint64_t update_rows(const executor& on, const mapped_table& table, row_write how,
                          std::span<const std::size_t> columns, std::size_t rows, row_encoder encode,
                          std::source_location where);
/// Updates the rows with these primary keys and inserts the others, all or none; the number inserted.
std::uint64_t save_rows(const executor& on, const mapped_table& table, std::size_t rows, row_encoder encode,
                        std::source_location where);

/// Rows that do not outlive their turn: they are kept until they are sent.
template <class T>
class passing_rows {
public:
  passing_rows(const executor& on, bulk_insert& into, const insert_way& way, std::source_location where)
      : on_(on), into_(into), way_(way), where_(where) {
    rows_.reserve(most);
  }
  void add(T row) {
    if (rows_.size() == most) {
      encode();
      into_.send_early();
      rows_.clear();
    }
    rows_.push_back(std::move(row));
  }
  /// Sends what is left.
  void finish() {
    encode();
    into_.flush();
  }

private:
  static constexpr std::size_t most = 1'000;

  void encode() {
    fill_vectors(on_, std::span<T>(rows_), way_.how, way_.taken_over, where_);
    for (const auto& row : rows_) {
      auto* cells = into_.next_row();
      encode_row(row, cells, into_.kept());
    }
  }

  const executor& on_;
  bulk_insert& into_;
  const insert_way& way_;
  std::source_location where_;
  std::vector<T> rows_;
};

/// Inserts rows and puts the generated keys into them.
template <class T>
void insert_and_fill_keys(const executor& on, std::vector<T>& rows, std::source_location where) {
  fill_vectors(on, std::span<T>(rows), row_write::insert, {}, where);
  std::vector<std::size_t> without_key, with_key;
  for (std::size_t row = 0; row < rows.size(); ++row) (wants_key(rows[row]) ? without_key : with_key).push_back(row);
  const auto encode = [&](std::size_t row, value_view* cells, kept_cells& kept) { encode_row(rows[row], cells, kept); };
  const auto keys = insert_for_keys(on, table_of<T>(), without_key, with_key, encode, where);
  for (std::size_t i = 0; i < keys.size(); ++i) fill_key(rows[without_key[i]], keys[i]);
}

template <class Rows>
using row_type_of = std::remove_cvref_t<decltype(*std::begin(std::declval<Rows&>()))>;

/// Those that are made for a range of rows that can be read again.
template <class Rows>
row_vectors vectors_for(const executor& on, Rows& rows, const insert_way& way, std::source_location where) {
  using T = row_type_of<Rows>;
  if constexpr (has_vectors<T>()) {
    const auto& table = table_of<T>();
    if (!has_embedders(on, table, where)) return {};
    std::vector<const T*> each;
    for (const T& item : rows) each.push_back(&item);
    const auto encode = [&](std::size_t row, value_view* cells, kept_cells& kept) {
      encode_row(*each[row], cells, kept);
    };
    return {on, table, way.how, way.taken_over, each.size(), encode, where};
  } else {
    refuse_texts_without_vector(on, table_of<T>(), where);
    return {};
  }
}

template <class Rows>
std::uint64_t insert_range(const executor& on, Rows& rows, const insert_form& form, std::source_location where) {
  using T = row_type_of<Rows>;
  constexpr bool repeatable = std::forward_iterator<decltype(std::begin(rows))>;
  constexpr bool stays = repeatable && std::is_lvalue_reference_v<decltype(*std::begin(rows))>;
  row_supply supply;
  if constexpr (repeatable) supply = {static_cast<std::size_t>(std::distance(std::begin(rows), std::end(rows))), true};
  const auto way = way_of(form, table_of<T>());
  row_vectors vectors;
  if constexpr (stays) vectors = vectors_for(on, rows, way, where);
  return insert_rows(
      on, table_of<T>(), form, supply,
      [&](bulk_insert& into) {
        if constexpr (stays) {
          std::size_t row = 0;
          for (const T& item : rows) {
            auto* cells = into.next_row();
            encode_row(item, cells, into.kept());
            vectors.put(row++, cells);
          }
        } else {
          passing_rows<T> passing(on, into, way, where);
          for (auto&& item : rows) passing.add(T(std::forward<decltype(item)>(item)));
          passing.finish();
        }
      },
      where);
}

/// A function that gives rows until there are no more.
template <class F>
concept row_generator =
    requires(F& next) { requires is_optional<decltype(next())> && is_mapped<bare<decltype(next())>>; };

template <class F>
std::uint64_t insert_generated(const executor& on, F& next, std::source_location where) {
  using T = bare<decltype(next())>;
  const insert_way way;
  return insert_rows(
      on, table_of<T>(), {}, {},
      [&](bulk_insert& into) {
        passing_rows<T> passing(on, into, way, where);
        while (auto row = next()) passing.add(*std::move(row));
        passing.finish();
      },
      where);
}

/// Calls use(number of rows, encoder) with the rows of a container.
template <class Rows, class Use>
std::uint64_t with_encoder(const Rows& rows, Use&& use) {
  using T = row_type_of<const Rows>;
  static_assert(std::is_lvalue_reference_v<decltype(*std::begin(rows))>,
                "the rows are borrowed: give a container or a span of them");
  std::vector<const T*> each;
  for (const T& item : rows) each.push_back(&item);
  const auto encode = [&](std::size_t row, value_view* cells, kept_cells& kept) {
    encode_row(*each[row], cells, kept);
  };
  return use(each.size(), encode);
}

/// The places of a table's columns that Members are mapped to; without any, of all that are no key.
template <class T, auto... Members>
std::vector<std::size_t> places_of() {
  std::vector<std::size_t> places;
  for_each_column<T>([&](const auto& column, std::size_t place) {
    if constexpr (sizeof...(Members) == 0) {
      if (!column.primary_key) places.push_back(place);
    } else if (((column.name == column_ref<T, Members>::name()) || ...)) {
      places.push_back(place);
    }
  });
  return places;
}

}  // namespace tidb::detail
