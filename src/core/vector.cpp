#include "tidbxx/core/vector.hpp"

#include "tidbxx/core/error.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstdint>
#include <utility>

#include <fmt/format.h>

namespace tidb {
namespace {

/// Appends a number as TiDB prints it: the fewest digits that read back as the same float32, never an exponent.
void append_number(std::string& text, float number) {
  if (std::isnan(number)) {
    text += "NaN";
    return;
  }
  if (std::signbit(number)) text += '-';
  if (std::isinf(number)) {
    if (number > 0) text += '+';
    text += "Inf";
    return;
  }
  // std::to_chars in fixed form would print 123456790 as 123456792; its exponent form has the fewest digits, d.ddde±dd.
  std::array<char, 24> buffer;
  auto* const first = buffer.data();
  auto* const end = std::to_chars(first, first + buffer.size(), std::fabs(number), std::chars_format::scientific).ptr;
  auto* const mark = std::find(first, end, 'e');
  int exponent = 0;
  std::from_chars(mark[1] == '+' ? mark + 2 : mark + 1, end, exponent);
  if (mark - first > 1) first[1] = first[0];  // over the point: now the digits are in one piece
  std::string_view digits(mark - first > 1 ? first + 1 : first, mark);

  auto before_point = exponent + 1;
  if (before_point <= 0) {
    text += "0.";
    text.append(static_cast<std::size_t>(-before_point), '0');
    text += digits;
    return;
  }
  auto whole = static_cast<std::size_t>(before_point);
  text += digits.substr(0, whole);
  if (whole >= digits.size())
    text.append(whole - digits.size(), '0');
  else
    (text += '.') += digits.substr(whole);
}

bool is_digit(char letter) noexcept { return letter >= '0' && letter <= '9'; }

/// Whether a number that does not fit float32 is too large, and not too small: the power of ten of its first digit
/// tells.
bool is_large(std::string_view number) noexcept {
  auto mark = std::min(number.find_first_of("eE"), number.size());
  auto point = std::min(number.find('.'), mark);
  auto first = number.find_first_of("123456789");
  if (first >= mark) return false;
  std::string_view power = mark < number.size() ? number.substr(mark + 1) : "0";
  if (power.starts_with('+')) power.remove_prefix(1);
  std::int64_t exponent = 0;
  if (std::from_chars(power.data(), power.data() + power.size(), exponent).ec != std::errc{})
    return power.front() != '-';
  constexpr std::int64_t beyond_every_text = std::int64_t{1} << 62U;
  exponent = std::clamp(exponent, -beyond_every_text, beyond_every_text);
  return exponent + static_cast<std::int64_t>(point) - static_cast<std::int64_t>(first) > 0;
}

/// Reads `[number, number …]`; the numbers have JSON's form, and may have a plus sign, as TiDB has it.
class parser {
public:
  explicit parser(std::string_view text) : start_(text.data()), at_(start_), end_(start_ + text.size()) {}

  /// Why the text is not a vector, or empty.
  std::string read(std::vector<float>& out) && {
    if (list(out)) {
      skip_spaces();
      if (at_ != end_) expected("the end");
    }
    return std::move(problem_);
  }

private:
  bool list(std::vector<float>& out) {
    skip_spaces();
    if (!take('[')) return expected("\"[\"");
    skip_spaces();
    if (take(']')) return true;
    for (std::size_t count = 1;; ++count) {
      if (count > max_dimensions) return too_many();
      if (!number(out.emplace_back())) return false;
      skip_spaces();
      if (take(']')) return true;
      if (!take(',')) return expected("\",\" or \"]\"");
      skip_spaces();
    }
  }

  bool take(char wanted) noexcept {
    if (at_ == end_ || *at_ != wanted) return false;
    ++at_;
    return true;
  }

  void skip_spaces() noexcept {
    while (at_ != end_ && (*at_ == ' ' || *at_ == '\n' || *at_ == '\t' || *at_ == '\r')) ++at_;
  }

