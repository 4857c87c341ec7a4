// One table, with the statements and the search that belong to it.
#pragma once

#include "tidbxx/orm/statements.hpp"
#include "tidbxx/search/embedding.hpp"
#include "tidbxx/search/fulltext_index.hpp"
#include "tidbxx/search/search.hpp"
#include "tidbxx/search/vector_index.hpp"

#include <array>
#include <cstdint>
#include <initializer_list>
#include <memory>
#include <source_location>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tidb {

/// The table of a struct.
/// Lifetime: must not outlive the client or transaction it was made from.
template <detail::mapped T>
class table {
public:
  explicit table(const statements& on) : on_(on) {}

  /// The rows nearest to a vector.
  search_builder<T> search(std::initializer_list<double> vector) const {
    expect_vectors();
    return {on_.on(), detail::to_floats(vector)};
  }
  search_builder<T> search(std::span<const float> vector) const {
    expect_vectors();
    return {on_.on(), std::vector<float>(vector.begin(), vector.end())};
  }
  /// The rows that match words best: those of the full-text index; where a model is bound to the column of vectors (see
  /// embed_with), also those nearest to what it makes of the words.
  /// The words may be in the syntax of docs/full-text-search.md: "phrases", +must, -not, prefix*, column:word, AND, OR,
  /// NOT and parentheses.
  search_builder<T> search(detail::words_view words) const {
    return {on_.on(), {}, detail::words_request{.words = std::string(words.text)}};
  }
  /// The rows that match both best.
  search_builder<T> search(detail::words_view words, std::initializer_list<double> vector) const {
    expect_vectors();
    return {on_.on(), detail::to_floats(vector), detail::words_request{.words = std::string(words.text)}};
  }
  search_builder<T> search(detail::words_view words, std::span<const float> vector) const {
    expect_vectors();
    return {on_.on(), std::vector<float>(vector.begin(), vector.end()),
            detail::words_request{.words = std::string(words.text)}};
  }

  /// The rows nearest to the vector of the row with this primary key, that row left out.
  /// Errors, when run: errc::no_row if there is no such row; usage_error if its vector is NULL.
  template <class... Key>
  search_builder<T> search_by_key(const Key&... key) const {
    static_assert(detail::has_primary_key<T>(), "search_by_key finds the row by its primary key: this schema has none");
    return {on_.on(), detail::request_by_key<T>({detail::to_expression(key)...})};
  }

  /// Makes an index of a column of vectors, in ordinary tables beside this one: searches by its metric then take it.
  /// What any program writes, on TiDB any that uses tidbxx, is found by the next search; with tracked_by what any tool
  /// writes there. It goes with the table through drop and truncate, on the embedded engine also through rename.
  /// With index_kind::server it is TiDB's own: what any tool writes is found. The table is given a copy in TiFlash if
  /// it has none; drop_vector_index leaves that. Errors: unsupported for L1, for a table WITHOUT ROWID, and on TiDB for
  /// a table without a primary key of integers, text, bytes or dates, or with a foreign key that cascades, and for a
  /// tracked_by that the server does not set on every change; errc::statement
  /// if there is an index already and `existing` is raise; usage_error in a transaction, and for vectors of any length.
  /// Of the server's: unsupported on the embedded engine, without TiFlash and for another metric than cosine and L2;
  /// timeout, with the reason, if the copy is not there in time; errc::statement with what TiFlash says if it does not
  /// build. Cost: reads the table; on TiDB some ten seconds more, until all programs know, and it waits for
  /// transactions that are open on the table. Of the server's: minutes for a large table, while TiFlash copies and
  /// builds.
  template <auto Member>
  void create_vector_index(const vector_index_options_of<T>& options = {},
                           std::source_location where = std::source_location::current()) const {
    detail::create_vector_index(on_.on(), vectors<Member>(), detail::untyped(options), where);
  }
  /// Errors: errc::statement if there is none. Cost: on TiDB some ten seconds, until nobody searches by it; none of
  /// that for one of the server's.
  template <auto Member>
  void drop_vector_index(std::source_location where = std::source_location::current()) const {
    detail::drop_index(on_.on(), vectors<Member>(), where);
  }
  template <auto Member>
  bool has_vector_index(std::source_location where = std::source_location::current()) const {
    return detail::has_index(on_.on(), vectors<Member>(), where);
  }
  /// Compares the whole index with the table. Cost: reads and codes every row. Of the server's: whether it is there, is
  /// built and can be read, as TiDB tells; its rows are not compared.
  template <auto Member>
  index_check check_index(std::source_location where = std::source_location::current()) const {
    return detail::check_index(on_.on(), vectors<Member>(), where);
  }
  /// Makes the index anew from the table.
  template <auto Member>
  void rebuild_index(std::source_location where = std::source_location::current()) const {
    detail::rebuild_index(on_.on(), vectors<Member>(), where);
  }
  /// Takes what was written since into the index's blocks. Writers do so by themselves after every 2,000 changes.
  /// Of the server's: has TiFlash compact the table (ALTER TABLE … COMPACT), after which all rows can be indexed.
  template <auto Member>
  void optimize(std::source_location where = std::source_location::current()) const {
    detail::optimize_index(on_.on(), vectors<Member>(), where);
  }
  /// Cost: loads the index, if no search has yet; where the server counts changes that nobody told of, reads some 200
  /// rows.
  template <auto Member>
  tidb::index_stats index_stats(std::source_location where = std::source_location::current()) const {
    return detail::stats_of_index(on_.on(), vectors<Member>(), where);
  }
  /// What an index would take, for as many rows as the table has. Errors: unsupported for index_kind::server.
  template <auto Member>
  index_estimate estimate_vector_index(const vector_index_options_of<T>& options = {},
                                       std::source_location where = std::source_location::current()) const {
    return detail::estimate_vector_index(on_.on(), vectors<Member>(), detail::untyped(options), where);
  }

