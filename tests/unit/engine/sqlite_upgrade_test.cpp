// Files of another version of tidbxx, with an invented list of versions: there is only one real version so far.
#include "engine/sqlite/upgrade.hpp"
#include "sqlite_support.hpp"

#include <array>
#include <csignal>
#include <fstream>
#include <thread>

#include <gtest/gtest.h>
#include <sqlite3.h>
#include <unistd.h>

using namespace sqlite_test;
using tidb::errc;
using tidb::detail::check_version;
using tidb::detail::sqlite_session;
using tidb::detail::upgrade_plan;
using tidb::detail::upgrade_step;

namespace {

constexpr auto version_1 = "CREATE TABLE _tidbxx_index (name TEXT, version INT); "
                           "INSERT INTO _tidbxx_index VALUES ('a', 1), ('b', 1); "
                           "CREATE TABLE words (word TEXT); INSERT INTO words VALUES ('one'), ('two')";

constexpr std::array<std::string_view, 1> to_2{"ALTER TABLE words ADD COLUMN length INT"};
constexpr std::array<std::string_view, 1> to_3{"UPDATE words SET length = length(word)"};
constexpr std::array<upgrade_step, 2> two_steps{upgrade_step{1, to_2}, upgrade_step{2, to_3}};
constexpr upgrade_plan plan{.version = 3, .steps = two_steps};

/// A step that takes for ever, for a process to be killed in.
constexpr std::array<std::string_view, 2> endless{
    "DELETE FROM words",
    "INSERT INTO words (word) WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT i FROM n"};
constexpr std::array<upgrade_step, 2> endless_steps{upgrade_step{1, to_2}, upgrade_step{2, endless}};

void check_file(const std::string& file, const upgrade_plan& with = plan, const tidb::call_context& context = {}) {
  sqlite3* handle = nullptr;
  sqlite3_open(file.c_str(), &handle);
  sqlite3_extended_result_codes(handle, 1);
  sqlite_session session(handle, true, file, std::chrono::milliseconds(5000));
  const tidb::detail::call_scope call(session, context, {});
  check_version(session, with, context);
}

std::string ask(const std::string& file, const std::string& sql) {
  sqlite3* handle = nullptr;
  sqlite3_open(file.c_str(), &handle);
  std::string answer;
  const auto note = [](void* into, int, char** cells, char**) {
    *static_cast<std::string*>(into) = cells[0] != nullptr ? cells[0] : "NULL";
    return 0;
  };
  if (sqlite3_exec(handle, sql.c_str(), note, &answer, nullptr) != SQLITE_OK) answer = sqlite3_errmsg(handle);
  sqlite3_close(handle);
  return answer;
}

std::size_t files_in(const folder& home) {
  return static_cast<std::size_t>(std::distance(std::filesystem::directory_iterator(home.path()), {}));
}

}  // namespace

TEST(sqlite_upgrade, an_older_file_is_copied_and_then_upgraded_step_by_step) {
  folder home;
  raw(home.file(), version_1);
  check_file(home.file());
  EXPECT_EQ(ask(home.file(), "SELECT sum(length) FROM words"), "6");
  EXPECT_EQ(ask(home.file(), "SELECT group_concat(version) FROM _tidbxx_index"), "3,3");
  const auto copy = home.file() + ".before-v3";
  EXPECT_EQ(ask(copy, "SELECT group_concat(version) FROM _tidbxx_index"), "1,1");
  EXPECT_EQ(ask(copy, "SELECT count(*) FROM words"), "2");
  EXPECT_EQ(files_in(home), 2U);
  check_file(home.file());  // now there is nothing left to do
  EXPECT_EQ(files_in(home), 2U);
}

