#include "client/url.hpp"
#include "tidbxx/core/error.hpp"

#include <chrono>
#include <optional>
#include <random>
#include <string>
#include <string_view>

#include <gtest/gtest.h>

namespace {

using std::chrono::milliseconds;
using tidb::engine_kind;
using tidb::detail::connect_request;
using tidb::detail::parse_url;
using text = std::optional<std::string>;

std::string complaint(std::string_view url) {
  try {
    parse_url(url);
  } catch (const tidb::usage_error& problem) {
    return problem.what();
  }
  return {};
}

}  // namespace

TEST(url, the_parts_of_a_server_url_are_read) {
  const struct {
    std::string_view url;
    text host, user, password, database;
    std::optional<std::uint16_t> port;
  } cases[] = {
      {"mysql://user:s3cr3t-w@host:4001/shop", "host", "user", "s3cr3t-w", "shop", 4001},
      {"tidb://user:s3cr3t-w@host:4001/shop", "host", "user", "s3cr3t-w", "shop", 4001},
      {"mysql+pymysql://u:s3cr3t-p@h/d", "h", "u", "s3cr3t-p", "d", {}},
      {"mysql+mysqldb://u:s3cr3t-p@h/d", "h", "u", "s3cr3t-p", "d", {}},
      {"mysql+mysqlconnector://u:s3cr3t-p@h/d", "h", "u", "s3cr3t-p", "d", {}},
      {"MySQL://h", "h", {}, {}, {}, {}},
      {"mysql://h:4000", "h", {}, {}, {}, 4000},
      {"mysql://h/", "h", {}, {}, {}, {}},
      {"mysql://h:/d", "h", {}, {}, "d", {}},
      {"mysql://user@host", "host", "user", {}, {}, {}},
      {"mysql://root:@host", "host", "root", "", {}, {}},
      {"mysql://:s3cr3t-w@host", "host", {}, "s3cr3t-w", {}, {}},
      {"mysql://@host", "host", {}, {}, {}, {}},
      {"mysql:///d", {}, {}, {}, "d", {}},
      {"mysql://", {}, {}, {}, {}, {}},
      {"mysql://u:s3cr3t-a:b@h", "h", "u", "s3cr3t-a:b", {}, {}},
      {"mysql://x.root:s3cr3t-p@gateway01.eu-central-1.prod.aws.tidbcloud.com:4000/test",
       "gateway01.eu-central-1.prod.aws.tidbcloud.com", "x.root", "s3cr3t-p", "test", 4000},
      {"mysql://u@[::1]:4001/d", "::1", "u", {}, "d", 4001},
      {"mysql://[2001:db8::7]", "2001:db8::7", {}, {}, {}, {}},
      {"mysql://[fe80::1%25eth0]/d", "fe80::1%eth0", {}, {}, "d", {}},
      {"mysql://h/d?", "h", {}, {}, "d", {}},
      {"mysql://h?charset=utf8mb4", "h", {}, {}, {}, {}},
  };
  for (const auto& each : cases) {
    SCOPED_TRACE(each.url);
    connect_request said;
    ASSERT_NO_THROW(said = parse_url(each.url));
    EXPECT_EQ(said.engine, engine_kind::tidb);
    EXPECT_EQ(said.host, each.host);
    EXPECT_EQ(said.user, each.user);
    EXPECT_EQ(said.password, each.password);
    EXPECT_EQ(said.database, each.database);
    EXPECT_EQ(said.port, each.port);
    EXPECT_EQ(said.selects_none, !each.database);
    EXPECT_FALSE(said.file);
  }
}

TEST(url, percent_encoded_parts_are_decoded) {
  auto said = parse_url("mysql://a%40b:s3cr3t-p%40%3A%2f%3F%23%25%20%C3%A4+@h/d%2Fe?ssl_ca=/etc/c++/a%20b%26c.pem");
  EXPECT_EQ(said.user, "a@b");
  EXPECT_EQ(said.password, "s3cr3t-p@:/?#% \xC3\xA4+");
  EXPECT_EQ(said.database, "d/e");
  EXPECT_EQ(said.tls.ca, "/etc/c++/a b&c.pem");
  EXPECT_EQ(parse_url("sqlite:a%20b%3F.db").file, "a b?.db");
}

