// Numbers. A real counts as the decimal that it is written as: ROUND(1.005, 2) is 1.01.
#include "engine/sqlite/decimal_text.hpp"
#include "engine/sqlite/function_call.hpp"
#include "engine/sqlite/numeric_text.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>
#include <memory>

namespace tidb::detail {
namespace {

constexpr std::int64_t most_places = 30;

/// An argument as a plain decimal: a real by its shortest digits, a text by its numeric prefix.
std::string decimal(function_call& call, int position) {
  const auto text = call.text(position);
  if (is_plain_decimal(text)) return std::string(text);
  const double value = call.real(position);
  return std::isfinite(value) ? plain_text(value) : "0";
}

/// Reals stay reals, integers integers, and decimals, which are text, decimals.
void give_decimal(function_call& call, const std::string& digits) {
  switch (call.kind(0)) {
  case argument_kind::integer: return call.result(to_integer(digits));
  case argument_kind::text:
    if (is_plain_decimal(call.text(0))) return call.result_text(digits);
    [[fallthrough]];
  default: return call.result(to_real(digits));
  }
}

/// An integer without its last digits, a half to the even neighbour, as TiDB reckons it: by way of a double.
std::int64_t to_tens(std::int64_t number, std::int64_t digits) {
  const double unit = std::pow(10, static_cast<double>(digits));
  const double rounded = std::nearbyint(static_cast<double>(number) / unit) * unit;
  return std::isfinite(rounded) ? to_integer(rounded) : 0;
}

template <rounding How>
void round_to(function_call& call) {
  const auto places = std::min(call.count() == 2 ? call.integer(1) : 0, most_places);
  if (call.kind(0) == argument_kind::integer && places >= 0) return call.result_argument(0);
  if (call.kind(0) == argument_kind::integer && How == rounding::half_away)
    return call.result(to_tens(call.integer(0), -places));
  if (call.kind(0) == argument_kind::real && std::abs(call.real(0)) >= 0x1p53 && places >= 0)
    return call.result_argument(0);
  const auto digits = decimal(call, 0);
  const auto point = digits.find('.');
  const auto has = point == digits.npos ? 0 : static_cast<std::int64_t>(digits.size() - point - 1);
  give_decimal(call, round_decimal(digits, How == rounding::toward_zero ? std::min(places, has) : places, How));
}

void format(function_call& call) {
  const auto places = std::clamp<std::int64_t>(call.integer(1), 0, most_places);
  const auto digits = decimal(call, 0);
  const auto text = group_thousands(round_decimal(digits, places, rounding::half_away));
  // TiDB keeps the sign of what is rounded to zero.
  call.result_text(digits.starts_with('-') && !text.starts_with('-') ? "-" + text : text);
}

template <double (*Round)(double)>
void to_whole(function_call& call) {
  if (call.kind(0) == argument_kind::integer) return call.result_argument(0);
  const double whole = Round(call.real(0));
  if (std::abs(whole) < 0x1p63) return call.result(static_cast<std::int64_t>(whole));
  call.result(whole);
}

double floor_of(double value) { return std::floor(value); }
double ceil_of(double value) { return std::ceil(value); }

void absolute(function_call& call) {
  if (call.kind(0) != argument_kind::integer) return call.result(std::abs(call.real(0)));
  const auto value = call.integer(0);
  if (value == std::numeric_limits<std::int64_t>::min()) return call.fail("ABS: the result does not fit 64 bits");
  call.result(value < 0 ? -value : value);
}

void sign(function_call& call) {
  const double value = call.real(0);
  call.result(std::int64_t{value > 0 ? 1 : value < 0 ? -1 : 0});
}

void mod(function_call& call) {
  if (call.kind(0) == argument_kind::integer && call.kind(1) == argument_kind::integer) {
    const auto divisor = call.integer(1);
    if (divisor == 0) return call.null();
    return call.result(divisor == -1 ? 0 : call.integer(0) % divisor);
  }
  const double divisor = call.real(1);
  if (divisor == 0) return call.null();
  call.result(std::fmod(call.real(0), divisor));
}

void log(function_call& call) {
  const double value = call.real(call.count() - 1);
  if (value <= 0) return call.null();
  if (call.count() == 1) return call.result(std::log(value));
  const double base = call.real(0);
  if (base <= 0 || base == 1) return call.null();
  call.result(std::log(value) / std::log(base));
}

void atan_of_two(function_call& call) { call.result(std::atan2(call.real(0), call.real(1))); }

void cot(function_call& call) {
  const double tangent = std::tan(call.real(0));
  if (tangent == 0) return call.fail("COT: the value is out of range");
  call.result(1 / tangent);
}

void bit_count(function_call& call) {
  call.result(std::int64_t{std::popcount(static_cast<std::uint64_t>(call.integer(0)))});
}

/// The generator that MySQL has for RAND(seed): the same numbers for the same seed.
class seeded_numbers {
public:
  explicit seeded_numbers(std::int64_t seed) noexcept {
    const auto start = static_cast<std::uint32_t>(seed);
    first_ = (start * 0x10001U + 55555555U) % limit;
    second_ = (start * 0x10000001U) % limit;
  }
  double next() noexcept {
    first_ = (first_ * 3 + second_) % limit;
    second_ = (first_ + second_ + 33) % limit;
    return static_cast<double>(first_) / limit;
  }

private:
  static constexpr std::uint32_t limit = 0x3FFFFFFF;
  std::uint32_t first_;
  std::uint32_t second_;
};

void seeded_rand(function_call& call) {
  // SQLite keeps this for a constant only; then each row has the next number.
  const auto drop = [](void* kept) { delete static_cast<seeded_numbers*>(kept); };
  if (auto* kept = static_cast<seeded_numbers*>(sqlite3_get_auxdata(call.context(), 0)))
    return call.result(kept->next());
  auto made = std::make_unique<seeded_numbers>(call.is_null(0) ? 0 : call.integer(0));
  call.result(made->next());
  sqlite3_set_auxdata(call.context(), 0, made.release(), drop);
}

void rand(function_call& call) {
  if (call.count() == 1) return seeded_rand(call);
  sqlite3_uint64 bits = 0;
  sqlite3_randomness(sizeof bits, &bits);
  call.result(static_cast<double>(bits >> 11) * 0x1p-53);
}

/// Of doubles, where TiDB rounds half to even; those of SQL's text are decimals there, and round away from zero.
void round_real(function_call& call) {
  const double number = call.real(0);
  const double shift = std::pow(10, call.count() > 1 ? call.real(1) : 0);
  const double shifted = number * shift;
  if (!std::isfinite(shifted)) return call.result(number);
  const double rounded = std::nearbyint(shifted) / shift;
  call.result(std::isnan(rounded) ? 0 : rounded);
}

// Casts, which SQLite has with other results.

/// Halves of a real go to the even neighbour; a text counts as far as it is digits.
void integer_of(function_call& call) {
  if (call.kind(0) == argument_kind::real) return call.result(to_integer(std::nearbyint(call.real(0))));
  if (call.kind(0) == argument_kind::integer) return call.result_argument(0);
  const auto digits = number_prefix(call.text(0));
  call.result(to_integer(digits.substr(0, digits.find_first_of(".eE"))));
}

void text_of(function_call& call) { call.result_text(call.text(0)); }

constexpr function_entry entries[] = {
    {"TIDBXX_INTEGER", 1, 1, integer_of},
    {"TIDBXX_TEXT", 1, 1, text_of},
    {"TIDB_ROUND", 1, 2, round_to<rounding::half_away>},
    {"TIDB_ROUND_REAL", 1, 2, round_real},
    {"TRUNCATE", 2, 2, round_to<rounding::toward_zero>},
    {"TIDB_FORMAT", 2, 3, format},
    {"TIDB_CEIL", 1, 1, to_whole<ceil_of>},
    {"TIDB_CEILING", 1, 1, to_whole<ceil_of>},
    {"TIDB_FLOOR", 1, 1, to_whole<floor_of>},
    {"TIDB_ABS", 1, 1, absolute},
    {"TIDB_SIGN", 1, 1, sign},
    {"TIDB_MOD", 2, 2, mod},
    {"TIDB_LOG", 1, 2, log},
    {"ATAN", 2, 2, atan_of_two},
    {"COT", 1, 1, cot},
    {"BIT_COUNT", 1, 1, bit_count},
    {"RAND", 0, 1, rand, on_null::call, purity::changing},
};

}  // namespace

int register_number_functions(function_registry& registry) noexcept { return registry.add(entries); }

}  // namespace tidb::detail
