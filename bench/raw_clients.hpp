// The raw C APIs, as a careful program uses them: the yardsticks.
#pragma once

#include "entry.hpp"
#include <tidbxx/tidbxx.hpp>

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <stdexcept>
#include <string>
#include <vector>

#include <mysql.h>
#include <sqlite3.h>

namespace bench {

constexpr const char* select_all = "SELECT id, name, coins, goods FROM bench_entries";
constexpr const char* select_one = "SELECT id, name, coins, goods FROM bench_entries WHERE id = ?";
constexpr const char* insert_head = "INSERT INTO bench_entries (id, name, coins, goods) VALUES ";

inline void expect(bool fine, const std::string& what) {
  if (!fine) throw std::runtime_error(what);
}

class raw_sqlite {
public:
  explicit raw_sqlite(const std::string& path) {
    check(
        sqlite3_open_v2(path.c_str(), &db_, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX, nullptr));
    // the settings that the client gives its own connections
    run("PRAGMA page_size = 8192; PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA foreign_keys = ON; "
        "PRAGMA mmap_size = 268435456; PRAGMA cache_size = -16384; PRAGMA temp_store = MEMORY; "
        "PRAGMA wal_autocheckpoint = 2000");
    all_ = prepare(select_all);
    one_ = prepare(select_one);
    insert_ = prepare((std::string(insert_head) + "(?, ?, ?, ?)").c_str());
  }
  raw_sqlite(const raw_sqlite&) = delete;
  raw_sqlite& operator=(const raw_sqlite&) = delete;
  ~raw_sqlite() {
    for (auto* statement : {all_, one_, insert_}) sqlite3_finalize(statement);
    sqlite3_close(db_);
  }

  void read_all(std::vector<entry>& rows) {
    while (sqlite3_step(all_) == SQLITE_ROW) read(all_, rows.emplace_back());
    check(sqlite3_reset(all_));
  }
  template <class F>
  void each(F&& take) {
    entry row;
    while (sqlite3_step(all_) == SQLITE_ROW) {
      read(all_, row);
      take(row);
    }
    check(sqlite3_reset(all_));
  }
  entry find(std::int64_t id) {
    sqlite3_bind_int64(one_, 1, id);
    expect(sqlite3_step(one_) == SQLITE_ROW, "row not found");
    entry row;
    read(one_, row);
    sqlite3_reset(one_);
    return row;
  }
  void insert(const std::vector<entry>& rows) {
    run("BEGIN IMMEDIATE");
    for (const auto& row : rows) {
      sqlite3_bind_int64(insert_, 1, row.id);
      sqlite3_bind_text(insert_, 2, row.name.data(), static_cast<int>(row.name.size()), SQLITE_STATIC);
      sqlite3_bind_int(insert_, 3, row.coins);
      sqlite3_bind_int(insert_, 4, row.goods);
      expect(sqlite3_step(insert_) == SQLITE_DONE, sqlite3_errmsg(db_));
      sqlite3_reset(insert_);
    }
    run("COMMIT");
  }
  void clear() { run("DELETE FROM bench_entries"); }

private:
  void check(int code) { expect(code == SQLITE_OK, sqlite3_errmsg(db_)); }
  void run(const char* sql) { check(sqlite3_exec(db_, sql, nullptr, nullptr, nullptr)); }
  sqlite3_stmt* prepare(const char* sql) {
    sqlite3_stmt* statement{};
    check(sqlite3_prepare_v3(db_, sql, -1, SQLITE_PREPARE_PERSISTENT, &statement, nullptr));
    return statement;
  }
  static void read(sqlite3_stmt* from, entry& row) {
    row.id = sqlite3_column_int64(from, 0);
    row.name.assign(reinterpret_cast<const char*>(sqlite3_column_text(from, 1)),
                    static_cast<std::size_t>(sqlite3_column_bytes(from, 1)));
    row.coins = sqlite3_column_int(from, 2);
    row.goods = sqlite3_column_int(from, 3);
  }

  sqlite3* db_{};
  sqlite3_stmt* all_{};
  sqlite3_stmt* one_{};
  sqlite3_stmt* insert_{};
};

class raw_mysql {
public:
  raw_mysql(const std::string& host, unsigned port, const std::string& database) : mysql_(mysql_init(nullptr)) {
    unsigned protocol = MYSQL_PROTOCOL_TCP;
    mysql_options(mysql_, MYSQL_OPT_PROTOCOL, &protocol);
    expect(mysql_real_connect(mysql_, host.c_str(), "root", "", database.c_str(), port, nullptr, 0) != nullptr,
           mysql_error(mysql_));
    all_ = prepare(select_all);
    one_ = prepare(select_one);
    for (auto* statement : {all_, one_}) bind_results(statement);
  }
  raw_mysql(const raw_mysql&) = delete;
  raw_mysql& operator=(const raw_mysql&) = delete;
  ~raw_mysql() {
    for (auto* statement : {all_, one_, insert_})
      if (statement != nullptr) mysql_stmt_close(statement);
    mysql_close(mysql_);
  }

