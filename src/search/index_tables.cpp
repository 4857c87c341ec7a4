#include "search/index_tables.hpp"

#include "tidbxx/sql/printer.hpp"

#include <array>

namespace tidb::detail {

namespace {

std::string quoted(std::string_view name) { return sql::quote_identifier(name); }

constexpr std::array<std::string_view, 3> events{"insert", "update", "delete"};

}  // namespace

std::vector<std::string> index_tables::triggers(std::string_view nonce) const {
  std::vector<std::string> names;
  names.reserve(events.size());
  for (const auto event : events) names.push_back(stem_ + std::string(nonce) + "_" + std::string(event));
  return names;
}

std::vector<std::string> index_tables::create() const {
  if (engine_ == engine_kind::tidb)
    return {
        "CREATE TABLE " + quoted(manifest()) +
            " (id INT PRIMARY KEY, version BIGINT NOT NULL, checksum BIGINT NOT NULL, body LONGTEXT NOT NULL)",
        "CREATE TABLE " + quoted(block()) +
            " (id CHAR(32) CHARACTER SET ascii COLLATE ascii_bin PRIMARY KEY NONCLUSTERED, checksum BIGINT NOT NULL, "
            "payload LONGBLOB NOT NULL)",
        "CREATE TABLE " + quoted(delta()) +
            " (generation BIGINT, id BIGINT, `key` BIGINT NOT NULL, name VARBINARY(4096), "
            "PRIMARY KEY (generation, id) CLUSTERED)"};
  // AUTOINCREMENT: a number is never given twice, so that a reader knows by the last one what it has seen
  return {"CREATE TABLE " + quoted(manifest()) +
              " (id INTEGER PRIMARY KEY CHECK (id = 1), version INTEGER NOT NULL, "
              "checksum INTEGER NOT NULL, body TEXT NOT NULL)",
          "CREATE TABLE " + quoted(block()) +
              " (id TEXT PRIMARY KEY NOT NULL, checksum INTEGER NOT NULL, payload BLOB NOT NULL)",
          "CREATE TABLE " + quoted(delta()) + " (id INTEGER PRIMARY KEY AUTOINCREMENT, key INTEGER NOT NULL)",
          "CREATE TABLE " + quoted(canary()) + " (sings INTEGER)",
          "INSERT INTO " + quoted(canary()) + " (rowid, sings) VALUES (2, 1)"};
}

std::vector<std::string> index_tables::renew_canary() const {
  return {"DELETE FROM " + quoted(canary()), "INSERT INTO " + quoted(canary()) + " (rowid, sings) VALUES (2, 1)"};
}

std::vector<std::string> index_tables::create_triggers(const indexed_column& of, std::string_view nonce) const {
  const auto names = triggers(nonce);
  const auto table = quoted(of.table), key = quoted(of.key);
  const auto note = " INSERT INTO " + quoted(delta()) + " (key) ";
  std::string watched, comes, changes, goes;
  for (const auto& each : of.columns) {
    const auto column = quoted(each);
    const bool first = watched.empty();
    watched += (first ? "" : ", ") + column;
    comes += (first ? "NEW." : " OR NEW.") + column + " IS NOT NULL";
    changes += (first ? "OLD." : " OR OLD.") + column + " IS NOT NEW." + column + " COLLATE BINARY";
    goes += (first ? "OLD." : " OR OLD.") + column + " IS NOT NULL";
  }
  // another column than the key's own would be a syntax error here: the row's number has no UPDATE OF
  if (of.key_is_stable) watched += ", " + key;
  return {"CREATE TRIGGER " + quoted(names[0]) + " AFTER INSERT ON " + table + " WHEN " + comes + " BEGIN" + note +
              "VALUES (NEW." + key + "); END",
          "CREATE TRIGGER " + quoted(names[1]) + " AFTER UPDATE OF " + watched + " ON " + table + " WHEN " + changes +
              " OR OLD." + key + " IS NOT NEW." + key + " BEGIN" + note + "SELECT OLD." + key + " UNION SELECT NEW." +
              key + "; END",
          "CREATE TRIGGER " + quoted(names[2]) + " AFTER DELETE ON " + table + " WHEN " + goes + " BEGIN" + note +
              "VALUES (OLD." + key + "); END"};
}

std::vector<std::string> index_tables::drop() const {
  std::vector<std::string> statements;
  std::vector<std::string> names{manifest(), block(), delta()};
  if (engine_ == engine_kind::embedded) names.push_back(canary());
  for (const auto& name : names) statements.push_back("DROP TABLE IF EXISTS " + quoted(name));
  return statements;
}

}  // namespace tidb::detail
