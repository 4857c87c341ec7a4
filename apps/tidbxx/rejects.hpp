// FILE.rejects.jsonl: the rows that could not be imported, and why.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace cli {

struct reject {
  std::uint64_t line{};
  std::string reason{};
  std::string row{};  ///< as it is in the file
};

/// Written before the transaction that counts it commits; what a broken one left is cut off when the import goes on.
class rejects_file {
public:
  /// `size`: how much of the file was committed; 0 for a new import, whose earlier rejects are removed.
  rejects_file(std::string path, std::uint64_t size);
  ~rejects_file();
  rejects_file(const rejects_file&) = delete;
  rejects_file& operator=(const rejects_file&) = delete;

  /// Appends the rows behind what was kept, onto the disk. Gives the file's size then. Errors: failure.
  std::uint64_t write(const std::vector<reject>& rows);
  /// What was written last stays.
  void keep() noexcept { kept_ = written_; }
  /// What was written last is cut off again.
  void discard() noexcept;
  const std::string& path() const noexcept { return path_; }

private:
  void open();
  [[noreturn]] void fail() const;

  std::string path_;
  std::uint64_t kept_{};
  std::uint64_t written_{};
  int handle_{-1};
};

}  // namespace cli
