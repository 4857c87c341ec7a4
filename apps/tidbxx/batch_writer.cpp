#include "batch_writer.hpp"

#include <tidbxx/sql/printer.hpp>

#include <algorithm>
#include <bit>
#include <iterator>
#include <span>
#include <utility>

#include <fmt/format.h>

namespace cli {

namespace {

constexpr std::size_t batch_rows = 1000;
constexpr std::size_t batch_bytes = std::size_t{4} << 20U;
constexpr std::size_t statement_rows = 200;

/// True if the row is at fault, and another may fit. What TiDB's numbers mean: bad null, out of range, data truncated,
/// incorrect value, no default, wrong arguments, data too long, out of range in an expression, JSON, check, row too
/// large.
bool is_fault_of_row(const tidb::error& error) {
  constexpr int of_values[] = {1048, 1264, 1265, 1292, 1364, 1366, 1367, 1406, 1690, 3140, 3141, 3819, 8025};
  if (error.poisons_transaction() || error.poisons_connection()) return false;
  switch (error.code()) {
  case tidb::errc::constraint:
  case tidb::errc::unsupported:
  case tidb::errc::usage: return true;
  case tidb::errc::statement: return std::ranges::find(of_values, error.info().server_code) != std::end(of_values);
  default: return false;
  }
}

std::size_t size_of(const tidb::value& cell) { return cell.view().has_bytes() ? cell.view().size + 8 : 8; }

}  // namespace

batch_writer::batch_writer(const tidb::client& db, batch_settings settings, std::vector<vector_source>& vectors,
                           rejects_file& rejects)
    : db_(db), settings_(std::move(settings)), vectors_(vectors), rejects_(rejects) {
  const auto features = db.features();
  const auto columns = std::max<std::size_t>(1, settings_.plan.size());
  // one row a statement where there is no round trip to save
  const auto wanted = std::min(statement_rows, std::max<std::size_t>(1, features.rows_per_insert));
  rows_per_statement_ = tidb::sql::rows_within(columns, wanted, features.max_parameters);
  // half of it is for what travels with the values
  longest_row_ = std::max(features.max_packet, std::size_t{1} << 20U) / 2;
  most_bytes_ = std::min(batch_bytes, longest_row_);
}

bool batch_writer::add_vector(const record& row, const planned_column& planned, std::string& problem) {
  vectors_[planned.place].file->read(row.row, numbers_);
  problem = tidb::detail::check_vector(numbers_);
  if (problem.empty()) {
    cells_.emplace_back(tidb::value_view::of(std::span<const float>(numbers_)));
    return true;
  }
  problem = fmt::format("the vector for the column \"{}\" (row {} of {}): {}", planned.column.name, row.row,
                        vectors_[planned.place].file->file().path(), problem);
  return false;
}

/// Puts the row's cells behind the others; some of them also if it gives up.
bool batch_writer::convert_row(const record& row, std::string& problem) {
  problem = row.problem;
  if (!problem.empty()) return false;
  std::size_t bytes = 0;
  for (const auto& planned : settings_.plan) {
    if (planned.from_vectors) {
      if (!add_vector(row, planned, problem)) return false;
    } else {
      // a field that first appears further down has a column already, and is not in this row
      const auto field = planned.place < row.fields.size() ? row.fields[planned.place] : field_value();
      cells_.push_back(convert(field, planned.column, settings_.loose, problem));
      if (!problem.empty()) return false;
    }
    bytes += size_of(cells_.back());
  }
  if (bytes > longest_row_)
    problem = fmt::format("the row has {} bytes, and the server takes {} in one statement", bytes, 2 * longest_row_);
  else
    bytes_ += bytes;
  return problem.empty();
}

void batch_writer::add(const record& row) {
  const auto before = cells_.size();
  if (std::string problem; !convert_row(row, problem)) {
    cells_.resize(before);
    refused_.push_back({row.raw.line, std::move(problem), std::string(row.raw.text)});
    bytes_ += row.raw.text.size();
    return;
  }
  rows_.push_back({row.raw.line, std::string(row.raw.text)});
}

bool batch_writer::full() const noexcept {
  return rows_.size() + refused_.size() >= batch_rows || bytes_ >= most_bytes_;
}

std::string batch_writer::name_columns() const {
  std::string names;
  for (const auto& planned : settings_.plan)
    names += (names.empty() ? "" : ", ") + tidb::sql::quote_identifier(planned.column.name);
  return names;
}

const std::string& batch_writer::statement(std::size_t rows) {
  auto& text = statements_[rows];
  if (!text.empty()) return text;
  std::string row = "(";
  for (std::size_t i = 0; i < settings_.plan.size(); ++i) row += i == 0 ? "?" : ", ?";
  row += ")";
  text = "INSERT INTO " + tidb::sql::quote_identifier(settings_.table) + " (" + name_columns() + ") VALUES ";
  for (std::size_t i = 0; i < rows; ++i) text += (i == 0 ? "" : ", ") + row;
  return text;
}

/// Whole statements first, then ever smaller powers of two: so few texts are prepared, whatever the sizes of batches.
void batch_writer::insert(const tidb::transaction& tx, std::size_t first, std::size_t count) {
  const auto width = settings_.plan.size();
  const auto cells = std::span<const tidb::value>(cells_);
  while (count > 0) {
    const auto rows = count >= rows_per_statement_ ? rows_per_statement_ : std::bit_floor(count);
    tx.execute_values(statement(rows), cells.subspan(first * width, rows * width));
    first += rows;
    count -= rows;
  }
}

/// Halves what is refused until the rows at fault are alone. Gives the number of rows inserted.
std::size_t batch_writer::insert_what_fits(tidb::transaction& tx, std::size_t first, std::size_t count,
                                           std::vector<reject>& refused) {
  try {
    tx.nested([&](tidb::transaction& inner) { insert(inner, first, count); });
    return count;
  } catch (const tidb::error& error) {
    if (!is_fault_of_row(error)) throw;
    if (count == 1) {
      refused.push_back({rows_[first].line, reason_of(error), rows_[first].text});
      return 0;
    }
  }
  const auto half = count / 2;
  const auto inserted = insert_what_fits(tx, first, half, refused);
  return inserted + insert_what_fits(tx, first + half, count - half, refused);
}

void batch_writer::stop_if_strict(const std::vector<reject>& refused) const {
  if (settings_.strict && !refused.empty())
    throw strict_stop(fmt::format("line {}: {}", refused.front().line, refused.front().reason));
}

void batch_writer::write(ledger_entry& entry, const file_position& end, bool finished, bool row_by_row) {
  ledger_entry next;
  db_.transaction([&](tidb::transaction& tx) {
    next = entry;
    auto refused = refused_;
    std::size_t inserted = rows_.size();
    if (row_by_row)
      inserted = insert_what_fits(tx, 0, rows_.size(), refused);
    else
      insert(tx, 0, rows_.size());
    std::ranges::stable_sort(refused, {}, &reject::line);
    stop_if_strict(refused);
    next.finished = finished;
    next.next_byte = static_cast<std::int64_t>(end.offset);
    next.next_line = static_cast<std::int64_t>(end.line);
    next.rows_read = static_cast<std::int64_t>(end.rows);
    next.imported += static_cast<std::int64_t>(inserted);
    next.rejected += static_cast<std::int64_t>(refused.size());
    next.rejects_size = static_cast<std::int64_t>(rejects_.write(refused));
    ledger::advance(tx, entry, next);
  });
  rejects_.keep();
  entry = std::move(next);
}

void batch_writer::commit(ledger_entry& entry, file_position end, bool finished) {
  try {
    try {
      write(entry, end, finished, false);
    } catch (const tidb::error& error) {
      if (rows_.empty() || !is_fault_of_row(error)) throw;
      write(entry, end, finished, true);
    }
  } catch (const tidb::error& error) {
    // the answer to the COMMIT may be lost: then only the ledger knows whether the rejects count
    if (!error.outcome_is_unknown() && !error.poisons_connection()) rejects_.discard();
    throw;
  } catch (...) {
    rejects_.discard();
    throw;
  }
  clear();
}

void batch_writer::clear() {
  cells_.clear();
  rows_.clear();
  refused_.clear();
  bytes_ = 0;
}

}  // namespace cli
