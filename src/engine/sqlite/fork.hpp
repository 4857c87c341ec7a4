// What fork() means for an embedded file: SQLite's locks belong to one process, and the child has only the belief in
// them. So a child must neither use nor close a connection of its parent's, nor open the same file again.
#pragma once

#include "engine/fork.hpp"

#include <string>

struct sqlite3;

namespace tidb::detail {

/// A file that a connection of this process has open.
class open_file {
public:
  explicit open_file(sqlite3* handle);
  open_file(const open_file&) = delete;
  open_file& operator=(const open_file&) = delete;
  ~open_file();

  /// True in a child of the process that opened it. A database in memory is the child's own.
  bool is_inherited() const noexcept { return home_.is_left() && !name_.empty(); }

private:
  std::string name_;
  home_process home_;
};

/// True if the parent had this handle's file open when this process was forked.
bool is_open_in_parent(sqlite3* handle);

/// What a program that does so is told.
std::string inherited_file_text(const std::string& file);

}  // namespace tidb::detail
