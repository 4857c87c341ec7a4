// tidbxx sql: one statement, its rows or its count.
#include "commands.hpp"
#include "output.hpp"

#include <source_location>

#include <fmt/format.h>

namespace cli {

namespace {

std::string affected(std::uint64_t rows, output_format format) {
  switch (format) {
  case output_format::json: return fmt::format("{{\"affected_rows\": {}}}\n", rows);
  case output_format::csv: return fmt::format("affected_rows\n{}\n", rows);
  case output_format::table: break;
  }
  return fmt::format("{} row{} affected\n", rows, rows == 1 ? "" : "s");
}

}  // namespace

int run(const sql_command& command) {
  const auto db = open(command.words.size() == 2 ? command.words.front() : std::string());
  const tidb::statement_text text(command.words.back());
  const auto context = db.on().context(std::source_location::current());
  tidb::detail::check_raw(db.on(), text.sql(), context);

  // Below the typed calls: only here a result without rows still has its columns, and a statement without them its
  // count.
  tidb::detail::open_rows rows(db.on(), text, {}, context);
  if (rows.columns().empty()) {
    while (rows.next()) {
    }
    print(affected(rows.statement().affected_rows(), command.format));
    return succeeded;
  }
  const auto writer = make_writer(command.format);
  writer->begin(rows.columns());
  while (rows.next()) writer->add(rows.cells());
  writer->end();
  return succeeded;
}

}  // namespace cli
