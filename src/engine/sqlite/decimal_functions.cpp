// Decimals in SQL: their order, their arithmetic and their sums, exact; and the order of durations.
#include "engine/sqlite/decimal_text.hpp"
#include "engine/sqlite/functions.hpp"
#include "tidbxx/core/decimal.hpp"
#include "tidbxx/core/error.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <memory>
#include <new>
#include <optional>
#include <string>
#include <string_view>

#include <fmt/format.h>

namespace tidb::detail {
namespace {

std::string_view text_of(int size, const void* data) noexcept {
  return {static_cast<const char*>(data), static_cast<std::size_t>(size)};
}

int decimal_order(void* /*unused*/, int left_size, const void* left, int right_size, const void* right) noexcept {
  return compare_decimals(text_of(left_size, left), text_of(right_size, right));
}

/// Durations of one form compare as texts, and in reverse where both are negative.
int time_order(void* /*unused*/, int left_size, const void* left, int right_size, const void* right) noexcept {
  const auto one = text_of(left_size, left), other = text_of(right_size, right);
  const bool both_negative = one.starts_with('-') && other.starts_with('-');
  return both_negative ? other.compare(one) : one.compare(other);
}

/// Errors: usage_error for a real, a blob, or a text that is no decimal.
decimal read(sqlite3_value* value) {
  switch (sqlite3_value_type(value)) {
  case SQLITE_INTEGER: return decimal(static_cast<std::int64_t>(sqlite3_value_int64(value)));
  case SQLITE_TEXT: {
    const auto* text = reinterpret_cast<const char*>(sqlite3_value_text(value));
    return decimal(std::string_view(text, static_cast<std::size_t>(sqlite3_value_bytes(value))));
  }
  default: throw_usage("a real or a blob is no decimal: CAST it AS TEXT, with the digits that it shall have", {});
  }
}

/// Runs a part of a function's call; what it throws becomes the call's error.
template <class F>
void guarded(sqlite3_context* call, F&& run) noexcept {
  try {
    run();
  } catch (const error& why) {
    const auto& message = why.info().message;
    sqlite3_result_error(call, message.data(), static_cast<int>(message.size()));
  } catch (...) {
    sqlite3_result_error_nomem(call);
  }
}

void give(sqlite3_context* call, const decimal& result) {
  const auto text = result.text();
  sqlite3_result_text(call, text.data(), static_cast<int>(text.size()), SQLITE_TRANSIENT);
}

bool any_null(int count, sqlite3_value** arguments) noexcept {
  for (int i = 0; i < count; ++i)
    if (sqlite3_value_type(arguments[i]) == SQLITE_NULL) return true;
  return false;
}

using operation = decimal (*)(const decimal&, const decimal&);

template <operation Of>
void binary_function(sqlite3_context* call, int count, sqlite3_value** arguments) noexcept {
  if (any_null(count, arguments)) return sqlite3_result_null(call);
  guarded(call, [&] { give(call, Of(read(arguments[0]), read(arguments[1]))); });
}

decimal add(const decimal& left, const decimal& right) { return left + right; }
decimal subtract(const decimal& left, const decimal& right) { return left - right; }
decimal multiply(const decimal& left, const decimal& right) { return left * right; }

void compare_function(sqlite3_context* call, int count, sqlite3_value** arguments) noexcept {
  if (any_null(count, arguments)) return sqlite3_result_null(call);
  guarded(call, [&] {
    const auto left = read(arguments[0]), right = read(arguments[1]);
    sqlite3_result_int(call, left < right ? -1 : left == right ? 0 : 1);
  });
}

template <rounding How>
void round_function(sqlite3_context* call, int count, sqlite3_value** arguments) noexcept {
  if (any_null(count, arguments)) return sqlite3_result_null(call);
  guarded(call, [&] {
    const auto number = read(arguments[0]);
    const auto places = std::min<std::int64_t>(sqlite3_value_int64(arguments[1]), number.scale());
    give(call, decimal(round_decimal(number.text(), places, How)));
  });
}

void absolute(sqlite3_context* call, int count, sqlite3_value** arguments) noexcept {
  if (any_null(count, arguments)) return sqlite3_result_null(call);
  guarded(call, [&] {
    const auto number = read(arguments[0]);
    give(call, number < decimal() ? -number : number);
  });
}

/// The argument that is the largest, or the smallest, as it is written.
template <bool Largest>
void most_function(sqlite3_context* call, int count, sqlite3_value** arguments) noexcept {
  if (count == 0) return sqlite3_result_error(call, "there is none of no decimals", -1);
  if (any_null(count, arguments)) return sqlite3_result_null(call);
  guarded(call, [&] {
    int found = 0;
    for (int i = 1; i < count; ++i) {
      const auto order = read(arguments[i]) <=> read(arguments[found]);
      if (Largest ? order > 0 : order < 0) found = i;
    }
    sqlite3_result_value(call, arguments[found]);
  });
}

/// A sum on its way.
struct running_sum {
  decimal sum{};
  std::int64_t count{};
};

running_sum** kept_sum(sqlite3_context* call, int size) noexcept {
  return static_cast<running_sum**>(sqlite3_aggregate_context(call, size));
}

template <operation Of>
void step(sqlite3_context* call, int count, sqlite3_value** arguments) noexcept {
  if (any_null(count, arguments)) return;
  auto** kept = kept_sum(call, sizeof(running_sum*));
  if (kept == nullptr) return sqlite3_result_error_nomem(call);
  guarded(call, [&] {
    if (*kept == nullptr) *kept = new running_sum;
    auto& [sum, rows] = **kept;
    sum = Of(sum, read(arguments[0]));
    rows += Of == add ? 1 : -1;
  });
}

void give_sum(sqlite3_context* call, const running_sum& made) { give(call, made.sum); }

/// With four digits more than the sum, as TiDB has it.
void give_mean(sqlite3_context* call, const running_sum& made) {
  const int scale = std::min(made.sum.scale() + 4, static_cast<int>(max_decimal_scale));
  give(call, made.sum.divided_by(decimal(made.count), scale));
}

using giver = void (*)(sqlite3_context*, const running_sum&);

template <giver Give>
void value_so_far(sqlite3_context* call) noexcept {
  auto** kept = kept_sum(call, 0);
  if (kept == nullptr || *kept == nullptr || (*kept)->count == 0) return sqlite3_result_null(call);
  guarded(call, [&] { Give(call, **kept); });
}

template <giver Give>
void final_value(sqlite3_context* call) noexcept {
  value_so_far<Give>(call);
  if (auto** kept = kept_sum(call, 0); kept != nullptr) delete *kept;
}

struct scalar {
  const char* name;
  int arguments;
  void (*call)(sqlite3_context*, int, sqlite3_value**);
};
constexpr std::array scalars{scalar{"TIDBXX_DECIMAL_ADD", 2, binary_function<add>},
                             scalar{"TIDBXX_DECIMAL_SUBTRACT", 2, binary_function<subtract>},
                             scalar{"TIDBXX_DECIMAL_MULTIPLY", 2, binary_function<multiply>},
                             scalar{"TIDBXX_DECIMAL_ROUND", 2, round_function<rounding::half_away>},
                             scalar{"TIDBXX_DECIMAL_TRUNCATE", 2, round_function<rounding::toward_zero>},
                             scalar{"TIDBXX_DECIMAL_ABS", 1, absolute},
                             scalar{"TIDBXX_DECIMAL_COMPARE", 2, compare_function},
                             scalar{"TIDBXX_DECIMAL_GREATEST", -1, most_function<true>},
                             scalar{"TIDBXX_DECIMAL_LEAST", -1, most_function<false>}};

template <giver Give>
int register_aggregate(sqlite3* handle, const char* name) noexcept {
  return sqlite3_create_window_function(handle, name, 1, pure_function, nullptr, step<add>, final_value<Give>,
                                        value_so_far<Give>, step<subtract>, nullptr);
}

/// SQLite 3.38 and later look up a join's values in Bloom filters, some versions by a text's length: 0.5 and 0.50,
/// which the collation takes for equal, would not meet. They are turned off; joins by an index lose little.
void turn_off_bloom_filters(sqlite3* handle) noexcept {
  constexpr int bloom_filter = 0x00080000, bloom_pulldown = 0x00100000;
  if (sqlite3_libversion_number() >= 3'038'000)
    sqlite3_test_control(SQLITE_TESTCTRL_OPTIMIZATIONS, handle, bloom_filter | bloom_pulldown);
}

}  // namespace

int register_decimal_functions(sqlite3* handle) noexcept {
  turn_off_bloom_filters(handle);
  int code = sqlite3_create_collation_v2(handle, "TIDBXX_DECIMAL", SQLITE_UTF8, nullptr, decimal_order, nullptr);
  if (code == SQLITE_OK)
    code = sqlite3_create_collation_v2(handle, "TIDBXX_TIME", SQLITE_UTF8, nullptr, time_order, nullptr);
  for (const auto& [name, arguments, call] : scalars)
    if (code == SQLITE_OK)
      code =
          sqlite3_create_function_v2(handle, name, arguments, pure_function, nullptr, call, nullptr, nullptr, nullptr);
  if (code == SQLITE_OK) code = register_aggregate<give_sum>(handle, "TIDBXX_DECIMAL_SUM");
  if (code == SQLITE_OK) code = register_aggregate<give_mean>(handle, "TIDBXX_DECIMAL_AVG");
  return code;
}

}  // namespace tidb::detail
