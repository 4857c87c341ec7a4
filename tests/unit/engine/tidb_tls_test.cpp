// How connections are encrypted: the files that settings name, and what goes over the wire before there is trust.
#include "support/certificates.hpp"
#include "support/engines.hpp"
#include "support/fake_server.hpp"
#include "support/server.hpp"
#include <tidbxx/tidbxx.hpp>

#include <fstream>
#include <string>

#include <gtest/gtest.h>

namespace {

using tests::error_of;
using tests::fake_server;
using plays = tests::fake_server::plays;
using tidb::errc;
using tidb::ssl_mode;

constexpr ssl_mode encrypting[] = {ssl_mode::required, ssl_mode::verify_ca, ssl_mode::verify_identity};

class tidb_tls_files : public testing::Test {
protected:
  /// Nobody listens there: what is told before connecting is no error of connecting.
  static std::string refusal(const tidb::connect_options& given) {
    auto options = given;
    options.host = "127.0.0.1";
    options.port = 1;
    options.ssl_mode = ssl_mode::required;
    const auto error = error_of([&] { tidb::connect(options); });
    return error.code() == errc::usage ? error.info().message : "passed: " + error.info().message;
  }
  std::string file(const std::string& name, const std::string& text) const {
    const auto path = (folder_.path() / name).string();
    std::ofstream(path) << text;
    return path;
  }
  void expect(const std::string& message, const std::string& part, const std::string& path) const {
    EXPECT_NE(message.find(part), std::string::npos) << message;
    EXPECT_NE(message.find(path), std::string::npos) << message;
  }

  tests::temporary_folder folder_;
};

TEST_F(tidb_tls_files, are_named_if_they_cannot_be_used) {
  const tests::certificates made;
  const auto cert = made.client().certificate.string(), key = made.client().key.string();
  const auto missing = (folder_.path() / "missing.pem").string(), folder = folder_.path().string();
  const auto text = file("text.pem", "hello"), empty = file("empty.pem", "");
  const auto torn = file("torn.pem", "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n");
  const auto other = made.good().key.string();

  for (const auto& path : {missing, folder, empty}) {
    expect(refusal({.ssl_ca = path}), "ssl_ca names a file that cannot be read", path);
    expect(refusal({.ssl_cert = path, .ssl_key = key}), "ssl_cert names a file that cannot be read", path);
    expect(refusal({.ssl_cert = cert, .ssl_key = path}), "ssl_key names a file that cannot be read", path);
  }
  expect(refusal({.ssl_ca = text}), "without a certificate", text);
  expect(refusal({.ssl_cert = cert, .ssl_key = cert}), "without a private key", cert);
  expect(refusal({.ssl_cert = cert}), "without a private key", cert);
  expect(refusal({.ssl_cert = torn, .ssl_key = key}), "damaged", torn);
  expect(refusal({.ssl_cert = cert, .ssl_key = other}), "does not belong", other);
  EXPECT_EQ(refusal({.ssl_cert = cert, .ssl_key = key}).substr(0, 7), "passed:");
}

TEST_F(tidb_tls_files, with_a_passphrase_are_refused_instead_of_asking_for_it) {
  const tests::certificates made;
  const auto locked = (folder_.path() / "locked.pem").string();
  tests::shell("openssl pkey -in '" + made.client().key.string() + "' -aes256 -passout pass:s3cr3t-word -out '" +
               locked + "'");
  expect(refusal({.ssl_cert = made.client().certificate.string(), .ssl_key = locked}), "passphrase", locked);
}

TEST(tidb_tls, the_login_is_never_sent_in_plain_text_where_tls_was_asked_for) {
  const tests::certificates made;
  for (const auto mode : encrypting) {
    const fake_server server(plays::greets);
    const auto error = error_of([&] {
      tidb::connect({.host = "127.0.0.1",
                     .port = server.port(),
                     .user = "somebody",
                     .password = "s3cr3t-word",
                     .ssl_mode = mode,
                     .ssl_ca = mode == ssl_mode::required ? "" : made.authority().string()});
    });
    EXPECT_EQ(error.code(), errc::connection) << error.what();
    EXPECT_NE(error.info().message.find("no encrypted connections"), std::string::npos) << error.what();
    EXPECT_EQ(server.received(), "") << "neither the user's name nor a hash of the password";
  }
}

TEST(tidb_tls, only_versions_from_1_2_on_are_offered) {
  const fake_server server(plays::knows_old_tls);
  const auto error = error_of([&] {
    tidb::connect({.host = "127.0.0.1", .port = server.port(), .user = "somebody", .ssl_mode = ssl_mode::required});
  });
  EXPECT_EQ(error.code(), errc::connection) << error.what();
  EXPECT_NE(error.info().message.find("TLS 1.2"), std::string::npos) << error.what();
  const auto hello = server.received();
  EXPECT_EQ(hello.find("somebody"), std::string::npos);
  const std::string supported_versions("\0\x2b\0\5\4\3\4\3\3", 9);  // 1.3 and 1.2
  EXPECT_NE(hello.find(supported_versions), std::string::npos);
}

}  // namespace
