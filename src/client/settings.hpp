// Turns arguments, URLs, the environment and `.env` into options with every default applied.
#pragma once

#include "tidbxx/engine/options.hpp"

#include <filesystem>
#include <functional>
#include <optional>
#include <source_location>
#include <string>
#include <string_view>

namespace tidb::detail {

/// A variable of the process's environment.
std::optional<std::string> process_variable(const std::string& name);

/// What is around the program. Tests bring their own.
struct surroundings {
  std::function<std::optional<std::string>(const std::string&)> variable{process_variable};
  std::filesystem::path directory{};  ///< where `.env` and `tidbxx.db` lie; empty: the working directory
};

/// From the environment and under it `.env`; with nothing in either, the embedded engine's `tidbxx.db`.
/// Errors, of all three: usage_error with the caller's line; no password in any text.
resolved_options resolve_environment(const surroundings& around = {},
                                     std::source_location where = std::source_location::current());

/// From a URL alone: neither the environment nor `.env` is looked at.
resolved_options resolve_url(std::string_view url, std::source_location where = std::source_location::current());

/// From fields. If they name neither host nor file, the environment and `.env` are beneath them.
resolved_options resolve(const connect_options& given, const surroundings& around = {},
                         std::source_location where = std::source_location::current());

/// True for TiDB Cloud's own host names, which always want TLS.
bool is_tidbcloud(std::string_view host);

}  // namespace tidb::detail
