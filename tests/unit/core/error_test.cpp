#include "tidbxx/core/error.hpp"

#include <string>
#include <utility>

#include <gtest/gtest.h>

namespace {

using tidb::errc;
using tidb::error_info;

error_info info_with(errc code) {
  error_info info;
  info.code = code;
  info.message = "the message";
  return info;
}

template <class Leaf>
void expect_leaf(errc code) {
  EXPECT_THROW(tidb::throw_error(info_with(code)), Leaf);
  try {
    tidb::throw_error(info_with(code));
  } catch (const tidb::error& caught) {
    EXPECT_EQ(caught.code(), code);
    EXPECT_EQ(typeid(caught), typeid(Leaf));
  }
}

TEST(error, throw_error_picks_the_class_of_the_code) {
  expect_leaf<tidb::connection_error>(errc::connection);
  expect_leaf<tidb::connection_error>(errc::access_denied);
  expect_leaf<tidb::constraint_violation>(errc::constraint);
  expect_leaf<tidb::transaction_conflict>(errc::conflict);
  expect_leaf<tidb::outcome_unknown>(errc::outcome_unknown);
  expect_leaf<tidb::timeout>(errc::timeout);
  expect_leaf<tidb::quota_exhausted>(errc::quota);
  expect_leaf<tidb::unsupported>(errc::unsupported);
  expect_leaf<tidb::usage_error>(errc::usage);
  for (auto code : {errc::no_row, errc::too_many_rows, errc::decode, errc::statement, errc::storage})
    expect_leaf<tidb::error>(code);
}

TEST(error, what_has_the_message_alone_if_nothing_else_is_known) {
  EXPECT_STREQ(tidb::error(info_with(errc::usage)).what(), "the message");
}

TEST(error, what_has_server_statement_endpoint_line_and_entry_in_this_order) {
  auto info = info_with(errc::statement);
  info.server_code = 1146;
  info.sqlstate = "42S02";
  info.server_message = "Table 'shop.x' doesn't exist";
  info.sql = "SELECT * FROM x";
  info.endpoint = "db.example.com:4000";
  info.where = std::source_location::current();
  info.entry = "unknown-table";
  auto line = std::to_string(info.where.line());
  EXPECT_EQ(std::string(tidb::error(info).what()),
            "the message [server 1146 42S02: Table 'shop.x' doesn't exist]\n  in: SELECT * FROM x\n"
            "  at: db.example.com:4000\n  from: error_test.cpp:" +
                line + "\n  see: docs/errors.md#unknown-table");
}

TEST(error, what_leaves_out_what_the_server_did_not_say) {
  auto info = info_with(errc::storage);
  info.server_code = 13;
  EXPECT_STREQ(tidb::error(info).what(), "the message [server 13]");
  info.server_code = 0;
  info.server_message = "gone";
  EXPECT_STREQ(tidb::error(info).what(), "the message [server: gone]");
}

TEST(error, what_shortens_a_long_statement_at_a_character) {
  auto info = info_with(errc::statement);
  for (int i = 0; i < 300; ++i) info.sql += "€";  // three bytes each, so that 500 falls inside of one
  std::string text = tidb::error(info).what();
  EXPECT_EQ(text.size(), std::string("the message\n  in: ").size() + 498 + std::string("…").size());
  EXPECT_TRUE(text.ends_with("€…"));
  EXPECT_EQ(tidb::error(info).info().sql.size(), 900U);
}

TEST(error, what_lets_no_control_characters_of_a_server_through) {
  auto info = info_with(errc::statement);
  info.server_message = "a\n  at: forged\x1B[2J";
  info.sql = "SELECT 1,\n\t2\x1B";
  EXPECT_STREQ(tidb::error(info).what(), "the message [server: a   at: forged [2J]\n  in: SELECT 1,\n\t2 ");
  EXPECT_EQ(tidb::error(info).info().server_message, info.server_message);
}

TEST(error, the_verdict_is_that_of_the_info) {
  auto info = info_with(errc::conflict);
  EXPECT_FALSE(tidb::error(info).is_retryable());
  info.retryable = info.poisons_transaction = true;
  tidb::error conflict(info);
  EXPECT_TRUE(conflict.is_retryable());
  EXPECT_TRUE(conflict.poisons_transaction());
  EXPECT_FALSE(conflict.poisons_connection());
  EXPECT_FALSE(conflict.outcome_is_unknown());
  EXPECT_TRUE(tidb::error(info_with(errc::outcome_unknown)).outcome_is_unknown());
}

TEST(error, a_misuse_was_never_sent_and_other_errors_may_have_been) {
  EXPECT_TRUE(tidb::error(info_with(errc::statement)).was_sent());
  EXPECT_FALSE(tidb::error(info_with(errc::usage)).was_sent());
  try {
    tidb::throw_usage("do this instead");
  } catch (const tidb::usage_error& caught) {
    EXPECT_FALSE(caught.was_sent());
  }
}

TEST(error, a_password_in_the_statement_is_neither_kept_nor_repeated) {
  auto info = info_with(errc::statement);
  info.sql = "CREATE USER ann IDENTIFIED BI 's3cr3t-word'";
  info.server_code = 1064;
  info.server_message = "You have an error in your SQL syntax; line 1 column 27 near \"BI 's3cr3t-word'\" ";
  const tidb::error failed(info);
  EXPECT_EQ(failed.info().sql, "CREATE USER ann IDENTIFIED ***");
  EXPECT_EQ(failed.info().server_message, "You have an error in your SQL syntax; line 1 column 27 near ***");
  EXPECT_EQ(std::string(failed.what()).find("s3cr3t"), std::string::npos) << failed.what();
}

TEST(error, what_a_server_repeats_of_a_password_is_not_kept) {
  const struct {
    const char *sql, *said, *kept;
  } cases[] = {
      {"SELECT 1 WHERE password = 's3cr3t-word", "unrecognized token: \"'s3cr3t-word\"", "unrecognized token: ***"},
      {"INSERT INTO u (password) VALUES ('s3cr3t-word')", "Duplicate entry 's3cr3t-word' for key 'u.password'",
       "Duplicate entry ***"},
      {"INSERT INTO u (password) VALUES (?)", "Duplicate entry 's3cr3t-word' for key 'u.password'",
       "Duplicate entry ***"},
      {"SELECT 1 WHERE token = \"s3cr3t-word\"", "no such column: s3cr3t-word", "no such column: ***"},
      {"BACKUP DATABASE * TO 'azure://b?account-key=s3cr3t-word'", "cannot open `azure://b?account-key=s3cr3t-word`",
       "cannot open ***"},
      {"SELECT token FORM t WHERE id = ?", "syntax error near \"t WHERE id = ?\"",
       "syntax error near \"t WHERE id = ?\""},
  };
  for (const auto& each : cases) {
    auto info = info_with(errc::statement);
    info.message = "there is no column 's3cr3t-word', nor a 'u'";
    info.sql = each.sql;
    info.server_message = each.said;
    const bool literal = info.sql.find("s3cr3t") != std::string::npos;
    const tidb::error failed(info);
    EXPECT_EQ(failed.info().server_message, each.kept);
    if (literal) {
      EXPECT_EQ(failed.info().message, "there is no column '***', nor a 'u'");
      EXPECT_EQ(std::string(failed.what()).find("s3cr3t"), std::string::npos) << each.sql;
    }
  }
}

TEST(error, copies_share_one_info_and_a_moved_from_error_can_still_be_asked) {
  tidb::error first(info_with(errc::usage));
  auto copy = first;
  EXPECT_EQ(&copy.info(), &first.info());
  auto moved = std::move(first);
  EXPECT_STREQ(moved.what(), "the message");
  EXPECT_NE(first.what(), nullptr);    // NOLINT(bugprone-use-after-move)
  EXPECT_FALSE(first.is_retryable());  // NOLINT(bugprone-use-after-move)
}

TEST(error, throw_usage_names_the_callers_line) {
  unsigned line = 0;
  try {
    line = std::source_location::current().line() + 1;
    tidb::throw_usage("do this instead");
  } catch (const tidb::usage_error& caught) {
    EXPECT_EQ(caught.info().where.line(), line);
    EXPECT_EQ(std::string(caught.what()), "do this instead\n  from: error_test.cpp:" + std::to_string(line));
    return;
  }
  FAIL() << "nothing was thrown";
}

}  // namespace
