// How parameters become SQLite's values.
#include "core/utf8.hpp"
#include "engine/sqlite/statement.hpp"
#include "tidbxx/core/error.hpp"
#include "tidbxx/core/time.hpp"
#include "tidbxx/core/vector.hpp"

#include <cmath>
#include <limits>

#include <fmt/format.h>

namespace tidb::detail {

void sqlite_statement::bind(int position, const value_view& parameter, const call_context& context) {
  int code = SQLITE_OK;
  switch (parameter.kind) {
  case value_kind::null: code = sqlite3_bind_null(statement_, position); break;
  case value_kind::integer: code = sqlite3_bind_int64(statement_, position, parameter.integer); break;
  case value_kind::unsigned_integer:
    if (parameter.unsigned_integer > static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max()))
      refuse(errc::unsupported,
             fmt::format("the embedded engine holds integers up to 9223372036854775807: parameter {} is {}", position,
                         parameter.unsigned_integer),
             context);
    code = sqlite3_bind_int64(statement_, position, static_cast<sqlite3_int64>(parameter.unsigned_integer));
    break;
  case value_kind::real:
    if (!std::isfinite(parameter.real))
      refuse(errc::usage,
             fmt::format("parameter {} is {}: a column holds finite numbers only", position, parameter.real), context);
    code = sqlite3_bind_double(statement_, position, parameter.real);
    break;
  case value_kind::text:
  case value_kind::blob:
  case value_kind::decimal:
  case value_kind::json:
  case value_kind::vector: return bind_text(position, parameter, context);
  case value_kind::datetime:
  case value_kind::date:
  case value_kind::time: return bind_count(position, parameter, context);
  }
  if (code != SQLITE_OK) [[unlikely]]
    check_bound(code, position, context);
}

void sqlite_statement::bind_text(int position, const value_view& parameter, const call_context& context) {
  if (parameter.kind == value_kind::vector) {
    const auto reason = check_vector(parameter.floats());
    if (!reason.empty())
      refuse(errc::usage, fmt::format("parameter {} is not a vector: {}", position, reason), context);
  }
  // SQLite takes a null pointer for NULL, and an empty text is a value.
  const void* data = parameter.size == 0 ? "" : parameter.data;
  const bool bytes = parameter.kind == value_kind::blob || parameter.kind == value_kind::vector;
  if (stores_ && !bytes && !is_utf8({static_cast<const char*>(data), parameter.size})) [[unlikely]]
    refuse(errc::constraint,
           fmt::format("parameter {} is not UTF-8: pass bytes that are no text as a tidb::blob", position), context);
  check_bound(bytes ? sqlite3_bind_blob64(statement_, position, data, parameter.size, SQLITE_STATIC)
                    : sqlite3_bind_text64(statement_, position, static_cast<const char*>(data), parameter.size,
                                          SQLITE_STATIC, SQLITE_UTF8),
              position, context);
}

void sqlite_statement::bind_count(int position, const value_view& parameter, const call_context& context) {
  if (const auto why = check_count(parameter.kind, parameter.integer); !why.empty())
    refuse(errc::usage, fmt::format("parameter {} {}", position, why), context);
  // Sized once, so that no text moves while SQLite points into it.
  if (texts_.empty()) texts_.resize(static_cast<std::size_t>(parameter_count_));
  auto& text = texts_[static_cast<std::size_t>(position - 1)];
  text = parameter.kind == value_kind::date       ? date_to_text(parameter.integer)
         : parameter.kind == value_kind::datetime ? datetime_to_text(parameter.integer)
                                                  : time_to_text(parameter.integer);
  check_bound(sqlite3_bind_text64(statement_, position, text.data(), text.size(), SQLITE_STATIC, SQLITE_UTF8), position,
              context);
}

void sqlite_statement::check_bound(int code, int position, const call_context& context) {
  if (code == SQLITE_OK) return;
  if (code == SQLITE_TOOBIG)
    refuse(errc::constraint,
           fmt::format("parameter {} is longer than the {} bytes that the embedded engine takes", position,
                       sqlite3_limit(session_.handle(), SQLITE_LIMIT_LENGTH, -1)),
           context);
  refuse(errc::statement, fmt::format("parameter {} could not be bound: {}", position, sqlite3_errstr(code)), context);
}

void sqlite_statement::refuse(errc code, const std::string& reason, const call_context& context) const {
  error_info info;
  info.code = code;
  info.message = reason;
  info.sql = sql_;
  info.endpoint = session_.endpoint();
  info.where = context.where;
  throw_error(std::move(info));
}

void sqlite_statement::refuse_count(std::size_t given, const call_context& context) const {
  session_.fail_usage(fmt::format("the statement has {} parameters, and {} were given", parameter_count_, given), sql_,
                      context.where);
}

}  // namespace tidb::detail
