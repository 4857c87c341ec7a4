#include "client/grants.hpp"

#include <gtest/gtest.h>

namespace {

using tidb::detail::grants_on;
using rows = std::vector<std::string>;
using names = std::set<std::string>;

TEST(grants, rights_on_everything_count_in_each_database) {
  const auto found = grants_on("shop", rows{"GRANT ALL PRIVILEGES ON *.* TO 'root'@'%' WITH GRANT OPTION"});
  EXPECT_TRUE(found.has("SELECT"));
  EXPECT_TRUE(found.has("DROP"));
  EXPECT_TRUE(grants_on("", rows{"GRANT ALL PRIVILEGES ON *.* TO 'root'@'%'"}).has("SELECT"));
}

TEST(grants, rights_of_several_rows_add_up_and_those_on_other_databases_do_not_count) {
  const rows all{"GRANT USAGE ON *.* TO 'me'@'%'", "GRANT SELECT,INSERT ON `shop`.* TO 'me'@'%'",
                 "GRANT CREATE ON *.* TO 'me'@'%'", "GRANT DROP ON `other`.* TO 'me'@'%'",
                 "GRANT 'role'@'%' TO 'me'@'%'"};
  const auto found = grants_on("shop", all);
  EXPECT_EQ(found.privileges, (names{"SELECT", "INSERT", "CREATE"}));
  EXPECT_FALSE(found.has("DROP"));
  EXPECT_EQ(grants_on("", all).privileges, (names{"CREATE"}));
}

TEST(grants, a_database_may_be_granted_by_a_pattern_or_hold_a_backtick) {
  EXPECT_TRUE(grants_on("shop_7", rows{"GRANT SELECT ON `shop\\_%`.* TO 'me'@'%'"}).has("SELECT"));
  EXPECT_FALSE(grants_on("shopx7", rows{"GRANT SELECT ON `shop\\_%`.* TO 'me'@'%'"}).has("SELECT"));
  EXPECT_TRUE(grants_on("a`b", rows{"GRANT SELECT ON `a``b`.* TO 'me'@'%'"}).has("SELECT"));
}

TEST(grants, rights_on_tables_and_columns_are_told_apart_from_those_on_the_database) {
  const auto found = grants_on("shop", rows{"GRANT SELECT(id, name), UPDATE ON `shop`.`fish` TO 'me'@'%'",
                                            "GRANT DELETE, INDEX ON `shop`.* TO 'me'@'%'"});
  EXPECT_EQ(found.privileges, (names{"DELETE", "INDEX"}));
  ASSERT_EQ(found.on_tables.size(), 1U);
  EXPECT_EQ(found.on_tables[0], "fish: SELECT(id, name), UPDATE");
}

TEST(grants, rows_that_are_none_are_left_out) {
  for (const char* row :
       {"", "GRANT", "GRANT SELECT ON", "GRANT SELECT ON `", "GRANT SELECT ON `shop", "nonsense ON `shop`.*"})
    EXPECT_TRUE(grants_on("shop", rows{row}).privileges.empty()) << row;
}

}  // namespace
