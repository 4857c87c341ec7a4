// Vectors of float32, as TiDB's VECTOR type holds them.
#pragma once

#include <array>
#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace tidb {

inline constexpr std::size_t dynamic = static_cast<std::size_t>(-1);
/// The most dimensions a vector may have. Source: TiDB's documentation, "Vector Data Types".
inline constexpr std::size_t max_dimensions = 16383;

/// A vector of N float32 (`VECTOR(N)`); an aggregate: `tidb::vector<3>{1, 2, 3}`.
template <std::size_t N = dynamic>
struct vector : std::array<float, N> {};

/// A vector whose length is known at run time (`VECTOR`).
template <>
struct vector<dynamic> : std::vector<float> {
  using std::vector<float>::vector;
};

/// The text form, `[1,2.5,3]`, each number in the shortest form that reads back as the same float32, as TiDB prints it.
std::string to_text(std::span<const float> values);

/// Reads the text form.
/// Shape: `[]` gives an empty vector.
/// Errors: usage_error that names the position, for anything else than a list of finite numbers that fit float32, and
/// for more than max_dimensions of them.
vector<> vector_from_text(std::string_view text);

namespace detail {
/// Why the text is not a vector, or empty; appends the numbers to `out`. Never throws a tidb::error.
std::string parse_vector(std::string_view text, std::vector<float>& out);
/// Why these numbers are not a vector (NaN, infinity, too many), or empty.
std::string check_vector(std::span<const float> values);
}  // namespace detail

}  // namespace tidb