  void read_all(std::vector<entry>& rows) {
    execute(all_);
    while (mysql_stmt_fetch(all_) == 0) take(rows.emplace_back());
    mysql_stmt_free_result(all_);
  }
  template <class F>
  void each(F&& use) {
    execute(all_);
    entry row;
    while (mysql_stmt_fetch(all_) == 0) {
      take(row);
      use(row);
    }
    mysql_stmt_free_result(all_);
  }
  entry find(std::int64_t id) {
    MYSQL_BIND bind{};
    bind.buffer_type = MYSQL_TYPE_LONGLONG;
    bind.buffer = &id;
    mysql_stmt_bind_param(one_, &bind);
    execute(one_);
    expect(mysql_stmt_fetch(one_) == 0, "row not found");
    entry row;
    take(row);
    mysql_stmt_free_result(one_);
    return row;
  }
  /// In one transaction, `batch` rows a statement: what the client does, too.
  void insert(const std::vector<entry>& rows, std::size_t batch) {
    if (insert_ == nullptr) {
      std::string sql = insert_head;
      for (std::size_t i = 0; i < batch; ++i) sql += i == 0 ? "(?, ?, ?, ?)" : ", (?, ?, ?, ?)";
      insert_ = prepare(sql.c_str());
    }
    std::vector<MYSQL_BIND> binds(batch * 4);
    run("BEGIN");
    for (std::size_t first = 0; first + batch <= rows.size(); first += batch) {
      for (std::size_t i = 0; i < batch; ++i) bind_row(&binds[i * 4], const_cast<entry&>(rows[first + i]));
      mysql_stmt_bind_param(insert_, binds.data());
      execute(insert_);
    }
    run("COMMIT");
  }
  void clear() { run("TRUNCATE TABLE bench_entries"); }
  entry find_in_transaction(std::int64_t id) {
    run("BEGIN PESSIMISTIC");
    auto row = find(id);
    run("COMMIT");
    return row;
  }

private:
  void run(const char* sql) { expect(mysql_query(mysql_, sql) == 0, mysql_error(mysql_)); }
  MYSQL_STMT* prepare(const char* sql) {
    auto* statement = mysql_stmt_init(mysql_);
    expect(mysql_stmt_prepare(statement, sql, std::strlen(sql)) == 0, mysql_error(mysql_));
    return statement;
  }
  static void execute(MYSQL_STMT* statement) {
    expect(mysql_stmt_execute(statement) == 0, mysql_stmt_error(statement));
  }
  void bind_results(MYSQL_STMT* statement) {
    MYSQL_BIND binds[4]{};
    binds[0].buffer_type = MYSQL_TYPE_LONGLONG;
    binds[0].buffer = &row_.id;
    binds[1].buffer_type = MYSQL_TYPE_STRING;
    binds[1].buffer = name_;
    binds[1].buffer_length = sizeof(name_);
    binds[1].length = &length_;
    binds[2].buffer_type = MYSQL_TYPE_LONG;
    binds[2].buffer = &row_.coins;
    binds[3].buffer_type = MYSQL_TYPE_LONG;
    binds[3].buffer = &row_.goods;
    mysql_stmt_bind_result(statement, binds);
  }
  void take(entry& out) const {
    out.id = row_.id;
    out.name.assign(name_, length_);
    out.coins = row_.coins;
    out.goods = row_.goods;
  }
  static void bind_row(MYSQL_BIND* binds, entry& row) {
    binds[0].buffer_type = MYSQL_TYPE_LONGLONG;
    binds[0].buffer = &row.id;
    binds[1].buffer_type = MYSQL_TYPE_STRING;
    binds[1].buffer = row.name.data();
    binds[1].buffer_length = row.name.size();
    binds[2].buffer_type = MYSQL_TYPE_LONG;
    binds[2].buffer = &row.coins;
    binds[3].buffer_type = MYSQL_TYPE_LONG;
    binds[3].buffer = &row.goods;
  }

  MYSQL* mysql_;
  MYSQL_STMT* all_{};
  MYSQL_STMT* one_{};
  MYSQL_STMT* insert_{};
  entry row_{};
  char name_[128]{};
  unsigned long length_{};
};

/// A raw connection to where the client's go.
inline raw_mysql raw_like(const tidb::client& db) {
  const auto& endpoint = db.endpoint();
  const auto colon = endpoint.find(':'), slash = endpoint.find('/');
  return {endpoint.substr(0, colon), static_cast<unsigned>(std::stoul(endpoint.substr(colon + 1))),
          endpoint.substr(slash + 1)};
}

}  // namespace bench
