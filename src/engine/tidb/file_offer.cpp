#include "engine/tidb/file_offer.hpp"

#include <algorithm>
#include <cstring>

#include <errmsg.h>

namespace tidb::detail {
namespace {

void allow(MYSQL* handle, unsigned on) { mysql_optionsv(handle, MYSQL_OPT_LOCAL_INFILE, &on); }

int open_nothing(void**, const char*, void*) noexcept { return 1; }
int read_nothing(void*, char*, unsigned) noexcept { return -1; }
void close_nothing(void*) noexcept {}

/// The words that libmariadb has for it: errors.toml knows them.
int tell_refusal(void*, char* text, unsigned size) noexcept {
  constexpr std::string_view words = "Load data local infile forbidden";
  if (size == 0) return CR_UNKNOWN_ERROR;
  const auto length = std::min<std::size_t>(words.size(), size - 1);
  std::memcpy(text, words.data(), length);
  text[length] = '\0';
  return CR_UNKNOWN_ERROR;
}

/// Not left to chance, nor to libmariadb's own handler, which opens what it is asked for.
void install_refusal(MYSQL* handle) {
  mysql_set_local_infile_handler(handle, open_nothing, read_nothing, close_nothing, tell_refusal, nullptr);
}

}  // namespace

void announce_files(MYSQL* handle) {
  allow(handle, 1);
  install_refusal(handle);
}

void refuse_files(MYSQL* handle) {
  allow(handle, 0);
  install_refusal(handle);
}

file_offer::file_offer(MYSQL* handle, byte_source& file) : handle_(handle), file_(file) {
  mysql_set_local_infile_handler(handle_, on_open, on_read, close_nothing, tell_refusal, this);
  allow(handle_, 1);
}

file_offer::~file_offer() { refuse_files(handle_); }

int file_offer::on_open(void** state, const char* name, void* self) noexcept {
  auto& own = *static_cast<file_offer*>(self);
  *state = self;
  const bool again = own.asked_;
  own.asked_ = true;
  return !again && name == byte_source::name ? 0 : 1;
}

int file_offer::on_read(void* self, char* to, unsigned size) noexcept try {
  auto& own = *static_cast<file_offer*>(self);
  if (own.rest_.empty()) own.rest_ = own.file_.next();
  const auto part = own.rest_.substr(0, size);
  std::memcpy(to, part.data(), part.size());
  own.rest_.remove_prefix(part.size());
  return static_cast<int>(part.size());
} catch (...) {
  static_cast<file_offer*>(self)->failure_ = std::current_exception();
  return -1;
}

}  // namespace tidb::detail
