#include "engine/sqlite/date_format.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace tidb::detail {

const std::string_view month_names[12] = {"January", "February", "March",     "April",   "May",      "June",
                                          "July",    "August",   "September", "October", "November", "December"};
const std::string_view day_names[7] = {"Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"};

namespace {

std::string_view ordinal_ending(int day) noexcept {
  if (day >= 11 && day <= 13) return "th";
  switch (day % 10) {
  case 1: return "st";
  case 2: return "nd";
  case 3: return "rd";
  default: return "th";
  }
}

std::string two(std::int64_t number) { return fmt::format("{:02}", number); }

std::string format_date(const moment& value, char specifier) {
  switch (specifier) {
  case 'Y': return fmt::format("{:04}", value.year);
  case 'y': return two(value.year % 100);
  case 'M': return std::string(month_names[value.month - 1]);
  case 'b': return std::string(month_names[value.month - 1].substr(0, 3));
  case 'm': return two(value.month);
  case 'c': return std::to_string(value.month);
  case 'd': return two(value.day);
  case 'e': return std::to_string(value.day);
  case 'D': return std::to_string(value.day).append(ordinal_ending(value.day));
  case 'j': return fmt::format("{:03}", day_of_year(value));
  case 'W': return std::string(day_names[weekday(value)]);
  case 'a': return std::string(day_names[weekday(value)].substr(0, 3));
  case 'w': return std::to_string((weekday(value) + 1) % 7);
  case 'U': return two(week_of(value, 0).week);
  case 'u': return two(week_of(value, 1).week);
  case 'V': return two(week_of(value, 2).week);
  case 'v': return two(week_of(value, 3).week);
  case 'X': return fmt::format("{:04}", week_of(value, 2).year);
  case 'x': return fmt::format("{:04}", week_of(value, 3).year);
  default: return std::string(1, specifier);
  }
}

std::string format_part(const moment& value, char specifier) {
  const auto seconds = value.clock / microseconds_per_second;
  const auto hour = seconds / 3600;
  const auto half_hour = hour % 12 == 0 ? 12 : hour % 12;
  const auto minutes_and_seconds = [&] { return two(seconds / 60 % 60) + ":" + two(seconds % 60); };
  const std::string_view half = hour % 24 < 12 ? "AM" : "PM";
  switch (specifier) {
  case 'H': return two(hour);
  case 'k': return std::to_string(hour);
  case 'h':
  case 'I': return two(half_hour);
  case 'l': return std::to_string(half_hour);
  case 'i': return two(seconds / 60 % 60);
  case 's':
  case 'S': return two(seconds % 60);
  case 'f': return fmt::format("{:06}", value.clock % microseconds_per_second);
  case 'p': return std::string(half);
  case 'r': return (two(half_hour) + ":" + minutes_and_seconds() + " ").append(half);
  case 'T': return two(hour) + ":" + minutes_and_seconds();
  default: return format_date(value, specifier);
  }
}

bool is_digit(char character) noexcept { return character >= '0' && character <= '9'; }
bool is_blank(char character) noexcept { return character == ' ' || (character >= '\t' && character <= '\r'); }
bool is_letter(char character) noexcept {
  return (character >= 'a' && character <= 'z') || (character >= 'A' && character <= 'Z');
}

void skip_blanks(std::string_view& text) noexcept {
  while (!text.empty() && is_blank(text.front())) text.remove_prefix(1);
}

bool equals_ignoring_case(std::string_view left, std::string_view right) noexcept {
  return std::equal(left.begin(), left.end(), right.begin(), right.end(),
                    [](char a, char b) { return (a | 0x20) == (b | 0x20); });
}

/// Reads one text by one pattern.
class moment_parser {
public:
  explicit moment_parser(std::string_view text) noexcept : text_(text) {}

  bool follow(std::string_view pattern) noexcept {
    while (true) {
      skip_blanks(pattern);
      skip_blanks(text_);
      // A text that ends early leaves what is missing at zero.
      if (pattern.empty() || text_.empty()) return true;
      if (pattern.front() != '%' || pattern.size() == 1) {
        if (text_.front() != pattern.front()) return false;
        text_.remove_prefix(1);
        pattern.remove_prefix(1);
        continue;
      }
      if (!take(pattern[1])) return false;
      pattern.remove_prefix(2);
    }
  }

