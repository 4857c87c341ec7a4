#include "rejects.hpp"

#include "commands.hpp"
#include "output.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

namespace cli {

rejects_file::rejects_file(std::string path, std::uint64_t size) : path_(std::move(path)) {
  struct stat about {};
  if (::stat(path_.c_str(), &about) != 0) return;
  // a file that somebody removed or shortened has lost its rows: what follows is appended to what is left
  kept_ = written_ = std::min(size, static_cast<std::uint64_t>(about.st_size));
  const bool done =
      kept_ == 0 ? ::unlink(path_.c_str()) == 0 : ::truncate(path_.c_str(), static_cast<off_t>(kept_)) == 0;
  if (!done) fail();
}

rejects_file::~rejects_file() {
  if (handle_ >= 0) ::close(handle_);
}

void rejects_file::discard() noexcept {
  if (handle_ < 0 || written_ == kept_) return;
  // if this fails, the next run does it
  if (kept_ == 0 ? ::unlink(path_.c_str()) == 0 : ::ftruncate(handle_, static_cast<off_t>(kept_)) == 0)
    written_ = kept_;
  if (kept_ > 0) return;
  ::close(handle_);
  handle_ = -1;
}

void rejects_file::fail() const {
  throw failure(fmt::format("cannot write {}, which takes the rejected rows: {}", path_, std::strerror(errno)));
}

void rejects_file::open() {
  if (handle_ >= 0) return;
  handle_ = ::open(path_.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0644);
  if (handle_ < 0) fail();
}

std::uint64_t rejects_file::write(const std::vector<reject>& rows) {
  if (rows.empty()) return kept_;
  open();
  std::string text;
  for (const auto& row : rows)
    text += fmt::format("{{\"line\": {}, \"reason\": {}, \"row\": {}}}\n", row.line, json_text(row.reason),
                        json_text(row.row));
  if (::ftruncate(handle_, static_cast<off_t>(kept_)) != 0) fail();
  written_ = kept_;
  while (!text.empty()) {
    const auto put = ::pwrite(handle_, text.data(), text.size(), static_cast<off_t>(written_));
    if (put < 0 && errno == EINTR) continue;
    if (put < 0) fail();
    written_ += static_cast<std::uint64_t>(put);
    text.erase(0, static_cast<std::size_t>(put));
  }
  if (::fdatasync(handle_) != 0) fail();
  return written_;
}

}  // namespace cli
