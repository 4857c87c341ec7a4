// The TiDB engine against a real server: types, statements, limits and lost connections.
#include "support/engines.hpp"
#include "tidbxx/core/codec.hpp"
#include "tidbxx/core/error.hpp"
#include "tidbxx/engine/driver.hpp"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdlib>
#include <limits>
#include <memory>
#include <stop_token>
#include <string>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

// The factory, as src/engine/tidb/connection.hpp declares it: tests see no private header.
namespace tidb::detail {
std::unique_ptr<engine_connection> open_tidb(const resolved_options& options, const call_context& context);
}

namespace {

using namespace std::chrono_literals;
using tests::error_of;
using tidb::call_context;
using tidb::engine_connection;
using tidb::errc;
using tidb::statement_text;
using tidb::value;
using tidb::value_kind;
using tidb::value_view;
using tidb::detail::open_tidb;
using tidb::detail::resolved_options;

std::string environment(const char* name) {
  const char* text = std::getenv(name);
  return text ? text : "";
}

/// The options of `scheme://[user[:password]@]host:port[/database]`.
resolved_options options_of(std::string url) {
  resolved_options options;
  options.engine = tidb::engine_kind::tidb;
  options.user = "root";
  options.database = "tidb_engine_test";
  options.ensure_database = true;
  options.ssl_mode = tidb::ssl_mode::disabled;
  options.sources = {{"user", "argument"}, {"password", "URL"}};
  url = url.substr(url.find("://") + 3);
  url = url.substr(0, url.find_first_of("/?"));
  if (auto at = url.rfind('@'); at != std::string::npos) {
    auto user = url.substr(0, at);
    url = url.substr(at + 1);
    if (auto colon = user.find(':'); colon != std::string::npos) options.password = user.substr(colon + 1);
    options.user = user.substr(0, user.find(':'));
  }
  auto colon = url.rfind(':');
  options.host = url.substr(0, colon);
  options.port =
      colon == std::string::npos ? std::uint16_t{4000} : static_cast<std::uint16_t>(std::stoi(url.substr(colon + 1)));
  return options;
}

using row = std::vector<value>;

class tidb_engine : public testing::Test {
protected:
  void SetUp() override {
    auto url = environment("TIDB_TEST_URL");
    if (url.empty()) {
      if (environment("CI") == "true") FAIL() << "TIDB_TEST_URL must name a TiDB";
      GTEST_SKIP() << "TIDB_TEST_URL is not set";
    }
    options_ = options_of(url);
    db_ = open_tidb(options_, {});
  }

  static std::vector<row> query(engine_connection& on, std::string sql, const std::vector<value_view>& values = {},
                                const call_context& context = {}) {
    statement_text text(std::move(sql));
    auto& statement = on.prepare(text, context);
    statement.execute(values, context);
    std::vector<row> rows;
    while (statement.next()) rows.emplace_back(statement.cells().begin(), statement.cells().end());
    statement.finish();
    return rows;
  }
  std::vector<row> query(std::string sql, const std::vector<value_view>& values = {},
                         const call_context& context = {}) {
    return query(*db_, std::move(sql), values, context);
  }
  std::string text(std::string sql, const std::vector<value_view>& values = {}) {
    return tidb::to_string(query(std::move(sql), values).at(0).at(0));
  }
  void make(const std::string& table, const std::string& columns) {
    db_->run("DROP TABLE IF EXISTS " + table, {});
    db_->run("CREATE TABLE " + table + " (" + columns + ")", {});
  }
  static call_context within(std::chrono::milliseconds time) {
    call_context context;
    context.deadline = std::chrono::steady_clock::now() + time;
    return context;
  }
  void kill(engine_connection& victim) {
    auto id = tidb::to_string(query(victim, "SELECT CONNECTION_ID()").at(0).at(0));
    db_->run("KILL " + id, {});
    std::this_thread::sleep_for(300ms);
  }