  /// Moves over a number's part before the point; stops at the byte that does not belong.
  /// std::from_chars alone would also take `inf`, `nan`, `.5`, `5.` and `007`, and no plus sign.
  bool check_form(const char*& first) noexcept {
    first = at_;
    if (take('+'))
      first = at_;
    else
      take('-');
    auto* const whole = at_;
    while (at_ != end_ && is_digit(*at_)) ++at_;
    if (at_ == whole) return false;
    if (*whole == '0' && at_ - whole > 1) {
      at_ = whole + 1;
      return false;
    }
    if (at_ == end_ || *at_ != '.' || (at_ + 1 != end_ && is_digit(at_[1]))) return true;
    ++at_;
    return false;
  }

  bool number(float& out) {
    const char* first = at_;
    if (!check_form(first)) return expected("a number");
    auto [end, code] = std::from_chars(first, end_, out);
    at_ = end;
    if (code == std::errc{} && std::isfinite(out)) [[likely]]
      return true;
    std::string_view text(first, end);
    if (is_large(text)) return too_large(text);
    out = *first == '-' ? -0.0F : 0.0F;  // too small for float32: zero, as it is to TiDB
    return true;
  }

  std::ptrdiff_t position(const char* at) const noexcept { return at - start_ + 1; }

  bool expected(std::string_view wanted) {
    problem_ = fmt::format("byte {}: {} expected, ", position(at_), wanted);
    if (at_ == end_)
      problem_ += "the text ends";
    else if (*at_ >= 0x20 && *at_ <= 0x7E)
      problem_ += fmt::format("\"{}\" found", *at_);
    else
      problem_ += fmt::format("0x{:02X} found", static_cast<unsigned char>(*at_));
    return false;
  }

  bool too_large(std::string_view number) {
    constexpr std::size_t shown = 40;
    problem_ = fmt::format("byte {}: {}{} does not fit float32", position(number.data()), number.substr(0, shown),
                           number.size() > shown ? "…" : "");
    return false;
  }

  bool too_many() {
    problem_ = fmt::format("byte {}: more than {} numbers", position(at_), max_dimensions);
    return false;
  }

  const char* start_;
  const char* at_;
  const char* end_;
  std::string problem_;
};

}  // namespace

std::string to_text(std::span<const float> values) {
  std::string text;
  text.reserve(2 + values.size() * 13);
  text += '[';
  for (float number : values) {
    if (text.size() > 1) text += ',';
    append_number(text, number);
  }
  text += ']';
  return text;
}

vector<> vector_from_text(std::string_view text) {
  vector<> out;
  auto problem = detail::parse_vector(text, out);
  if (problem.empty()) return out;
  error_info info;
  info.code = errc::usage;
  info.message = "this text is not a vector such as [1,2.5,3]: " + std::move(problem);
  throw_error(std::move(info));
}

namespace detail {

std::string parse_vector(std::string_view text, std::vector<float>& out) {
  auto before = out.size();
  constexpr std::size_t usual_length = 10;  // a guess; counting the commas would cost a third of the parsing
  out.reserve(before + std::min(text.size() / usual_length + 1, max_dimensions));
  auto problem = parser(text).read(out);
  if (!problem.empty()) out.resize(before);
  return problem;
}

std::string check_vector(std::span<const float> values) {
  if (values.size() > max_dimensions)
    return fmt::format("{} dimensions are more than the {} that a vector may have", values.size(), max_dimensions);
  auto wrong = std::find_if(values.begin(), values.end(), [](float number) { return !std::isfinite(number); });
  if (wrong == values.end()) return {};
  return fmt::format("number {} of the vector is {}", wrong - values.begin() + 1,
                     std::isnan(*wrong) ? "not a number (NaN)" : "infinite");
}

}  // namespace detail
}  // namespace tidb
