// What the SQL functions share: a table of them, how a call reads its arguments, and how it gives its result.
#pragma once

#include "engine/sqlite/functions.hpp"

#include <cstdint>
#include <forward_list>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace tidb::detail {

/// No result is longer (TiDB's max_allowed_packet): what would be is NULL, as on TiDB.
inline constexpr std::size_t longest_result = std::size_t{64} * 1024 * 1024;

/// What SQLite marks a text with that is a JSON document, for a function around the one that made it.
inline constexpr unsigned json_subtype = 'J';

enum class argument_kind { null, integer, real, text, blob };

/// One call of a function by SQLite. Its arguments are read as TiDB reads them, whatever their type.
class function_call {
public:
  function_call(sqlite3_context* context, int count, sqlite3_value** arguments) noexcept
      : context_(context), count_(count), arguments_(arguments) {}

  int count() const noexcept { return count_; }
  argument_kind kind(int position) const noexcept;
  bool is_null(int position) const noexcept { return sqlite3_value_type(arguments_[position]) == SQLITE_NULL; }
  bool is_number(int position) const noexcept;
  bool is_blob(int position) const noexcept { return sqlite3_value_type(arguments_[position]) == SQLITE_BLOB; }
  bool has_null() const noexcept;
  bool is_json(int position) const noexcept { return sqlite3_value_subtype(arguments_[position]) == json_subtype; }

  /// The bytes of text and blobs; a number as TiDB writes it (no exponent). It lives as long as the call.
  std::string_view text(int position);
  /// Reals are rounded, halves away from zero; a text counts as far as it is an integer; what is beyond 64 bits becomes
  /// the nearest.
  std::int64_t integer(int position);
  double real(int position);
  bool truth(int position) { return real(position) != 0; }

  void null() noexcept { sqlite3_result_null(context_); }
  void result(std::int64_t value) noexcept { sqlite3_result_int64(context_, value); }
  void result(bool value) noexcept { sqlite3_result_int(context_, value ? 1 : 0); }
  /// NULL for what is no number.
  void result(double value) noexcept { sqlite3_result_double(context_, value); }
  void result_text(std::string_view text) noexcept;
  void result_bytes(std::string_view bytes) noexcept;
  /// Text, or a blob if this argument is one.
  void result_like(int position, std::string_view bytes) noexcept;
  void result_json(std::string_view text) noexcept;
  /// The argument itself.
  void result_argument(int position) noexcept { sqlite3_result_value(context_, arguments_[position]); }
  void fail(std::string_view message) noexcept;

  sqlite3_context* context() const noexcept { return context_; }
  sqlite3_value* value(int position) const noexcept { return arguments_[position]; }

private:
  sqlite3_context* context_;
  int count_;
  sqlite3_value** arguments_;
  std::forward_list<std::string> scratch_;  // reals as text
};

/// How far SQLite may trust a function.
enum class purity {
  pure,      ///< the same answer for the same arguments
  changing,  ///< another answer each time
};

enum class on_null { give_null, call };

struct function_entry {
  const char* name;
  int fewest;
  int most;  ///< -1: any number
  void (*body)(function_call&);
  on_null nulls = on_null::give_null;
  purity kept = purity::pure;
};

/// An aggregate: `Step` for each row, `Final` for the result; its state is an object of its own for each group.
struct aggregate_entry {
  const char* name;
  int fewest;
  int most;
  void* (*make)();
  void (*drop)(void*) noexcept;
  void (*step)(void* state, function_call&);
  /// `state` is null if there was no row.
  void (*finish)(void* state, function_call&);
};

/// Where functions are registered. A program's own handle keeps the functions that the program gave it.
class function_registry {
public:
  explicit function_registry(sqlite3* handle) noexcept : handle_(handle) {}

  /// From here on the functions stay that somebody registered before. Gives SQLite's result code.
  int keep_others() noexcept;
  /// Registers each. The entries must live as long as the connection: they are constants. Gives SQLite's result code.
  int add(std::span<const function_entry> entries) noexcept;
  int add(std::span<const aggregate_entry> entries) noexcept;

private:
  template <class Entry>
  int add_each(std::span<const Entry> entries) noexcept;
  int create(const function_entry& entry) noexcept;
  int create(const aggregate_entry& entry) noexcept;
  bool is_taken(const char* name) const noexcept;

  sqlite3* handle_;
  std::vector<std::string> taken_;
};

// The subjects; functions.cpp calls them.
int register_text_functions(function_registry& registry) noexcept;
int register_text_search_functions(function_registry& registry) noexcept;
int register_coding_functions(function_registry& registry) noexcept;
int register_number_functions(function_registry& registry) noexcept;
int register_date_functions(function_registry& registry) noexcept;
int register_json_functions(function_registry& registry) noexcept;
int register_regexp_functions(function_registry& registry) noexcept;
int register_aggregates(function_registry& registry) noexcept;

}  // namespace tidb::detail
