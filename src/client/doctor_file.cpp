// The steps of `diagnose` for an embedded database.
#include "client/examination.hpp"
#include "engine/sqlite/inspect.hpp"
#include "tidbxx/client/connect.hpp"

#include <cerrno>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <system_error>

#include <fmt/format.h>
#include <unistd.h>

namespace tidb::detail {

namespace {

namespace fs = std::filesystem;

constexpr std::string_view memory = ":memory:";
/// For the integrity check, which reads the whole file.
constexpr std::chrono::milliseconds patience{60'000};

class file_examination {
public:
  file_examination(examination& steps, const resolved_options& options)
      : steps_(steps), options_(options), file_(options.file) {
    folder_ = fs::absolute(file_, no_folder_).parent_path();
  }

  void go() {
    if (options_.file == memory) {
      if (steps_.step("open", [&] { return open_memory(); }))
        steps_.step("latency", [&] { return look_at_latency(*db_); });
      return;
    }
    const bool there = steps_.step("folder", [&] { return look_at_folder(); }) &&
                       steps_.step("space", [&] { return look_at_space(); }) &&
                       steps_.step("file", [&] { return look_at_file(); });
    if (!there || !exists_ || !steps_.step("open", [&] { return open(); })) return;
    const bool sound = steps_.step("journal", [&] { return look_at_journal(); }) &&
                       steps_.step("integrity", [&] { return look_at_integrity(); }) &&
                       steps_.step("lock", [&] { return look_at_lock(); });
    if (sound) steps_.step("latency", [&] { return look_at_latency(*db_); });
  }

private:
  finding look_at_folder() const {
    if (no_folder_)
      return failed(fmt::format("the working directory cannot be told: {}", no_folder_.message()),
                    "change to a folder that exists, or give the file's whole path");
    std::error_code problem;
    if (!fs::is_directory(folder_, problem))
      return failed(fmt::format("there is no folder {}", folder_.string()), "make it, or correct the path");
    if (::access(folder_.c_str(), W_OK | X_OK) == 0) return good(folder_.string() + " can be written");
    return warning(fmt::format("{} cannot be written: {}", folder_.string(), std::generic_category().message(errno)),
                   "SQLite makes its journal beside the file, so only reading works: allow writing to the folder");
  }

  finding look_at_space() const {
    constexpr std::uintmax_t mebibyte = 1U << 20U;
    std::error_code problem;
    const auto free = fs::space(folder_, problem).available;
    if (problem) return skipped("unknown: " + problem.message());
    auto detail = fmt::format("{} MiB free", free / mebibyte);
    if (free >= 100 * mebibyte) return good(std::move(detail));
    return warning(std::move(detail), "a full disk refuses every write: free some space");
  }

  finding look_at_file() {
    std::error_code problem;
    if (fs::is_directory(file_, problem))
      return failed(options_.file + " is a folder", "give the path of a file in it");
    exists_ = fs::exists(file_, problem);
    if (problem)
      return failed(fmt::format("{}: {}", options_.file, problem.message()), "allow this user to enter the folder");
    if (!exists_) return skipped("not there yet: the first connection makes it");
    if (::access(file_.c_str(), R_OK) != 0)
      return failed(fmt::format("{} cannot be read: {}", options_.file, std::generic_category().message(errno)),
                    "allow this user to read and write it");
    auto detail = fmt::format("{} bytes", fs::file_size(file_, problem));
    if (::access(file_.c_str(), W_OK) == 0) return good(std::move(detail));
    return warning(std::move(detail) + ", read-only", "writes will fail: allow this user to write it");
  }

  finding open_memory() {
    db_.emplace(connect("sqlite::memory:"));
    return good(fmt::format("SQLite {}, in memory: it goes with its connection", db_->features().version));
  }

  finding open() {
    handle_ = open_unchanged(options_.file, options_.lock_timeout);
    db_.emplace(connect(handle_.get()).with({.timeout = patience}));
    const auto tables = db_->list_tables().size();
    return good(fmt::format("SQLite {}, {} table{}", db_->features().version, tables, tables == 1 ? "" : "s"));
  }

  finding look_at_journal() const {
    const auto mode = db_->query<std::string>("PRAGMA journal_mode").value();
    if (mode == "wal") return good("wal");
    return good(mode + ": the first connection of tidbxx turns it into wal");
  }

  finding look_at_integrity() const {
    try {
      const auto found = db_->query<std::string>("PRAGMA quick_check(3)").all();
      if (found.size() == 1 && found.front() == "ok") return good("quick_check found nothing");
      return failed(fmt::format("the file is damaged: {}", fmt::join(found, "; ")),
                    "restore it from a copy, or save what can be read with the sqlite3 program's .recover");
    } catch (const timeout&) {
      return skipped(fmt::format("not all was read within {} s", patience.count() / 1000));
    }
  }

  /// Takes the file's write lock, and writes nothing.
  finding look_at_lock() const {
    if (::access(file_.c_str(), W_OK) != 0) return skipped("the file is read-only");
    try {
      db_->transaction({.max_tries = 1}, [](const transaction&) {});
      return good("free");
    } catch (const transaction_conflict& problem) {
      return failed(fmt::format("another program kept the write lock for {} ms", options_.lock_timeout.count()),
                    fmt::format("end its transaction (fuser {} names the programs that have the file open), or raise "
                                "lock_timeout",
                                options_.file));
    }
  }

  examination& steps_;
  const resolved_options& options_;
  fs::path file_;
  fs::path folder_;
  std::error_code no_folder_;
  bool exists_{};
  std::shared_ptr<sqlite3> handle_;  // outlives the client
  std::optional<client> db_;
};

}  // namespace

void examine_file(examination& steps, const resolved_options& options) { file_examination(steps, options).go(); }

}  // namespace tidb::detail
