// Aggregates: bits, variances, lists and JSON of many rows.
#include "engine/sqlite/function_call.hpp"
#include "engine/sqlite/json_text.hpp"
#include "engine/sqlite/numeric_text.hpp"

#include <algorithm>
#include <cmath>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace tidb::detail {
namespace {

using nlohmann::json;

/// The entry of an aggregate whose state is a `State`, with `add` for a row and `give` for the result. Without a row
/// the result is that of a new state.
template <class State>
constexpr aggregate_entry aggregate(const char* name, int fewest, int most) {
  return {name,
          fewest,
          most,
          []() -> void* { return new State; },
          [](void* state) noexcept { delete static_cast<State*>(state); },
          [](void* state, function_call& call) { static_cast<State*>(state)->add(call); },
          [](void* state, function_call& call) {
            if (state != nullptr)
              static_cast<State*>(state)->give(call);
            else
              State{}.give(call);
          }};
}

enum class bit_operation { conjunction, disjunction, difference };

template <bit_operation Operation>
struct bits {
  std::uint64_t value = Operation == bit_operation::conjunction ? ~std::uint64_t{0} : 0;

  void add(function_call& call) {
    if (call.is_null(0)) return;
    const auto other = static_cast<std::uint64_t>(call.integer(0));
    if (Operation == bit_operation::conjunction) value &= other;
    if (Operation == bit_operation::disjunction) value |= other;
    if (Operation == bit_operation::difference) value ^= other;
  }

  /// SQLite has no integers beyond a signed 64-bit: what is larger is a real, nearly the number that TiDB gives.
  void give(function_call& call) const {
    if (value >> 63 == 0) return call.result(static_cast<std::int64_t>(value));
    call.result(static_cast<double>(value));
  }
};

enum class spread { variance, deviation };
enum class population { whole, sample };

/// Sums of squares about a mean that moves with each row: exact also where the mean is large.
template <spread Kind, population Of>
struct variance {
  std::int64_t count{};
  double mean{};
  double squares{};

  void add(function_call& call) {
    if (call.is_null(0)) return;
    const double value = call.real(0);
    const double away = value - mean;
    mean += away / static_cast<double>(++count);
    squares += away * (value - mean);
  }

  void give(function_call& call) const {
    const auto of = Of == population::whole ? count : count - 1;
    if (of <= 0) return call.null();
    const double result = squares / static_cast<double>(of);
    call.result(Kind == spread::variance ? result : std::sqrt(result));
  }
};

/// A value that outlives its row.
struct kept_value {
  sqlite3_value* value{};

  kept_value() = default;
  explicit kept_value(sqlite3_value* from) : value(sqlite3_value_dup(from)) {
    if (value == nullptr) throw std::bad_alloc();
  }
  kept_value(kept_value&& other) noexcept : value(std::exchange(other.value, nullptr)) {}
  kept_value& operator=(kept_value&& other) noexcept {
    std::swap(value, other.value);
    return *this;
  }
  ~kept_value() { sqlite3_value_free(value); }
};

struct first_value {
  kept_value kept;

  void add(function_call& call) {
    if (kept.value == nullptr) kept = kept_value(call.value(0));
  }
  void give(function_call& call) const {
    if (kept.value == nullptr)
      call.null();
    else
      sqlite3_result_value(call.context(), kept.value);
  }
};

struct json_list {
  json list = json::array();
  bool any{};

  void add(function_call& call) {
    list.push_back(value_argument(call, 0));
    any = true;
  }
  void give(function_call& call) const { any ? call.result_json(json_text(list)) : call.null(); }
};

struct json_members {
  json members = json::object();
  bool any{};

