// tidbxx import: reads the file twice, first to learn its columns and fingerprint, then to write its rows.
#include "batch_writer.hpp"
#include "commands.hpp"
#include "infer.hpp"
#include "output.hpp"
#include "progress.hpp"

#include <chrono>
#include <filesystem>
#include <system_error>
#include <utility>

#include <fmt/format.h>

namespace cli {

namespace {

/// What the first pass learned.
struct survey {
  field_names names{};
  tidb::table_definition definition{};
  std::uint64_t rows{};
  std::uint64_t readable_rows{};
  std::string first_problem{};
  std::string fingerprint{};
};

std::unique_ptr<record_reader> make_reader(file_format format, const open_file& file, field_names& names,
                                           file_position from, sha256* hash) {
  return format == file_format::csv ? read_csv(file, names, from, hash) : read_jsonl(file, names, from, hash);
}

class import_run {
public:
  explicit import_run(const import_command& command)
      : command_(command), format_(format_of(command.file, command.format)), file_(command.file),
        vectors_(open_vectors(command.vectors)) {}

  int run() {
    // A wrong URL is told at once; but no SQLite file is made for an import that cannot begin.
    const bool early = !command_.url.starts_with("sqlite:");
    std::optional<tidb::client> db;
    if (early) db.emplace(open(command_.url));
    look_through();
    check_vector_rows();
    if (command_.strict && !found_.first_problem.empty())
      throw failure(fmt::format("{}; nothing was imported (--strict)", found_.first_problem));
    if (!db) db.emplace(open(command_.url));
    return write_to(*db);
  }

private:
  void look_through();
  void check_vector_rows() const;
  std::string fingerprint_of(sha256& content) const;
  int write_to(const tidb::client& db);
  void start(const tidb::client& db, const ledger& book);
  void make_table(const tidb::client& db, const ledger& book);
  void write_rows(const tidb::client& db);
  void write_batches(batch_writer& writer);
  int status() const;
  bool has_stopped(batch_writer& writer, const record_reader& reader);
  [[noreturn]] void fail_midway(std::string_view why) const;
  std::string rejects_path() const { return command_.file + ".rejects.jsonl"; }

