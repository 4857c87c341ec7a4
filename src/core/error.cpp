#include "tidbxx/core/error.hpp"

#include "core/secrets.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

namespace tidb {
namespace {

constexpr std::size_t sql_limit = 500;

/// The start of `text`, cut before a UTF-8 sequence that would be torn.
std::string shortened(std::string_view text, std::size_t limit) {
  if (text.size() <= limit) return std::string(text);
  auto end = limit;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0U) == 0x80U) --end;
  return std::string(text.substr(0, end)) + "…";
}

/// Other people's words can hold escape sequences for a terminal, or lines that look like ours.
std::string tamed(std::string text, std::string_view allowed) {
  for (char& letter : text) {
    auto code = static_cast<unsigned char>(letter);
    if ((code < 0x20 || code == 0x7F) && allowed.find(letter) == std::string_view::npos) letter = ' ';
  }
  return text;
}

std::string server_part(const error_info& info) {
  if (info.server_code == 0 && info.server_message.empty()) return {};
  std::string part = " [server";
  if (info.server_code != 0) part += fmt::format(" {}", info.server_code);
  if (!info.sqlstate.empty()) part += " " + info.sqlstate;
  if (!info.server_message.empty()) part += ": " + tamed(info.server_message, "");
  return part + "]";
}

std::string compose(const error_info& info) {
  std::string text = info.message + server_part(info);
  if (!info.sql.empty()) text += "\n  in: " + tamed(shortened(info.sql, sql_limit), "\n\t");
  if (!info.endpoint.empty()) text += "\n  at: " + info.endpoint;
  std::string_view file = info.where.file_name();
  if (info.where.line() != 0 && !file.empty()) {
    file.remove_prefix(file.find_last_of("/\\") + 1);  // npos + 1 is 0
    text += fmt::format("\n  from: {}:{}", file, info.where.line());
  }
  if (!info.entry.empty()) text += fmt::format("\n  see: docs/errors.md#{}", info.entry);
  return text;
}

/// Where the server's words may begin to repeat a literal or a parameter.
std::size_t start_of_repetition(std::string_view text, bool literals) {
  const auto after = [&](std::string_view mark) {
    const auto at = text.find(mark);
    return at == std::string_view::npos ? at : at + mark.size();
  };
  const auto statement = after("near ");
  if (!literals && statement != std::string_view::npos) return std::string_view::npos;  // it has `?` for them
  return std::min({statement, after(": "), text.find_first_of("'\"`")});
}

/// A name in our message is what the server took for one, and may be a literal to whoever wrote the statement.
void hide_names(std::string& message, std::string_view hidden) {
  auto open = message.find('\'');
  while (open != std::string::npos) {
    const auto close = message.find('\'', ++open);
    if (close == std::string::npos) return;
    const auto name = std::string_view(message).substr(open, close - open);
    if (!name.empty() && hidden.find(name) != std::string_view::npos) message.replace(open, close - open, "***");
    open = message.find('\'', message.find('\'', open) + 1);
  }
}

/// A statement may set a password: then neither its literals are kept, nor what the server repeats of it.
void hide_secrets(error_info& info) {
  if (!detail::may_hold_secret(info.sql)) return;
  auto shown = detail::without_secrets(info.sql);
  const bool literals = shown != info.sql;
  if (literals) hide_names(info.message, std::string_view(info.sql).substr(shown.size() - detail::hidden_mark.size()));
  info.sql = std::move(shown);
  if (const auto at = start_of_repetition(info.server_message, literals); at < info.server_message.size())
    info.server_message.replace(at, std::string::npos, "***");
}

}  // namespace

struct error::state {
  error_info info;
  std::string text;
};

error::error(error_info info) {
  hide_secrets(info);
  if (info.code == errc::usage) info.sent = false;  // it was refused by us
  auto text = compose(info);
  state_ = std::make_shared<const state>(state{std::move(info), std::move(text)});
}

// An error that was moved from has no state; what() of it must still be callable.
const char* error::what() const noexcept { return state_ ? state_->text.c_str() : "tidb::error"; }

const error_info& error::info() const noexcept {
  static const error_info none;
  return state_ ? state_->info : none;
}

void throw_error(error_info info) {
  switch (info.code) {
  case errc::connection:
  case errc::access_denied: throw connection_error(std::move(info));
  case errc::constraint: throw constraint_violation(std::move(info));
  case errc::stale: throw stale_object(std::move(info));
  case errc::conflict: throw transaction_conflict(std::move(info));
  case errc::outcome_unknown: throw outcome_unknown(std::move(info));
  case errc::timeout: throw timeout(std::move(info));
  case errc::quota: throw quota_exhausted(std::move(info));
  case errc::unsupported: throw unsupported(std::move(info));
  case errc::usage: throw usage_error(std::move(info));
  case errc::no_row:
  case errc::too_many_rows:
  case errc::decode:
  case errc::statement:
  case errc::storage: break;
  }
  throw error(std::move(info));
}

void throw_usage(std::string message, std::source_location where) {
  error_info info;
  info.code = errc::usage;
  info.message = std::move(message);
  info.where = where;
  throw_error(std::move(info));
}

}  // namespace tidb
