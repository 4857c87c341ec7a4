#include "engine/sql_text.hpp"
#include "engine/tidb/errors.hpp"

namespace tidb::detail {
namespace {

bool is_explain(std::string_view word) noexcept { return is_one_of(word, {"EXPLAIN", "DESC", "DESCRIBE"}); }

bool is_change(std::string_view word) noexcept { return is_one_of(word, {"INSERT", "REPLACE", "UPDATE", "DELETE"}); }

bool reads(sql_words& from) noexcept {
  const auto first = from.next();
  if (is_one_of(first, {"SELECT", "SHOW", "TABLE", "VALUES", "BEGIN", "START", "ROLLBACK", "USE", "SAVEPOINT",
                        "RELEASE", "HELP", "DO", "CHECKSUM"}))
    return true;
  if (is_explain(first)) return !is_one_of(from.next(), {"ANALYZE"}) || reads(from);
  if (is_one_of(first, {"SET"})) return !is_one_of(from.next(), {"GLOBAL", "PERSIST", "PASSWORD"});
  if (!is_one_of(first, {"WITH"})) return false;
  // The tables of a WITH stand in parentheses, which are passed over: what is left is the verb that follows them.
  for (auto word = from.next(); !word.empty(); word = from.next()) {
    if (is_one_of(word, {"SELECT"})) return true;
    if (is_change(word)) return false;
  }
  return true;
}

/// Of a statement that does not read: whether it is sure to stay inside its transaction. DDL and what is not known here
/// may commit.
bool changes_rows(sql_words from) noexcept {
  const auto first = from.next();
  if (is_explain(first)) return from.next(), changes_rows(from);
  return is_one_of(first, {"WITH"}) || is_change(first);
}

}  // namespace

call_phase phase_of(std::string_view sql) noexcept {
  sql_words all(sql, engine_kind::tidb);
  const bool reading = reads(all);
  // Whether the server runs what stands in such a comment is not known: the worst is taken for true.
  if (all.conditional()) return call_phase::committing;
  if (reading) return call_phase::reading;
  return changes_rows(sql_words(sql, engine_kind::tidb)) ? call_phase::writing : call_phase::committing;
}

void check_not_empty(std::string_view sql, std::source_location where) {
  if (sql_words(sql, engine_kind::tidb).is_over()) throw_usage("the text holds no SQL statement", where);
}

}  // namespace tidb::detail