TEST(url, sqlite_urls_name_a_file) {
  const struct {
    std::string_view url, file;
  } cases[] = {
      {"sqlite:shop.db", "shop.db"},
      {"sqlite:dir/shop.db", "dir/shop.db"},
      {"sqlite:./shop.db", "./shop.db"},
      {"sqlite:/abs/shop.db", "/abs/shop.db"},
      {"sqlite:my shop#1.db", "my shop#1.db"},
      {"sqlite://shop.db", "shop.db"},
      {"sqlite:///shop.db", "shop.db"},
      {"sqlite:////abs/shop.db", "/abs/shop.db"},
      {"sqlite::memory:", ":memory:"},
      {"sqlite://:memory:", ":memory:"},
      {"sqlite:///:memory:", ":memory:"},
      {"sqlite://", ":memory:"},
      {"sqlite:///", ":memory:"},
      {"SQLite:Shop.DB", "Shop.DB"},
  };
  for (const auto& each : cases) {
    SCOPED_TRACE(each.url);
    connect_request said;
    ASSERT_NO_THROW(said = parse_url(each.url));
    EXPECT_EQ(said.engine, engine_kind::embedded);
    EXPECT_EQ(said.file, each.file);
  }
  EXPECT_EQ(parse_url("sqlite:a.db?lock_timeout=0.25").lock_timeout, milliseconds(250));
  EXPECT_EQ(parse_url("sqlite:a.db?timeout=0").lock_timeout, milliseconds(0));
}

