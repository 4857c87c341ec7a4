// One prepared statement of the embedded engine, and the cursor over its rows.
#pragma once

#include "engine/sqlite/session.hpp"
#include "tidbxx/engine/driver.hpp"

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include <sqlite3.h>

namespace tidb::detail {

/// What the texts and the bytes of a column are.
struct column_kinds {
  value_kind text{value_kind::text};
  value_kind blob{value_kind::blob};
};

class sqlite_statement final : public engine_statement {
public:
  /// Prepares the text, within a call of the session.
  sqlite_statement(sqlite_session& session, const statement_text& text);
  ~sqlite_statement() override;
  sqlite_statement(const sqlite_statement&) = delete;
  sqlite_statement& operator=(const sqlite_statement&) = delete;

  /// A statement that gives no rows is done when this returns; so is one that writes and gives rows (RETURNING): they
  /// are kept, so that its errors come from here and not when it is ended. Of a query the first row is read.
  void execute(std::span<const value_view> parameters, const call_context& context) override;
  void execute_rows(std::span<const value_view> parameters, std::size_t width, const call_context& context) override;
  bool next() override;
  void finish() noexcept override;

  const std::string& sql() const noexcept { return sql_; }
  std::size_t hash() const noexcept { return hash_; }

private:
  enum class state : std::uint8_t {
    idle,
    first_row,  ///< `execute` read a row that `next` has not given yet
    rows,
    kept_rows,  ///< the rest is in `kept_`
    done,
  };

  void bind(int position, const value_view& parameter, const call_context& context);
  void bind_text(int position, const value_view& parameter, const call_context& context);
  void bind_count(int position, const value_view& parameter, const call_context& context);
  void check_bound(int code, int position, const call_context& context);
  [[noreturn]] void refuse(errc code, const std::string& reason, const call_context& context) const;
  [[noreturn]] void refuse_count(std::size_t given, const call_context& context) const;

  int start_write();
  void note_write();
  void keep_rows(int code);
  bool next_kept();
  [[noreturn]] void fail(int code);
  void read_columns();
  void read_row() noexcept;

  sqlite_session& session_;
  sqlite3_stmt* statement_{};
  state state_{state::idle};
  bool writes_{};
  bool inserts_{};
  bool stores_{};          ///< its parameters may become cells
  bool reads_last_key_{};  ///< its text calls last_insert_rowid()
  int column_count_{};
  int parameter_count_{};
  int preparations_{};  ///< how often SQLite prepared it again by itself
  sqlite3_int64 changes_before_{};
  sqlite3_int64 key_before_{};
  std::size_t hash_;
  std::string sql_;
  std::vector<std::string> texts_;  ///< of dates and times, until `finish`
  std::vector<column_kinds> kinds_;
  std::vector<value> kept_;
  std::size_t kept_read_{};
};

}  // namespace tidb::detail
