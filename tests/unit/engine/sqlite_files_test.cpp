// What can be wrong with the file itself: each is told apart, named, and leaves nothing half-done.
#include "engine/sqlite/inspect.hpp"
#include "sqlite_support.hpp"
#include "tidbxx/client/connect.hpp"
#include "tidbxx/client/doctor.hpp"

#include <csignal>
#include <fstream>

#include <gtest/gtest.h>
#include <sched.h>
#include <sqlite3.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <unistd.h>

using namespace sqlite_test;
using tidb::errc;
using tidb::value_view;

namespace {

using std::filesystem::perms;
constexpr auto readable = perms::owner_read | perms::group_read | perms::others_read;
constexpr auto enterable = readable | perms::owner_exec | perms::group_exec | perms::others_exec;

constexpr auto one_row = "CREATE TABLE t (a); INSERT INTO t VALUES (5)";
constexpr auto one_row_with_log = "PRAGMA journal_mode = WAL; CREATE TABLE t (a); INSERT INTO t VALUES (5)";

/// A folder whose rights are taken away, and given back so that it can be removed.
class closed_folder {
public:
  closed_folder(const std::filesystem::path& folder, perms rights) : folder_(folder) {
    std::filesystem::permissions(folder_, rights);
  }
  ~closed_folder() { std::filesystem::permissions(folder_, perms::owner_all); }
  closed_folder(const closed_folder&) = delete;
  closed_folder& operator=(const closed_folder&) = delete;

private:
  std::filesystem::path folder_;
};

enum : int { passed, no_rights, not_refused, wrong_code, wrong_words, rows_lost, unusable };

/// What a child process found out, in words for the test's output.
const char* word_for(int result) {
  constexpr const char* words[] = {"passed",      "no rights", "not refused", "wrong code",
                                   "wrong words", "rows lost", "unusable"};
  return result >= 0 && result <= unusable ? words[result] : "ended by a signal or an exception";
}

/// Fills the disk, and looks whether the error tells, the transaction is gone whole, and the connection goes on.
int fill(const std::string& file, std::string_view expected) {
  auto db = open(file);
  run(*db, "CREATE TABLE t (a)");
  run(*db, "INSERT INTO t VALUES (1)");
  db->run("BEGIN IMMEDIATE", {});
  std::optional<tidb::error> failure;
  for (int i = 0; i < 1000 && !failure; ++i)
    failure = error_of([&] { run(*db, "INSERT INTO t VALUES (zeroblob(20000))"); });
  if (!failure) failure = error_of([&] { db->run("COMMIT", {}); });
  if (!failure) return not_refused;
  if (failure->code() != errc::storage || failure->is_retryable()) return wrong_code;
  if (!holds(failure->info().message, expected) || !holds(failure->info().message, file)) return wrong_words;
  if (db->usable()) db->run("ROLLBACK", {});
  auto after = open(file);
  if (cell(*after, "SELECT count(*) FROM t") != "1") return rows_lost;
  run(*after, "UPDATE t SET a = 2");
  return cell(*after, "SELECT a FROM t") == "2" ? passed : unusable;
}

/// Opens files where there is not a byte left: one that has its log still to be made, and one that is new.
int open_on_a_full_disk(const std::filesystem::path& folder) {
  raw(folder / "old.db", one_row);
  raw(folder / "log.db", one_row_with_log);
  {
    std::ofstream filler(folder / "filler", std::ios::binary);
    const std::string page(4096, 'x');
    while (filler.write(page.data(), 4096).flush()) {
    }
  }
  if (cell(*open(folder / "old.db"), "SELECT a FROM t") != "5") return unusable;  // reading takes no room
  for (const auto* name : {"old.db", "log.db", "new.db"}) {
    const auto failure = error_of([&] { run(*open(folder / name), "CREATE TABLE u (a)"); });
    if (!failure) return not_refused;
    if (failure->code() != errc::storage) return wrong_code;
    if (!holds(failure->info().message, "disk full") || !holds(failure->info().message, name)) return wrong_words;
  }
  std::filesystem::remove(folder / "filler");
  return cell(*open(folder / "old.db"), "SELECT a FROM t") == "5" ? passed : rows_lost;
}

template <class Test>
int on_a_small_disk(const std::filesystem::path& folder, Test test) {
  const bool root = geteuid() == 0;
  if (unshare(root ? CLONE_NEWNS : CLONE_NEWUSER | CLONE_NEWNS) != 0) return no_rights;
  mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr);
  if (mount("tmpfs", folder.c_str(), "tmpfs", 0, "size=1m") != 0) return no_rights;
  return test();
}

int fill_up_to_a_limit(const std::filesystem::path& folder) {
  signal(SIGXFSZ, SIG_IGN);
  const rlimit limit{1 << 20, 1 << 20};
  if (setrlimit(RLIMIT_FSIZE, &limit) != 0) return no_rights;
  return fill((folder / "shop.db").string(), "raise the limit of the process");
}

}  // namespace

TEST(sqlite_files, a_disk_that_fills_up_is_named_and_the_transaction_is_gone_whole) {
  folder home;
  const int result =
      in_child([&] { return on_a_small_disk(home.path(), [&] { return fill(home.file(), "disk full"); }); });
  if (result == no_rights) GTEST_SKIP() << "no right to mount a small disk";
  EXPECT_EQ(result, passed) << word_for(result);
}

TEST(sqlite_files, a_disk_that_is_full_already_is_named_when_a_file_is_opened) {
  folder home;
  const int result =
      in_child([&] { return on_a_small_disk(home.path(), [&] { return open_on_a_full_disk(home.path()); }); });
  if (result == no_rights) GTEST_SKIP() << "no right to mount a small disk";
  EXPECT_EQ(result, passed) << word_for(result);
}

