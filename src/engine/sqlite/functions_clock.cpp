// What time it is: once for each statement, however many rows it has.
#include "engine/sqlite/functions_dates.hpp"
#include "engine/sqlite/numeric_text.hpp"

#include <chrono>
#include <memory>

namespace tidb::detail {
namespace {

std::int64_t clock_now() noexcept {
  using namespace std::chrono;
  return duration_cast<microseconds>(system_clock::now().time_since_epoch()).count();
}

/// The time at which the statement asked first. SQLite keeps data under a negative number for the whole statement;
/// should it not, each call has the time of its own.
std::int64_t statement_time(function_call& call) {
  constexpr int key = -20'240'229;
  if (const auto* kept = static_cast<std::int64_t*>(sqlite3_get_auxdata(call.context(), key))) return *kept;
  const auto now = clock_now();
  auto kept = std::make_unique<std::int64_t>(now);
  sqlite3_set_auxdata(call.context(), key, kept.release(), [](void* old) { delete static_cast<std::int64_t*>(old); });
  return now;
}

/// How many digits of the second were asked for; false if the call's result is settled: an error.
bool read_digits(function_call& call, int& digits) {
  const auto wanted = call.count() == 0 ? 0 : call.integer(0);
  digits = static_cast<int>(wanted);
  if (wanted >= 0 && wanted <= 6) return true;
  call.fail("the digits of the second are 0 to 6");
  return false;
}

enum class part { date, time, both };

template <part Part, std::int64_t (*Now)(function_call&)>
void now(function_call& call) {
  int digits = 0;
  if (!read_digits(call, digits)) return;
  const auto value = moment_of(Now(call));
  if (!value) return call.null();
  if (Part == part::date) return call.result_text(date_text(*value));
  if (Part == part::time) return call.result_text(span_text({value->clock, digits}));
  call.result_text(moment_text(*value, digits));
}

std::int64_t this_moment(function_call&) { return clock_now(); }

void unix_timestamp(function_call& call) {
  if (call.count() == 0) return call.result(statement_time(call) / microseconds_per_second);
  const auto value = day_argument(call, 0);
  if (!value) return call.null();
  const auto since = value->microseconds();
  if (since < 0 || since > last_timestamp * microseconds_per_second) return call.result(std::int64_t{0});
  if (value->digits == 0) return call.result(since / microseconds_per_second);
  call.result(static_cast<double>(since) / static_cast<double>(microseconds_per_second));
}

constexpr auto once = now<part::both, statement_time>;

constexpr function_entry entries[] = {
    {"NOW", 0, 1, once, on_null::give_null, purity::changing},
    {"LOCALTIME", 0, 1, once, on_null::give_null, purity::changing},
    {"LOCALTIMESTAMP", 0, 1, once, on_null::give_null, purity::changing},
    {"UTC_TIMESTAMP", 0, 1, once, on_null::give_null, purity::changing},
    {"SYSDATE", 0, 1, now<part::both, this_moment>, on_null::give_null, purity::changing},
    {"CURDATE", 0, 0, now<part::date, statement_time>, on_null::give_null, purity::changing},
    {"UTC_DATE", 0, 0, now<part::date, statement_time>, on_null::give_null, purity::changing},
    {"CURTIME", 0, 1, now<part::time, statement_time>, on_null::give_null, purity::changing},
    {"UTC_TIME", 0, 1, now<part::time, statement_time>, on_null::give_null, purity::changing},
    {"UNIX_TIMESTAMP", 0, 1, unix_timestamp, on_null::give_null, purity::changing},
};

}  // namespace

int register_clock_functions(function_registry& registry) noexcept { return registry.add(entries); }

}  // namespace tidb::detail
