#include "core/secrets.hpp"
#include "tidbxx/core/error.hpp"

#include <string>

#include <gtest/gtest.h>

namespace {

using tidb::detail::may_hold_secret;
using tidb::detail::without_secrets;

TEST(secrets, sql_text_that_sets_a_password_is_shown_without_it) {
  for (const auto* sql :
       {"CREATE USER 'ann'@'%' IDENTIFIED BY 'hunter2'", "alter user ann identified with x as 'hunter2'",
        "SET PASSWORD FOR 'ann' = 'hunter2'", "set password = \"hunter2\"", "SELECT 1 WHERE password='hunter2'",
        "BACKUP DATABASE * TO 's3://b?secret-access-key=hunter2'", "-- don't\nSET PASSWORD = 'hunter2'",
        "SELECT 'it''s \\', password = 'hunter2'"}) {
    EXPECT_TRUE(may_hold_secret(sql)) << sql;
    EXPECT_EQ(without_secrets(sql).find("hunter2"), std::string::npos) << without_secrets(sql);
  }
  EXPECT_EQ(without_secrets("CREATE USER 'ann'@'%' IDENTIFIED BY 'hunter2'"), "CREATE USER 'ann'@'%' IDENTIFIED ***");
}

TEST(secrets, other_texts_are_shown_as_they_are) {
  for (const auto* sql : {"SELECT 'a', \"b\" FROM t WHERE id = ?", "SELECT password FROM users WHERE id = ?", ""})
    EXPECT_EQ(without_secrets(sql), sql);
}

TEST(secrets, an_error_shows_its_statement_without_them) {
  const tidb::error failed({.message = "refused", .sql = "CREATE USER 'ann' IDENTIFIED BY 'hunter2'"});
  EXPECT_EQ(std::string(failed.what()).find("hunter2"), std::string::npos) << failed.what();
  EXPECT_EQ(failed.info().sql, "CREATE USER 'ann' IDENTIFIED ***");
}

}  // namespace
