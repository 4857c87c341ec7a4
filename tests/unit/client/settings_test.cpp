#include "client/settings.hpp"
#include "tidbxx/core/error.hpp"

#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>
#include <map>
#include <random>
#include <string>
#include <string_view>
#include <utility>

#include <gtest/gtest.h>

namespace {

using std::chrono::milliseconds;
using tidb::connect_options;
using tidb::engine_kind;
using tidb::ssl_mode;
using tidb::detail::resolve;
using tidb::detail::resolve_environment;
using tidb::detail::resolve_url;
using tidb::detail::resolved_options;
using tidb::detail::surroundings;
using variables = std::map<std::string, std::string>;

constexpr const char* gateway = "gateway01.eu-central-1.prod.aws.tidbcloud.com";

/// An environment of its own, and a folder with or without a `.env`.
struct world {
  std::filesystem::path folder =
      std::filesystem::temp_directory_path() / ("tidbxx_settings_" + std::to_string(std::random_device{}()));
  surroundings around;
  explicit world(variables environment = {}, std::string_view dotenv = {}) {
    std::filesystem::create_directory(folder);
    if (!dotenv.empty()) std::ofstream(folder / ".env", std::ios::binary) << dotenv;
    around.directory = folder;
    around.variable = [environment = std::move(environment)](const std::string& name) -> std::optional<std::string> {
      auto at = environment.find(name);
      return at == environment.end() ? std::nullopt : std::optional(at->second);
    };
  }
  ~world() { std::filesystem::remove_all(folder); }
  world(const world&) = delete;
  world& operator=(const world&) = delete;
};

resolved_options from(variables environment, std::string_view dotenv = {}, const connect_options& given = {}) {
  world here(std::move(environment), dotenv);
  return resolve(given, here.around);
}

std::string complaint(const std::function<void()>& work) {
  try {
    work();
  } catch (const tidb::usage_error& problem) {
    return problem.what();
  }
  return {};
}

std::string complaint_of_url(const std::string& url) {
  return complaint([&] { resolve_url(url); });
}

bool has(const std::string& text, std::string_view part) { return text.find(part) != std::string::npos; }

TEST(settings, several_hosts_are_taken_apart) {
  for (const auto& options : {resolve_url("mysql://u@h1,h2:4001,[::1]:4002/d"),
                              from({}, {}, {.host = "h1, h2:4001,[::1]:4002", .database = "d"}),
                              from({{"TIDB_HOST", "h1,h2:4001,[::1]:4002"}, {"TIDB_DB_NAME", "d"}})}) {
    EXPECT_EQ(options.endpoint(), "h1:4000,h2:4001,[::1]:4002/d");
    ASSERT_EQ(options.servers.size(), 3U);
    EXPECT_EQ(options.servers[1].host, "h2");
    EXPECT_EQ(options.servers[2].host, "::1");
    EXPECT_EQ(options.host, "h1");
  }
  EXPECT_EQ(from({}, {}, {.host = "h1,h2:4001", .port = 4009}).endpoint(), "h1:4009,h2:4001/test");
  EXPECT_TRUE(resolve_url("mysql://u@h1").servers.empty());
  EXPECT_EQ(resolve_url("mysql://x.root@h1," + std::string(gateway)).ssl_mode, ssl_mode::verify_identity);
  EXPECT_TRUE(has(complaint_of_url("mysql://root@h1," + std::string(gateway)), "Missing user name prefix"));
  for (const char* host : {"h1,", ",h1", "h1,h2:x", "h1,SECRET@h2", "h1,mysql://h2", "h1,[::1"}) {
    const auto text = complaint([&] { from({}, {}, {.host = host}); });
    EXPECT_TRUE(has(text, "host (argument)")) << host << ": " << text;
    EXPECT_FALSE(has(text, "SECRET"));
  }
  EXPECT_TRUE(has(complaint_of_url("mysql://u@h1,,h2"), "between the commas"));
}

TEST(settings, the_pools_numbers_come_from_every_source) {
  const auto options = resolve_url(
      "mysql://h?pool_size=7&pool_min_size=2&pool_timeout=1.5&pool_recycle=60&pool_idle_timeout=30&pool_pre_ping=true");
  EXPECT_EQ(options.pool.max_size, 7U);
  EXPECT_EQ(options.pool.min_size, 2U);
  EXPECT_EQ(options.pool.checkout_timeout, milliseconds(1500));
  EXPECT_EQ(options.pool.max_lifetime, milliseconds(60'000));
  EXPECT_EQ(options.pool.idle_timeout, milliseconds(30'000));
  EXPECT_EQ(options.pool.check_after, milliseconds(1));
  EXPECT_EQ(resolve_url("sqlite:a.db?pool_size=3").pool.max_size, 3U);
  EXPECT_EQ(from({{"TIDB_DATABASE_URL", "mysql://h?pool_size=7&pool_recycle=9"}}, {}, {.pool = {.max_size = 5}})
                .pool.max_size,
            5U);
  EXPECT_TRUE(has(complaint_of_url("mysql://h?pool_size=0"), "pool_size wants a number above 0"));
  EXPECT_TRUE(has(complaint_of_url("mysql://h?max_overflow=1"), "known here are"));
  EXPECT_TRUE(has(complaint_of_url("mysql://h?max_overflow=1"), "pool_size"));
}

TEST(settings, session_variables_are_checked) {
  const auto options = resolve_url("mysql://h?session_variables=a=1;b=x,y");
  EXPECT_EQ(options.session_variables, (std::map<std::string, std::string>{{"a", "1"}, {"b", "x,y"}}));
  const std::pair<const char*, const char*> wrong[] = {{"a b", "1"},       {"", "1"},        {"a`", "1"},
                                                       {"a", "1' OR '1"},  {"a", "back\\"},  {"a", "line\n"},
                                                       {"Time_Zone", "1"}, {"sql_mode", ""}, {"autocommit", "0"}};
  for (const auto& [name, value] : wrong)
    EXPECT_TRUE(has(complaint([&, n = name, v = value] {
                      from({}, {}, {.host = "h", .session_variables = {{n, v}}});
                    }),
                    "session_variables: "))
        << name;
  EXPECT_TRUE(has(complaint_of_url("mysql://h?session_variables=a"), "wants name=value"));
}

}  // namespace

// ---- the environment and .env

TEST(settings, with_nothing_said_the_embedded_file_is_used) {
  world here;
  auto options = resolve_environment(here.around);
  EXPECT_EQ(options.engine, engine_kind::embedded);
  EXPECT_EQ(options.file, (here.folder / "tidbxx.db").string());
  EXPECT_EQ(options.sources.at("file"), "default");
  EXPECT_EQ(options.ssl_mode, ssl_mode::disabled);
  EXPECT_EQ(options.endpoint(), options.file);
}

TEST(settings, without_a_folder_the_file_is_in_the_working_directory) {
  surroundings around;
  around.variable = [](const std::string&) { return std::nullopt; };
  EXPECT_EQ(resolve_environment(around).file, "tidbxx.db");
}

TEST(settings, a_ca_path_alone_leaves_the_embedded_engine) {
  EXPECT_EQ(from({{"CA_PATH", "ca.pem"}}).engine, engine_kind::embedded);
  EXPECT_EQ(from({}, "TIDB_CA_PATH=ca.pem").engine, engine_kind::embedded);
}

TEST(settings, any_field_means_tidb_with_defaults_for_the_rest) {
  const struct {
    const char* variable;
    const char* value;
    const char* endpoint;
    const char* user;
    const char* password;
  } cases[] = {
      {"TIDB_HOST", "db.local", "db.local:4000/test", "root", ""},
      {"TIDB_PORT", "4001", "127.0.0.1:4001/test", "root", ""},
      {"TIDB_USER", "me", "127.0.0.1:4000/test", "me", ""},
      {"TIDB_USERNAME", "me", "127.0.0.1:4000/test", "me", ""},
      {"TIDB_PASSWORD", "s3cr3t-pw", "127.0.0.1:4000/test", "root", "s3cr3t-pw"},
      {"TIDB_DB_NAME", "shop", "127.0.0.1:4000/shop", "root", ""},
      {"TIDB_DATABASE", "shop", "127.0.0.1:4000/shop", "root", ""},
  };
  for (const auto& each : cases) {
    SCOPED_TRACE(each.variable);
    auto options = from({{each.variable, each.value}});
    EXPECT_EQ(options.engine, engine_kind::tidb);
    EXPECT_EQ(options.endpoint(), each.endpoint);
    EXPECT_EQ(options.user, each.user);
    EXPECT_EQ(options.password, each.password);
    EXPECT_EQ(options.ssl_mode, ssl_mode::disabled);
    EXPECT_TRUE(options.select_database);
    auto same = from({}, std::string(each.variable) + "=" + each.value);
    EXPECT_EQ(same.endpoint(), each.endpoint);
  }
}

TEST(settings, each_source_is_named) {
  auto options =
      from({{"TIDB_HOST", "h"}, {"TIDB_USERNAME", "me"}}, "TIDB_PORT=4001\nTIDB_PASSWORD=s3cr3t-pw\nCA_PATH=ca.pem");
  EXPECT_EQ(options.sources.at("host"), "environment variable TIDB_HOST");
  EXPECT_EQ(options.sources.at("user"), "environment variable TIDB_USERNAME");
  EXPECT_EQ(options.sources.at("port"), ".env TIDB_PORT");
  EXPECT_EQ(options.sources.at("password"), ".env TIDB_PASSWORD");
  EXPECT_EQ(options.sources.at("ssl_ca"), ".env CA_PATH");
  EXPECT_EQ(options.sources.at("database"), "default");
  EXPECT_EQ(options.sources.at("ssl_mode"), "default");
  EXPECT_EQ(options.ssl_mode, ssl_mode::verify_identity);
  EXPECT_EQ(options.ssl_ca, "ca.pem");
}

TEST(settings, the_environment_wins_over_dotenv_and_empty_is_not_set) {
  EXPECT_EQ(from({{"TIDB_HOST", "outer"}}, "TIDB_HOST=inner").host, "outer");
  EXPECT_EQ(from({{"TIDB_HOST", ""}}, "TIDB_HOST=inner").host, "inner");
  EXPECT_EQ(from({{"TIDB_USERNAME", "outer"}}, "TIDB_USER=inner").user, "outer");
  EXPECT_EQ(from({{"TIDB_HOST", ""}}, "TIDB_PORT=\n").engine, engine_kind::embedded);
  EXPECT_EQ(from({{"TIDB_DATABASE_URL", ""}, {"TIDB_HOST", "h"}}).host, "h");
}

TEST(settings, a_database_url_wins_over_fields) {
  auto options = from(
      {{"TIDB_DATABASE_URL", "mysql://u:s3cr3t-p@h/d"}, {"TIDB_HOST", "other"}, {"TIDB_PASSWORD", "s3cr3t-other"}});
  EXPECT_EQ(options.endpoint(), "h:4000/d");
  EXPECT_EQ(options.password, "s3cr3t-p");
  EXPECT_EQ(options.sources.at("host"), "environment variable TIDB_DATABASE_URL");
  EXPECT_EQ(options.sources.at("port"), "default");
  auto bare = from({{"TIDB_DATABASE_URL", "mysql://h"}, {"TIDB_PASSWORD", "s3cr3t-other"}, {"TIDB_DATABASE", "other"}});
  EXPECT_EQ(bare.password, "");
  EXPECT_FALSE(bare.select_database);
  EXPECT_EQ(from({}, "TIDB_DATABASE_URL=sqlite:shop.db").file, "shop.db");
  EXPECT_EQ(from({}, "TIDB_DATABASE_URL=sqlite:shop.db").sources.at("file"), ".env TIDB_DATABASE_URL");
}

TEST(settings, a_ca_path_applies_to_the_environments_url) {
  const struct {
    const char* url;
    ssl_mode mode;
    const char* ca;
  } cases[] = {
      {"mysql://h", ssl_mode::verify_identity, "env.pem"},
      {"mysql://h?ssl_mode=VERIFY_CA", ssl_mode::verify_ca, "env.pem"},
      {"mysql://h?ssl_ca=url.pem", ssl_mode::verify_identity, "url.pem"},
      {"mysql://h?ssl_mode=DISABLED", ssl_mode::disabled, ""},
      {"mysql://h?ssl=false", ssl_mode::disabled, ""},
      {"sqlite:a.db", ssl_mode::disabled, ""},
  };
  for (const auto& each : cases) {
    SCOPED_TRACE(each.url);
    auto options = from({{"TIDB_DATABASE_URL", each.url}, {"CA_PATH", "env.pem"}});
    EXPECT_EQ(options.ssl_mode, each.mode);
    EXPECT_EQ(options.ssl_ca, each.ca);
  }
}

TEST(settings, an_invalid_variable_is_named_with_its_source) {
  EXPECT_TRUE(has(complaint([] { from({{"TIDB_PORT", "s3cr3t"}}); }), "environment variable TIDB_PORT: the port"));
  EXPECT_TRUE(has(complaint([] { from({}, "TIDB_PORT=70000"); }), ".env TIDB_PORT: the port"));
  std::string text = complaint([] { from({{"TIDB_DATABASE_URL", "mysql://u:s3cr3t-a/s3cr3t-b@h"}}); });
  EXPECT_TRUE(has(text, "environment variable TIDB_DATABASE_URL: the URL has an @"));
  EXPECT_FALSE(has(text, "cr3t"));
  EXPECT_TRUE(has(complaint([] {
                    from({{"TIDB_HOST", "h:4000"}});
                  }),
                  "host (environment variable TIDB_HOST) has a port"));
  EXPECT_TRUE(has(complaint([] { from({}, "TIDB_HOST='mysql://u:s3cr3t@h'"); }), "host (.env TIDB_HOST) is a URL"));
  EXPECT_TRUE(has(complaint([] { from({}, "\nTIDB_PASSWORD='s3cr3t"); }), ".env:2: "));
}

TEST(settings, the_process_is_asked_by_default) {
  ::setenv("TIDBXX_TEST_VARIABLE", "x", 1);
  EXPECT_EQ(surroundings{}.variable("TIDBXX_TEST_VARIABLE"), "x");
  ::unsetenv("TIDBXX_TEST_VARIABLE");
  EXPECT_EQ(surroundings{}.variable("TIDBXX_TEST_VARIABLE"), std::nullopt);
}

// ---- arguments

TEST(settings, who_names_the_host_brings_the_credentials) {
  variables environment{{"TIDB_HOST", "other"},      {"TIDB_PORT", "4009"},
                        {"TIDB_USER", "them"},       {"TIDB_PASSWORD", "s3cr3t-their"},
                        {"TIDB_DATABASE", "theirs"}, {"CA_PATH", "their.pem"}};
  auto options = from(environment, {}, {.host = "h"});
  EXPECT_EQ(options.endpoint(), "h:4000/test");
  EXPECT_EQ(options.user, "root");
  EXPECT_EQ(options.password, "");
  EXPECT_EQ(options.ssl_ca, "");
  EXPECT_EQ(options.ssl_mode, ssl_mode::disabled);
  EXPECT_EQ(options.sources.at("host"), "argument");
  EXPECT_EQ(options.sources.at("password"), "default");
  EXPECT_EQ(from(environment, {}, {.file = "a.db"}).file, "a.db");
  // A broken .env is not even read.
  EXPECT_EQ(from({}, "broken", {.host = "h"}).host, "h");
}

TEST(settings, a_url_stands_alone) {
  ::setenv("TIDB_PASSWORD", "s3cr3t-their", 1);
  auto options = resolve_url("mysql://h");
  ::unsetenv("TIDB_PASSWORD");
  EXPECT_EQ(options.endpoint(), "h:4000");
  EXPECT_EQ(options.user, "root");
  EXPECT_EQ(options.password, "");
  EXPECT_FALSE(options.select_database);
  EXPECT_EQ(options.sources.at("host"), "URL");
  EXPECT_EQ(options.sources.at("user"), "default");
  EXPECT_EQ(resolve_url("mysql://").sources.at("host"), "default");
}

TEST(settings, fields_override_the_environment_when_they_name_no_host) {
  variables environment{
      {"TIDB_HOST", "h"}, {"TIDB_USER", "them"}, {"TIDB_PASSWORD", "s3cr3t-their"}, {"TIDB_DATABASE", "theirs"}};
  auto database = from(environment, {}, {.database = "mine"});
  EXPECT_EQ(database.endpoint(), "h:4000/mine");
  EXPECT_EQ(database.user, "them");
  EXPECT_EQ(database.password, "s3cr3t-their");
  EXPECT_EQ(database.sources.at("database"), "argument");
  auto user = from(environment, {}, {.user = "me"});
  EXPECT_EQ(user.user, "me");
  EXPECT_EQ(user.password, "");
  EXPECT_EQ(user.sources.at("password"), "default");
  EXPECT_EQ(user.database, "theirs");
  auto both = from(environment, {}, {.user = "me", .password = "s3cr3t-mine"});
  EXPECT_EQ(both.password, "s3cr3t-mine");
  auto password = from(environment, {}, {.password = "s3cr3t-mine"});
  EXPECT_EQ(password.user, "them");
  EXPECT_EQ(password.password, "s3cr3t-mine");
  EXPECT_EQ(from({{"TIDB_DATABASE_URL", "mysql://h"}}, {}, {.database = "mine"}).endpoint(), "h:4000/mine");
}

TEST(settings, a_field_alone_means_the_local_tidb) {
  const std::pair<connect_options, const char*> cases[] = {
      {{.port = 4001}, "127.0.0.1:4001/test"},           {{.user = "me"}, "127.0.0.1:4000/test"},
      {{.password = "s3cr3t-p"}, "127.0.0.1:4000/test"}, {{.database = "d"}, "127.0.0.1:4000/d"},
      {{.ssl_ca = "ca.pem"}, "127.0.0.1:4000/test"},
  };
  for (const auto& [given, endpoint] : cases) EXPECT_EQ(from({}, {}, given).endpoint(), endpoint);
  EXPECT_EQ(from({}, {}, {.lock_timeout = milliseconds(7)}).engine, engine_kind::embedded);
  EXPECT_EQ(from({}, {}, {.lock_timeout = milliseconds(7)}).lock_timeout, milliseconds(7));
}

TEST(settings, limits_come_from_arguments_then_the_url_then_the_defaults) {
  variables environment{{"TIDB_DATABASE_URL", "mysql://h?connect_timeout=3&read_timeout=4&ensure_database=true"}};
  auto options = from(environment);
  EXPECT_EQ(options.connect_timeout, milliseconds(3000));
  EXPECT_EQ(options.statement_timeout, milliseconds(4000));
  EXPECT_TRUE(options.ensure_database);
  EXPECT_EQ(from(environment, {}, {.connect_timeout = milliseconds(5)}).connect_timeout, milliseconds(5));
  EXPECT_EQ(resolve_url("mysql://h").connect_timeout, milliseconds(10'000));
  EXPECT_EQ(resolve_url("sqlite:a.db?timeout=1.5").lock_timeout, milliseconds(1500));
}

TEST(settings, an_argument_wins_also_with_its_default) {
  variables environment{{"TIDB_DATABASE_URL",
                         "mysql://h?connect_timeout=3&statement_timeout=4&ensure_database=true&echo=true&"
                         "show_parameters=true&slow_statement=1&pool_timeout=7"}};
  const auto options = from(environment, {},
                            {.ensure_database = false,
                             .connect_timeout = milliseconds(10'000),
                             .statement_timeout = milliseconds(0),
                             .pool = {.checkout_timeout = milliseconds(30'000)},
                             .echo = false,
                             .show_parameters = false,
                             .slow_statement = milliseconds(0)});
  EXPECT_FALSE(options.ensure_database);
  EXPECT_EQ(options.connect_timeout, milliseconds(10'000));
  EXPECT_EQ(options.statement_timeout, milliseconds(0));
  EXPECT_EQ(options.pool.checkout_timeout, milliseconds(30'000));
  EXPECT_FALSE(options.echo);
  EXPECT_FALSE(options.show_parameters);
  EXPECT_EQ(options.slow_statement, milliseconds(0));
  EXPECT_EQ(
      from({{"TIDB_DATABASE_URL", "sqlite:a.db?timeout=1"}}, {}, {.lock_timeout = milliseconds(5'000)}).lock_timeout,
      milliseconds(5'000));
  EXPECT_EQ(from(environment, {}, {.port = 4000, .user = "root"}).endpoint(), "h:4000");
}

TEST(settings, wrong_arguments_are_refused) {
  const std::pair<connect_options, const char*> cases[] = {
      {{.host = "h", .file = "f"}, "a host and a file"},
      {{.user = "u", .file = "f"}, "takes no port, user"},
      {{.file = "f", .ssl_ca = "ca.pem"}, "takes no port, user"},
      {{.host = "mysql://u:s3cr3t@h"}, "host (argument) is a URL"},
      {{.host = "u:s3cr3t@h"}, "host (argument) has a port"},
      {{.host = "s3cr3t@h"}, "host (argument) has a character"},
      {{.host = "h:4000"}, "host (argument) has a port"},
      {{.host = "h", .password = std::string("s3cr3t\0", 7)}, "zero byte"},
      {{.host = "h", .connect_timeout = std::chrono::hours(24 * 365 * 300)}, "connect_timeout must be"},
      {{.file = "a.db", .lock_timeout = std::chrono::hours(24 * 365 * 300)}, "lock_timeout must"},
      {{.connect_timeout = milliseconds(0)}, "connect_timeout"},
      {{.statement_timeout = milliseconds(-1)}, "statement_timeout"},
      {{.lock_timeout = milliseconds(-1)}, "lock_timeout"},
  };
  for (const auto& [given, says] : cases) {
    SCOPED_TRACE(says);
    std::string text = complaint([&, &options = given] { from({}, {}, options); });
    EXPECT_TRUE(has(text, says)) << text;
    EXPECT_FALSE(has(text, "s3cr3t")) << text;
  }
  EXPECT_TRUE(has(complaint([] { from({}, "TIDB_DATABASE_URL=sqlite:a.db", {.user = "u"}); }),
                  ".env TIDB_DATABASE_URL names a file"));
}

TEST(settings, an_error_carries_the_callers_line) {
  try {
    resolve_url("nonsense");
    FAIL();
  } catch (const tidb::usage_error& problem) {
    EXPECT_TRUE(std::string_view(problem.info().where.file_name()).ends_with("settings_test.cpp"));
  }
}

// ---- TLS

TEST(settings, tls_follows_the_parameters) {
  const struct {
    std::string_view parameters;
    ssl_mode mode;
  } cases[] = {
      {"", ssl_mode::disabled},
      {"ssl_ca=c", ssl_mode::verify_identity},
      {"ssl_cert=c", ssl_mode::verify_identity},
      {"ssl_cert=c&ssl_key=k", ssl_mode::verify_identity},
      {"ssl=true", ssl_mode::verify_identity},
      {"ssl_disabled=false", ssl_mode::verify_identity},
      {"ssl_verify_cert=true", ssl_mode::verify_identity},
      {"ssl_verify_identity=true", ssl_mode::verify_identity},
      {"ssl_ca=c&ssl_verify_cert=true&ssl_verify_identity=true", ssl_mode::verify_identity},
      {"ssl_verify_cert=true&ssl_verify_identity=false", ssl_mode::verify_ca},
      {"ssl_ca=c&ssl_verify_identity=false", ssl_mode::verify_ca},
      {"ssl_verify_cert=false", ssl_mode::required},
      {"ssl_verify_cert=false&ssl_verify_identity=false", ssl_mode::required},
      {"ssl=true&ssl_verify_cert=false", ssl_mode::required},
      {"ssl_mode=REQUIRED", ssl_mode::required},
      {"ssl_mode=REQUIRED&ssl_verify_cert=false", ssl_mode::required},
      {"ssl_mode=VERIFY_CA&ssl_ca=c&ssl_verify_cert=true", ssl_mode::verify_ca},
      {"ssl_mode=VERIFY_CA&ssl_verify_identity=false", ssl_mode::verify_ca},
      {"ssl_mode=DISABLED", ssl_mode::disabled},
      {"ssl_mode=DISABLED&ssl_verify_cert=false", ssl_mode::disabled},
      {"ssl_disabled=true", ssl_mode::disabled},
      {"ssl=false", ssl_mode::disabled},
  };
  for (const auto& each : cases) {
    SCOPED_TRACE(each.parameters);
    EXPECT_EQ(resolve_url("mysql://h/d?" + std::string(each.parameters)).ssl_mode, each.mode);
    if (each.mode == ssl_mode::disabled) continue;
    EXPECT_EQ(resolve_url("mysql://x.root@" + std::string(gateway) + "?" + std::string(each.parameters)).ssl_mode,
              each.mode);
  }
}

TEST(settings, contradicting_tls_parameters_are_refused) {
  for (std::string parameters :
       {"ssl_mode=DISABLED&ssl_ca=c", "ssl_mode=DISABLED&ssl=true", "ssl=false&ssl_verify_cert=true",
        "ssl_disabled=true&ssl_cert=c", "ssl_mode=REQUIRED&ssl=false", "ssl_key=k",
        "ssl_verify_cert=false&ssl_verify_identity=true", "ssl_mode=REQUIRED&ssl_verify_cert=true",
        "ssl_mode=VERIFY_CA&ssl_verify_cert=false", "ssl_mode=VERIFY_CA&ssl_verify_identity=true",
        "ssl_mode=VERIFY_IDENTITY&ssl_verify_identity=false"})
    EXPECT_NE(complaint_of_url("mysql://h/d?" + parameters), "") << parameters;
  EXPECT_NE(complaint([] { from({}, {}, {.host = "h", .ssl_mode = ssl_mode::disabled, .ssl_ca = "c"}); }), "");
  EXPECT_NE(complaint([] { from({}, {}, {.host = "h", .ssl_key = "k"}); }), "");
}

TEST(settings, tidbcloud_hosts_always_have_tls) {
  for (std::string host :
       {"tidb.abc.clusters.tidb-cloud.com", "x.TiDBCloud.com", "x.tidbcloud.com.", "tidbcloud.com"}) {
    SCOPED_TRACE(host);
    EXPECT_EQ(resolve_url("mysql://root@" + host).ssl_mode, ssl_mode::verify_identity);
    EXPECT_EQ(from({}, {}, {.host = host}).ssl_mode, ssl_mode::verify_identity);
    EXPECT_EQ(from({{"TIDB_HOST", host}}).ssl_mode, ssl_mode::verify_identity);
    for (std::string off : {"ssl_mode=DISABLED", "ssl_disabled=true", "ssl=false"})
      EXPECT_TRUE(has(complaint_of_url("mysql://root@" + host + "?" + off), "cannot be switched off"));
    EXPECT_TRUE(has(complaint([&] { from({}, {}, {.host = host, .ssl_mode = ssl_mode::disabled}); }),
                    "cannot be switched off"));
    EXPECT_TRUE(has(complaint([&] {
                      from({{"TIDB_HOST", host}}, {}, {.ssl_mode = ssl_mode::disabled});
                    }),
                    "cannot be switched off"));
  }
  for (std::string host : {"nottidbcloud.com", "tidbcloud.com.evil.org", "x.tidbcloud.community"})
    EXPECT_EQ(resolve_url("mysql://root@" + host).ssl_mode, ssl_mode::disabled) << host;
}

TEST(settings, tls_arguments_override_the_environments) {
  variables url{{"TIDB_DATABASE_URL", "mysql://h?ssl_mode=VERIFY_CA"}, {"CA_PATH", "env.pem"}};
  auto off = from(url, {}, {.ssl_mode = ssl_mode::disabled});
  EXPECT_EQ(off.ssl_mode, ssl_mode::disabled);
  EXPECT_EQ(off.ssl_ca, "");
  EXPECT_EQ(off.sources.at("ssl_mode"), "argument");
  EXPECT_EQ(off.sources.at("ssl_ca"), "default");
  auto ca = from(url, {}, {.ssl_ca = "my.pem"});
  EXPECT_EQ(ca.ssl_mode, ssl_mode::verify_ca);
  EXPECT_EQ(ca.ssl_ca, "my.pem");
  EXPECT_EQ(ca.sources.at("ssl_ca"), "argument");
  auto mode = from(url, {}, {.ssl_mode = ssl_mode::verify_identity});
  EXPECT_EQ(mode.ssl_mode, ssl_mode::verify_identity);
  EXPECT_EQ(mode.ssl_ca, "env.pem");
  auto on = from({{"TIDB_DATABASE_URL", "mysql://h?ssl=false"}}, {}, {.ssl_ca = "my.pem"});
  EXPECT_EQ(on.ssl_mode, ssl_mode::verify_identity);
}

// ---- TiDB Cloud's user names

TEST(settings, a_missing_user_prefix_is_found_before_connecting) {
  std::string at_gateway = "@" + std::string(gateway) + "/test";
  for (std::string url :
       {"mysql://root:s3cr3t" + at_gateway, "mysql://.root:s3cr3t" + at_gateway, "mysql://" + std::string(gateway)}) {
    std::string text = complaint_of_url(url);
    EXPECT_TRUE(has(text, "Missing user name prefix")) << text;
    EXPECT_TRUE(has(text, "PREFIX.root") && has(text, "percent-encode")) << text;
    EXPECT_FALSE(has(text, "s3cr3t")) << text;
  }
  EXPECT_TRUE(has(complaint([] { from({{"TIDB_HOST", gateway}, {"TIDB_PASSWORD", "s3cr3t"}}); }), "(from: default)"));
  EXPECT_EQ(resolve_url("mysql://x.root:p" + at_gateway).user, "x.root");
  EXPECT_EQ(resolve_url("mysql://root:s3cr3t-p@gateway.local/test").user, "root");
  EXPECT_EQ(resolve_url("mysql://root:s3cr3t-p@tidb.x.clusters.tidb-cloud.com").user, "root");
}

// ---- the endpoint

TEST(settings, an_endpoint_has_no_user_and_no_password) {
  EXPECT_EQ(resolve_url("mysql://me:s3cr3t@db.local:4001/shop").endpoint(), "db.local:4001/shop");
  EXPECT_EQ(resolve_url("mysql://me:s3cr3t@[::1]/shop").endpoint(), "[::1]:4000/shop");
  EXPECT_EQ(resolve_url("mysql://me:s3cr3t@h").endpoint(), "h:4000");
  EXPECT_EQ(resolve_url("sqlite::memory:").endpoint(), ":memory:");
}

TEST(settings, random_settings_never_crash_and_errors_never_repeat_the_password) {
  std::mt19937 random(11);
  const std::string_view letters = "@:/?#%.'\"\\ =\n$a1";
  auto noise = [&] {
    std::string some;
    for (auto size = random() % 4; size > 0; --size) some += letters[random() % letters.size()];
    return some;
  };
  world here;
  for (int round = 0; round < 2'000; ++round) {
    std::string password = noise() + "s3cr3t" + noise();
    variables environment{{"TIDB_HOST", noise()}, {"TIDB_PORT", noise()}, {"TIDB_PASSWORD", password}};
    if (random() % 2) environment["TIDB_DATABASE_URL"] = "mysql://u:" + password + "@h" + noise();
    here.around.variable = [&](const std::string& name) -> std::optional<std::string> {
      auto at = environment.find(name);
      return at == environment.end() ? std::nullopt : std::optional(at->second);
    };
    std::ofstream(here.folder / ".env", std::ios::binary) << noise() << "TIDB_PASSWORD=" << password << noise();
    std::string text = complaint([&] { resolve_environment(here.around); });
    EXPECT_FALSE(has(text, "s3cr3t")) << text;
  }
}
