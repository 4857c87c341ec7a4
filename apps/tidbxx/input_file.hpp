// A data file, and its lines.
#pragma once

#include "sha256.hpp"

#include <cstddef>
#include <cstdint>
#include <ctime>
#include <string>
#include <string_view>

#include <sys/types.h>

namespace cli {

/// A file that is read from start to end. Errors: failure that names the file.
class open_file {
public:
  explicit open_file(std::string path);
  ~open_file();
  open_file(const open_file&) = delete;
  open_file& operator=(const open_file&) = delete;

  const std::string& path() const noexcept { return path_; }
  std::uint64_t size() const noexcept { return size_; }
  /// Reads up to `size` bytes at `offset`; fewer only at the end.
  std::size_t read(char* to, std::size_t size, std::uint64_t offset) const;
  /// False once somebody wrote to the file since it was opened.
  bool unchanged() const;

private:
  std::string path_;
  int handle_{-1};
  std::uint64_t size_{};
  timespec modified_{};
};

/// One record without its line end. Lifetime of `text`: until the next one is read.
struct raw_record {
  std::string_view text{};
  std::uint64_t line{};  ///< of its first byte, from 1
  std::uint64_t end{};   ///< where the next record begins
  bool too_long{};       ///< `text` is only its beginning
  bool unterminated{};   ///< the file ends without a line end after it
};

/// Splits a file into lines, from any line's start on.
class line_splitter {
public:
  /// `hash` gets every byte that is read; null: none. From the start, a byte order mark is passed over.
  line_splitter(const open_file& file, std::uint64_t offset, std::uint64_t line, sha256* hash);
  bool next(raw_record& out);
  /// The number of the next line.
  std::uint64_t line() const noexcept { return line_; }

private:
  bool fill();
  bool scan();
  void finish(raw_record& out, bool at_end);

  const open_file& file_;
  sha256* hash_;
  std::string buffer_;
  std::size_t used_{};   ///< bytes in the buffer
  std::size_t begin_{};  ///< where the line begins
  std::size_t scanned_{};
  std::uint64_t read_to_{};
  std::uint64_t line_;
  std::uint64_t dropped_{};  ///< bytes of an overlong line that were not kept
};

}  // namespace cli
