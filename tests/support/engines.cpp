#include "support/engines.hpp"

#include <algorithm>
#include <cstdlib>
#include <random>
#include <system_error>

namespace tidb::detail {

void believe_registry_for(std::chrono::milliseconds time) noexcept;

}  // namespace tidb::detail

namespace tests {

namespace {

std::string environment(const char* name) {
  const char* text = std::getenv(name);  // NOLINT(concurrency-mt-unsafe): before any thread
  return text == nullptr ? std::string() : std::string(text);
}

std::string unique_name() {
  static std::random_device seed;
  return "tidbxx_test_" + std::to_string(seed());
}

/// The URL with another database.
std::string in_database(const std::string& url, const std::string& database) {
  const auto query = url.find('?');
  const auto parameters = query == std::string::npos ? std::string() : url.substr(query);
  const auto base = url.substr(0, query);
  return base.substr(0, base.find('/', base.find("://") + 3)) + "/" + database + parameters;
}

}  // namespace

temporary_folder::temporary_folder() : path_(std::filesystem::temp_directory_path() / unique_name()) {
  std::filesystem::create_directories(path_);
}

temporary_folder::~temporary_folder() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

std::string to_string(target which) {
  switch (which) {
  case target::embedded: return "embedded";
  case target::tidb: return "tidb";
  case target::tidb_tls: return "tidb_tls";
  }
  return {};
}

std::optional<std::string> tidb_url(target which) {
  auto url = environment("TIDB_TEST_URL");
  if (url.empty()) return std::nullopt;
  if (which != target::tidb_tls) return url;
  const auto authority = environment("TIDB_TEST_CA");
  if (authority.empty()) return std::nullopt;
  return url + (url.find('?') == std::string::npos ? "?" : "&") + "ssl_ca=" + authority;
}

bool ci() { return environment("CI") == "true"; }

indexes_are_known_soon::indexes_are_known_soon() { tidb::detail::believe_registry_for(std::chrono::milliseconds(50)); }
indexes_are_known_soon::~indexes_are_known_soon() { tidb::detail::believe_registry_for(std::chrono::seconds(5)); }

bool soaking() { return !environment("TIDBXX_SOAK").empty(); }

std::vector<target> each_engine() {
  std::vector<target> all{target::embedded, target::tidb};
  if (soaking()) all.push_back(target::tidb_tls);
  return all;
}

int count(int quick, int full) {
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
  full = std::max(quick, full / 10);
#endif
  return soaking() ? full : quick;
}

own_database::own_database(const std::optional<std::string>& base) {
  if (!base) {
    folder_.emplace();
    url_ = "sqlite:" + (folder_->path() / "test.db").string();
  } else {
    database_ = unique_name();
    url_ = in_database(*base, database_) + (base->find('?') == std::string::npos ? "?" : "&") + "ensure_database=true";
  }
  db_.emplace(tidb::connect(url_));
}

own_database::~own_database() {
  try {
    if (!database_.empty()) db_->execute("DROP DATABASE " + database_);
  } catch (const tidb::error& problem) {
    ADD_FAILURE() << problem.what();
  }
}

void on_each_engine::SetUp() {
  std::optional<std::string> base;
  if (!embedded()) {
    base = tidb_url(GetParam());
    if (!base && ci()) FAIL() << "CI promises a TiDB, but TIDB_TEST_URL or TIDB_TEST_CA is not set";
    if (!base) GTEST_SKIP() << "TIDB_TEST_URL (for TLS also TIDB_TEST_CA) names no TiDB";
  }
  own_.emplace(base);
}

void on_both_engines::SetUp() {
  const auto base = tidb_url();
  if (!base && ci()) FAIL() << "CI promises a TiDB, but TIDB_TEST_URL is not set";
  if (!base) GTEST_SKIP() << "TIDB_TEST_URL names no TiDB";
  embedded_.emplace(std::nullopt);
  server_.emplace(base);
}

void on_both_engines::TearDown() {
  server_.reset();
  embedded_.reset();
}

}  // namespace tests
