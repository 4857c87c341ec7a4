#include "engine/sqlite/functions.hpp"
#include "tidbxx/core/distance.hpp"
#include "tidbxx/core/vector.hpp"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <new>
#include <string>
#include <vector>

namespace tidb::detail {
namespace {

void fail(sqlite3_context* call, const std::string& message) noexcept {
  sqlite3_result_error(call, message.data(), static_cast<int>(message.size()));
}

void drop_floats(void* floats) noexcept { delete static_cast<std::vector<float>*>(floats); }

/// An argument of a vector function: a blob used where it lies, or text, which is parsed.
class vector_argument {
public:
  /// False if the call's result is settled already: an error.
  bool read(sqlite3_context* call, sqlite3_value* value, int position) {
    const int type = sqlite3_value_type(value);
    if (type == SQLITE_BLOB) return read_blob(call, value);
    if (type == SQLITE_TEXT) return read_text(call, value, position);
    fail(call, type == SQLITE_INTEGER ? "cannot read an integer as a vector: pass a vector, or text such as [1,2,3]"
                                      : "cannot read a number as a vector: pass a vector, or text such as [1,2,3]");
    return false;
  }

  packed_floats floats() const noexcept { return floats_; }

private:
  bool read_blob(sqlite3_context* call, sqlite3_value* value) {
    const void* data = sqlite3_value_blob(value);
    const auto size = static_cast<std::size_t>(sqlite3_value_bytes(value));
    if (size % sizeof(float) != 0 || size / sizeof(float) > max_dimensions) {
      fail(call, "a blob of " + std::to_string(size) +
                     " bytes is not a vector: float32 takes 4 bytes, and a vector has at most " +
                     std::to_string(max_dimensions) + " dimensions");
      return false;
    }
    floats_ = {data, size / sizeof(float)};
    return true;
  }

  bool read_text(sqlite3_context* call, sqlite3_value* value, int position) {
    // SQLite keeps this only for constants and bound parameters, and forgets it when the statement is reset.
    if (const auto* kept = static_cast<std::vector<float>*>(sqlite3_get_auxdata(call, position))) {
      floats_ = std::span<const float>(*kept);
      return true;
    }
    const auto* text = reinterpret_cast<const char*>(sqlite3_value_text(value));
    const auto reason = parse_vector({text, static_cast<std::size_t>(sqlite3_value_bytes(value))}, parsed_);
    if (!reason.empty()) {
      fail(call, "Invalid vector text: " + reason);
      return false;
    }
    sqlite3_set_auxdata(call, position, new std::vector<float>(parsed_), drop_floats);
    floats_ = std::span<const float>(parsed_);
    return true;
  }

  std::vector<float> parsed_;
  packed_floats floats_;
};

void result(sqlite3_context* call, double value) noexcept {
  if (std::isnan(value)) return sqlite3_result_null(call);  // as TiDB: a zero vector has no direction
  sqlite3_result_double(call, value);
}

void result_blob(sqlite3_context* call, packed_floats floats) noexcept {
  // A null pointer would become NULL, and the empty vector is a value.
  sqlite3_result_blob64(call, floats.size == 0 ? "" : floats.data, floats.size * sizeof(float), SQLITE_TRANSIENT);
}

template <double (*Distance)(packed_floats, packed_floats) noexcept>
void distance(sqlite3_context* call, packed_floats left, packed_floats right) {
  if (left.size == right.size) return result(call, Distance(left, right));
  fail(call, "vectors have different dimensions: " + std::to_string(left.size) + " and " + std::to_string(right.size));
}

void dims(sqlite3_context* call, packed_floats floats) {
  sqlite3_result_int64(call, static_cast<sqlite3_int64>(floats.size));
}
void norm(sqlite3_context* call, packed_floats floats) { result(call, l2_norm(floats)); }
void from_text(sqlite3_context* call, packed_floats floats) { result_blob(call, floats); }

void as_text(sqlite3_context* call, packed_floats floats) {
  std::vector<float> aligned(floats.size);
  if (floats.size != 0) std::memcpy(aligned.data(), floats.data, floats.size * sizeof(float));
  const auto text = to_text(aligned);
  sqlite3_result_text64(call, text.data(), text.size(), SQLITE_TRANSIENT, SQLITE_UTF8);
}

/// NULL for NULL, and no exception into SQLite's C code.
template <void (*Body)(sqlite3_context*, packed_floats)>
void one_vector(sqlite3_context* call, int, sqlite3_value** arguments) noexcept {
  if (sqlite3_value_type(arguments[0]) == SQLITE_NULL) return sqlite3_result_null(call);
  try {
    vector_argument only;
    if (only.read(call, arguments[0], 0)) Body(call, only.floats());
  } catch (const std::bad_alloc&) {
    sqlite3_result_error_nomem(call);
  }
}

template <void (*Body)(sqlite3_context*, packed_floats, packed_floats)>
void two_vectors(sqlite3_context* call, int, sqlite3_value** arguments) noexcept {
  if (sqlite3_value_type(arguments[0]) == SQLITE_NULL || sqlite3_value_type(arguments[1]) == SQLITE_NULL)
    return sqlite3_result_null(call);
  try {
    vector_argument left;
    vector_argument right;
    if (left.read(call, arguments[0], 0) && right.read(call, arguments[1], 1))
      Body(call, left.floats(), right.floats());
  } catch (const std::bad_alloc&) {
    sqlite3_result_error_nomem(call);
  }
}

struct sql_function {
  const char* name;
  int arguments;
  void (*body)(sqlite3_context*, int, sqlite3_value**);
};

constexpr sql_function vector_functions[] = {
    {"VEC_COSINE_DISTANCE", 2, two_vectors<distance<cosine_distance>>},
    {"VEC_L2_DISTANCE", 2, two_vectors<distance<l2_distance>>},
    {"VEC_L1_DISTANCE", 2, two_vectors<distance<l1_distance>>},
    {"VEC_NEGATIVE_INNER_PRODUCT", 2, two_vectors<distance<negative_inner_product>>},
    {"VEC_DIMS", 1, one_vector<dims>},
    {"VEC_L2_NORM", 1, one_vector<norm>},
    {"VEC_FROM_TEXT", 1, one_vector<from_text>},
    {"VEC_AS_TEXT", 1, one_vector<as_text>},
};

}  // namespace

int register_vector_functions(sqlite3* handle) noexcept {
  for (const auto& function : vector_functions) {
    const int code = sqlite3_create_function_v2(handle, function.name, function.arguments, pure_function, nullptr,
                                                function.body, nullptr, nullptr, nullptr);
    if (code != SQLITE_OK) return code;
  }
  return SQLITE_OK;
}

}  // namespace tidb::detail
