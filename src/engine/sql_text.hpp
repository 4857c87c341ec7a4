// The little that must be known of a statement's text before an engine reads it.
#pragma once

#include "tidbxx/engine/options.hpp"
#include "tidbxx/sql/printer.hpp"

#include <cstddef>
#include <initializer_list>
#include <string>
#include <string_view>

namespace tidb::detail {

/// The SQL that an engine reads.
constexpr sql::dialect dialect_of(engine_kind engine) noexcept {
  return engine == engine_kind::tidb ? sql::dialect::tidb : sql::dialect::sqlite;
}

/// Walks over the words of a statement that stand outside parentheses, quotes and comments, as the engine's own parser
/// tells these apart.
class sql_words {
public:
  sql_words(std::string_view sql, engine_kind engine) noexcept : rest_(sql), engine_(engine) {}

  /// The next word as it is written, or empty at the end.
  std::string_view next() noexcept;
  /// Nothing is left that an engine would run.
  bool is_over() noexcept;
  /// A `/*! … */` was passed, whose words count: a server runs them, or does not, by its version and features.
  bool conditional() const noexcept { return conditional_; }

private:
  void skip_to(std::string_view end, std::size_t from) noexcept;
  bool skip(std::size_t bytes) noexcept;
  bool skip_comment() noexcept;
  bool skip_conditional() noexcept;
  bool skip_quoted() noexcept;

  std::string_view rest_;
  engine_kind engine_;
  int depth_{};
  bool seen_{};
  bool conditional_{};
};

/// True if `word` is one of `uppers`, which are in capitals, whatever the case of its own letters.
bool is_one_of(std::string_view word, std::initializer_list<std::string_view> uppers) noexcept;

/// The statement's first word in capitals; empty without one.
std::string first_word(std::string_view sql, engine_kind engine);

/// True for INSERT and REPLACE, also behind a WITH clause.
bool is_insert(std::string_view sql, engine_kind engine) noexcept;

/// True if the statement may change what its session remembers after it: variables, temporary tables, prepared
/// statements, named locks, attached files. What is unsure counts: it costs no more than a reset.
bool changes_session(std::string_view sql, engine_kind engine);

}  // namespace tidb::detail
