// Certificates of every kind against every mode; servers that demand encryption, and servers without it.
#include "support/certificates.hpp"
#include "support/engines.hpp"
#include "support/server.hpp"

#include <filesystem>
#include <memory>
#include <string>

#include <fmt/format.h>
#include <gtest/gtest.h>

namespace {

using tests::certificates;
using tests::error_of;
using tests::own_server;
using tidb::errc;
using tidb::ssl_mode;

constexpr ssl_mode encrypting[] = {ssl_mode::required, ssl_mode::verify_ca, ssl_mode::verify_identity};

void contains(const tidb::error& error, const std::string& part) {
  EXPECT_NE(std::string(error.what()).find(part), std::string::npos) << "no '" << part << "' in: " << error.what();
}

/// A server of its own, whose certificate is a file that the tests replace.
class tls : public testing::Test {
protected:
  static void SetUpTestSuite() {
    if (own_server::why_not()) return;
    made_ = std::make_unique<certificates>();
    folder_ = std::make_unique<tests::temporary_folder>();
    replace_files(made_->good());
    server_ = std::make_unique<own_server>(fmt::format("ssl-ca = '{}'\nssl-cert = '{}'\nssl-key = '{}'\n",
                                                       made_->authority().string(), shown().certificate.string(),
                                                       shown().key.string()));
  }
  static void TearDownTestSuite() {
    server_.reset();
    folder_.reset();
    made_.reset();
  }
  void SetUp() override { tests::expect_own_server(server_ != nullptr); }

  static certificates::pair shown() { return {folder_->path() / "server.pem", folder_->path() / "server-key.pem"}; }
  static void replace_files(const certificates::pair& with) {
    constexpr auto overwrite = std::filesystem::copy_options::overwrite_existing;
    std::filesystem::copy_file(with.certificate, shown().certificate, overwrite);
    std::filesystem::copy_file(with.key, shown().key, overwrite);
  }
  /// From now on the server has this certificate.
  static void show(const certificates::pair& with) {
    replace_files(with);
    direct().execute("ALTER INSTANCE RELOAD TLS");
  }
  static tidb::client direct() { return tidb::connect(server_->url()); }

  static tidb::connect_options options(ssl_mode mode) {
    tidb::connect_options made{.host = "127.0.0.1", .port = server_->port(), .user = "root", .ssl_mode = mode};
    if (mode == ssl_mode::verify_ca || mode == ssl_mode::verify_identity) made.ssl_ca = made_->authority().string();
    return made;
  }
  static void expect_encrypted(const tidb::connect_options& with) {
    EXPECT_EQ(tidb::connect(with).features().tls.substr(0, 5), "TLSv1");
  }
  static bool lets_in(const tidb::connect_options& with) {
    try {
      tidb::connect(with);
      return true;
    } catch (const tidb::error&) {
      return false;
    }
  }
  static tidb::error refused(const tidb::connect_options& with) {
    auto error = error_of([&] { tidb::connect(with); });
    EXPECT_EQ(error.code(), errc::connection) << error.what();
    EXPECT_FALSE(error.is_retryable()) << error.what();
    return error;
  }