  void add(function_call& call) {
    if (call.is_null(0)) throw json_failure("JSON documents may not contain NULL member names.");
    members[std::string(call.text(0))] = value_argument(call, 1);
    any = true;
  }
  void give(function_call& call) const { any ? call.result_json(json_text(members)) : call.null(); }
};

/// One key that a row is ordered by. NULL comes first, then numbers, then text and bytes.
using sort_key = std::variant<std::monostate, std::int64_t, double, std::string>;

sort_key key_argument(function_call& call, int position) {
  switch (call.kind(position)) {
  case argument_kind::null: return std::monostate{};
  case argument_kind::integer: return call.integer(position);
  case argument_kind::real: return call.real(position);
  default: return std::string(call.text(position));
  }
}

bool less(const sort_key& left, const sort_key& right) {
  const auto* const whole = std::get_if<std::int64_t>(&left);
  const auto* const other_whole = std::get_if<std::int64_t>(&right);
  const auto* const real = std::get_if<double>(&left);
  const auto* const other_real = std::get_if<double>(&right);
  if (whole != nullptr && other_real != nullptr) return static_cast<double>(*whole) < *other_real;
  if (real != nullptr && other_whole != nullptr) return *real < static_cast<double>(*other_whole);
  return left < right;
}

/// TIDB_GROUP_CONCAT(text, separator[, order key, direction]…): 1 for an ascending key, -1 for a descending one.
struct group_concat {
  struct line {
    std::string text;
    std::vector<sort_key> keys;
  };
  std::vector<line> lines;
  std::vector<bool> descending;
  std::string separator = ",";
  std::size_t size{};

  /// The default of TiDB's group_concat_max_len.
  static constexpr std::size_t longest = 1024;

  void add(function_call& call) {
    if (call.is_null(0)) return;
    if (call.count() % 2 != 0) {
      call.fail("TIDB_GROUP_CONCAT takes the text, the separator, and pairs of a key and its direction, 1 or -1");
      return;
    }
    if (lines.empty()) {
      separator = call.text(1);
      for (int i = 3; i < call.count(); i += 2) descending.push_back(call.integer(i) < 0);
    }
    line next{std::string(call.text(0)), {}};
    for (int i = 2; i < call.count(); i += 2) next.keys.push_back(key_argument(call, i));
    // Without an order nothing behind the limit can come in front of it.
    if (next.keys.empty() && size > longest) return;
    size += next.text.size();
    lines.push_back(std::move(next));
  }

  bool comes_before(const line& left, const line& right) const {
    for (std::size_t i = 0; i < descending.size(); ++i) {
      const auto& first = descending[i] ? right.keys[i] : left.keys[i];
      const auto& second = descending[i] ? left.keys[i] : right.keys[i];
      if (less(first, second)) return true;
      if (less(second, first)) return false;
    }
    return false;
  }

  void give(function_call& call) {
    if (lines.empty()) return call.null();
    std::stable_sort(lines.begin(), lines.end(),
                     [this](const line& left, const line& right) { return comes_before(left, right); });
    std::string joined;
    for (const auto& each : lines) {
      if (&each != lines.data()) joined += separator;
      joined += each.text;
      if (joined.size() > longest) break;
    }
    if (joined.size() > longest) {
      auto end = longest;
      while (end > 0 && (static_cast<unsigned char>(joined[end]) & 0xC0) == 0x80) --end;  // no half of a character
      joined.resize(end);
    }
    call.result_text(joined);
  }
};

constexpr aggregate_entry entries[] = {
    aggregate<bits<bit_operation::conjunction>>("BIT_AND", 1, 1),
    aggregate<bits<bit_operation::disjunction>>("BIT_OR", 1, 1),
    aggregate<bits<bit_operation::difference>>("BIT_XOR", 1, 1),
    aggregate<variance<spread::deviation, population::whole>>("STD", 1, 1),
    aggregate<variance<spread::deviation, population::whole>>("STDDEV", 1, 1),
    aggregate<variance<spread::deviation, population::whole>>("STDDEV_POP", 1, 1),
    aggregate<variance<spread::deviation, population::sample>>("STDDEV_SAMP", 1, 1),
    aggregate<variance<spread::variance, population::whole>>("VARIANCE", 1, 1),
    aggregate<variance<spread::variance, population::whole>>("VAR_POP", 1, 1),
    aggregate<variance<spread::variance, population::sample>>("VAR_SAMP", 1, 1),
    aggregate<first_value>("ANY_VALUE", 1, 1),
    aggregate<json_list>("JSON_ARRAYAGG", 1, 1),
    aggregate<json_members>("JSON_OBJECTAGG", 2, 2),
    aggregate<group_concat>("TIDB_GROUP_CONCAT", 2, -1),
};

}  // namespace

int register_aggregates(function_registry& registry) noexcept { return registry.add(entries); }

}  // namespace tidb::detail
