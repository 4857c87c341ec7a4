#include "engine/tidb/parameters.hpp"

#include "tidbxx/core/error.hpp"
#include "tidbxx/core/time.hpp"
#include "tidbxx/core/vector.hpp"

#include <chrono>
#include <cmath>
#include <cstring>
#include <span>
#include <string_view>
#include <utility>

#include <fmt/format.h>

namespace tidb::detail {
namespace {

enum_field_types wire_type(value_kind kind) noexcept {
  switch (kind) {
  case value_kind::null: return MYSQL_TYPE_NULL;
  case value_kind::integer:
  case value_kind::unsigned_integer: return MYSQL_TYPE_LONGLONG;
  case value_kind::real: return MYSQL_TYPE_DOUBLE;
  case value_kind::blob: return MYSQL_TYPE_BLOB;
  case value_kind::decimal: return MYSQL_TYPE_NEWDECIMAL;  // as text it would be compared as a double
  case value_kind::datetime: return MYSQL_TYPE_DATETIME;
  case value_kind::date: return MYSQL_TYPE_DATE;
  case value_kind::time: return MYSQL_TYPE_TIME;
  case value_kind::text:
  case value_kind::json:
  case value_kind::vector: break;
  }
  return MYSQL_TYPE_STRING;
}

[[noreturn]] void refuse(std::size_t index, std::string_view why, std::source_location where) {
  throw_usage(fmt::format("parameter {} {}", index + 1, why), where);
}

// The counts filled in have passed check_count.
void fill_date(MYSQL_TIME& out, std::int64_t days) noexcept {
  std::chrono::year_month_day date{std::chrono::sys_days(std::chrono::days(static_cast<int>(days)))};
  out.year = static_cast<unsigned>(static_cast<int>(date.year()));
  out.month = static_cast<unsigned>(date.month());
  out.day = static_cast<unsigned>(date.day());
}

/// Hours, minutes, seconds and fraction of a count of microseconds that is not negative.
void fill_clock(MYSQL_TIME& out, std::int64_t microseconds) noexcept {
  out.second_part = static_cast<unsigned long>(microseconds % 1'000'000);
  const auto seconds = microseconds / 1'000'000;
  out.second = static_cast<unsigned>(seconds % 60);
  out.minute = static_cast<unsigned>(seconds / 60 % 60);
  out.hour = static_cast<unsigned>(seconds / 3600);
}

void fill_datetime(MYSQL_TIME& out, std::int64_t microseconds) noexcept {
  constexpr std::int64_t day = 86'400'000'000;
  auto days = microseconds / day;
  auto rest = microseconds % day;
  if (rest < 0) {
    rest += day;
    --days;
  }
  fill_clock(out, rest);
  fill_date(out, days);
}

void fill_time(MYSQL_TIME& out, std::int64_t microseconds) noexcept {
  out.neg = static_cast<my_bool>(microseconds < 0 ? 1 : 0);
  fill_clock(out, microseconds < 0 ? -microseconds : microseconds);
  out.day = out.hour / 24;
  out.hour %= 24;
}

}  // namespace

void parameters::bind(MYSQL_STMT* statement, std::span<const value_view> values, std::source_location where) {
  bytes_ = 0;
  if (values.empty()) return;
  binds_.resize(values.size());
  // Should one be refused below, what was bound before it is half replaced, and the next run binds all again.
  const bool was_bound = std::exchange(bound_, false);
  bool changed = !was_bound;
  for (std::size_t i = 0; i < values.size(); ++i) {
    auto& bind = binds_[i];
    const auto& value = values[i];
    const auto type = wire_type(value.kind);
    const bool is_unsigned = value.kind == value_kind::unsigned_integer;
    // A NULL needs no type of its own: it goes by the null bitmap.
    if (type != MYSQL_TYPE_NULL && (bind.buffer_type != type || (bind.is_unsigned != 0) != is_unsigned)) {
      bind.buffer_type = type;
      bind.is_unsigned = static_cast<my_bool>(is_unsigned ? 1 : 0);
      changed = true;
    } else if (!was_bound && type == MYSQL_TYPE_NULL) {
      bind.buffer_type = MYSQL_TYPE_NULL;
    }
    set(i, value, where);
    if (changed) continue;
    // libmariadb keeps a copy of what was bound. With the same types only these differ, and writing them there saves
    // a copy of the whole array and sending the types again.
    statement->params[i].buffer = bind.buffer;
    statement->params[i].buffer_length = bind.buffer_length;
  }
  if (changed) mysql_stmt_bind_param(statement, binds_.data());
  bound_ = true;
}

void parameters::set(std::size_t index, const value_view& value, std::source_location where) {
  auto& bind = binds_[index];
  switch (value.kind) {
  case value_kind::null: bind.buffer = nullptr; return;
  case value_kind::integer: return set_bytes(bind, &value.integer, sizeof value.integer);
  case value_kind::unsigned_integer: return set_bytes(bind, &value.unsigned_integer, sizeof value.unsigned_integer);
  case value_kind::real:
    if (!std::isfinite(value.real)) refuse(index, "is NaN or infinite, which TiDB cannot store", where);
    return set_bytes(bind, &value.real, sizeof value.real);
  case value_kind::text:
  case value_kind::blob:
  case value_kind::decimal:
  case value_kind::json: return set_bytes(bind, value.data, value.size);
  case value_kind::vector: return set_vector(index, value, where);
  case value_kind::datetime:
  case value_kind::date:
  case value_kind::time: return set_time(index, value, where);
  }
}

void parameters::set_bytes(MYSQL_BIND& bind, const void* data, std::size_t size) noexcept {
  // Without an address libmariadb would send NULL.
  bind.buffer = const_cast<void*>(data ? data : "");
  bind.buffer_length = size;
  bytes_ += size;
}

void parameters::set_vector(std::size_t index, const value_view& value, std::source_location where) {
  if (texts_.size() < binds_.size()) texts_.resize(binds_.size());
  if (auto why = check_vector(value.floats()); !why.empty()) refuse(index, "is no vector: " + why, where);
  texts_[index] = to_text(value.floats());
  set_bytes(binds_[index], texts_[index].data(), texts_[index].size());
}

void parameters::set_time(std::size_t index, const value_view& value, std::source_location where) {
  // Sized once, so that the addresses bound for other parameters stay.
  if (times_.size() < binds_.size()) times_.resize(binds_.size());
  auto& out = times_[index];
  out = {};
  if (const auto why = check_count(value.kind, value.integer); !why.empty()) refuse(index, why, where);
  if (value.kind == value_kind::date)
    fill_date(out, value.integer);
  else if (value.kind == value_kind::datetime)
    fill_datetime(out, value.integer);
  else
    fill_time(out, value.integer);
  out.time_type = value.kind == value_kind::date       ? MYSQL_TIMESTAMP_DATE
                  : value.kind == value_kind::datetime ? MYSQL_TIMESTAMP_DATETIME
                                                       : MYSQL_TIMESTAMP_TIME;
  binds_[index].buffer = &out;
}

}  // namespace tidb::detail
