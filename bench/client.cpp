// The client against the raw C APIs: reading rows into structs, inserting them, point lookups.
#include "entry.hpp"
#include "measure.hpp"
#include "support/proxy.hpp"
#include <tidbxx/tidbxx.hpp>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include <fmt/core.h>
#include <mysql.h>
#include <sqlite3.h>

using bench::entry;
using bench::lookup_id;
using bench::make_rows;
using tidb::c;

namespace {

constexpr const char* select_all = "SELECT id, name, coins, goods FROM bench_entries";
constexpr const char* select_one = "SELECT id, name, coins, goods FROM bench_entries WHERE id = ?";
constexpr const char* insert_head = "INSERT INTO bench_entries (id, name, coins, goods) VALUES ";

void expect(bool fine, const std::string& what) {
  if (!fine) throw std::runtime_error(what);
}

// SQLite ------------------------------------------------------------------------------------------------------------

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

// libmariadb --------------------------------------------------------------------------------------------------------

class raw_mysql {
public:
  raw_mysql(const std::string& host, unsigned port, const std::string& database) : mysql_(mysql_init(nullptr)) {
    unsigned protocol = MYSQL_PROTOCOL_TCP;
    mysql_options(mysql_, MYSQL_OPT_PROTOCOL, &protocol);
    expect(mysql_real_connect(mysql_, host.c_str(), "root", "", database.c_str(), port, nullptr, 0) != nullptr,
           mysql_error(mysql_));
    all_ = prepare(select_all);
    one_ = prepare(select_one);
    bind_results(all_);
    bind_results(one_);
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

// The comparisons -----------------------------------------------------------------------------------------------------

template <class Raw, class RawInsert>
void measure_inserts(const std::string& engine, tidb::client& db, Raw& raw, const std::vector<entry>& rows, int pairs,
                     const RawInsert& raw_insert) {
  bench::compare(
      "client.insert_rows." + engine, 0.9, pairs, rows.size(), [&] { raw_insert(rows); }, [&] { db.insert_many(rows); },
      [&] { raw.clear(); });
}

template <class Raw>
void measure_reads(const std::string& engine, tidb::client& db, Raw& raw, std::size_t rows, std::size_t lookups) {
  const auto all = db.prepare(tidb::select<entry>());
  bench::compare(
      "client.read_rows." + engine, 0.9, 15, rows,
      [&] {
        std::vector<entry> found;
        raw.read_all(found);
        expect(found.size() == rows, "rows are missing");
      },
      [&] { expect(all.all().size() == rows, "rows are missing"); });

  const auto by_id = db.prepare(tidb::select<entry>().where(c<&entry::id> == tidb::param<0>));
  bench::compare(
      "client.point_lookup." + engine, 0.9, 15, lookups,
      [&] {
        for (std::size_t i = 0; i < lookups; ++i) expect(raw.find(lookup_id(i, rows)).goods == 100, "wrong row");
      },
      [&] {
        for (std::size_t i = 0; i < lookups; ++i) expect(by_id.one(lookup_id(i, rows)).goods == 100, "wrong row");
      });
}

/// What borrowing and returning a connection costs a client of one thread.
void measure_checkout(const std::string& engine, const std::string& url) {
  tidb::pool shared(url);
  shared.warm_up();
  auto& state = *shared.state();
  constexpr int turns = 200'000, rounds = 15;
  std::vector<double> microseconds;
  for (int round = 0; round < rounds; ++round) {
    const auto start = std::chrono::steady_clock::now();
    for (int turn = 0; turn < turns; ++turn) state.checkout({});
    microseconds.push_back(std::chrono::duration<double, std::micro>(std::chrono::steady_clock::now() - start).count() /
                           turns);
  }
  std::ranges::sort(microseconds);
  fmt::print("ratio client.pool_checkout_us.{} {:.3f} want <= 2.00\n", engine, microseconds[rounds / 2]);
}

void embedded(const bench::options& options) {
  const auto folder = std::filesystem::temp_directory_path() / ("tidbxx_bench_" + std::to_string(std::rand()));
  std::filesystem::create_directories(folder);
  const auto file = (folder / "bench.db").string();
  const auto rows = make_rows(options.rows);
  {
    auto db = tidb::connect("sqlite:" + file);
    db.create_table<entry>();
    raw_sqlite raw(file);
    measure_inserts("embedded", db, raw, rows, 15, [&](const auto& given) { raw.insert(given); });
  }
  {
    // opened anew: a connection that wrote keeps pages of its own in its cache, and the other reads them from the file
    auto db = tidb::connect("sqlite:" + file);
    raw_sqlite raw(file);
    measure_reads("embedded", db, raw, rows.size(), options.quick ? 5'000 : 100'000);
  }
  measure_checkout("embedded", "sqlite:" + file);
  std::filesystem::remove_all(folder);
}

using prepared_lookup = tidb::prepared<entry>;

prepared_lookup prepare_lookup(const tidb::statements& on) {
  return on.prepare(tidb::select<entry>().where(c<&entry::id> == tidb::param<0>));
}

entry find_in_transaction(const tidb::client& db, std::int64_t id) {
  return db.transaction([&](tidb::transaction& tx) { return tx.query<entry>(select_one, id).one(); });
}

void measure_transactions(const tidb::client& db, raw_mysql& raw, std::size_t rows, std::size_t turns) {
  // at most 10 % more CPU than the raw calls is a ratio of 0.91
  bench::compare(
      "client.transaction.tidb", 0.91, 15, turns,
      [&] {
        for (std::size_t i = 0; i < turns; ++i) expect(raw.find_in_transaction(lookup_id(i, rows)).goods == 100, "row");
      },
      [&] {
        for (std::size_t i = 0; i < turns; ++i) expect(find_in_transaction(db, lookup_id(i, rows)).goods == 100, "row");
      });
}

/// Counted by a proxy between; nothing here depends on the clock.
void count_round_trips(const std::string& url, const std::string& database, std::size_t rows) {
  tests::tcp_proxy between(url);
  auto db = tidb::connect(between.url());
  raw_mysql raw("127.0.0.1", between.port(), database);
  const auto by_id = prepare_lookup(db);
  const auto count = [&](const auto& find) {
    find(0);  // prepares the statement
    between.reset_counts();
    for (std::size_t i = 0; i < 100; ++i) find(lookup_id(i, rows));
    return static_cast<double>(between.round_trips());
  };
  const auto compare = [&](const char* name, const auto& theirs, const auto& ours) {
    const auto raw_trips = count(theirs), our_trips = count(ours);
    fmt::print("client.round_trips.{}: ours {:.2f} a call, raw {:.2f}\n", name, our_trips / 100, raw_trips / 100);
    fmt::print("ratio client.round_trips.{} {:.2f} want <= 1.00\n", name, our_trips / raw_trips);
  };
  compare(
      "point_lookup", [&](std::int64_t id) { raw.find(id); }, [&](std::int64_t id) { by_id.one(id); });
  compare(
      "transaction", [&](std::int64_t id) { raw.find_in_transaction(id); },
      [&](std::int64_t id) { find_in_transaction(db, id); });
}

void tidb_server(const std::string& url, const bench::options& options) {
  auto db = tidb::connect(url);
  db.create_table<entry>(tidb::if_exists::overwrite);
  const auto endpoint = db.endpoint();
  const auto colon = endpoint.find(':'), slash = endpoint.find('/');
  raw_mysql raw(endpoint.substr(0, colon), static_cast<unsigned>(std::stoul(endpoint.substr(colon + 1))),
                endpoint.substr(slash + 1));
  const auto batch = db.features().rows_per_insert;
  const auto rows = make_rows(options.rows / batch * batch);
  measure_inserts("tidb", db, raw, rows, options.quick ? 3 : 7, [&](const auto& given) { raw.insert(given, batch); });
  measure_reads("tidb", db, raw, rows.size(), options.quick ? 500 : 3'000);
  measure_checkout("tidb", url);
  measure_transactions(db, raw, rows.size(), options.quick ? 200 : 1'000);
  count_round_trips(url, endpoint.substr(slash + 1), rows.size());
  db.drop_table<entry>();
}

}  // namespace

int main(int argc, char** argv) try {
  const auto options = bench::parse(argc, argv);
  std::srand(static_cast<unsigned>(std::chrono::steady_clock::now().time_since_epoch().count()));
  embedded(options);
  if (const char* url = std::getenv("TIDB_TEST_URL"); url != nullptr)
    tidb_server(url, options);
  else
    fmt::print("no TIDB_TEST_URL: TiDB is not measured\n");
  return 0;
} catch (const std::exception& error) {
  fmt::print(stderr, "bench_client: {}\n", error.what());
  return 1;
}
