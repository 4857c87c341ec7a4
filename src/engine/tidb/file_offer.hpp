// What a connection answers when its server asks for a file, as LOAD DATA LOCAL makes it do.
#pragma once

#include "tidbxx/engine/driver.hpp"

#include <exception>
#include <string_view>

#include <mysql.h>

namespace tidb::detail {

/// Announces that the client can send files, which TiDB wants to hear at the login, and sends none.
void announce_files(MYSQL* handle);
/// From now on a request for a file is an error of libmariadb's own.
void refuse_files(MYSQL* handle);

/// While it lives, the server may ask once for the file `byte_source::name`, and gets the bytes of the source. Whatever
/// else it asks for it does not get: no file is opened by a name that came from a server.
class file_offer {
public:
  file_offer(MYSQL* handle, byte_source& file);
  file_offer(const file_offer&) = delete;
  file_offer& operator=(const file_offer&) = delete;
  ~file_offer();

  /// The server has asked, for this file or another.
  bool asked() const noexcept { return asked_; }
  /// What reading the bytes threw.
  const std::exception_ptr& failure() const noexcept { return failure_; }

private:
  static int on_open(void** state, const char* name, void* self) noexcept;
  static int on_read(void* self, char* to, unsigned size) noexcept;

  MYSQL* handle_;
  byte_source& file_;
  std::string_view rest_{};
  bool asked_{};
  std::exception_ptr failure_{};
};

}  // namespace tidb::detail
