#include "engine/sqlite/function_call.hpp"

#include "engine/sqlite/numeric_text.hpp"

#include <algorithm>
#include <exception>
#include <new>

namespace tidb::detail {
namespace {

int flags_of(purity kept) noexcept {
  int flags = SQLITE_UTF8 | SQLITE_INNOCUOUS;
  if (kept == purity::pure) flags |= SQLITE_DETERMINISTIC;
#ifdef SQLITE_RESULT_SUBTYPE
  flags |= SQLITE_RESULT_SUBTYPE;
#endif
#ifdef SQLITE_SUBTYPE
  flags |= SQLITE_SUBTYPE;
#endif
  return flags;
}

void fail_count(sqlite3_context* context, const char* name) {
  const auto message = "wrong number of arguments to function " + std::string(name) + "()";
  sqlite3_result_error(context, message.c_str(), -1);
}

/// Runs `body`; no exception goes on into SQLite's C code.
template <class Body>
void guarded(sqlite3_context* context, Body body) noexcept {
  try {
    body();
  } catch (const std::bad_alloc&) {
    sqlite3_result_error_nomem(context);
  } catch (const std::exception& failure) {
    sqlite3_result_error(context, failure.what(), -1);
  }
}

template <class Entry>
bool takes(const Entry& entry, int count) noexcept {
  return count >= entry.fewest && (entry.most < 0 || count <= entry.most);
}

template <class Entry>
int registered_count(const Entry& entry) noexcept {
  return entry.fewest == entry.most ? entry.fewest : -1;
}

void call_function(sqlite3_context* context, int count, sqlite3_value** arguments) noexcept {
  const auto& entry = *static_cast<const function_entry*>(sqlite3_user_data(context));
  guarded(context, [&] {
    if (!takes(entry, count)) return fail_count(context, entry.name);
    function_call call(context, count, arguments);
    if (entry.nulls == on_null::give_null && call.has_null()) return call.null();
    entry.body(call);
  });
}

void step_aggregate(sqlite3_context* context, int count, sqlite3_value** arguments) noexcept {
  const auto& entry = *static_cast<const aggregate_entry*>(sqlite3_user_data(context));
  guarded(context, [&] {
    if (!takes(entry, count)) return fail_count(context, entry.name);
    auto** state = static_cast<void**>(sqlite3_aggregate_context(context, sizeof(void*)));
    if (state == nullptr) throw std::bad_alloc();
    if (*state == nullptr) *state = entry.make();
    function_call call(context, count, arguments);
    entry.step(*state, call);
  });
}

void finish_aggregate(sqlite3_context* context) noexcept {
  const auto& entry = *static_cast<const aggregate_entry*>(sqlite3_user_data(context));
  auto** kept = static_cast<void**>(sqlite3_aggregate_context(context, 0));
  void* state = kept != nullptr ? *kept : nullptr;
  guarded(context, [&] {
    function_call call(context, 0, nullptr);
    entry.finish(state, call);
  });
  if (state != nullptr) entry.drop(state);
}

}  // namespace

argument_kind function_call::kind(int position) const noexcept {
  switch (sqlite3_value_type(arguments_[position])) {
  case SQLITE_INTEGER: return argument_kind::integer;
  case SQLITE_FLOAT: return argument_kind::real;
  case SQLITE_TEXT: return argument_kind::text;
  case SQLITE_BLOB: return argument_kind::blob;
  default: return argument_kind::null;
  }
}

bool function_call::is_number(int position) const noexcept {
  const int type = sqlite3_value_type(arguments_[position]);
  return type == SQLITE_INTEGER || type == SQLITE_FLOAT;
}

bool function_call::has_null() const noexcept {
  for (int i = 0; i < count_; ++i)
    if (is_null(i)) return true;
  return false;
}

std::string_view function_call::text(int position) {
  auto* const argument = arguments_[position];
  const int type = sqlite3_value_type(argument);
  if (type == SQLITE_NULL) return {};
  if (type == SQLITE_FLOAT) return scratch_.emplace_front(plain_text(sqlite3_value_double(argument)));
  const void* data = type == SQLITE_BLOB ? sqlite3_value_blob(argument) : sqlite3_value_text(argument);
  const auto size = static_cast<std::size_t>(sqlite3_value_bytes(argument));
  if (data == nullptr && size != 0) throw std::bad_alloc();
  return {static_cast<const char*>(data), size};
}

std::int64_t function_call::integer(int position) {
  switch (kind(position)) {
  case argument_kind::integer: return sqlite3_value_int64(arguments_[position]);
  case argument_kind::real: return to_integer(sqlite3_value_double(arguments_[position]));
  default: return to_integer(text(position));
  }
}

double function_call::real(int position) {
  return is_number(position) ? sqlite3_value_double(arguments_[position]) : to_real(text(position));
}

void function_call::result_text(std::string_view text) noexcept {
  // A null pointer would become NULL, and the empty text is a value.
  sqlite3_result_text64(context_, text.empty() ? "" : text.data(), text.size(), SQLITE_TRANSIENT, SQLITE_UTF8);
}

void function_call::result_bytes(std::string_view bytes) noexcept {
  sqlite3_result_blob64(context_, bytes.empty() ? "" : bytes.data(), bytes.size(), SQLITE_TRANSIENT);
}

void function_call::result_like(int position, std::string_view bytes) noexcept {
  is_blob(position) ? result_bytes(bytes) : result_text(bytes);
}

void function_call::result_json(std::string_view text) noexcept {
  result_text(text);
  sqlite3_result_subtype(context_, json_subtype);
}

void function_call::fail(std::string_view message) noexcept {
  sqlite3_result_error(context_, message.data(), static_cast<int>(message.size()));
}

int function_registry::keep_others() noexcept {
  sqlite3_stmt* statement = nullptr;
  // A SQLite built without this list has none to tell.
  if (sqlite3_prepare_v2(handle_, "SELECT DISTINCT name FROM pragma_function_list WHERE builtin = 0", -1, &statement,
                         nullptr) != SQLITE_OK)
    return SQLITE_OK;
  int code = SQLITE_OK;
  try {
    while (sqlite3_step(statement) == SQLITE_ROW)
      taken_.emplace_back(reinterpret_cast<const char*>(sqlite3_column_text(statement, 0)));
  } catch (const std::exception&) {
    code = SQLITE_NOMEM;
  }
  sqlite3_finalize(statement);
  return code;
}

bool function_registry::is_taken(const char* name) const noexcept {
  return std::any_of(taken_.begin(), taken_.end(),
                     [&](const std::string& other) { return sqlite3_stricmp(other.c_str(), name) == 0; });
}

int function_registry::create(const function_entry& entry) noexcept {
  return sqlite3_create_function_v2(handle_, entry.name, registered_count(entry), flags_of(entry.kept),
                                    const_cast<function_entry*>(&entry), call_function, nullptr, nullptr, nullptr);
}

int function_registry::create(const aggregate_entry& entry) noexcept {
  return sqlite3_create_function_v2(handle_, entry.name, registered_count(entry), flags_of(purity::pure),
                                    const_cast<aggregate_entry*>(&entry), nullptr, step_aggregate, finish_aggregate,
                                    nullptr);
}

template <class Entry>
int function_registry::add_each(std::span<const Entry> entries) noexcept {
  for (const auto& entry : entries) {
    if (is_taken(entry.name)) continue;
    if (const int code = create(entry); code != SQLITE_OK) return code;
  }
  return SQLITE_OK;
}

int function_registry::add(std::span<const function_entry> entries) noexcept { return add_each(entries); }
int function_registry::add(std::span<const aggregate_entry> entries) noexcept { return add_each(entries); }

}  // namespace tidb::detail
