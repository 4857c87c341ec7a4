// Statements and rows that a TiDB refuses.
#include "server_errors.hpp"

namespace tests {

std::span<const provocation> refused_statements() {
  static constexpr provocation all[] = {
      // rows
      {"duplicate-key", 1062, nullptr, "INSERT INTO players (id, name) VALUES (1, 'x')"},
      {"null-refused", 1048, nullptr, "INSERT INTO players (id, name) VALUES (9, NULL)"},
      {"no-default", 1364, nullptr, "INSERT INTO players (id) VALUES (9)"},
      {"value-too-long", 1406, nullptr, "INSERT INTO players (id, name) VALUES (9, 'long name')"},
      {"value-out-of-range", 1264, nullptr, "INSERT INTO players (id, name, coins) VALUES (9, 'x', 3000000000)"},
      {"wrong-type", 1366, nullptr, "INSERT INTO players (id, name, coins) VALUES (9, 'x', 'many')"},
      {"wrong-type", 1265, nullptr, "INSERT INTO players (id, name, state) VALUES (9, 'x', 'no state')"},
      {"wrong-type", 1292, nullptr, "INSERT INTO players (id, name, at) VALUES (9, 'x', 'never')"},
      {"invalid-json", 3140, nullptr, "INSERT INTO players (id, name, data) VALUES (9, 'x', '{')"},
      {"foreign-key-missing", 1452, nullptr, "INSERT INTO players (id, name, team) VALUES (9, 'x', 99)"},
      {"foreign-key-in-use", 1451, nullptr, "DELETE FROM teams"},
      {"wrong-dimensions", 1105, nullptr, "INSERT INTO players (id, name, embedding) VALUES (9, 'x', '[1,2,3,4]')"},
      {"invalid-vector", 1105, nullptr, "INSERT INTO players (id, name, embedding) VALUES (9, 'x', '[1,2')"},
      {"check-refused", 3819, nullptr, "INSERT INTO players (id, name, coins) VALUES (9, 'x', -1)"},
      {"number-out-of-range", 1690, nullptr, "UPDATE players SET coins = 9223372036854775807 + id"},
      {"division-by-zero", 1365, nullptr, "UPDATE players SET coins = 1 / 0"},
      // names and words
      {"syntax-error", 1064, nullptr, "SELEC 1"},
      {"unknown-column", 1054, nullptr, "SELECT nothing FROM players"},
      {"unknown-table", 1146, nullptr, "SELECT * FROM nowhere"},
      {"unknown-table", 1051, nullptr, "DROP TABLE nowhere"},
      {"unknown-database", 1049, nullptr, "USE no_such_shop"},
      {"table-exists", 1050, nullptr, "CREATE TABLE players (id INT)"},
      {"unknown-function", 1305, nullptr, "SELECT FTS_MATCH_WORD('a', name) FROM players"},
      {"several-statements", 8130, nullptr, "SELECT 1; SELECT 2"},
      {"statement-refused", 1136, nullptr, "INSERT INTO players (id, name) VALUES (1)"},
      // what this server lacks
      {"isolation-level", 8048, nullptr, "SET SESSION TRANSACTION ISOLATION LEVEL SERIALIZABLE"},
      {"not-supported", 1235, nullptr, "SELECT * FROM players LOCK IN SHARE MODE"},
      {"table-change-not-supported", 8200, nullptr, "ALTER TABLE players DROP PRIMARY KEY"},
      {"no-tiflash", 1105, nullptr, "ALTER TABLE plain SET TIFLASH REPLICA 1"},
      {"no-tiflash", 8200, nullptr,
       "CREATE TABLE searched (v VECTOR(3), VECTOR INDEX nearest ((VEC_COSINE_DISTANCE(v))))"},
      {"file-refused", 2000, nullptr, "LOAD DATA LOCAL INFILE '/dev/null' INTO TABLE plain"},
      {"key-too-large", 1071, nullptr, "CREATE TABLE wide (name VARCHAR(1000) PRIMARY KEY)"},
  };
  return all;
}

}  // namespace tests