TEST(sqlite_files, a_limit_of_file_sizes_is_told_from_a_full_disk) {
  folder home;
  const int result = in_child([&] { return fill_up_to_a_limit(home.path()); });
  EXPECT_EQ(result, passed) << word_for(result);
}

TEST(sqlite_files, a_file_in_a_read_only_folder_is_read_and_refuses_writes_by_name) {
  for (const auto* made : {one_row, one_row_with_log}) {
    folder home;
    raw(home.file(), made);
    std::filesystem::permissions(home.file(), perms::all);
    const closed_folder closed(home.path(), enterable);
    const ordinary_user user;
    auto db = open(home.file());
    EXPECT_EQ(cell(*db, "SELECT a FROM t"), "5");
    const auto failure = error_of([&] { run(*db, "INSERT INTO t VALUES (6)"); });
    ASSERT_TRUE(failure);
    EXPECT_EQ(failure->code(), errc::storage);
    EXPECT_TRUE(holds(failure->what(), home.file() + " is read-only")) << failure->what();
    EXPECT_TRUE(holds(failure->what(), "its folder")) << failure->what();
    EXPECT_EQ(cell(*db, "SELECT a FROM t"), "5");
  }
}

TEST(sqlite_files, a_read_only_file_is_looked_at_without_its_log_as_it_is_read) {
  folder home;
  raw(home.file(), one_row_with_log);
  std::filesystem::permissions(home.file(), perms::owner_read | perms::group_read | perms::others_read);
  const closed_folder closed(home.path(), enterable);
  const ordinary_user user;
  const auto handle = tidb::detail::open_unchanged(home.file(), std::chrono::hours(24 * 366));
  EXPECT_EQ(cell(*tidb::detail::adopt_sqlite(handle.get(), {}), "SELECT a FROM t"), "5");
}

TEST(sqlite_files, a_working_directory_that_is_gone_is_an_error_of_the_file) {
  folder home;
  const auto body = [&] {
    const auto gone = home.path() / "gone";
    std::filesystem::create_directory(gone);
    std::filesystem::current_path(gone);
    std::filesystem::remove(gone);
    const auto failure = error_of([] { tidb::connect({.file = "shop.db"}); });
    const bool told = failure && failure->code() == errc::storage;
    return told && !tidb::diagnose({.file = "shop.db"}).healthy() ? 0 : 1;
  };
  EXPECT_EQ(in_child(body), 0);
}

TEST(sqlite_files, a_new_file_in_a_read_only_folder_is_refused_with_the_folders_name) {
  folder home;
  const closed_folder closed(home.path(), enterable);
  const ordinary_user user;
  const auto failure = error_of([&] { open(home.file()); });
  ASSERT_TRUE(failure);
  EXPECT_EQ(failure->code(), errc::storage);
  EXPECT_TRUE(holds(failure->what(), "its folder " + home.path().string() + " allows no new file")) << failure->what();
}

TEST(sqlite_files, a_log_that_cannot_be_made_is_named) {
  folder home;
  raw(home.file(), one_row);
  const auto before = bytes_of(home.file());
  std::filesystem::create_directory(home.file() + "-wal");
  const auto failure = error_of([&] { open(home.file()); });
  ASSERT_TRUE(failure);
  EXPECT_EQ(failure->code(), errc::storage);
  EXPECT_TRUE(holds(failure->what(), home.file())) << failure->what();
  EXPECT_TRUE(holds(failure->what(), "-wal")) << failure->what();
  EXPECT_EQ(bytes_of(home.file()), before);
}

TEST(sqlite_files, a_file_that_another_process_keeps_for_itself_is_a_retryable_conflict) {
  folder home;
  raw(home.file(), one_row);
  sqlite3* other = nullptr;
  ASSERT_EQ(sqlite3_open(home.file().c_str(), &other), SQLITE_OK);
  ASSERT_EQ(sqlite3_exec(other, "BEGIN EXCLUSIVE", nullptr, nullptr, nullptr), SQLITE_OK);
  const auto failure = error_of([&] { open(home.file(), std::chrono::milliseconds(30)); });
  sqlite3_close(other);
  ASSERT_TRUE(failure);
  EXPECT_EQ(failure->code(), errc::conflict);
  EXPECT_TRUE(failure->is_retryable());
  EXPECT_TRUE(holds(failure->what(), home.file())) << failure->what();
  EXPECT_EQ(cell(*open(home.file()), "SELECT a FROM t"), "5");
}

TEST(sqlite_files, a_page_damaged_in_the_middle_is_told_when_it_is_read) {
  folder home;
  {
    auto db = open(home.file());
    run(*db, "CREATE TABLE t (id INTEGER PRIMARY KEY, a)");
    for (int i = 0; i < 200; ++i) run(*db, "INSERT INTO t (a) VALUES (printf('%0500d', 1))");
  }
  {
    std::fstream file(home.file(), std::ios::in | std::ios::out | std::ios::binary);
    file.seekp(10 * 4096);
    file << std::string(4096, 'x');
  }
  auto db = open(home.file());
  EXPECT_EQ(cell(*db, "SELECT length(a) FROM t WHERE id = 1"), "500");
  const auto failure = error_of([&] { run(*db, "SELECT sum(length(a)) FROM t"); });
  ASSERT_TRUE(failure);
  EXPECT_EQ(failure->code(), errc::storage);
  EXPECT_TRUE(holds(failure->what(), home.file() + " is damaged")) << failure->what();
  EXPECT_TRUE(failure->poisons_connection());
}