TEST(sqlite_upgrade, a_file_with_a_write_ahead_log_is_copied_with_what_is_in_the_log) {
  folder home;
  raw(home.file(), version_1);
  auto other = open(home.file());  // keeps the log from being merged
  run(*other, "INSERT INTO words VALUES ('three')");
  check_file(home.file());
  EXPECT_EQ(cell(*other, "SELECT sum(length) FROM words"), "11");
  EXPECT_EQ(ask(home.file() + ".before-v3", "SELECT count(*) FROM words"), "3");
}

TEST(sqlite_upgrade, a_copy_that_is_there_already_is_never_overwritten) {
  folder home;
  raw(home.file(), version_1);
  std::ofstream(home.file() + ".before-v3") << "mine";
  check_file(home.file());
  EXPECT_EQ(bytes_of(home.file() + ".before-v3"), "mine");
  EXPECT_EQ(ask(home.file() + ".before-v3-2", "SELECT count(*) FROM words"), "2");
}

TEST(sqlite_upgrade, files_without_anything_of_ours_and_newer_ones_are_not_touched) {
  folder home;
  raw(home.file(), "CREATE TABLE words (word TEXT)");
  auto before = bytes_of(home.file());
  check_file(home.file());
  EXPECT_EQ(bytes_of(home.file()), before);
  raw(home.file(), "CREATE TABLE _tidbxx_index (version INT); INSERT INTO _tidbxx_index VALUES (1), (4)");
  before = bytes_of(home.file());
  const auto failure = error_of([&] { check_file(home.file()); });
  ASSERT_TRUE(failure);
  EXPECT_EQ(failure->code(), errc::storage);
  EXPECT_TRUE(holds(failure->what(), "version 4, this one knows 3")) << failure->what();
  EXPECT_EQ(bytes_of(home.file()), before);
  EXPECT_EQ(files_in(home), 1U);
}

TEST(sqlite_upgrade, without_room_for_the_copy_nothing_is_changed) {
  folder home;
  raw(home.file(), version_1);
  const auto before = bytes_of(home.file());
  auto small = plan;
  small.free_space = [](const std::filesystem::path&) { return std::uintmax_t{1} << 20; };
  const auto failure = error_of([&] { check_file(home.file(), small); });
  ASSERT_TRUE(failure);
  EXPECT_EQ(failure->code(), errc::storage);
  EXPECT_TRUE(holds(failure->what(), home.file() + " could not be upgraded from version 1 to 3")) << failure->what();
  EXPECT_TRUE(holds(failure->what(), "no room for the copy " + home.file() + ".before-v3")) << failure->what();
  EXPECT_EQ(bytes_of(home.file()), before);
  EXPECT_EQ(files_in(home), 1U);
}

TEST(sqlite_upgrade, a_step_that_fails_leaves_the_file_as_it_was_and_no_copy) {
  folder home;
  raw(home.file(), version_1);
  constexpr std::array<std::string_view, 2> broken{"DELETE FROM words", "UPDATE nowhere SET a = 1"};
  const std::array<upgrade_step, 2> steps{upgrade_step{1, to_2}, upgrade_step{2, broken}};
  const auto failure = error_of([&] { check_file(home.file(), {.version = 3, .steps = steps}); });
  ASSERT_TRUE(failure);
  EXPECT_TRUE(holds(failure->what(), "nothing of it was changed")) << failure->what();
  EXPECT_EQ(ask(home.file(), "SELECT count(*) FROM words"), "2");
  EXPECT_EQ(ask(home.file(), "SELECT max(version) FROM _tidbxx_index"), "1");
  EXPECT_EQ(files_in(home), 1U);
}