  static std::unique_ptr<certificates> made_;
  static std::unique_ptr<tests::temporary_folder> folder_;
  static std::unique_ptr<own_server> server_;
};

std::unique_ptr<certificates> tls::made_;
std::unique_ptr<tests::temporary_folder> tls::folder_;
std::unique_ptr<own_server> tls::server_;

TEST_F(tls, a_good_certificate_passes_in_every_mode) {
  show(made_->good());
  EXPECT_EQ(tidb::connect(options(ssl_mode::disabled)).features().tls, "");
  for (const auto mode : encrypting) expect_encrypted(options(mode));
  auto by_name = options(ssl_mode::verify_identity);
  by_name.host = "localhost";
  expect_encrypted(by_name);
}

TEST_F(tls, naming_an_authority_is_asking_for_a_verified_identity) {
  show(made_->wrong_name());
  auto plain = options(ssl_mode::disabled);
  plain.ssl_mode.reset();
  plain.ssl_ca = made_->authority().string();
  contains(refused(plain), "another host");
  show(made_->good());
  expect_encrypted(plain);
}

TEST_F(tls, an_expired_certificate_is_refused_where_it_is_checked) {
  show(made_->expired());
  expect_encrypted(options(ssl_mode::required));
  for (const auto mode : {ssl_mode::verify_ca, ssl_mode::verify_identity}) contains(refused(options(mode)), "expired");
}

TEST_F(tls, a_certificate_for_another_name_is_refused_where_the_name_counts) {
  show(made_->wrong_name());
  expect_encrypted(options(ssl_mode::required));
  contains(refused(options(ssl_mode::verify_identity)), "another host");
  try {
    expect_encrypted(options(ssl_mode::verify_ca));
  } catch (const tidb::connection_error& error) {  // a libmariadb that cannot check the one without the other
    contains(error, "another host");
  }
}

TEST_F(tls, a_certificate_of_an_unknown_authority_is_refused_where_it_is_checked) {
  show(made_->unknown());
  expect_encrypted(options(ssl_mode::required));
  for (const auto mode : {ssl_mode::verify_ca, ssl_mode::verify_identity}) contains(refused(options(mode)), "ssl_ca");
  show(made_->good());
  auto system = options(ssl_mode::verify_identity);
  system.ssl_ca.clear();  // the system knows no authority made for tests
  contains(refused(system), "ssl_ca");
}

TEST_F(tls, a_connection_made_before_the_certificate_went_bad_stays_good) {
  show(made_->good());
  const auto db = tidb::connect(options(ssl_mode::verify_identity));
  show(made_->expired());
  EXPECT_EQ(db.query<int>("SELECT 42").one(), 42);
}

TEST_F(tls, a_server_that_demands_encryption_says_which_setting_to_change) {
  show(made_->good());
  const auto admin = tidb::connect(options(ssl_mode::required));
  tests::demand_encryption([&](const std::string& sql) { admin.execute(sql); },
                           [] { return lets_in(options(ssl_mode::disabled)); });
  const auto error = refused(options(ssl_mode::disabled));
  for (const auto mode : encrypting) expect_encrypted(options(mode));
  admin.execute("SET GLOBAL require_secure_transport = OFF");
  contains(error, "ssl_mode");
  contains(error, "insecure transport");
}

TEST_F(tls, a_user_who_needs_a_certificate_gets_in_with_one_only) {
  show(made_->good());
  direct().execute("CREATE USER IF NOT EXISTS certified REQUIRE X509");
  auto with = options(ssl_mode::verify_identity);
  with.user = "certified";
  with.database = "test";
  direct().execute("GRANT ALL ON test.* TO certified");
  EXPECT_EQ(error_of([&] { tidb::connect(with); }).code(), errc::access_denied);
  with.ssl_cert = made_->client().certificate.string();
  with.ssl_key = made_->client().key.string();
  expect_encrypted(with);
  // One by an authority that the server does not know does worse than none.
  with.ssl_cert = made_->unknown().certificate.string();
  with.ssl_key = made_->unknown().key.string();
  const auto code = error_of([&] { tidb::connect(with); }).code();
  EXPECT_TRUE(code == errc::connection || code == errc::access_denied);
}

TEST_F(tls, a_key_that_does_not_fit_its_certificate_is_an_error) {
  show(made_->good());
  auto with = options(ssl_mode::verify_identity);
  with.ssl_cert = made_->client().certificate.string();
  with.ssl_key = made_->good().key.string();
  const auto error = error_of([&] { tidb::connect(with); });
  EXPECT_EQ(error.code(), errc::usage) << error.what();
  EXPECT_FALSE(error.was_sent());
  contains(error, with.ssl_cert);
  contains(error, with.ssl_key);
}

class tls_absent : public tests::on_own_server {};

TEST_F(tls_absent, is_an_error_wherever_it_was_asked_for) {
  const own_server server;
  tidb::connect_options with{.host = "127.0.0.1", .port = server.port(), .user = "root", .password = "s3cr3t-word"};
  for (const auto mode : encrypting) {
    with.ssl_mode = mode;
    const auto error = error_of([&] { tidb::connect(with); });
    EXPECT_EQ(error.code(), errc::connection) << error.what();
    contains(error, "no encrypted connections");
    EXPECT_EQ(std::string(error.what()).find("s3cr3t-"), std::string::npos);
  }
  EXPECT_EQ(tidb::connect(server.url()).features().tls, "");
}

}  // namespace
