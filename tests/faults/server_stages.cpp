// Errors of a TiDB that take more than one statement.
#include "server_errors.hpp"

#include <stop_token>
#include <thread>

namespace tests {

namespace {

using namespace std::chrono_literals;
using tidb::call_context;

/// Runs `other` in a thread after a while; what it throws is dropped, as `meanwhile` is what is looked at.
void with_meanwhile(std::chrono::milliseconds after, auto&& other, auto&& main) {
  const std::jthread thread([&] {
    std::this_thread::sleep_for(after);
    try {
      other();
    } catch (const tidb::error&) {
    }
  });
  main();
}

void kill_while(stage& on, std::string_view word, std::string_view sql) {
  with_meanwhile(
      300ms, [&] { on.two.run(std::string(word) + on.one.id()); }, [&] { on.one.run(sql); });
}

void write_conflict(stage& on) {
  on.one.run("BEGIN OPTIMISTIC");
  on.one.run("UPDATE players SET coins = coins + 1 WHERE id = 1");
  on.two.run("UPDATE players SET coins = coins + 1 WHERE id = 1");
  on.one.run("COMMIT");
}

void schema_changed(stage& on) {
  on.one.run("BEGIN");
  on.two.run("ALTER TABLE plain MODIFY COLUMN n VARCHAR(20)");
  on.two.run("ALTER TABLE plain MODIFY COLUMN n BIGINT");
  on.one.run("INSERT INTO plain VALUES (1, 1)");
  on.one.run("COMMIT");
}

void deadlock(stage& on) {
  on.one.run("BEGIN PESSIMISTIC");
  on.two.run("BEGIN PESSIMISTIC");
  on.one.run("UPDATE players SET coins = 1 WHERE id = 1");
  on.two.run("UPDATE players SET coins = 1 WHERE id = 2");
  with_meanwhile(
      300ms,
      [&] {
        on.one.run("UPDATE players SET coins = 1 WHERE id = 2");
        on.one.run("ROLLBACK");
      },
      [&] {
        std::this_thread::sleep_for(800ms);
        on.two.run("UPDATE players SET coins = 1 WHERE id = 1");
      });
}

void lock_wait(stage& on) {
  on.two.run("BEGIN PESSIMISTIC");
  on.two.run("UPDATE players SET coins = 1 WHERE id = 1");
  on.one.run("SET innodb_lock_wait_timeout = 1");
  on.one.run("BEGIN PESSIMISTIC");
  on.one.run("UPDATE players SET coins = 2 WHERE id = 1");
}

void row_locked(stage& on) {
  on.two.run("BEGIN PESSIMISTIC");
  on.two.run("UPDATE players SET coins = 1 WHERE id = 1");
  on.one.run("BEGIN PESSIMISTIC");
  on.one.query("SELECT * FROM players WHERE id = 1 FOR UPDATE NOWAIT");
}

void deferred_constraint(stage& on) {
  on.one.run("SET tidb_constraint_check_in_place_pessimistic = OFF");
  on.one.run("BEGIN PESSIMISTIC");
  on.one.run("INSERT INTO players (id, name) VALUES (1, 'x')");
  on.one.run("DELETE FROM players WHERE id = 1");
}

/// The server's own note of how far it has collected old versions, set ahead.
void snapshot_too_old(stage& on) {
  const auto collected = [&](const std::string& when) {
    on.two.run("REPLACE INTO mysql.tidb VALUES ('tikv_gc_safe_point', DATE_FORMAT(" + when +
               ", '%Y%m%d-%H:%i:%s +0000'), '')");
  };
  collected("NOW() + INTERVAL 1 HOUR");
  try {
    on.one.run("SET tidb_snapshot = '" + on.one.value("SELECT CAST(NOW() - INTERVAL 1 SECOND AS CHAR)") + "'");
  } catch (...) {
    collected("NOW() - INTERVAL 1 HOUR");
    throw;
  }
}

void memory_quota(stage& on) {
  on.one.run("SET tidb_mem_quota_query = 200000");
  on.one.query("SELECT a.id, b.id FROM many a JOIN many b ORDER BY a.text, b.text");
}

void large_transaction(stage& on) {
  on.one.run("BEGIN");
  for (int i = 0; i < 8; ++i) on.one.run("INSERT INTO large (text) VALUES (REPEAT('x', 1000000))");
  on.one.run("COMMIT");
}

void large_row(stage& on) { on.one.run("INSERT INTO large (text) VALUES (REPEAT('x', 7000000))"); }

void large_packet(stage& on) {
  on.one.run("SET GLOBAL max_allowed_packet = 1048576");
  raw_session small(on.port);
  on.one.run("SET GLOBAL max_allowed_packet = 67108864");
  small.run("SELECT LENGTH('" + std::string(2 << 20, 'x') + "')");
}

void many_parameters(stage& on) {
  std::string sql = "SELECT 1 FROM players WHERE id IN (?";
  for (int i = 0; i < 66'000; ++i) sql += ",?";
  on.one.query(sql + ")");
}

void many_prepared(stage& on) {
  on.two.run("SET GLOBAL max_prepared_stmt_count = 1");
  try {
    for (int i = 0; i < 3; ++i) on.one.query("SELECT " + std::to_string(i));
  } catch (...) {
    on.two.run("SET GLOBAL max_prepared_stmt_count = -1");
    throw;
  }
}

void stop_query(stage& on) {
  std::stop_source source;
  call_context context;
  context.stop = source.get_token();
  with_meanwhile(
      300ms, [&] { source.request_stop(); }, [&] { on.one.run("SELECT SLEEP(20)", context); });
}

void deadline(stage& on) {
  call_context context;
  context.deadline = std::chrono::steady_clock::now() + 300ms;
  on.one.run("SELECT SLEEP(20)", context);
}

void max_execution_time(stage& on) {
  on.one.run("SET max_execution_time = 200");
  on.one.query("SELECT COUNT(*) FROM many a JOIN many b JOIN many c WHERE a.text < b.text OR b.text < c.text");
}

void too_many_connections(stage& on) {
  on.one.run("SET GLOBAL max_connections = 1");
  try {
    raw_session third(on.port, "reader");
  } catch (...) {
    on.one.run("SET GLOBAL max_connections = 0");
    throw;
  }
  on.one.run("SET GLOBAL max_connections = 0");
}

void insecure_transport(stage& on) {
  raw_session encrypted(on.port, "root", {}, tidb::ssl_mode::required);
  const auto lets_in = [&] {
    try {
      raw_session plain(on.port);
      return true;
    } catch (const tidb::error&) {
      return false;
    }
  };
  tests::demand_encryption([&](const std::string& sql) { encrypted.run(sql); }, lets_in);
  try {
    raw_session plain(on.port);
  } catch (...) {
    encrypted.run("SET GLOBAL require_secure_transport = OFF");
    throw;
  }
  encrypted.run("SET GLOBAL require_secure_transport = OFF");
}

void lost_before_sending(stage& on) {
  on.two.run("KILL " + on.one.id());
  std::this_thread::sleep_for(500ms);
  on.one.run("UPDATE players SET coins = 3 WHERE id = 1");
}

void lost_in_transaction(stage& on) {
  on.one.run("BEGIN");
  on.one.run("UPDATE players SET coins = 3 WHERE id = 1");
  kill_while(on, "KILL ", "UPDATE players SET coins = SLEEP(20) WHERE id = 2");
}

}  // namespace

std::span<const provocation> staged_errors() {
  static constexpr provocation all[] = {
      {"write-conflict", 9007, write_conflict},
      {"schema-changed", 8028, schema_changed},
      {"deadlock", 1213, deadlock},
      {"lock-wait-timeout", 1205, lock_wait},
      {"row-locked", 3572, row_locked},
      {"deferred-constraint", 8147, deferred_constraint},
      {"snapshot-too-old", 8055, snapshot_too_old},
      {"memory-quota", 8175, memory_quota},
      {"transaction-too-large", 8004, large_transaction},
      {"row-too-large", 8025, large_row},
      {"packet-too-large", 0, large_packet},
      {"too-many-parameters", 1390, many_parameters},
      {"too-many-prepared", 1461, many_prepared},
      {"stopped", 0, stop_query},
      {"deadline", 0, deadline},
      {"max-execution-time", 3024, max_execution_time},
      {"query-killed", 1317, [](stage& on) { kill_while(on, "KILL QUERY ", "UPDATE players SET coins = SLEEP(20)"); }},
      {"lost-before-sending", 0, lost_before_sending},
      {"connection-lost", 2013, [](stage& on) { kill_while(on, "KILL ", "SELECT SLEEP(20)"); }},
      {"connection-lost-in-transaction", 2013, lost_in_transaction},
      {"outcome-unknown", 2013, [](stage& on) { kill_while(on, "KILL ", "UPDATE players SET coins = SLEEP(20)"); }},
      {"insecure-transport", 3159, insecure_transport},
      {"too-many-connections", 1040, too_many_connections},
      {"no-password", 1045, [](stage& on) { raw_session(on.port, "guarded"); }},
      {"access-denied", 1045, [](stage& on) { raw_session(on.port, "guarded", "wrong"); }},
      {"account-locked", 3118, [](stage& on) { raw_session(on.port, "locked"); }},
      {"database-denied", 1044, [](stage& on) { raw_session(on.port, "stranger"); }},
      {"unknown-database", 1049,
       [](stage& on) { raw_session(on.port, "root", {}, tidb::ssl_mode::disabled, "no_such_shop"); }},
      {"privilege-missing", 1142, [](stage& on) { on.as("reader").query("DELETE FROM players"); }},
      {"privilege-missing", 1227, [](stage& on) { on.as("reader").run("SET GLOBAL max_connections = 0"); }},
  };
  return all;
}

}  // namespace tests
