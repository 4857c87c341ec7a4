#include "core/secrets.hpp"
#include "tidbxx/core/error.hpp"

#include <string>

#include <gtest/gtest.h>

namespace {

using tidb::detail::may_hold_secret;
using tidb::detail::without_secrets;

TEST(secrets, sql_text_that_sets_a_password_is_shown_without_it) {
  for (const auto* sql :
       {"CREATE USER 'ann'@'%' IDENTIFIED BY 's3cr3t-word'", "alter user ann identified with x as 's3cr3t-word'",
        "SET PASSWORD FOR 'ann' = 's3cr3t-word'", "set password = \"s3cr3t-word\"",
        "SELECT 1 WHERE password='s3cr3t-word'", "BACKUP DATABASE * TO 's3://b?secret-access-key=s3cr3t-word'",
        "-- don't\nSET PASSWORD = 's3cr3t-word'", "BACKUP DATABASE * TO 'azure://b?account-key=s3cr3t-word'",
        "IMPORT INTO t FROM 'x?credential=s3cr3t-word'", "IMPORT INTO t FROM 'x?encryption-key=s3cr3t-word'",
        "SELECT 1 WHERE passphrase = 's3cr3t-word'", "SELECT 'it''s \\', password = 's3cr3t-word'"}) {
    EXPECT_TRUE(may_hold_secret(sql)) << sql;
    EXPECT_EQ(without_secrets(sql).find("s3cr3t-word"), std::string::npos) << without_secrets(sql);
  }
  EXPECT_EQ(without_secrets("CREATE USER 'ann'@'%' IDENTIFIED BY 's3cr3t-word'"),
            "CREATE USER 'ann'@'%' IDENTIFIED ***");
}

TEST(secrets, other_texts_are_shown_as_they_are) {
  for (const auto* sql : {"SELECT 'a', \"b\" FROM t WHERE id = ?", "SELECT password FROM users WHERE id = ?", ""})
    EXPECT_EQ(without_secrets(sql), sql);
}

TEST(secrets, an_error_shows_its_statement_without_them) {
  const tidb::error failed({.message = "refused", .sql = "CREATE USER 'ann' IDENTIFIED BY 's3cr3t-word'"});
  EXPECT_EQ(std::string(failed.what()).find("s3cr3t-word"), std::string::npos) << failed.what();
  EXPECT_EQ(failed.info().sql, "CREATE USER 'ann' IDENTIFIED ***");
}

}  // namespace
