#include "input_file.hpp"

#include "commands.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

namespace cli {

namespace {

/// No server takes a row of more (TiDB's max_allowed_packet), so no more of a record is kept.
constexpr std::size_t longest_record = std::size_t{64} << 20U;
constexpr std::size_t kept_of_longer = 1000;
constexpr std::size_t chunk = std::size_t{1} << 20U;
/// The JSON parser may look this far behind a record.
constexpr std::size_t slack = 64;

}  // namespace

open_file::open_file(std::string path) : path_(std::move(path)), handle_(::open(path_.c_str(), O_RDONLY | O_CLOEXEC)) {
  if (handle_ < 0) throw failure(fmt::format("cannot open {}: {}", path_, std::strerror(errno)));
  struct stat about {};
  if (::fstat(handle_, &about) != 0 || !S_ISREG(about.st_mode)) {
    ::close(handle_);
    throw failure(
        fmt::format("{} is no regular file: an import reads it twice, so it cannot be a pipe or a folder", path_));
  }
  size_ = static_cast<std::uint64_t>(about.st_size);
  modified_ = about.st_mtim;
}

open_file::~open_file() { ::close(handle_); }

std::size_t open_file::read(char* to, std::size_t size, std::uint64_t offset) const {
  std::size_t total = 0;
  while (total < size) {
    const auto got = ::pread(handle_, to + total, size - total, static_cast<off_t>(offset + total));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) throw failure(fmt::format("cannot read {}: {}", path_, std::strerror(errno)));
    if (got == 0) break;
    total += static_cast<std::size_t>(got);
  }
  return total;
}

bool open_file::unchanged() const {
  struct stat about {};
  return ::fstat(handle_, &about) == 0 && static_cast<std::uint64_t>(about.st_size) == size_ &&
         about.st_mtim.tv_sec == modified_.tv_sec && about.st_mtim.tv_nsec == modified_.tv_nsec;
}

line_splitter::line_splitter(const open_file& file, std::uint64_t offset, std::uint64_t line, sha256* hash)
    : file_(file), hash_(hash), buffer_(chunk + slack, '\0'), read_to_(offset), line_(line) {
  if (offset != 0) return;
  constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";
  fill();
  if (std::string_view(buffer_.data(), used_).starts_with(byte_order_mark)) begin_ = scanned_ = byte_order_mark.size();
}

/// Reads another chunk behind what is there; false at the end of the file.
bool line_splitter::fill() {
  if (begin_ > 0) {
    std::memmove(buffer_.data(), buffer_.data() + begin_, used_ - begin_);
    used_ -= begin_;
    scanned_ -= begin_;
    begin_ = 0;
  }
  if (used_ > longest_record) {
    dropped_ += used_ - kept_of_longer;
    used_ = scanned_ = kept_of_longer;
  }
  if (buffer_.size() < used_ + chunk + slack) buffer_.resize(2 * (used_ + chunk) + slack);
  const auto got = file_.read(buffer_.data() + used_, chunk, read_to_);
  if (hash_ != nullptr) hash_->add({buffer_.data() + used_, got});
  used_ += got;
  read_to_ += got;
  return got > 0;
}

/// Moves on to the line's end; false if it is not in the buffer.
bool line_splitter::scan() {
  const auto* found = static_cast<const char*>(std::memchr(buffer_.data() + scanned_, '\n', used_ - scanned_));
  scanned_ = found == nullptr ? used_ : static_cast<std::size_t>(found - buffer_.data());
  return found != nullptr;
}

void line_splitter::finish(raw_record& out, bool at_end) {
  out.too_long = dropped_ > 0;
  auto length = scanned_ - begin_;
  if (out.too_long)
    length = std::min(length, kept_of_longer);
  else if (length > 0 && buffer_[begin_ + length - 1] == '\r')
    --length;
  out.text = {buffer_.data() + begin_, length};
  out.line = line_;
  out.unterminated = at_end;
  begin_ = scanned_ + (at_end ? 0 : 1);
  out.end = read_to_ - (used_ - begin_);
  line_ += at_end ? 0 : 1;
  scanned_ = begin_;
  dropped_ = 0;
}

bool line_splitter::next(raw_record& out) {
  while (!scan()) {
    if (fill()) continue;
    if (begin_ == used_ && dropped_ == 0) return false;
    finish(out, true);
    return true;
  }
  finish(out, false);
  return true;
}

}  // namespace cli
