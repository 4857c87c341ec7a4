#include "engine/sqlite/functions.hpp"

#include "engine/sqlite/function_call.hpp"

#include <cstdint>
#include <new>
#include <vector>

namespace tidb::detail {
namespace {

/// One step of a pattern: what it asks for and how many of its bytes it took.
struct pattern_step {
  enum class kind { any_run, any_one, exactly } what{};
  std::string_view wanted{};  ///< of `exactly`
  std::size_t size{};
};

pattern_step read_step(std::string_view pattern, std::string_view escape, text_unit unit) noexcept {
  using enum pattern_step::kind;
  // The escape comes first, so that even % and _ can be it; at the pattern's end it stands for itself.
  if (pattern.starts_with(escape) && pattern.size() > escape.size()) {
    const auto rest = pattern.substr(escape.size());
    const auto size = unit_size(rest, unit);
    return {exactly, rest.substr(0, size), escape.size() + size};
  }
  if (pattern.starts_with(escape)) return {exactly, pattern, pattern.size()};
  if (pattern.front() == '%') return {any_run, {}, 1};
  if (pattern.front() == '_') return {any_one, {}, 1};
  const auto size = unit_size(pattern, unit);
  return {exactly, pattern.substr(0, size), size};
}

std::string_view text_of(sqlite3_value* value) noexcept {
  const void* data = sqlite3_value_type(value) == SQLITE_BLOB ? sqlite3_value_blob(value) : sqlite3_value_text(value);
  return {static_cast<const char*>(data), static_cast<std::size_t>(sqlite3_value_bytes(value))};
}

void sql_like(sqlite3_context* call, int count, sqlite3_value** arguments) noexcept {
  for (int i = 0; i < count; ++i)
    if (sqlite3_value_type(arguments[i]) == SQLITE_NULL) return sqlite3_result_null(call);
  std::string_view escape = count == 3 ? text_of(arguments[2]) : std::string_view();
  if (escape.empty()) escape = "\\";
  if (unit_size(escape, text_unit::code_point) != escape.size())
    return sqlite3_result_error(call, "TIDB_LIKE: the escape must be a single character", -1);
  const bool bytes = sqlite3_value_type(arguments[0]) == SQLITE_BLOB || sqlite3_value_type(arguments[1]) == SQLITE_BLOB;
  const auto unit = bytes ? text_unit::byte : text_unit::code_point;
  sqlite3_result_int(call, like(text_of(arguments[0]), text_of(arguments[1]), escape, unit));
}

using integers = std::vector<std::int64_t>;

void collect(sqlite3_context* call, int /*count*/, sqlite3_value** arguments) noexcept {
  auto** kept = static_cast<integers**>(sqlite3_aggregate_context(call, sizeof(integers*)));
  if (kept == nullptr) return sqlite3_result_error_nomem(call);
  try {
    if (*kept == nullptr) *kept = new integers;
    (*kept)->push_back(sqlite3_value_int64(arguments[0]));
  } catch (const std::bad_alloc&) {
    sqlite3_result_error_nomem(call);
  }
}

void give_collected(sqlite3_context* call) noexcept {
  auto** kept = static_cast<integers**>(sqlite3_aggregate_context(call, 0));
  if (kept == nullptr || *kept == nullptr) return sqlite3_result_null(call);
  sqlite3_result_blob64(call, (*kept)->data(), (*kept)->size() * sizeof(std::int64_t), SQLITE_TRANSIENT);
  delete *kept;
}

}  // namespace

bool like(std::string_view text, std::string_view pattern, std::string_view escape, text_unit unit) noexcept {
  // Where to go on after a mismatch: behind the last %, with the text moved on by one unit. Earlier % need no second
  // try: what stands between two % is best matched as early as possible.
  std::string_view retry_text;
  std::string_view retry_pattern;
  bool can_retry = false;
  while (true) {
    bool matched = false;
    if (pattern.empty()) {
      if (text.empty()) return true;
    } else {
      const auto step = read_step(pattern, escape, unit);
      if (step.what == pattern_step::kind::any_run) {
        pattern.remove_prefix(step.size);
        if (pattern.empty()) return true;
        retry_text = text;
        retry_pattern = pattern;
        can_retry = true;
        continue;
      }
      const std::size_t size = step.what == pattern_step::kind::exactly ? step.wanted.size()
                               : text.empty()                           ? 0
                                                                        : unit_size(text, unit);
      matched = !text.empty() && (step.what == pattern_step::kind::any_one || text.starts_with(step.wanted));
      if (matched) {
        text.remove_prefix(size);
        pattern.remove_prefix(step.size);
      }
    }
    if (matched) continue;
    if (!can_retry || retry_text.empty()) return false;
    retry_text.remove_prefix(unit_size(retry_text, unit));
    text = retry_text;
    pattern = retry_pattern;
  }
}

int register_functions(sqlite3* handle, handle_owner owner) noexcept {
  function_registry registry(handle);
  if (owner == handle_owner::program)
    if (const int failed = registry.keep_others(); failed != SQLITE_OK) return failed;
  for (int count : {2, 3}) {
    const int code = sqlite3_create_function_v2(handle, "TIDB_LIKE", count, pure_function, nullptr, sql_like, nullptr,
                                                nullptr, nullptr);
    if (code != SQLITE_OK) return code;
  }
  const int code = sqlite3_create_function_v2(handle, collect_function, 1, pure_function, nullptr, nullptr, collect,
                                              give_collected, nullptr);
  if (code != SQLITE_OK) return code;
  if (const int failed = register_vector_functions(handle); failed != SQLITE_OK) return failed;
  if (const int failed = register_decimal_functions(handle); failed != SQLITE_OK) return failed;
  for (auto* subject :
       {register_text_functions, register_text_search_functions, register_coding_functions, register_number_functions,
        register_date_functions, register_json_functions, register_regexp_functions, register_aggregates})
    if (const int failed = subject(registry); failed != SQLITE_OK) return failed;
  return SQLITE_OK;
}

}  // namespace tidb::detail
