#include "engine/tidb/errors.hpp"

#include "engine/tidb/server_texts.hpp"

#include <algorithm>
#include <array>
#include <string>

#include <fmt/format.h>

namespace tidb::detail {
namespace {

struct verdict {
  errc code{};
  bool retryable{};
  bool poisons_transaction{};
  bool poisons_connection{};
};

struct table_row {
  int code{};
  verdict what{};
  std::string_view message{};
};

constexpr verdict refused{errc::statement};
constexpr verdict violated{errc::constraint};
constexpr verdict denied{errc::access_denied};
constexpr verdict misused{errc::usage};
constexpr verdict absent{errc::unsupported};
constexpr verdict rerun{errc::conflict, true, true};
constexpr verdict broken{errc::connection, true, true, true};

/// Numbers whose meaning needs no look at their text, in ascending order.
constexpr std::array table{
    table_row{1040,
              {errc::connection, true, false, true},
              "the server has no connection left: use a smaller pool, or raise its max_connections"},
    table_row{1054, refused, "the statement names a column that does not exist"},
    table_row{1064, refused,
              "the server does not understand the statement: its syntax is wrong near the place it names"},
    table_row{1065, misused, "the text holds no SQL statement"},
    table_row{1129, denied, "the server blocks this machine after too many failed connections"},
    table_row{1130, denied,
              "the server does not allow connections from this machine: CREATE USER 'name'@'host' for it"},
    table_row{1142, denied, "the user lacks a privilege on this table: GRANT it, or connect as another user"},
    table_row{1143, denied, "the user lacks a privilege on this column: GRANT it, or connect as another user"},
    table_row{1146, refused,
              "the statement names a table that does not exist: create it, or check the database in use"},
    table_row{1148, absent, "LOAD DATA LOCAL is switched off, because it lets a server read files of the client"},
    table_row{1153, refused, "the statement is larger than the server's max_allowed_packet: send fewer rows at a time"},
    table_row{1205, rerun,
              "another transaction kept a lock for too long: roll back and run the whole transaction again"},
    table_row{1213, rerun, "a deadlock with another transaction: run the whole transaction again"},
    table_row{1216, violated, "a foreign key refused the row: the row it refers to does not exist"},
    table_row{1217, violated, "a foreign key refused the change: other rows still refer to this one"},
    table_row{1227, denied, "the user lacks a privilege for this statement: GRANT it, or connect as another user"},
    table_row{1235, absent, "this server does not support what the statement asks for"},
    table_row{1305, refused, "the statement calls a function that this server does not have"},
    table_row{1317, {errc::timeout, false, true}, "the statement was stopped on the server, by KILL or by its limits"},
    table_row{1390, refused,
              "a statement has at most 65535 parameters: split it, for example into fewer rows an INSERT"},
    table_row{1461, refused,
              "the server keeps too many prepared statements: raise max_prepared_stmt_count, or use fewer connections"},
    table_row{3024, {errc::timeout}, "the statement ran longer than max_execution_time allows"},
    table_row{3140, violated, "the value is no valid JSON"},
    table_row{
        3572, {errc::conflict, false, false}, "the row is locked by another transaction, and NOWAIT was asked for"},
    table_row{8001, refused,
              "the statement needs more memory than the server grants it: narrow it, stream the rows, or add LIMIT"},
    table_row{8002, rerun, "a locking read met a conflict: run the whole transaction again"},
    table_row{
        8004, {errc::statement, false, true}, "the transaction is too large: commit in batches of some hundred rows"},
    table_row{8005, rerun, "the transaction began too long ago: run the whole transaction again"},
    table_row{8022, rerun, "the commit failed and was rolled back: run the whole transaction again"},
    table_row{8025, refused,
              "a row is larger than the server stores (txn-entry-size-limit, 6 MiB): store less in its columns"},
    table_row{8027,
              {errc::conflict, true, true},
              "the server's view of the tables is out of date: run the whole transaction again"},
    table_row{8028, rerun, "a table changed during the transaction: run the whole transaction again"},
    table_row{8048, absent, "this isolation level is not supported: use REPEATABLE READ or READ COMMITTED"},
    table_row{8055, rerun, "the snapshot is older than what the server keeps: run the whole transaction again"},
    table_row{8113,
              {errc::conflict, true, true},
              "the tables changed since the statement was prepared: run the whole transaction again"},
    table_row{8115, misused, "one statement at a time: send each of them by itself"},
    table_row{8121, denied, "the user lacks a privilege for this statement: GRANT it, or connect as another user"},
    table_row{8130, misused, "one statement at a time: send each of them by itself"},
    table_row{8147,
              {errc::constraint, false, true},
              "a unique key refused a row that was written earlier in the transaction: roll back"},
    table_row{8175, refused,
              "the statement needs more memory than the server grants it: narrow it, stream the rows, or add LIMIT"},
    table_row{8176, refused,
              "the server is short of memory and cancelled the statement: narrow it, stream the rows, or add LIMIT"},
    table_row{8200, absent, "this server cannot change a table in this way"},
    table_row{8229,
              {errc::statement, false, true},
              "the transaction lived too long and was aborted: keep transactions short"},
    table_row{8252, {errc::statement, true}, "the resource group has used up its quota: wait, or give it more"},
    table_row{9006, rerun, "the snapshot is older than what the server keeps: run the whole transaction again"},
    table_row{9007, rerun, "another transaction changed the same rows: run the whole transaction again"},
    table_row{9014, refused,
              "the vector index failed to build: see ERROR_MESSAGE in INFORMATION_SCHEMA.TIFLASH_INDEXES"},
    table_row{
        9500, {errc::statement, false, true}, "the transaction is too large: commit in batches of some hundred rows"},
};
static_assert(std::ranges::is_sorted(table, {}, &table_row::code));

/// TiDB's catch-all 1105, told apart by its text; the first row that matches counts.
struct text_row {
  std::string_view needle{};  ///< in lower case
  verdict what{};
  std::string_view message{};
};
constexpr std::array texts{
    text_row{"insecure transport",
             {errc::connection, false, false, true},
             "the server demands an encrypted connection: set ssl_mode to verify_identity"},
    text_row{"quota being exhausted",
             {errc::quota, false, true, true},
             "the cluster's free quota is used up: raise its spending limit, or wait for the next month"},
    text_row{"missing user name prefix", denied,
             "the user name lacks the cluster's prefix: it is written prefix.user. Or an unescaped @, : or / in the "
             "password has shifted the URL: escape them as %40, %3A and %2F"},
    text_row{"execution result undetermined",
             {errc::outcome_unknown, false, true, true},
             "the server lost the answer to the commit: look whether the change is there before making it again"},
    text_row{"keytoolarge", refused,
             "an indexed value is larger than the storage takes: index a shorter column or prefix"},
    text_row{"key is too large", refused,
             "an indexed value is larger than the storage takes: index a shorter column or prefix"},
    text_row{"entry too large", refused, "a row is larger than the server stores (6 MiB): store less in its columns"},
    text_row{"transaction is too large",
             {errc::statement, false, true},
             "the transaction is too large: commit in batches of some hundred rows"},
    text_row{"out of memory quota", refused,
             "the statement needs more memory than the server grants it: narrow it, stream the rows, or add LIMIT"},
    text_row{"memory limit", refused,
             "the statement needs more memory than the server grants it: narrow it, stream the rows, or add LIMIT"},
    text_row{"does not fit vector(", violated, "the vector has another number of dimensions than the column"},
    text_row{"invalid vector text", violated, "the value is no vector: write it as [1,2.5,3]"},
    text_row{"write conflict", rerun, "another transaction changed the same rows: run the whole transaction again"},
    text_row{"tiflash replica", absent, "this server has no TiFlash store, which this feature needs"},
};

error_info begin(const error_scene& scene) {
  error_info info;
  info.sql = scene.sql;
  info.endpoint = scene.endpoint;
  info.where = scene.where;
  return info;
}

void judge(error_info& info, const verdict& what, std::string message) {
  info.code = what.code;
  info.retryable = what.retryable;
  info.poisons_transaction = what.poisons_transaction || what.poisons_connection;
  info.poisons_connection = what.poisons_connection;
  info.message = std::move(message);
}

constexpr std::string_view may_be_committed = "it may or may not have been committed: look before doing it again";

void judge_lost(error_info& info, const error_scene& scene) {
  if (scene.phase == call_phase::committing)
    return judge(info, {errc::outcome_unknown, false, true, true},
                 fmt::format("the connection was lost while a change was on its way, and {}", may_be_committed));
  if (scene.phase == call_phase::writing)
    return judge(info, broken,
                 "the connection was lost inside a transaction (a restart, or KILL), which the server rolls back: run "
                 "the whole transaction again");
  if (scene.phase == call_phase::connecting)
    return judge(info, broken,
                 fmt::format("the server at {} ended the connection during the login, or did not answer in "
                             "time: check that it is a TiDB port, and the server's log",
                             scene.endpoint));
  judge(info, broken,
        "the connection was lost (cut while idle, a restart, or KILL): nothing was changed, so run it again");
}

/// Trouble behind TiDB: PD, TiKV or TiFlash did not answer.
void judge_storage(error_info& info, call_phase phase) {
  if (phase == call_phase::committing)
    return judge(info, {errc::outcome_unknown, false, true, false},
                 fmt::format("the cluster's storage did not answer during the commit, and {}", may_be_committed));
  judge(info, {errc::connection, true, true, false},
        "the cluster's storage is busy or did not answer: run the whole transaction again after a while");
}

}  // namespace

error_info classify(const raw_error& raw, const error_scene& scene) {
  auto info = begin(scene);
  info.server_code = raw.code;
  info.sqlstate = raw.sqlstate;
  info.server_message = raw.text;

  if (is_lost(raw.code, scene.phase)) return judge_lost(info, scene), info;
  if (auto message = connect_message(raw, scene)) {
    judge(info, {message->code, message->retryable, false, true}, std::move(message->text));
    return info;
  }
  if (auto message = row_message(raw)) return judge(info, violated, std::move(*message)), info;
  const bool storage = raw.code >= 9001 && raw.code <= 9013 && raw.code != 9006 && raw.code != 9007;
  if (storage) return judge_storage(info, scene.phase), info;
  if (auto found = std::ranges::lower_bound(table, raw.code, {}, &table_row::code);
      found != table.end() && found->code == raw.code)
    return judge(info, found->what, std::string(found->message)), info;
  if (raw.code == 1105) {
    auto text = lower(raw.text);
    for (const auto& row : texts)
      if (text.find(row.needle) != std::string::npos) return judge(info, row.what, std::string(row.message)), info;
  }
  judge(info, refused, "the server refused the statement");
  return info;
}

error_info interrupted(const error_scene& scene, bool stop_requested) {
  auto info = begin(scene);
  const std::string_view why = stop_requested ? "a stop was requested" : "the deadline passed";
  const bool doubt = scene.phase == call_phase::committing;
  auto message = doubt ? fmt::format("{} while a change was on its way, and {}", why, may_be_committed)
                       : fmt::format("{} before the server had answered; {}, and the connection was dropped", why,
                                     scene.phase == call_phase::writing ? "the server rolls the transaction back"
                                                                        : "nothing was changed");
  judge(info, {doubt ? errc::outcome_unknown : errc::timeout, false, true, true}, std::move(message));
  return info;
}

error_info not_sent(const error_scene& scene, bool stop_requested) {
  auto info = begin(scene);
  judge(info, {errc::timeout},
        fmt::format("{} before the statement was sent: nothing was done",
                    stop_requested ? "a stop was requested" : "the deadline passed"));
  return info;
}

error_info lost_before_sending(const error_scene& scene) {
  auto info = begin(scene);
  judge(info, broken,
        "the connection had been lost before the statement was sent (cut while idle, a restart, or KILL): "
        "nothing was changed, so run it again");
  return info;
}

}  // namespace tidb::detail
