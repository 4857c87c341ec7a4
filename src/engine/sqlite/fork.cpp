#include "engine/sqlite/fork.hpp"

#include <mutex>
#include <set>

#include <fmt/format.h>
#include <pthread.h>
#include <sqlite3.h>

namespace tidb::detail {
namespace {

struct open_files {
  std::mutex mutex;
  std::multiset<std::string> own;
  std::multiset<std::string> of_parent;
};

/// Never destroyed: connections may be closed while the program ends.
open_files& files() {
  static auto* const all = [] {
    auto* made = new open_files;
    pthread_atfork([] { files().mutex.lock(); }, [] { files().mutex.unlock(); },
                   [] {
                     files().of_parent.merge(files().own);
                     files().mutex.unlock();
                   });
    return made;
  }();
  return *all;
}

/// The whole path; empty in memory.
std::string name_of(sqlite3* handle) {
  const char* name = sqlite3_db_filename(handle, "main");
  return name != nullptr ? name : "";
}

}  // namespace

open_file::open_file(sqlite3* handle) : name_(name_of(handle)) {
  if (name_.empty()) return;
  const std::scoped_lock lock(files().mutex);
  files().own.insert(name_);
}

open_file::~open_file() {
  if (name_.empty() || is_inherited()) return;
  const std::scoped_lock lock(files().mutex);
  if (const auto found = files().own.find(name_); found != files().own.end()) files().own.erase(found);
}

bool is_open_in_parent(sqlite3* handle) {
  const std::scoped_lock lock(files().mutex);
  return files().of_parent.contains(name_of(handle));
}

std::string inherited_file_text(const std::string& file) {
  return fmt::format(
      "{} was open when this process was forked, and SQLite's locks do not go to a child: connect in the "
      "child only, or before fork() close the client, or let the child exec another program",
      file);
}

}  // namespace tidb::detail
