// The steps of `diagnose` that ask the server itself.
#include "client/examination.hpp"
#include "client/grants.hpp"
#include "search/tiflash_replica.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string_view>
#include <vector>

#include <fmt/format.h>

namespace tidb::detail {

namespace {

constexpr int no_such_function = 1305;
constexpr std::array<std::string_view, 8> wanted_privileges{"SELECT", "INSERT", "UPDATE", "DELETE",
                                                            "CREATE", "ALTER",  "DROP",   "INDEX"};

using variables = std::map<std::string, std::string>;

/// The global ones: a session of ours has some of its own.
variables ask_variables(const client& db) {
  variables all;
  for (auto& [name, value] : db.query<std::string, std::optional<std::string>>(
           "SHOW GLOBAL VARIABLES WHERE Variable_name IN ('time_zone', 'system_time_zone', 'sql_mode', "
           "'max_allowed_packet', 'tidb_enable_prepared_plan_cache', 'wait_timeout', 'tidb_restricted_read_only', "
           "'tidb_super_read_only', 'read_only')"))
    all.insert_or_assign(name, value.value_or(""));
  return all;
}

std::string value_of(const variables& all, const char* name) {
  const auto found = all.find(name);
  return found == all.end() ? std::string() : found->second;
}

std::uint64_t number_of(const variables& all, const char* name) {
  std::uint64_t number = 0;
  const auto text = value_of(all, name);
  std::from_chars(text.data(), text.data() + text.size(), number);
  return number;
}

finding look_at_sql(const client& db) {
  const auto [one, user] = db.query<std::int64_t, std::string>("SELECT 1, CURRENT_USER()").one();
  return one == 1 ? good("statements run, as " + user) : failed("SELECT 1 gave something else", "restart the server");
}

finding look_at_privileges(const client& db, const resolved_options& options) {
  const auto database = options.select_database ? options.database : std::string();
  const auto place = database.empty() ? std::string("*.*") : fmt::format("`{}`.*", database);
  const auto grants = grants_on(database, db.query<std::string>("SHOW GRANTS").all());
  std::vector<std::string_view> missing;
  std::ranges::copy_if(wanted_privileges, std::back_inserter(missing),
                       [&](std::string_view privilege) { return !grants.has(privilege); });
  if (missing.empty()) return good(fmt::format("{} on {}", fmt::join(wanted_privileges, ", "), place));
  if (database.empty()) return skipped("no database is selected, and not everything is granted on all of them");
  const auto remedy = fmt::format("if programs need them: GRANT {} ON {} TO the user", fmt::join(missing, ", "), place);
  if (missing.size() < wanted_privileges.size())
    return warning(fmt::format("missing on {}: {}", place, fmt::join(missing, ", ")), remedy);
  if (!grants.on_tables.empty())
    return warning(fmt::format("on some tables of {} only: {}", database, fmt::join(grants.on_tables, "; ")), remedy);
  return failed("no privilege on " + place, remedy);
}

finding look_at_version(const client& db) {
  const auto features = db.features();
  auto detail = fmt::format("{}, {}", features.version, features.deployment);
  if (features.version.find("TiDB") != std::string::npos) return good(std::move(detail));
  return warning(std::move(detail), "this is no TiDB: tidbxx is made for TiDB, and vectors and search need one");
}

/// How many TiFlash stores there are.
finding look_at_tiflash(const client& db, std::int64_t& stores) {
  stores = detail::count_tiflash_stores(db.on(), db.on().context(std::source_location::current()));
  if (stores == 0) return skipped("no TiFlash store: analytic queries and vector searches run on TiKV");
  return good(fmt::format("{} store{}", stores, stores == 1 ? "" : "s"));
}

finding look_at_vector_index(std::int64_t tiflash_stores) {
  return tiflash_stores > 0 ? good("TiDB's own can be made: TiFlash is there")
                            : skipped("TiDB's own needs TiFlash; one in tables, which is tidbxx's, does not");
}

finding look_at_vectors(const client& db) {
  const auto distance = db.query<double>("SELECT VEC_L2_DISTANCE('[3,0]', '[0,4]')").value();
  return distance == 5 ? good("the vector type and its distance functions are there")
                       : failed(fmt::format("a distance of 5 came out as {}", distance), "update the server");
}

finding look_at_full_text(const client& db) {
  constexpr auto absent = "no FTS_MATCH_WORD: the server has no full-text search of its own";
  try {
    static_cast<void>(db.query<row>("SELECT FTS_MATCH_WORD('fish', 'a fish')").all());
  } catch (const error& problem) {
    if (problem.poisons_connection() || problem.info().server_code == 0) throw;
    // Where it is there, it refuses to run outside of a table's index.
    if (problem.info().server_code == no_such_function) return skipped(absent);
  }
  return good("FTS_MATCH_WORD is there");
}

finding look_at_time_zone(const variables& global) {
  const auto set = value_of(global, "time_zone"), system = value_of(global, "system_time_zone");
  const auto zone = set == "SYSTEM" ? system : set;
  const bool is_utc = zone == "UTC" || zone == "+00:00" || zone == "Etc/UTC" || zone == "GMT";
  auto detail = fmt::format("server {}{}, this session UTC", zone, set == "SYSTEM" ? " (its system's)" : "");
  if (is_utc) return good(std::move(detail));
  return warning(std::move(detail),
                 "programs that do not set their session's time zone write NOW() and CURRENT_TIMESTAMP "
                 "in the server's, and tidbxx reads DATETIME as UTC: SET GLOBAL time_zone = '+00:00'");
}

finding look_at_clock(const client& db) {
  using namespace std::chrono;
  const auto before = system_clock::now();
  const auto theirs = db.query<double>("SELECT CAST(UNIX_TIMESTAMP(NOW(6)) AS DOUBLE)").value();
  const auto middle = before + (system_clock::now() - before) / 2;
  const double difference = theirs - duration<double>(middle.time_since_epoch()).count();
  auto detail = fmt::format("{:+.1f} s from this machine's", difference);
  if (difference < 5 && difference > -5) return good(std::move(detail));
  return warning(std::move(detail), "let both machines take their time from NTP: certificates, stale reads and what "
                                    "programs compare with NOW() depend on it");
}

finding look_at_sql_mode(const variables& global) {
  const auto mode = value_of(global, "sql_mode");
  if (mode.find("STRICT_TRANS_TABLES") != std::string::npos || mode.find("STRICT_ALL_TABLES") != std::string::npos)
    return good("strict: a value that does not fit is an error");
  return warning(
      "not strict; tidbxx makes its own sessions strict",
      "other programs' values are cut to fit, without an error: add STRICT_TRANS_TABLES to the global sql_mode");
}

finding look_at_packet(const variables& global) {
  constexpr std::uint64_t mebibyte = 1U << 20U;
  const auto size = number_of(global, "max_allowed_packet");
  auto detail = fmt::format("{} MiB in one statement with its values", size / mebibyte);
  if (size >= 16 * mebibyte) return good(std::move(detail));
  return warning(std::move(detail),
                 "large values and bulk inserts are refused: SET GLOBAL max_allowed_packet = 67108864");
}

finding look_at_plan_cache(const variables& global) {
  const auto state = value_of(global, "tidb_enable_prepared_plan_cache");
  if (state.empty()) return skipped("not there");
  if (state == "ON") return good("on");
  return warning("off",
                 "each run of a prepared statement is planned anew: SET GLOBAL tidb_enable_prepared_plan_cache = ON");
}

finding look_at_idle_limit(const variables& global) {
  const auto seconds = number_of(global, "wait_timeout");
  auto detail = fmt::format("a connection may idle for {} s", seconds);
  if (seconds == 0 || seconds >= 60) return good(std::move(detail));
  return warning(std::move(detail), "idle connections are soon lost and made anew: raise wait_timeout");
}

finding look_at_writing(const variables& global) {
  for (const char* name : {"tidb_restricted_read_only", "tidb_super_read_only", "read_only"})
    if (value_of(global, name) == "ON")
      return warning(fmt::format("{} is on: writes are refused", name),
                     fmt::format("if it was not meant: SET GLOBAL {} = OFF", name));
  return good("writes are allowed");
}

}  // namespace

void examine_server(examination& steps, const client& db, const resolved_options& options) {
  std::int64_t tiflash = 0;
  std::optional<variables> known;
  const auto globals = [&]() -> const variables& { return known ? *known : known.emplace(ask_variables(db)); };
  const bool goes_on = steps.step("sql", [&] { return look_at_sql(db); }) &&
                       steps.step("privileges", [&] { return look_at_privileges(db, options); }) &&
                       steps.feature("version", [&] { return look_at_version(db); }) &&
                       steps.feature("tiflash", [&] { return look_at_tiflash(db, tiflash); }) &&
                       steps.feature("vectors", [&] { return look_at_vectors(db); }) &&
                       steps.feature("vector index", [&] { return look_at_vector_index(tiflash); }) &&
                       steps.feature("full text", [&] { return look_at_full_text(db); }) &&
                       steps.feature("time zone", [&] { return look_at_time_zone(globals()); }) &&
                       steps.feature("clock", [&] { return look_at_clock(db); }) &&
                       steps.feature("sql mode", [&] { return look_at_sql_mode(globals()); }) &&
                       steps.feature("packet", [&] { return look_at_packet(globals()); }) &&
                       steps.feature("plan cache", [&] { return look_at_plan_cache(globals()); }) &&
                       steps.feature("idle limit", [&] { return look_at_idle_limit(globals()); }) &&
                       steps.feature("writes", [&] { return look_at_writing(globals()); });
  if (goes_on) steps.step("latency", [&] { return look_at_latency(db); });
}

}  // namespace tidb::detail