TEST(sqlite_upgrade, an_older_file_that_cannot_be_upgraded_is_refused) {
  folder home;
  raw(home.file(), version_1);
  auto failure = error_of([&] { check_file(home.file(), {.version = 3, .steps = std::span(two_steps).last(1)}); });
  ASSERT_TRUE(failure);
  EXPECT_TRUE(holds(failure->what(), "cannot upgrade")) << failure->what();
  std::filesystem::permissions(home.file(), std::filesystem::perms::all & ~std::filesystem::perms::owner_write &
                                                ~std::filesystem::perms::group_write &
                                                ~std::filesystem::perms::others_write);
  std::filesystem::permissions(home.path(), std::filesystem::perms::all);
  const ordinary_user user;
  failure = error_of([&] { check_file(home.file()); });
  ASSERT_TRUE(failure);
  EXPECT_EQ(failure->code(), errc::storage);
  EXPECT_TRUE(holds(failure->what(), "is read-only")) << failure->what();
}

TEST(sqlite_upgrade, a_handle_of_the_programs_own_is_not_upgraded_behind_its_back) {
  sqlite3* handle = nullptr;
  ASSERT_EQ(sqlite3_open(":memory:", &handle), SQLITE_OK);
  ASSERT_EQ(sqlite3_exec(handle, version_1, nullptr, nullptr, nullptr), SQLITE_OK);
  {
    sqlite_session session(handle, false, ":memory:", std::chrono::milliseconds(0));
    const auto failure = error_of([&] { check_version(session, plan, {}); });
    ASSERT_TRUE(failure);
    EXPECT_TRUE(holds(failure->what(), "hand the handle over then")) << failure->what();
  }
  EXPECT_EQ(sqlite3_close(handle), SQLITE_OK);
}

TEST(sqlite_upgrade, it_ends_at_the_deadline) {
  folder home;
  raw(home.file(), version_1);
  tidb::call_context context;
  context.deadline = std::chrono::steady_clock::now() + std::chrono::milliseconds(300);
  const auto failure = error_of([&] { check_file(home.file(), {.version = 3, .steps = endless_steps}, context); });
  ASSERT_TRUE(failure);
  EXPECT_EQ(failure->code(), errc::timeout) << failure->what();
  EXPECT_EQ(ask(home.file(), "SELECT count(*) FROM words"), "2");
  EXPECT_EQ(files_in(home), 1U);
}

TEST(sqlite_upgrade, a_process_killed_in_the_middle_leaves_a_file_that_the_next_one_upgrades) {
  folder home;
  raw(home.file(), version_1);
  auto body = [&] { return check_file(home.file(), {.version = 3, .steps = endless_steps}), 0; };
  const int child = start_child([](void* context) { return (*static_cast<decltype(body)*>(context))(); }, &body);
  while (!std::filesystem::exists(home.file() + ".before-v3"))
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  std::this_thread::sleep_for(std::chrono::milliseconds(200));
  kill(child, SIGKILL);
  EXPECT_EQ(wait_for_child(child), -1);
  EXPECT_EQ(ask(home.file(), "SELECT max(version) FROM _tidbxx_index"), "1");
  std::ofstream(home.file() + ".before-v3.partial") << "left by one that was killed while it copied";
  check_file(home.file());
  EXPECT_EQ(ask(home.file(), "SELECT sum(length) FROM words"), "6");
  EXPECT_EQ(ask(home.file() + ".before-v3-2", "SELECT count(*) FROM words"), "2");
  EXPECT_FALSE(std::filesystem::exists(home.file() + ".before-v3.partial"));
}

TEST(sqlite_upgrade, of_several_processes_that_open_it_one_upgrades) {
  folder home;
  raw(home.file(), version_1);
  auto body = [&] { return check_file(home.file()), 0; };
  std::array<int, 4> children{};
  for (int& child : children)
    child = start_child([](void* context) { return (*static_cast<decltype(body)*>(context))(); }, &body);
  for (const int child : children) EXPECT_EQ(wait_for_child(child), 0);
  EXPECT_EQ(ask(home.file(), "SELECT group_concat(version) FROM _tidbxx_index"), "3,3");
  EXPECT_EQ(ask(home.file(), "SELECT sum(length) FROM words"), "6");
  EXPECT_FALSE(std::filesystem::exists(home.file() + ".before-v3-2"));
}