  /// Binds a model to a column, whose vectors it makes from then on, for all that shares the client's pool: of the
  /// texts of `Texts`, a line each; without any, of the table's only column of text. It takes a text and gives floats,
  /// such as a std::vector<float>; or it takes many, a span or vector of std::string, and gives as many vectors. Rows
  /// that are inserted get a vector if they have none: NULL, empty, or only zeros in a tidb::vector<N>. What writes a
  /// text of rows that are there makes the vector anew: save, save_many, update_many, upserts, sessions, and update()
  /// to a text that the program has; one of the program's own stays if update_many names its column, or if a session's
  /// object has it changed with the text. Rows without text get none. docs/embedding.md has it all.
  /// Note: load_csv, insert_from and SQL text make no vectors.
  /// Errors: usage_error if the column's vectors are of a model of another name, of other dimensions or texts, and for
  /// a name given in a transaction. Of what writes: what the model throws; usage_error for what is no vector of the
  /// column, for an update to texts that are not known, and for rows of a struct without the vector. Nothing is written
  /// then.
  /// Threads: the model is called by every thread that writes or searches, before its statement is sent.
  /// Cost: nothing is sent without a name; else two statements, and some more the first time.
  template <auto Vector, auto... Texts, class F>
  void embed_with(F model, const embedding_options& options = {},
                  std::source_location where = std::source_location::current()) const {
    static_assert(detail::model_of_many<F> || detail::model_of_one<F>,
                  "embed_with takes a function from texts to vectors: of one std::string_view, giving a "
                  "std::vector<float>; or of a std::span<const std::string>, giving as many of them");
    detail::bind_model(on_.on(), detail::embedding_of<T, Vector, Texts...>(),
                       std::make_shared<detail::model_of<F>>(std::move(model)), options, where);
  }

