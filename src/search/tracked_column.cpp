#include "search/tracked_column.hpp"

#include "core/error_table.hpp"
#include "search/indexed_column.hpp"
#include "search/own_sql.hpp"
#include "search/server_registry.hpp"
#include "tidbxx/core/error.hpp"
#include "tidbxx/sql/printer.hpp"

#include <string>
#include <tuple>
#include <vector>

namespace tidb::detail {

namespace {

using found_column = std::tuple<std::string, std::string, std::string, std::string, std::int64_t>;

std::string definition(const std::string& type) {
  return type + "(6) NOT NULL DEFAULT CURRENT_TIMESTAMP(6) ON UPDATE CURRENT_TIMESTAMP(6)";
}

std::string alter(const index_target& of, const std::string& change) {
  return "ALTER TABLE " + sql::quote_identifier(of.table) + " " + change;
}

[[noreturn]] void refuse_column(const index_target& of, const std::string& column, const std::string& why,
                                const std::string& ddl, const call_context& context) {
  refuse_index(entry_named("index-unsupported"), name_of(of),
               "its changes cannot be tracked by \"" + column + "\": " + why + "; run " + ddl + " first",
               context.where);
}

bool leads_an_index(const executor& on, const index_target& of, const std::string& column,
                    const call_context& context) {
  const statement_text text("SELECT COUNT(*) FROM information_schema.statistics WHERE table_schema = DATABASE() AND "
                            "table_name = ? AND column_name = ? AND seq_in_index = 1 AND is_visible = 'YES'");
  return read_own<std::int64_t>(on, context, text, std::string(of.table), column).front() > 0;
}

/// "CURRENT_TIMESTAMP", with digits or without.
bool is_now(const std::string& text) { return text.find("CURRENT_TIMESTAMP") != std::string::npos; }

}  // namespace

tracking examine_tracking(const executor& on, const index_target& of, std::string_view column,
                          const call_context& context) {
  if (column.empty()) return {};
  if (!examine_on_server(on, of, {std::string(of.column)}, context).key_columns.empty())
    refuse_index(entry_named("index-unsupported"), name_of(of),
                 "changes can be tracked by \"" + std::string(column) +
                     "\" only where the primary key is one signed integer",
                 context.where);
  const statement_text text("SELECT column_name, data_type, UPPER(IFNULL(column_default, '')), UPPER(extra), "
                            "IFNULL(datetime_precision, 0) FROM information_schema.columns WHERE table_schema = "
                            "DATABASE() AND table_name = ? AND column_name = ?");
  const auto found = read_own<found_column>(on, context, text, std::string(of.table), std::string(column));
  const auto given = sql::quote_identifier(column);
  if (found.empty())
    refuse_column(of, std::string(column), "there is no such column",
                  alter(of, "ADD COLUMN " + given + " " + definition("TIMESTAMP") + ", ADD INDEX (" + given + ")"),
                  context);
  const auto& [name, type, otherwise, extra, digits] = found.front();
  const bool is_timestamp = type == "timestamp";
  if (!is_timestamp && type != "datetime")
    refuse_column(of, name, "it is no TIMESTAMP", alter(of, "MODIFY COLUMN " + given + " " + definition("TIMESTAMP")),
                  context);
  if (!is_now(otherwise) || extra.find("ON UPDATE CURRENT_TIMESTAMP") == std::string::npos)
    refuse_column(of, name, "the server does not set it on every insert and update",
                  alter(of, "MODIFY COLUMN " + given + " " + definition(is_timestamp ? "TIMESTAMP" : "DATETIME")),
                  context);
  if (!leads_an_index(on, of, name, context))
    refuse_column(of, name, "it is not the first column of an index", alter(of, "ADD INDEX (" + given + ")"), context);
  constexpr std::int64_t all_digits = 6;
  return {.column = name, .is_timestamp = is_timestamp, .is_fine = digits == all_digits};
}

}  // namespace tidb::detail