  const import_command& command_;
  file_format format_;
  open_file file_;
  std::vector<vector_source> vectors_;
  survey found_;
  ledger_entry entry_;
  stop_requests stops_;
  std::chrono::steady_clock::time_point started_{std::chrono::steady_clock::now()};
};

void import_run::look_through() {
  sha256 content;
  inference learned(command_.table, command_.key, format_ == file_format::csv);
  const auto reader = make_reader(format_, file_, found_.names, {}, &content);
  progress_bar progress("reading  ", file_.size());
  record row;
  while (reader->next(row)) {
    if (stop_requests::requested()) throw failure("interrupted while reading the file; nothing was imported");
    if (row.problem.empty()) {
      learned.add(row, found_.names);
      ++found_.readable_rows;
    } else if (found_.first_problem.empty()) {
      found_.first_problem = fmt::format("{}:{}: {}", file_.path(), row.raw.line, row.problem);
    }
    progress.show(row.raw.end);
  }
  found_.rows = reader->position().rows;
  found_.definition = learned.definition(found_.names);
  for (const auto& source : vectors_) {
    const auto dimensions = static_cast<std::uint32_t>(source.file->dimensions());
    for (const auto& column : found_.definition.columns)
      if (lower(column.name) == lower(source.column))
        throw failure(
            fmt::format("--vectors: the file has a field \"{}\" already; choose another column", column.name));
    found_.definition.columns.push_back({.name = source.column, .type = {tidb::type_kind::vector, false, dimensions}});
  }
  found_.fingerprint = fingerprint_of(content);
}

void import_run::check_vector_rows() const {
  for (const auto& source : vectors_)
    if (source.file->rows() != found_.rows)
      throw failure(fmt::format("{} has {} rows, and {} has {}: row i of one belongs to row i of the other",
                                source.file->file().path(), source.file->rows(), file_.path(), found_.rows));
}

/// Of all that decides what is written: the table, the file's bytes, and the vectors'.
std::string import_run::fingerprint_of(sha256& content) const {
  sha256 all;
  all.add(
      fmt::format("import 1\n{}\n{}\n{}\n", lower(command_.table), static_cast<int>(format_), content.finish_hex()));
  for (const auto& source : vectors_)
    all.add(fmt::format("{}\n{}\n", lower(source.column), source.file->fingerprint()));
  return all.finish_hex();
}

int import_run::write_to(const tidb::client& db) {
  std::error_code ignored;
  entry_.fingerprint = found_.fingerprint;
  entry_.table_name = lower(command_.table);
  entry_.file = std::filesystem::absolute(command_.file, ignored).lexically_normal().string();
  const ledger book(db);
  start(db, book);
  if (entry_.finished) {
    print(fmt::format(
        "{} was imported into {} before ({} rows, {} rejected): nothing to do. To import it again, drop the "
        "table first\n",
        command_.file, command_.table, entry_.imported, entry_.rejected));
    return status();
  }
  write_rows(db);
  const auto seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - started_).count();
  print(fmt::format("imported {} rows into {} at {}, {} rejected ({:.1f} s)\n", entry_.imported, command_.table,
                    db.endpoint(), entry_.rejected, seconds));
  return status();
}

/// Finds out where to begin: with a new table, in one that is there, or where an earlier run stopped.
void import_run::start(const tidb::client& db, const ledger& book) {
  const auto columns = columns_of(db, command_.table);
  if (columns.empty()) return make_table(db, book);
  if (const auto earlier = book.find(entry_.fingerprint)) {
    entry_ = *earlier;
    if (entry_.rows_read > 0 && !entry_.finished)
      print(fmt::format("going on with an import that stopped after {} of {} rows\n", entry_.rows_read, found_.rows));
    return;
  }
  if (const auto stale = book.find_stale(entry_))
    throw failure(
        fmt::format("{} (or its vectors) changed since an import of it into \"{}\" stopped after {} rows: bring the "
                    "old file back to go on, or drop the table and import the new one",
                    command_.file, command_.table, stale->rows_read));
  plan_import(command_.table, columns, found_.names, vectors_);  // before the ledger is touched
  book.prepare();
  book.begin(entry_, false);
}

/// The ledger's entry comes first: of a table without one nobody could tell later that it is ours to fill.
void import_run::make_table(const tidb::client& db, const ledger& book) {
  if (found_.readable_rows == 0 && found_.definition.columns.size() == vectors_.size())
    throw failure(found_.first_problem.empty()
                      ? fmt::format("{} has no rows: there is nothing to make the table \"{}\" from", file_.path(),
                                    command_.table)
                      : fmt::format("{}; no row of the file can be read", found_.first_problem));
  tidb::create_table_sql(found_.definition, db.engine(), false);  // throws for what cannot be a table
  book.prepare();
  book.begin(entry_, true);
  db.create_table(found_.definition);
}

void import_run::fail_midway(std::string_view why) const {
  throw failure(fmt::format("{}; {} of {} rows are imported: run the same command again to go on", why, entry_.imported,
                            found_.rows));
}

/// Commits what is there when the batch is full. True if the user wants to stop.
bool import_run::has_stopped(batch_writer& writer, const record_reader& reader) {
  const bool stop = stop_requests::requested();
  if (!writer.full() && !stop) return false;
  if (!file_.unchanged()) fail_midway(fmt::format("{} was changed while it was imported", file_.path()));
  writer.commit(entry_, reader.position(), false);
  return stop;
}

void import_run::write_batches(batch_writer& writer) {
  const file_position from{static_cast<std::uint64_t>(entry_.next_byte), static_cast<std::uint64_t>(entry_.next_line),
                           static_cast<std::uint64_t>(entry_.rows_read)};
  const auto reader = make_reader(format_, file_, found_.names, from, nullptr);
  progress_bar progress("importing", found_.rows);
  record row;
  while (reader->next(row)) {
    writer.add(row);
    if (has_stopped(writer, *reader)) {
      progress.clear();
      fail_midway("interrupted");
    }
    progress.show(row.row + 1);
  }
  if (!file_.unchanged()) fail_midway(fmt::format("{} was changed while it was imported", file_.path()));
  writer.commit(entry_, reader->position(), true);
}

void import_run::write_rows(const tidb::client& db) {
  auto plan = plan_import(command_.table, columns_of(db, command_.table), found_.names, vectors_);
  rejects_file rejects(rejects_path(), static_cast<std::uint64_t>(entry_.rejects_size));
  batch_writer writer(db, {command_.table, std::move(plan), format_ == file_format::csv, command_.strict}, vectors_,
                      rejects);
  try {
    write_batches(writer);
  } catch (const strict_stop& stop) {
    fail_midway(fmt::format("{}: {} (--strict)", file_.path(), stop.what()));
  } catch (const tidb::error& error) {
    fail_midway(describe(error));
  }
}

/// The same however often the command is run: whoever missed the end of the first run sees it in the second.
int import_run::status() const {
  if (entry_.rejected == 0) return succeeded;
  finish_output();
  fmt::print(stderr, "tidbxx: {} row{} could not be imported: see {}\n", entry_.rejected,
             entry_.rejected == 1 ? "" : "s", rejects_path());
  return failed;
}

}  // namespace

int run(const import_command& command) {
  if (command.table.empty()) throw wrong_use_error("--table needs a name");
  if (lower(command.table).starts_with("_tidbxx_"))
    throw wrong_use_error("tables whose names begin with _tidbxx_ are tidbxx's own: choose another name");
  return import_run(command).run();
}

}  // namespace cli
