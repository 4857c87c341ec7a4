// The engines that one test body runs on.
#pragma once

#include <tidbxx/tidbxx.hpp>

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace tests {

/// A folder of its own that goes with the object.
class temporary_folder {
public:
  temporary_folder();
  temporary_folder(const temporary_folder&) = delete;
  temporary_folder& operator=(const temporary_folder&) = delete;
  ~temporary_folder();
  const std::filesystem::path& path() const noexcept { return path_; }

private:
  std::filesystem::path path_;
};

enum class target { embedded, tidb, tidb_tls };
std::string to_string(target which);
inline std::ostream& operator<<(std::ostream& out, target which) { return out << to_string(which); }

/// The URL of a TiDB for tests, or none: then the test is skipped, or fails where CI=true promises one.
std::optional<std::string> tidb_url(target which = target::tidb);

/// True where everything that tests need is promised to be there.
bool ci();

/// On TiDB a client learns of a search index after a while, and whoever makes one waits for that: a short one as long
/// as this lives, for all of this process.
class indexes_are_known_soon {
public:
  indexes_are_known_soon();
  indexes_are_known_soon(const indexes_are_known_soon&) = delete;
  indexes_are_known_soon& operator=(const indexes_are_known_soon&) = delete;
  ~indexes_are_known_soon();
};

/// True when the full counts are asked for (`make soak`).
bool soaking();
/// Both, and over TLS when soaking.
std::vector<target> each_engine();
/// `quick` normally, `full` when soaking; a tenth of it where a sanitizer looks on, which is slow and sees what a path
/// does wrong the first time.
int count(int quick, int full);

/// A database that goes with the object.
class own_database {
public:
  /// `base`: a TiDB's URL; none: a new file.
  explicit own_database(const std::optional<std::string>& base);
  own_database(const own_database&) = delete;
  own_database& operator=(const own_database&) = delete;
  ~own_database();
  tidb::client& db() { return *db_; }
  const std::string& url() const { return url_; }

private:
  std::optional<temporary_folder> folder_;
  std::string url_;
  std::string database_;
  std::optional<tidb::client> db_;
};

/// A test body that runs on each engine, on a database of its own.
class on_each_engine : public testing::TestWithParam<target> {
protected:
  void SetUp() override;
  void TearDown() override { own_.reset(); }
  tidb::client& db() { return own_->db(); }
  const std::string& url() const { return own_->url(); }
  bool embedded() const { return GetParam() == target::embedded; }

private:
  std::optional<own_database> own_;
};

/// A test body that asks both engines and compares what they say.
class on_both_engines : public testing::Test {
protected:
  void SetUp() override;
  void TearDown() override;
  tidb::client& embedded() { return embedded_->db(); }
  tidb::client& server() { return server_->db(); }

private:
  std::optional<own_database> embedded_, server_;
};

/// What `call` throws: its error, or a failed test.
template <class F>
tidb::error error_of(F&& call) {
  try {
    call();
  } catch (const tidb::error& error) {
    return error;
  }
  ADD_FAILURE() << "no error was thrown";
  return tidb::error(tidb::error_info{});
}

}  // namespace tests

// NOLINTBEGIN(cppcoreguidelines-macro-usage): googletest has no other way
/// What the transport has no part in runs over TLS when soaking only.
#define RUN_ON_EACH_ENGINE(suite)                                                                                      \
  INSTANTIATE_TEST_SUITE_P(engines, suite, testing::ValuesIn(tests::each_engine()),                                    \
                           [](const auto& each) { return tests::to_string(each.param); })
#define RUN_ON_EACH_ENGINE_AND_TLS(suite)                                                                              \
  INSTANTIATE_TEST_SUITE_P(engines, suite,                                                                             \
                           testing::Values(tests::target::embedded, tests::target::tidb, tests::target::tidb_tls),     \
                           [](const auto& each) { return tests::to_string(each.param); })
// NOLINTEND(cppcoreguidelines-macro-usage)
