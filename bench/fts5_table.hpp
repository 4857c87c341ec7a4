// SQLite's FTS5 beside a table of documents, by the C API as a careful program uses it: the yardstick.
#pragma once

#include "documents.hpp"

#include <cstdint>
#include <filesystem>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include <fmt/core.h>
#include <sqlite3.h>

namespace bench {

class fts5_table {
public:
  /// A new file with the documents, without an index. `tokenizer`: as FTS5 has it.
  fts5_table(const std::string& path, std::span<const document> documents, std::string tokenizer)
      : tokenizer_(std::move(tokenizer)) {
    for (const auto* part : {"", "-wal", "-shm"}) std::filesystem::remove(path + part);
    check(
        sqlite3_open_v2(path.c_str(), &db_, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX, nullptr));
    // the settings that the client gives its own connections
    run("PRAGMA page_size = 8192; PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA foreign_keys = ON; "
        "PRAGMA mmap_size = 268435456; PRAGMA cache_size = -16384; PRAGMA temp_store = MEMORY; "
        "PRAGMA wal_autocheckpoint = 2000");
    run("CREATE TABLE documents (id INTEGER PRIMARY KEY, name TEXT NOT NULL, section TEXT NOT NULL, "
        "size INTEGER NOT NULL, text TEXT NOT NULL)");
    insert(documents);
  }
  ~fts5_table() {
    sqlite3_finalize(search_);
    sqlite3_close(db_);
  }
  fts5_table(const fts5_table&) = delete;
  fts5_table& operator=(const fts5_table&) = delete;

  /// Of all rows, as one b-tree, which is what searches it fastest.
  void make_index() {
    run("BEGIN IMMEDIATE");
    declare_index();
    run("INSERT INTO words (words) VALUES ('rebuild'); INSERT INTO words (words) VALUES ('optimize'); COMMIT");
  }
  void drop_index() {
    sqlite3_finalize(search_);
    search_ = nullptr;
    run("DROP TABLE IF EXISTS words");
  }
  /// In transactions of a thousand rows, into a table that has its index from the start and keeps it by a trigger.
  void insert_with_index(std::span<const document> documents) {
    run("DELETE FROM documents");
    declare_index();
    run("CREATE TRIGGER documents_words AFTER INSERT ON documents BEGIN "
        "INSERT INTO words (rowid, text) VALUES (new.id, new.text); END");
    insert(documents);
    run("DROP TRIGGER documents_words");
  }

  void search(const std::string& query, std::vector<document>& found) {
    if (search_ == nullptr)
      search_ = prepare("SELECT d.id, d.name, d.section, d.size, d.text FROM (SELECT rowid, rank FROM words WHERE "
                        "words MATCH ? ORDER "
                        "BY rank LIMIT 10) AS f JOIN documents AS d ON d.id = f.rowid ORDER BY f.rank");
    sqlite3_bind_text(search_, 1, query.data(), static_cast<int>(query.size()), SQLITE_STATIC);
    while (sqlite3_step(search_) == SQLITE_ROW)
      found.push_back({.id = sqlite3_column_int64(search_, 0),
                       .name = text_in(1),
                       .section = text_in(2),
                       .size = sqlite3_column_int64(search_, 3),
                       .text = text_in(4)});
    check(sqlite3_reset(search_));
  }
  std::int64_t index_bytes() {
    auto* statement =
        prepare("SELECT sum(length(block)) + (SELECT sum(length(sz)) FROM words_docsize) FROM words_data");
    sqlite3_step(statement);
    const auto bytes = sqlite3_column_int64(statement, 0);
    sqlite3_finalize(statement);
    return bytes;
  }

private:
  [[noreturn]] void fail() const { throw std::runtime_error(std::string("SQLite: ") + sqlite3_errmsg(db_)); }
  void check(int result) const {
    if (result != SQLITE_OK) fail();
  }
  void run(const std::string& sql) const { check(sqlite3_exec(db_, sql.c_str(), nullptr, nullptr, nullptr)); }
  sqlite3_stmt* prepare(const char* sql) const {
    sqlite3_stmt* made = nullptr;
    check(sqlite3_prepare_v3(db_, sql, -1, SQLITE_PREPARE_PERSISTENT, &made, nullptr));
    return made;
  }
  void declare_index() const {
    run(fmt::format(
        "CREATE VIRTUAL TABLE words USING fts5 (text, content = 'documents', content_rowid = 'id', tokenize = "
        "'{}')",
        tokenizer_));
  }
  void insert(std::span<const document> documents) const {
    constexpr std::size_t at_once = 1000;
    auto* statement = prepare("INSERT INTO documents VALUES (?, ?, ?, ?, ?)");
    for (; !documents.empty(); documents = documents.subspan(std::min(at_once, documents.size()))) {
      run("BEGIN IMMEDIATE");
      for (const auto& one : documents.first(std::min(at_once, documents.size()))) {
        sqlite3_bind_int64(statement, 1, one.id);
        bind(statement, 2, one.name);
        bind(statement, 3, one.section);
        sqlite3_bind_int64(statement, 4, one.size);
        bind(statement, 5, one.text);
        if (sqlite3_step(statement) != SQLITE_DONE) fail();
        sqlite3_reset(statement);
      }
      run("COMMIT");
    }
    sqlite3_finalize(statement);
  }
  static void bind(sqlite3_stmt* to, int parameter, const std::string& text) {
    sqlite3_bind_text(to, parameter, text.data(), static_cast<int>(text.size()), SQLITE_STATIC);
  }
  std::string text_in(int column) const {
    const auto* text = reinterpret_cast<const char*>(sqlite3_column_text(search_, column));
    return {text, static_cast<std::size_t>(sqlite3_column_bytes(search_, column))};
  }

  std::string tokenizer_;
  sqlite3* db_{};
  sqlite3_stmt* search_{};
};

}  // namespace bench
