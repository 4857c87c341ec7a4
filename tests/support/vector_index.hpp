// A file of the embedded engine with rows and a vector index on them.
#pragma once

#include "support/engines.hpp"
#include "support/indexed_rows.hpp"

#include <optional>
#include <string>

#include <sqlite3.h>

namespace tests {

using tidb::c;

/// The index of the embedded engine.
class vector_index : public testing::Test {
protected:
  void SetUp() override {
    db_.emplace(tidb::connect(url()));
    db().create_table<indexed_doc>();
  }
  std::string url() const { return "sqlite:" + file(); }
  std::string file() const { return (folder_.path() / "docs.db").string(); }
  tidb::client& db() { return *db_; }
  tidb::table<indexed_doc> docs() { return db().table<indexed_doc>(); }
  void fill(std::int64_t rows = 3000) {
    db().insert_many(indexed_docs(1, rows));
    docs().create_vector_index<&indexed_doc::place>();
  }
  /// As another tool would, without tidbxx's functions.
  void raw(const std::string& sql) {
    sqlite3* other = nullptr;
    ASSERT_EQ(sqlite3_open(file().c_str(), &other), SQLITE_OK);
    char* problem = nullptr;
    EXPECT_EQ(sqlite3_exec(other, sql.c_str(), nullptr, nullptr, &problem), SQLITE_OK) << problem;
    sqlite3_close(other);
  }
  std::int64_t number(const std::string& sql) { return db().query<std::int64_t>(sql).value(); }
  tidb::index_stats stats() { return docs().index_stats<&indexed_doc::place>(); }
  /// Every row is found by its own vector, by the index.
  void expect_every_row_is_found() {
    for (const auto& row : db().select<indexed_doc>().where(c<&indexed_doc::place>.is_not_null()).all()) {
      const auto hits = docs().search(*row.place).limit(1).all();
      ASSERT_EQ(hits.size(), 1U);
      EXPECT_LE(hits[0].distance, 1e-6) << row.id;
    }
  }
  void expect_sound() {
    const auto check = docs().check_index<&indexed_doc::place>();
    EXPECT_TRUE(check.ok()) << check.problems.at(0);
    EXPECT_EQ(check.rows,
              static_cast<std::uint64_t>(number("SELECT COUNT(*) FROM indexed_docs WHERE place IS NOT NULL")));
    EXPECT_EQ(db().query<std::string>("PRAGMA integrity_check").value(), "ok");
  }

  temporary_folder folder_;
  std::optional<tidb::client> db_;
};

}  // namespace tests