  /// What the text was to have, by its pattern: also where it ended early.
  std::optional<parsed_moment> finish(std::string_view pattern) noexcept {
    for (std::size_t i = 0; i + 1 < pattern.size(); ++i) {
      if (pattern[i] != '%') continue;
      const char specifier = pattern[++i];
      const std::string_view clock = "HkhIlisSfprT";
      const std::string_view date = "YymcdeMb";
      read_.value.has_time = read_.value.has_time || clock.find(specifier) != clock.npos;
      read_.has_date = read_.has_date || date.find(specifier) != date.npos;
      read_.has_fraction = read_.has_fraction || specifier == 'f';
    }
    if (half_hours_) {
      if (hour_ < 1 || hour_ > 12) return std::nullopt;
      hour_ = hour_ % 12 + (afternoon_ ? 12 : 0);
    } else if (half_given_ && hour_ != 0) {
      return std::nullopt;
    }
    read_.value.clock = ((std::int64_t{hour_} * 60 + minute_) * 60 + second_) * microseconds_per_second + fraction_;
    auto& value = read_.value;
    if (read_.has_date && (!value.is_day() || value.day > days_in_month(value.year, value.month))) return std::nullopt;
    return read_;
  }

private:
  bool number(int& into, std::size_t most, int largest) noexcept {
    std::size_t size = 0;
    int found = 0;
    while (size < text_.size() && size < most && is_digit(text_[size])) found = found * 10 + (text_[size++] - '0');
    if (size == 0 || found > largest) return false;
    text_.remove_prefix(size);
    into = found;
    return true;
  }

  bool month_name(bool whole) noexcept {
    for (int month = 0; month < 12; ++month) {
      const auto name = whole ? month_names[month] : month_names[month].substr(0, 3);
      if (text_.size() < name.size() || !equals_ignoring_case(text_.substr(0, name.size()), name)) continue;
      text_.remove_prefix(name.size());
      read_.value.month = month + 1;
      return true;
    }
    return false;
  }

  bool year(std::size_t most) noexcept {
    const auto before = text_.size();
    auto& found = read_.value.year;
    if (!number(found, most, 9999)) return false;
    if (before - text_.size() <= 2) found += found < 70 ? 2000 : 1900;
    return true;
  }

  bool half_of_day() noexcept {
    if (text_.size() < 2) return false;
    const auto word = text_.substr(0, 2);
    afternoon_ = equals_ignoring_case(word, "PM");
    if (!afternoon_ && !equals_ignoring_case(word, "AM")) return false;
    half_given_ = true;
    text_.remove_prefix(2);
    return true;
  }

  bool fraction() noexcept {
    std::int64_t scale = microseconds_per_second;
    std::size_t count = 0;
    for (; !text_.empty() && is_digit(text_.front()) && count < 6; ++count, text_.remove_prefix(1))
      fraction_ += (text_.front() - '0') * (scale /= 10);
    return count > 0;
  }

  bool half_hour() noexcept {
    half_hours_ = true;
    return number(hour_, 2, 12);
  }

  /// A pattern within the pattern, which the text may end within.
  bool clock(std::string_view parts) noexcept {
    for (const char part : parts) {
      skip_blanks(text_);
      if (text_.empty()) return true;
      if (part == ':' ? !text_.starts_with(':') : !take(part)) return false;
      if (part == ':') text_.remove_prefix(1);
    }
    return true;
  }

  template <class Condition>
  bool skip(Condition condition) noexcept {
    while (!text_.empty() && condition(text_.front())) text_.remove_prefix(1);
    return true;
  }

  bool take(char specifier) noexcept {
    switch (specifier) {
    case 'Y': return year(4);
    case 'y': return year(2);
    case 'm':
    case 'c': return number(read_.value.month, 2, 12);
    case 'd':
    case 'e': return number(read_.value.day, 2, 31);
    case 'M': return month_name(true);
    case 'b': return month_name(false);
    case 'H':
    case 'k': return number(hour_, 2, 23);
    case 'h':
    case 'I':
    case 'l': return half_hour();
    case 'i': return number(minute_, 2, 59);
    case 's':
    case 'S': return number(second_, 2, 59);
    case 'f': return fraction();
    case 'p': return half_of_day();
    case 'r': return clock("h:i:sp");
    case 'T': return clock("H:i:s");
    case '#': return skip(is_digit);
    case '@': return skip(is_letter);
    case '.': return skip([](char c) { return c > ' ' && c < '\x7F' && !is_digit(c) && !is_letter(c); });
    default: return false;
    }
  }

  std::string_view text_;
  parsed_moment read_;
  int hour_{};
  int minute_{};
  int second_{};
  std::int64_t fraction_{};
  bool half_hours_{};
  bool half_given_{};
  bool afternoon_{};
};

}  // namespace

std::string format_moment(const moment& value, std::string_view pattern) {
  std::string text;
  for (std::size_t i = 0; i < pattern.size(); ++i) {
    if (pattern[i] != '%')
      text += pattern[i];
    else if (i + 1 < pattern.size())
      text += format_part(value, pattern[++i]);
  }
  return text;
}

std::optional<parsed_moment> parse_moment(std::string_view text, std::string_view pattern) noexcept {
  moment_parser parser(text);
  if (!parser.follow(pattern)) return std::nullopt;
  return parser.finish(pattern);
}

}  // namespace tidb::detail
