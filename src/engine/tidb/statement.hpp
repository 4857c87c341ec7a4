// One prepared statement of a TiDB connection, and the cursor over its rows.
#pragma once

#include "engine/tidb/parameters.hpp"
#include "engine/tidb/row_reader.hpp"
#include "engine/tidb/session.hpp"
#include "tidbxx/engine/driver.hpp"

#include <cstddef>
#include <memory>
#include <optional>
#include <source_location>
#include <span>
#include <string>

#include <mysql.h>

namespace tidb::detail {

/// Rows are read from the network as they are asked for, and their cells point into the network buffer.
/// Cost: one round trip to prepare; one for each execution, which sends a single packet.
class tidb_statement final : public engine_statement {
public:
  /// Prepares it. Lifetime: within that of the session.
  tidb_statement(session& owner, const statement_text& text, const call_context& context);
  ~tidb_statement() override;

  void execute(std::span<const value_view> values, const call_context& context) override;
  bool next() override;
  void finish() noexcept override;

  const std::string& sql() const noexcept { return sql_; }
  std::size_t hash() const noexcept { return hash_; }

private:
  struct closer {
    void operator()(MYSQL_STMT* statement) const noexcept { mysql_stmt_close(statement); }
    void operator()(MYSQL_RES* rows) const noexcept { mysql_free_result(rows); }
  };

  void prepare();
  void send(std::span<const value_view> values);
  void prepare_again(std::span<const value_view> values);
  void send_text();
  void learn_columns(const MYSQL_FIELD* fields, std::size_t count);
  void end_call() noexcept;
  void leave_to_parent() noexcept;
  [[noreturn]] void fail();
  [[noreturn]] void refuse_count(std::size_t wanted, std::size_t given, const call_context& context) const;

  session& session_;
  std::string sql_;
  std::size_t hash_;
  call_phase kind_;
  call_phase phase_{call_phase::reading};
  std::source_location where_;
  std::unique_ptr<MYSQL_STMT, closer> statement_;  // none for what only the text protocol takes
  std::unique_ptr<MYSQL_RES, closer> text_rows_;
  std::optional<call_limit> limit_;
  parameters parameters_;
  row_reader reader_;
  bool rows_open_{};
};

}  // namespace tidb::detail