  resolved_options options_;
  std::unique_ptr<engine_connection> db_;
};

TEST_F(tidb_engine, the_server_tells_what_it_is) {
  const auto& features = db_->features();
  EXPECT_EQ(features.engine, tidb::engine_kind::tidb);
  EXPECT_NE(features.version.find("TiDB"), std::string::npos);
  EXPECT_GE(features.max_packet, 1U << 20U);
  EXPECT_EQ(features.tls, "");
  EXPECT_TRUE(db_->ping({}));
  EXPECT_EQ(text("SELECT @@time_zone"), "+00:00");
}

TEST_F(tidb_engine, integers_cross_at_their_limits) {
  make("ints", "a TINYINT, b TINYINT UNSIGNED, c SMALLINT, d SMALLINT UNSIGNED, e MEDIUMINT, f MEDIUMINT UNSIGNED, "
               "g INT, h INT UNSIGNED, i BIGINT, j BIGINT UNSIGNED, k BIT(10), l YEAR");
  const auto low = std::numeric_limits<std::int64_t>::min();
  const auto high = std::numeric_limits<std::uint64_t>::max();
  auto s = [](std::int64_t number) { return value_view::of(number); };
  auto u = [](std::uint64_t number) { return value_view::of(number); };
  query("INSERT INTO ints VALUES (?,?,?,?,?,?,?,?,?,?,?,?)",
        {s(-128), u(255), s(-32768), u(65535), s(-8388608), u(16777215), s(-2147483647 - 1), u(4294967295), s(low),
         u(high), u(513), s(2024)});
  const auto cells = query("SELECT * FROM ints").at(0);
  std::vector<std::string> read;
  for (const auto& cell : cells) read.push_back(tidb::to_string(cell));
  EXPECT_EQ(read,
            (std::vector<std::string>{"-128", "255", "-32768", "65535", "-8388608", "16777215", "-2147483648",
                                      "4294967295", "-9223372036854775808", "18446744073709551615", "513", "2024"}));
  EXPECT_EQ(cells[0].kind(), value_kind::integer);
  EXPECT_EQ(cells[9].kind(), value_kind::unsigned_integer);
}

TEST_F(tidb_engine, other_types_cross_both_ways) {
  make("kinds",
       "f FLOAT, d DOUBLE, n DECIMAL(30,10), t VARCHAR(40), b BLOB, j JSON, v VECTOR(3), day DATE, at DATETIME(6), "
       "o TIME(6), e ENUM('x','y')");
  const std::vector<float> floats{1, -2.5F, 0.1F};
  const std::string bytes("\0\xff\x80 x", 5), decimal = "12345678901234567890.0123456789";
  const std::vector<value_view> in{value_view::of(0.5),
                                   value_view::of(-1.7976931348623157e308),
                                   value_view::bytes(value_kind::decimal, decimal.data(), decimal.size()),
                                   value_view::of("größe 日本 😀"),
                                   value_view::bytes(value_kind::blob, bytes.data(), bytes.size()),
                                   value_view::bytes(value_kind::json, R"({"a": [1, 2]})", 13),
                                   value_view::of(std::span(floats)),
                                   value_view::count(value_kind::date, -1),
                                   value_view::count(value_kind::datetime, 1'700'000'000'123'456),
                                   value_view::count(value_kind::time, -(std::int64_t{838} * 3600 * 1'000'000 + 1)),
                                   value_view::of("y")};
  query("INSERT INTO kinds VALUES (?,?,?,?,?,?,?,?,?,?,?)", in);
  const auto out = query("SELECT * FROM kinds").at(0);
  for (std::size_t i = 0; i < in.size(); ++i) {
    if (i == 6) continue;  // a vector comes back as text
    EXPECT_EQ(out[i].kind(), in[i].kind) << i;
    EXPECT_EQ(tidb::to_string(out[i]), tidb::to_string(in[i])) << i;
  }
  tidb::vector<3> vector;
  EXPECT_EQ(tidb::codec<tidb::vector<3>>::decode(out[6], vector), tidb::decode_result::ok);
  EXPECT_TRUE(std::ranges::equal(vector, floats));
  EXPECT_EQ(query("SELECT COUNT(*) FROM kinds WHERE n = ? AND at = ? AND day = ?", {in[2], in[8], in[7]})
                .at(0)
                .at(0)
                .view()
                .integer,
            1);
}

TEST_F(tidb_engine, dates_cross_at_their_edges) {
  make("dates", "id INT, at DATETIME(6)");
  constexpr std::int64_t first = -62'135'596'800'000'000, last = 253'402'300'799'999'999;
  for (auto count : {first, std::int64_t{-1}, std::int64_t{0}, last}) {
    query("DELETE FROM dates");
    query("INSERT INTO dates VALUES (1, ?)", {value_view::count(value_kind::datetime, count)});
    EXPECT_EQ(query("SELECT at FROM dates").at(0).at(0).view().integer, count);
  }
  db_->run("SET sql_mode = ''", {});
  query("UPDATE dates SET at = '0000-00-00 00:00:00'");
  const auto zero = query("SELECT at FROM dates").at(0).at(0);
  EXPECT_EQ(zero.kind(), value_kind::text);
  EXPECT_EQ(tidb::to_string(zero), "0000-00-00 00:00:00");
}

TEST_F(tidb_engine, null_and_other_kinds_take_turns_in_one_parameter) {
  make("turns", "a VARCHAR(20), b VARCHAR(20)");
  const auto one = value_view::of(std::int64_t{1}), null = value_view::null();
  const std::vector<std::vector<value_view>> turns{{null, one},
                                                   {one, null},
                                                   {value_view::of("x"), one},
                                                   {null, null},
                                                   {value_view::of(std::string_view()), one},
                                                   {value_view::of(2.5), one}};
  for (const auto& values : turns) {
    query("DELETE FROM turns");
    query("INSERT INTO turns VALUES (?, ?)", values);
    const auto cells = query("SELECT a, b FROM turns").at(0);
    for (std::size_t i = 0; i < 2; ++i) EXPECT_EQ(tidb::to_string(cells[i]), tidb::to_string(values[i]));
  }
}

TEST_F(tidb_engine, large_values_cross) {
  make("large", "id INT, t LONGTEXT, b LONGBLOB");
  const std::string big(5 << 20, 'x');
  query("INSERT INTO large VALUES (1, ?, NULL), (2, NULL, ?)",
        {value_view::of(big), value_view::bytes(value_kind::blob, big.data(), big.size())});
  const auto rows = query("SELECT t, b FROM large ORDER BY id");
  EXPECT_EQ(rows.at(0).at(0).view().text(), big);
  EXPECT_EQ(rows.at(1).at(1).view().text(), big);
  const std::string huge(20 << 20, 'y');  // more than one packet of the protocol
  EXPECT_EQ(query("SELECT ?", {value_view::of(huge)}).at(0).at(0).view().text(), huge);
}

TEST_F(tidb_engine, parameters_over_the_packet_limit_are_refused_before_they_are_sent) {
  const auto limit = db_->features().max_packet;
  std::string large(limit - 64, 'x');
  const auto length = [&] { return query("SELECT LENGTH(?)", {value_view::of(std::string_view(large))}).at(0).at(0); };
  EXPECT_EQ(tidb::to_string(length()), std::to_string(large.size()));
  for (const auto kind : {value_kind::text, value_kind::blob, value_kind::json, value_kind::decimal}) {
    large.resize(limit);
    const auto whole = value_view::bytes(kind, large.data(), large.size());
    const auto half = value_view::bytes(kind, large.data(), large.size() / 2);
    for (const auto& values : {std::vector{whole, value_view::null()}, std::vector{half, half}}) {
      const auto error = error_of([&] { query("SELECT LENGTH(?), LENGTH(?)", values); });
      EXPECT_EQ(error.info().entry, "packet-too-large") << error.what();
      EXPECT_FALSE(error.was_sent());
      EXPECT_NE(error.info().message.find(std::to_string(limit)), std::string::npos) << error.what();
      EXPECT_TRUE(db_->usable());
    }
  }
}

TEST_F(tidb_engine, wide_rows_with_nulls_are_read) {
  std::string sql = "SELECT ";
  for (int i = 0; i < 200; ++i) sql += (i ? "," : "") + (i % 3 == 0 ? std::string("NULL") : std::to_string(i));
  const auto cells = query(sql).at(0);
  ASSERT_EQ(cells.size(), 200U);
  for (int i = 0; i < 200; ++i)
    EXPECT_EQ(tidb::to_string(cells[static_cast<std::size_t>(i)]), i % 3 == 0 ? "NULL" : std::to_string(i));
}

TEST_F(tidb_engine, updates_count_the_rows_they_match) {
  make("counts", "id BIGINT PRIMARY KEY AUTO_INCREMENT, n INT");
  statement_text insert("INSERT INTO counts (n) VALUES (1), (1)");
  auto& inserted = db_->prepare(insert, {});
  inserted.execute({}, {});
  EXPECT_FALSE(inserted.next());
  EXPECT_EQ(inserted.affected_rows(), 2U);
  EXPECT_NE(inserted.last_insert_id(), 0U);
  inserted.finish();
  statement_text update("UPDATE counts SET n = 1");
  auto& updated = db_->prepare(update, {});
  updated.execute({}, {});
  EXPECT_EQ(updated.affected_rows(), 2U);
  updated.finish();
}

TEST_F(tidb_engine, the_statement_cache_closes_what_it_evicts) {
  for (int round = 0; round < 2; ++round)
    for (int i = 0; i < 200; ++i) EXPECT_EQ(text("SELECT " + std::to_string(i)), std::to_string(i));
  EXPECT_EQ(text("SELECT 199"), "199");
}

TEST_F(tidb_engine, a_second_statement_while_one_is_open_is_named) {
  statement_text text("SELECT 1 UNION SELECT 2");
  auto& open = db_->prepare(text, {});
  open.execute({}, {});
  ASSERT_TRUE(open.next());
  auto error = error_of([&] { query("SELECT 3"); });
  EXPECT_EQ(error.code(), errc::usage);
  EXPECT_NE(std::string(error.what()).find("SELECT 1 UNION SELECT 2"), std::string::npos);
  EXPECT_EQ(error_of([&] { db_->run("BEGIN", {}); }).code(), errc::usage);
  open.finish();
  EXPECT_EQ(this->text("SELECT 3"), "3");
}

TEST_F(tidb_engine, a_table_may_change_under_a_cached_statement) {
  make("changing", "id INT");
  query("INSERT INTO changing VALUES (1)");
  EXPECT_EQ(query("SELECT * FROM changing").at(0).size(), 1U);
  db_->run("ALTER TABLE changing ADD COLUMN n INT DEFAULT 7", {});
  EXPECT_EQ(query("SELECT * FROM changing").at(0).size(), 2U);
  db_->run("ALTER TABLE changing CHANGE COLUMN n m VARCHAR(9)", {});
  statement_text all("SELECT * FROM changing");
  auto& statement = db_->prepare(all, {});
  statement.execute({}, {});
  EXPECT_EQ(statement.columns()[1], "m");
  ASSERT_TRUE(statement.next());
  EXPECT_EQ(statement.cells()[1].text(), "7");
  statement.finish();
}

TEST_F(tidb_engine, what_cannot_be_prepared_is_sent_as_text) {
  db_->run(
      "PREPARE p FROM 'SELECT 1 a, -2.5 b, ''x'' c, DATE ''2024-02-29'' d, NULL e, 1.5e0 f, CAST(7 AS UNSIGNED) g'",
      {});
  const auto cells = query("EXECUTE p").at(0);
  EXPECT_EQ(tidb::to_string(cells[0]), "1");
  EXPECT_EQ(cells[1].kind(), value_kind::decimal);
  EXPECT_EQ(tidb::to_string(cells[2]), "x");
  EXPECT_EQ(cells[3].kind(), value_kind::date);
  EXPECT_EQ(tidb::to_string(cells[3]), "2024-02-29");
  EXPECT_TRUE(cells[4].is_null());
  EXPECT_EQ(tidb::to_string(cells[5]), "1.5");
  EXPECT_EQ(cells[6].kind(), value_kind::unsigned_integer);
}

TEST_F(tidb_engine, one_call_carries_one_statement) {
  EXPECT_EQ(error_of([&] { db_->run("SELECT 1; SELECT 2", {}); }).code(), errc::usage);
  EXPECT_EQ(error_of([&] { query("SELECT 1; SELECT 2"); }).code(), errc::usage);
  for (const char* nothing : {"", " ;", "/* SELECT 1 */", "-- SELECT 1"}) {
    EXPECT_EQ(error_of([&] { db_->run(nothing, {}); }).code(), errc::usage);
    EXPECT_EQ(error_of([&] { query(nothing); }).code(), errc::usage);
  }
  db_->run("SELECT 1", {});  // its rows are dropped
  EXPECT_EQ(text("SELECT 2"), "2");
}

TEST_F(tidb_engine, parameters_are_checked_before_anything_is_sent) {
  EXPECT_EQ(error_of([&] { query("SELECT ?"); }).code(), errc::usage);
  EXPECT_EQ(error_of([&] { query("SELECT ?", {value_view::of(std::nan(""))}); }).code(), errc::usage);
  const std::vector<float> bad{1, std::numeric_limits<float>::infinity()};
  auto error = error_of([&] { query("SELECT ?, ?", {value_view::null(), value_view::of(std::span(bad))}); });
  EXPECT_EQ(error.code(), errc::usage);
  EXPECT_NE(std::string(error.what()).find("parameter 2"), std::string::npos);
  EXPECT_EQ(text("SELECT ?", {value_view::of(1.5)}), "1.5");
}

TEST_F(tidb_engine, a_refused_parameter_leaves_no_trace) {
  make("traces", "a VARCHAR(20), b DOUBLE");
  const std::string insert = "INSERT INTO traces VALUES (?, ?)";
  const auto good = value_view::of(1.0), bad = value_view::of(std::nan(""));
  query(insert, {value_view::of(std::int64_t{1}), good});
  EXPECT_EQ(error_of([&] { query(insert, {value_view::of("x"), bad}); }).code(), errc::usage);
  query(insert, {value_view::of("hello world"), good});
  EXPECT_EQ(error_of([&] { query(insert, {value_view::of(std::int64_t{7}), bad}); }).code(), errc::usage);
  query(insert, {value_view::of(std::int64_t{2}), good});
  EXPECT_EQ(text("SELECT GROUP_CONCAT(a ORDER BY a) FROM traces WHERE b = 1"), "1,2,hello world");
}

TEST_F(tidb_engine, numbers_out_of_range_are_refused_like_rows) {
  make("ranges", "n BIGINT");
  query("INSERT INTO ranges VALUES (9223372036854775807)");
  EXPECT_EQ(error_of([&] { query("SELECT n + 1 FROM ranges"); }).code(), errc::constraint);
  EXPECT_EQ(error_of([&] { query("INSERT INTO ranges SELECT 1 / 0"); }).code(), errc::constraint);
}

TEST_F(tidb_engine, refused_rows_name_the_key_or_the_column) {
  make("refusing", "id INT PRIMARY KEY, s VARCHAR(3) NOT NULL, v VECTOR(3)");
  query("INSERT INTO refusing VALUES (1, 'a', NULL)");
  auto message = [&](const char* sql) {
    auto error = error_of([&] { query(sql); });
    EXPECT_EQ(error.code(), errc::constraint) << error.what();
    EXPECT_TRUE(db_->usable());
    return error.info().message;
  };
  EXPECT_NE(message("INSERT INTO refusing VALUES (1, 'b', NULL)").find("PRIMARY"), std::string::npos);
  EXPECT_NE(message("INSERT INTO refusing VALUES (2, NULL, NULL)").find("'s'"), std::string::npos);
  EXPECT_NE(message("INSERT INTO refusing VALUES (2, 'long', NULL)").find("'s'"), std::string::npos);
  EXPECT_NE(message("INSERT INTO refusing (id) VALUES (2)").find("'s'"), std::string::npos);
  EXPECT_NE(message("INSERT INTO refusing VALUES (99999999999, 'a', NULL)").find("'id'"), std::string::npos);
  EXPECT_NE(message("INSERT INTO refusing VALUES (2, 'a', '[1,2]')").find("dimensions"), std::string::npos);
  EXPECT_EQ(error_of([&] { query("SELECT * FROM missing_table"); }).code(), errc::statement);
}

TEST_F(tidb_engine, a_deadline_ends_a_read) {
  const auto start = std::chrono::steady_clock::now();
  auto error = error_of([&] { query("SELECT SLEEP(5)", {}, within(200ms)); });
  const auto took = std::chrono::steady_clock::now() - start;
  EXPECT_EQ(error.code(), errc::timeout) << error.what();
  EXPECT_TRUE(error.poisons_connection());
  EXPECT_FALSE(db_->usable());
  EXPECT_GE(took, 190ms);
  EXPECT_LT(took, 1500ms);
  EXPECT_EQ(error_of([&] { query("SELECT 1"); }).code(), errc::connection);
}

TEST_F(tidb_engine, a_deadline_of_a_write_leaves_its_outcome_unknown) {
  make("slow", "id INT");
  auto error = error_of([&] { query("INSERT INTO slow SELECT SLEEP(2)", {}, within(200ms)); });
  EXPECT_EQ(error.code(), errc::outcome_unknown) << error.what();
  EXPECT_FALSE(db_->usable());
}

TEST_F(tidb_engine, a_deadline_of_a_write_inside_a_transaction_rolls_it_back) {
  make("slow_inside", "id INT");
  auto writer = open_tidb(options_, {});
  writer->run("BEGIN", {});
  query(*writer, "INSERT INTO slow_inside VALUES (1)");
  auto error = error_of([&] { query(*writer, "INSERT INTO slow_inside SELECT SLEEP(1)", {}, within(200ms)); });
  EXPECT_EQ(error.code(), errc::timeout) << error.what();
  EXPECT_TRUE(error.poisons_transaction());
  EXPECT_TRUE(error.poisons_connection());
  EXPECT_FALSE(writer->usable());
  std::this_thread::sleep_for(1200ms);
  EXPECT_EQ(text("SELECT COUNT(*) FROM slow_inside"), "0");
}

TEST_F(tidb_engine, a_database_that_is_missing_is_created_once) {
  db_->run("DROP DATABASE IF EXISTS tidb_engine_test_new", {});
  auto fresh = options_;
  fresh.database = "tidb_engine_test_new";
  for (int round = 0; round < 2; ++round) {
    auto connection = open_tidb(fresh, {});
    EXPECT_EQ(tidb::to_string(query(*connection, "SELECT DATABASE()").at(0).at(0)), fresh.database);
  }
  db_->run("DROP DATABASE tidb_engine_test_new", {});
}

TEST_F(tidb_engine, a_deadline_that_has_passed_sends_nothing) {
  auto error = error_of([&] { query("SELECT 1", {}, within(-1ms)); });
  EXPECT_EQ(error.code(), errc::timeout);
  EXPECT_FALSE(error.poisons_connection());
  EXPECT_EQ(text("SELECT 1"), "1");
}

TEST_F(tidb_engine, a_deadline_that_is_met_changes_nothing) {
  for (int i = 0; i < 50; ++i) EXPECT_EQ(query("SELECT ?", {value_view::of(std::int64_t{i})}, within(60s)).size(), 1U);
  std::this_thread::sleep_for(20ms);
  EXPECT_TRUE(db_->usable());
}

TEST_F(tidb_engine, a_stop_ends_a_call_from_another_thread) {
  std::stop_source stop;
  call_context context;
  context.stop = stop.get_token();
  std::jthread stopper([&] {
    std::this_thread::sleep_for(100ms);
    stop.request_stop();
  });
  const auto start = std::chrono::steady_clock::now();
  auto error = error_of([&] { query("SELECT SLEEP(5)", {}, context); });
  EXPECT_EQ(error.code(), errc::timeout) << error.what();
  EXPECT_LT(std::chrono::steady_clock::now() - start, 1500ms);
  EXPECT_EQ(error_of([&] { open_tidb(options_, context); }).code(), errc::timeout);
}

TEST_F(tidb_engine, a_killed_connection_is_a_lost_one) {
  auto reader = open_tidb(options_, {});
  kill(*reader);
  auto error = error_of([&] { query(*reader, "SELECT 1"); });
  EXPECT_EQ(error.code(), errc::connection) << error.what();
  EXPECT_TRUE(error.is_retryable());
  EXPECT_FALSE(reader->usable());
  EXPECT_FALSE(reader->ping({}));

  make("killed", "id INT");
  auto writer = open_tidb(options_, {});
  statement_text insert("INSERT INTO killed VALUES (1)");
  writer->prepare(insert, {});
  kill(*writer);
  error = error_of([&] { query(*writer, "INSERT INTO killed VALUES (1)"); });
  EXPECT_EQ(error.code(), errc::connection) << "nothing was sent: " << error.what();
  EXPECT_EQ(text("SELECT COUNT(*) FROM killed"), "0");
}

TEST_F(tidb_engine, an_abandoned_connection_closes_without_reading_its_rows) {
  statement_text many("SELECT a.column_name FROM information_schema.columns a, information_schema.columns b");
  auto& statement = db_->prepare(many, {});
  statement.execute({}, {});
  ASSERT_TRUE(statement.next());
  const auto start = std::chrono::steady_clock::now();
  db_->abandon();
  statement.finish();
  db_.reset();
  EXPECT_LT(std::chrono::steady_clock::now() - start, 1s);
}

TEST_F(tidb_engine, failed_logins_name_what_to_check_and_no_password) {
  auto wrong = options_;
  wrong.password = "s3cr3t-word";
  auto error = error_of([&] { open_tidb(wrong, {}); });
  EXPECT_EQ(error.code(), errc::access_denied);
  EXPECT_NE(error.info().message.find("password from: URL"), std::string::npos) << error.what();
  EXPECT_EQ(std::string(error.what()).find("s3cr3t"), std::string::npos);

  wrong.port = 1;
  error = error_of([&] { open_tidb(wrong, {}); });
  EXPECT_EQ(error.code(), errc::connection);
  EXPECT_NE(error.info().message.find(":1"), std::string::npos) << error.what();
  EXPECT_EQ(std::string(error.what()).find("s3cr3t"), std::string::npos);

  wrong = options_;
  wrong.ensure_database = false;
  wrong.database = "no_such_database";
  error = error_of([&] { open_tidb(wrong, {}); });
  EXPECT_EQ(error.info().server_code, 1049);
  EXPECT_NE(error.info().message.find("ensure_database"), std::string::npos) << error.what();
  wrong.select_database = false;
  EXPECT_TRUE(open_tidb(wrong, {})->usable());
}

TEST_F(tidb_engine, tls_is_as_strict_as_it_was_asked_to_be) {
  auto secure = options_;
  secure.ssl_mode = tidb::ssl_mode::required;
  std::unique_ptr<engine_connection> encrypted;
  try {
    encrypted = open_tidb(secure, {});
  } catch (const tidb::connection_error& error) {
    EXPECT_NE(error.info().message.find("no encrypted connections"), std::string::npos) << error.what();
    GTEST_SKIP() << "this server has no TLS";
  }
  EXPECT_EQ(encrypted->features().tls.substr(0, 4), "TLSv");
  EXPECT_EQ(query(*encrypted, "SELECT 1").size(), 1U);
  EXPECT_EQ(error_of([&] { query(*encrypted, "SELECT SLEEP(5)", {}, within(200ms)); }).code(), errc::timeout);
  encrypted = open_tidb(secure, {});
  kill(*encrypted);
  EXPECT_EQ(error_of([&] { query(*encrypted, "SELECT 1"); }).code(), errc::connection);
  for (auto mode : {tidb::ssl_mode::verify_ca, tidb::ssl_mode::verify_identity}) {
    secure.ssl_mode = mode;
    auto error = error_of([&] { open_tidb(secure, {}); });
    EXPECT_EQ(error.code(), errc::connection);
    EXPECT_NE(error.info().message.find("ssl_ca"), std::string::npos) << error.what();
  }
  if (const auto ca = environment("TIDB_TEST_CA"); !ca.empty()) {  // the system's bundle is then this one
    ::setenv("SSL_CERT_FILE", ca.c_str(), 1);
    EXPECT_NE(open_tidb(secure, {})->features().tls, "");
    ::unsetenv("SSL_CERT_FILE");
  }
  secure.ssl_ca = "/no/such/bundle.pem";
  auto error = error_of([&] { open_tidb(secure, {}); });
  EXPECT_EQ(error.code(), errc::usage);
  EXPECT_NE(error.info().message.find("/no/such/bundle.pem"), std::string::npos);
}

}  // namespace