  /// Makes an index of columns of text, in ordinary tables beside this one, which searches by words take; the same on
  /// both engines. What is said of create_vector_index holds for it, too. A column is in one such index at most.
  /// With index_kind::server it is TiDB's own, of one column: what any tool writes is found, by any of a search's words
  /// and no operators; a transaction that has written the table cannot search it. drop_table and truncate drop it
  /// before, for TiDB would not, and truncate makes it again.
  /// Errors: as of create_vector_index; usage_error for a language without a stemmer. Of the server's: unsupported
  /// where TiDB has no full-text search, which only TiDB Cloud Starter has, in some regions; usage_error for several
  /// columns, an analyzer, boosts or tracked_by.
  /// Cost: as of create_vector_index.
  template <auto... Members>
  void create_fulltext_index(const fulltext_index_options_of<T>& options = {},
                             std::source_location where = std::source_location::current()) const {
    static_assert(sizeof...(Members) > 0, "create_fulltext_index<> takes the members to index");
    static_assert(((detail::category_of<typename column_ref<T, Members>::type>() == detail::category::text) && ...),
                  "a full-text index is of columns of text");
    const std::array<std::string_view, sizeof...(Members)> columns{column_ref<T, Members>::name()...};
    detail::create_fulltext_index(on_.on(), detail::mapping_for<T>.table, columns, detail::untyped(options), where);
  }
  /// `Member`: one of its columns, where the table has several full-text indexes; also below.
  /// Errors: errc::statement if there is none. Cost: on TiDB some ten seconds, until nobody searches by it.
  template <auto... Member>
  void drop_fulltext_index(std::source_location where = std::source_location::current()) const {
    detail::drop_index(on_.on(), texts<Member...>(), where);
  }
  template <auto... Member>
  bool has_fulltext_index(std::source_location where = std::source_location::current()) const {
    return detail::has_index(on_.on(), texts<Member...>(), where);
  }
  /// Compares the whole index with the table. Cost: reads and analyses every row.
  template <auto... Member>
  index_check check_fulltext_index(std::source_location where = std::source_location::current()) const {
    return detail::check_index(on_.on(), texts<Member...>(), where);
  }
  /// Makes the index anew from the table: also where another version of the analyzer has made it.
  template <auto... Member>
  void rebuild_fulltext_index(std::source_location where = std::source_location::current()) const {
    detail::rebuild_index(on_.on(), texts<Member...>(), where);
  }
  /// As `optimize`.
  template <auto... Member>
  void optimize_fulltext_index(std::source_location where = std::source_location::current()) const {
    detail::optimize_index(on_.on(), texts<Member...>(), where);
  }
  template <auto... Member>
  tidb::index_stats fulltext_index_stats(std::source_location where = std::source_location::current()) const {
    return detail::stats_of_index(on_.on(), texts<Member...>(), where);
  }

  auto select() const { return on_.template select<T>(); }
  template <detail::is_operand... Exprs>
  auto select(const Exprs&... extra) const {
    return on_.template select<T>(extra...);
  }
  T insert(T row, std::source_location where = std::source_location::current()) const {
    return on_.insert(std::move(row), where);
  }
  std::vector<T> insert(std::vector<T> rows, std::source_location where = std::source_location::current()) const {
    return on_.insert(std::move(rows), where);
  }
  template <class Rows>
    requires(detail::iterable<Rows> || detail::row_generator<Rows>)
  std::uint64_t insert_many(Rows&& rows, std::source_location where = std::source_location::current()) const {
    return on_.insert_many(rows, where);
  }
  std::uint64_t insert_many(std::initializer_list<T> rows,
                            std::source_location where = std::source_location::current()) const {
    return on_.insert_many(rows, where);
  }
  T save(T row, std::source_location where = std::source_location::current()) const {
    return on_.save(std::move(row), where);
  }
  template <auto... Members, detail::iterable Rows>
  std::uint64_t update_many(const Rows& rows, std::source_location where = std::source_location::current()) const {
    return on_.template update_many<Members...>(rows, where);
  }
  template <detail::iterable Rows>
  std::uint64_t save_many(const Rows& rows, std::source_location where = std::source_location::current()) const {
    return on_.save_many(rows, where);
  }
  auto update() const { return on_.template update<T>(); }
  auto erase() const { return on_.template erase<T>(); }
  std::int64_t count(std::source_location where = std::source_location::current()) const {
    return on_.template count<T>(where);
  }

private:
  static constexpr void expect_vectors() {
    static_assert(detail::vector_columns<T>() > 0, "this table has no column of vectors to search");
  }
  template <auto... Member>
  static detail::index_target texts() {
    static_assert(sizeof...(Member) <= 1, "a full-text index is named by one of its columns");
    std::string_view column;
    ((column = column_ref<T, Member>::name()), ...);
    return {detail::mapping_for<T>.table, column};
  }
  template <auto Member>
  static detail::index_target vectors() {
    using column = column_ref<T, Member>;
    static_assert(detail::category_of<typename column::type>() == detail::category::vector,
                  "a vector index is of a column of vectors");
    return {detail::mapping_for<T>.table, column::name(), codec<detail::bare<typename column::type>>::type.length};
  }

  statements on_;
};

}  // namespace tidb
