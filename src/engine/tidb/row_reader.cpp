#include "engine/tidb/row_reader.hpp"

#include "tidbxx/core/time.hpp"

#include <bit>
#include <charconv>
#include <concepts>
#include <cstring>
#include <optional>
#include <string_view>

#include <fmt/format.h>

namespace tidb::detail {
namespace {

static_assert(std::endian::native == std::endian::little, "numbers are read as they lie on the wire");

template <class T>
T load(const unsigned char* at) noexcept {
  T number;
  std::memcpy(&number, at, sizeof number);
  return number;
}

constexpr std::int64_t microseconds_a_day = 86'400'000'000;

std::int64_t clock_of(unsigned hours, unsigned minutes, unsigned seconds) noexcept {
  return std::int64_t{hours} * 3'600'000'000 + std::int64_t{minutes} * 60'000'000 + std::int64_t{seconds} * 1'000'000;
}

template <class T>
value_view number_view(T number) noexcept {
  if constexpr (std::floating_point<T>)
    return value_view::of(static_cast<double>(number));
  else if constexpr (std::signed_integral<T>)
    return value_view::of(static_cast<std::int64_t>(number));
  else
    return value_view::of(static_cast<std::uint64_t>(number));
}

value_view bits_view(const unsigned char* data, std::size_t size) noexcept {
  std::uint64_t bits = 0;
  for (std::size_t i = 0; i < size; ++i) bits = bits << 8U | data[i];
  return value_view::of(bits);
}

}  // namespace

void row_reader::describe(const MYSQL_FIELD* fields, std::size_t count, std::vector<value_view>& cells) {
  columns_.resize(count);
  for (std::size_t i = 0; i < count; ++i) columns_[i] = column_of(fields[i]);
  cells.assign(count, {});
  cells_ = cells.data();
  malformed_ = false;
}

row_reader::column row_reader::column_of(const MYSQL_FIELD& field) noexcept {
  const bool plus = field.flags & UNSIGNED_FLAG;
  switch (field.type) {
  case MYSQL_TYPE_TINY: return {plus ? form::uint8 : form::int8};
  case MYSQL_TYPE_SHORT:
  case MYSQL_TYPE_YEAR: return {plus ? form::uint16 : form::int16};
  case MYSQL_TYPE_INT24:
  case MYSQL_TYPE_LONG: return {plus ? form::uint32 : form::int32};
  case MYSQL_TYPE_LONGLONG: return {plus ? form::uint64 : form::int64};
  case MYSQL_TYPE_FLOAT: return {form::float32};
  case MYSQL_TYPE_DOUBLE: return {form::float64};
  case MYSQL_TYPE_DATE:
  case MYSQL_TYPE_NEWDATE: return {form::date};
  case MYSQL_TYPE_DATETIME:
  case MYSQL_TYPE_TIMESTAMP: return {form::datetime};
  case MYSQL_TYPE_TIME: return {form::time};
  case MYSQL_TYPE_BIT: return {form::bits};
  case MYSQL_TYPE_DECIMAL:
  case MYSQL_TYPE_NEWDECIMAL: return {form::bytes, value_kind::decimal};
  case MYSQL_TYPE_JSON: return {form::bytes, value_kind::json};
  default: break;
  }
  constexpr unsigned binary = 63;  // the character set of bytes; TiDB sends a VECTOR as text in utf8mb4
  return {form::bytes, field.charsetnr == binary ? value_kind::blob : value_kind::text};
}

void row_reader::on_cell(void* self, unsigned index, unsigned char** row) noexcept {
  auto& reader = *static_cast<row_reader*>(self);
  reader.cells_[index] = row ? reader.read(index, *row) : value_view::null();
}

bool row_reader::has(const unsigned char* at, std::size_t size) noexcept {
  if (size <= static_cast<std::size_t>(net_->buff_end - at)) [[likely]]
    return true;
  malformed_ = true;
  return false;
}

value_view row_reader::read(std::size_t index, unsigned char*& at) {
  switch (columns_[index].how) {
  case form::int8: return read_number<std::int8_t>(at);
  case form::uint8: return read_number<std::uint8_t>(at);
  case form::int16: return read_number<std::int16_t>(at);
  case form::uint16: return read_number<std::uint16_t>(at);
  case form::int32: return read_number<std::int32_t>(at);
  case form::uint32: return read_number<std::uint32_t>(at);
  case form::int64: return read_number<std::int64_t>(at);
  case form::uint64: return read_number<std::uint64_t>(at);
  case form::float32: return read_number<float>(at);
  case form::float64: return read_number<double>(at);
  case form::date:
  case form::datetime: return read_date(index, at);
  case form::time: return read_time(at);
  case form::bits: {
    auto bytes = read_bytes(value_kind::blob, at);
    return bits_view(static_cast<const unsigned char*>(bytes.data), bytes.size);
  }
  case form::bytes: break;
  }
  return read_bytes(columns_[index].kind, at);
}

template <class T>
value_view row_reader::read_number(unsigned char*& at) noexcept {
  if (!has(at, sizeof(T))) return {};
  auto number = load<T>(at);
  at += sizeof(T);
  return number_view(number);
}

std::size_t row_reader::read_length(unsigned char*& at) noexcept {
  if (!has(at, 1)) return 0;
  const auto first = *at++;
  if (first < 251) [[likely]]
    return first;
  const std::size_t bytes = first == 252 ? 2 : first == 253 ? 3 : 8;
  if (!has(at, bytes)) return 0;
  std::uint64_t length = 0;
  std::memcpy(&length, at, bytes);
  at += bytes;
  return length;
}

value_view row_reader::read_bytes(value_kind kind, unsigned char*& at) noexcept {
  const auto size = read_length(at);
  if (!has(at, size)) return {};
  const auto* data = at;
  at += size;
  return value_view::bytes(kind, data, size);
}

value_view row_reader::read_date(std::size_t index, unsigned char*& at) {
  const bool whole_days = columns_[index].how == form::date;
  const auto bytes = read_bytes(value_kind::blob, at);
  const auto* data = static_cast<const unsigned char*>(bytes.data);
  if (bytes.size < 4) return odd_date(index, whole_days ? "0000-00-00" : "0000-00-00 00:00:00");
  const int year = load<std::uint16_t>(data);
  const unsigned month = data[2], day = data[3];
  const bool clock = bytes.size >= 7;
  if (month == 0 || day == 0) {
    auto text = fmt::format("{:04}-{:02}-{:02}", year, month, day);
    if (!whole_days)
      text += fmt::format(" {:02}:{:02}:{:02}", clock ? data[4] : 0, clock ? data[5] : 0, clock ? data[6] : 0);
    return odd_date(index, std::move(text));
  }
  const auto days = days_from_civil(year, month, day);
  if (whole_days) return value_view::count(value_kind::date, days);
  auto count = days * microseconds_a_day;
  if (clock) count += clock_of(data[4], data[5], data[6]);
  if (bytes.size >= 11) count += load<std::uint32_t>(data + 7);
  return value_view::count(value_kind::datetime, count);
}

/// A date that is none is handed on as text, so that reading it into a date fails and says what is there.
value_view row_reader::odd_date(std::size_t index, std::string text) {
  if (odd_dates_.size() < columns_.size()) odd_dates_.resize(columns_.size());
  odd_dates_[index] = std::move(text);
  return value_view::of(std::string_view(odd_dates_[index]));
}

value_view row_reader::read_time(unsigned char*& at) noexcept {
  const auto bytes = read_bytes(value_kind::blob, at);
  const auto* data = static_cast<const unsigned char*>(bytes.data);
  if (bytes.size < 8) return value_view::count(value_kind::time, 0);
  auto count = load<std::uint32_t>(data + 1) * microseconds_a_day + clock_of(data[5], data[6], data[7]);
  if (bytes.size >= 12) count += load<std::uint32_t>(data + 8);
  return value_view::count(value_kind::time, data[0] ? -count : count);
}

void row_reader::read_text_row(MYSQL_ROW row, const unsigned long* lengths) {
  for (std::size_t i = 0; i < columns_.size(); ++i)
    cells_[i] = row[i] ? read_text(i, row[i], lengths[i]) : value_view::null();
}

value_view row_reader::read_text(std::size_t index, const char* data, std::size_t size) const {
  const std::string_view text(data, size);
  auto count = [&](value_kind kind, std::optional<std::int64_t> number) {
    return number ? value_view::count(kind, *number) : value_view::of(text);
  };
  auto number = [&]<class T>(T out) {
    auto end = std::from_chars(data, data + size, out);
    return end.ec == std::errc{} && end.ptr == data + size ? value_view::of(out) : value_view::of(text);
  };
  switch (columns_[index].how) {
  case form::int8:
  case form::int16:
  case form::int32:
  case form::int64: return number(std::int64_t{});
  case form::uint8:
  case form::uint16:
  case form::uint32:
  case form::uint64: return number(std::uint64_t{});
  case form::float32:
  case form::float64: return number(double{});
  case form::date: return count(value_kind::date, date_from_text(text));
  case form::datetime: return count(value_kind::datetime, datetime_from_text(text));
  case form::time: return count(value_kind::time, time_from_text(text));
  case form::bits: return bits_view(reinterpret_cast<const unsigned char*>(data), size);
  case form::bytes: break;
  }
  return value_view::bytes(columns_[index].kind, data, size);
}

}  // namespace tidb::detail