TEST(url, parameters_are_read) {
  auto said = parse_url("mysql://h/d?ssl_ca=ca.pem&ssl_cert=c.pem&ssl_key=k.pem&ssl_verify_cert=true&"
                        "ssl_verify_identity=False&ssl=1&ssl_disabled=0&charset=UTF8MB4&connect_timeout=2.5&"
                        "read_timeout=30&write_timeout=30&ensure_database=true");
  EXPECT_EQ(said.tls.ca, "ca.pem");
  EXPECT_EQ(said.tls.cert, "c.pem");
  EXPECT_EQ(said.tls.key, "k.pem");
  EXPECT_EQ(said.tls.verify_cert, true);
  EXPECT_EQ(said.tls.verify_identity, false);
  EXPECT_EQ(said.tls.enabled, true);
  EXPECT_EQ(said.connect_timeout, milliseconds(2500));
  EXPECT_EQ(said.statement_timeout, milliseconds(30'000));
  EXPECT_EQ(said.ensure_database, true);
  EXPECT_EQ(parse_url("mysql://h?statement_timeout=0").statement_timeout, milliseconds(0));
  EXPECT_EQ(parse_url("mysql://h?statement_timeout=0.0001").statement_timeout, milliseconds(1));
}

TEST(url, ssl_modes_are_read_in_any_case_and_spelling) {
  const struct {
    std::string_view parameter;
    tidb::ssl_mode mode;
  } cases[] = {
      {"ssl_mode=DISABLED", tidb::ssl_mode::disabled},
      {"ssl_mode=required", tidb::ssl_mode::required},
      {"ssl-mode=Verify_CA", tidb::ssl_mode::verify_ca},
      {"ssl-mode=VERIFY_IDENTITY", tidb::ssl_mode::verify_identity},
  };
  for (const auto& each : cases)
    EXPECT_EQ(parse_url("mysql://h?" + std::string(each.parameter)).tls.mode, each.mode) << each.parameter;
}

TEST(url, what_is_wrong_is_said_without_the_password) {
  const struct {
    std::string_view url, says;
  } cases[] = {
      {"", "starts with mysql://"},
      {"shop.db", "sqlite:shop.db"},
      {"postgres://u:s3cr3t@h", "starts with mysql://"},
      {"mysql", "starts with mysql://"},
      {"sqlite", "starts with mysql://"},
      {" mysql://h", "starts with mysql://"},
      {"mysql:h", "lacks the //"},
      {"mysql:/u:s3cr3t@h", "lacks the //"},
      {"mysql://u:s3cr3t@h\n", "control character"},
      {"mysql://u:s3cr3t-a s3cr3t-b@h", "%20"},
      {"mysql://u:s3cr3t%4@h", "character 17"},
      {"mysql://u:s3cr3t%zz@h", "character 17"},
      {"mysql://u:s3cr3t%", "port"},
      {"mysql://u:s3cr3t%00@h", "%00 at character 17"},
      {"mysql://u%:s3cr3t@h", "user"},
      {"mysql://u:s3cr3t-a@s3cr3t-b@h", "percent-encode"},
      {"mysql://u:s3cr3t-a/s3cr3t-b@h", "percent-encode"},
      {"mysql://u:s3cr3t-a?s3cr3t-b@h", "percent-encode"},
      {"mysql://u:s3cr3t-a#s3cr3t-b@h", "percent-encode"},
      {"mysql://u:s3cr3t-a@b/s3cr3t-c@h/d", "percent-encode"},
      {"mysql://u:12?secret=1@h/d", "percent-encode"},
      {"mysql://u:s3cr3t", "percent-encode"},
      {"mysql://u:1:s3cr3t", "percent-encode"},
      {"mysql://u:s3cr3t-p@h/d/s3cr3t", "%2F"},
      {"mysql://u:s3cr3t-p@h#s3cr3t", "#"},
      {"mysql://h:0", "port"},
      {"mysql://h:65536", "port"},
      {"mysql://h:-1", "port"},
      {"mysql://h:40x", "port"},
      {"mysql://h;s3cr3t", "host"},
      {"mysql://::1", "brackets"},
      {"mysql://[::1", "brackets"},
      {"mysql://[h]", "brackets"},
      {"mysql://[::1]4000", "brackets"},
      {"mysql://u@h?autocommit=true", "parameter autocommit is not known; known here are ssl_ca, "},
      {"mysql://h:12?secret=1", "parameter number 1 is not known"},
      {"mysql://h?s3cr3t", "parameter number 1 is not known"},
      {"mysql://h?lock_timeout=1", "lock_timeout is not known"},
      {"mysql://h?ssl_ca", "no value"},
      {"mysql://h?ssl_ca=", "no value"},
      {"mysql://h?ssl_ca=a&ssl_ca=a", "ssl_ca is given twice"},
      {"mysql://h?ssl_mode=REQUIRED&ssl-mode=REQUIRED", "ssl_mode is given twice"},
      {"mysql://h?ssl_mode=PREFERRED", "plain text without a word"},
      {"mysql://h?ssl_mode=s3cr3t", "VERIFY_IDENTITY"},
      {"mysql://h?ssl=s3cr3t", "true or false"},
      {"mysql://h?ssl=true&ssl_disabled=true", "contradict"},
      {"mysql://h?charset=latin1", "utf8mb4"},
      {"mysql://h?connect_timeout=0", "above 0"},
      {"mysql://h?connect_timeout=-1", "seconds"},
      {"mysql://h?connect_timeout=inf", "seconds"},
      {"mysql://h?connect_timeout=nan", "seconds"},
      {"mysql://h?connect_timeout=1e3", "seconds"},
      {"mysql://h?connect_timeout=10s", "seconds"},
      {"mysql://h?connect_timeout=99999999999", "a year"},
      {"mysql://h?read_timeout=1&write_timeout=2", "statement_timeout"},
      {"sqlite:", "names no file"},
      {"sqlite:?timeout=1", "names no file"},
      {"sqlite:a.db?mode=ro", "parameter mode is not known; known here are lock_timeout, timeout"},
      {"sqlite:a.db?timeout=1&lock_timeout=1", "lock_timeout is given twice"},
      {"sqlite:a%0", "path"},
  };
  for (const auto& each : cases) {
    SCOPED_TRACE(each.url);
    std::string message = complaint(each.url);
    EXPECT_NE(message, "");
    for (std::string_view part : {"s3cr3t", "cr3t", "secret"})
      EXPECT_EQ(message.find(part), std::string::npos) << message;
    EXPECT_NE(message.find(each.says), std::string::npos) << message;
  }
}

TEST(url, random_urls_never_crash_and_errors_never_repeat_the_password) {
  std::mt19937 random(19700101);
  const std::string_view specials = "@:/?#%&=[].+ -_\\\"'\x01\xFF";
  auto noise = [&](std::size_t most) {
    std::string some;
    for (auto letters = random() % (most + 1); letters > 0; --letters)
      some += random() % 2 ? specials[random() % specials.size()] : static_cast<char>('0' + random() % 10);
    return some;
  };
  std::size_t read = 0;
  for (int round = 0; round < 50'000; ++round) {
    std::string password = noise(4) + "s3cr3t" + noise(4);
    std::string url = random() % 4 ? "mysql://" : "mysql" + noise(3);
    url += "root" + noise(1) + ":" + password + "@host" + noise(2) + ":4000/shop?ssl_ca=" + noise(3);
    for (auto changes = random() % 3; changes > 0; --changes) {
      std::size_t at = random() % url.size();
      if (random() % 2)
        url.erase(at, 1);
      else
        url.insert(at, 1, static_cast<char>(random() % 256));
    }
    std::string message = complaint(url);
    if (message.empty()) ++read;
    EXPECT_EQ(message.find("s3cr3t"), std::string::npos) << url << '\n' << message;
  }
  EXPECT_GT(read, 100U);
}

TEST(url, random_bytes_never_crash) {
  std::mt19937 random(42);
  for (int round = 0; round < 20'000; ++round) {
    std::string url = random() % 2 ? "mysql://" : "sqlite:";
    for (auto letters = random() % 40; letters > 0; --letters) url += static_cast<char>(random() % 256);
    complaint(url);
  }
}
