// Matrices of float32 and int32 from NumPy files. Source: NumPy's NEP 1, "A Simple File Format for NumPy Arrays".
#pragma once

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <fstream>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

namespace bench {

/// Rows of numbers, one after the other.
template <class T>
struct matrix {
  std::size_t rows{}, columns{};
  std::vector<T> numbers{};
  std::size_t rows_in_file{};

  std::span<const T> row(std::size_t number) const { return {numbers.data() + number * columns, columns}; }
};

namespace detail {

struct npy_header {
  std::string type{};
  bool fortran_order{};
  std::vector<std::size_t> shape{};
};

/// What follows `'name':` in a header, which is a Python dictionary; empty if the name is not there.
inline std::string_view npy_entry(std::string_view header, std::string_view name) {
  const auto quoted = "'" + std::string(name) + "'";
  const auto at = header.find(quoted);
  if (at == std::string_view::npos) return {};
  header.remove_prefix(at + quoted.size());
  const auto value = header.find_first_not_of(": ");
  return value == std::string_view::npos ? std::string_view{} : header.substr(value);
}

inline npy_header parse_npy_header(std::string_view text) {
  npy_header made;
  const auto type = npy_entry(text, "descr");
  if (type.starts_with('\'')) made.type = type.substr(1, type.find('\'', 1) - 1);
  made.fortran_order = npy_entry(text, "fortran_order").starts_with("True");
  auto shape = npy_entry(text, "shape");
  shape = shape.substr(0, shape.find(')'));
  for (auto digit = shape.find_first_of("0123456789"); digit != std::string_view::npos;
       digit = shape.find_first_of("0123456789")) {
    shape.remove_prefix(digit);
    std::size_t used = 0;
    made.shape.push_back(std::stoull(std::string(shape), &used));
    shape.remove_prefix(used);
  }
  return made;
}

/// Reads the header's text; the file then stands before the numbers.
inline std::string read_npy_header(std::ifstream& file, const std::string& path) {
  const auto refuse = [&](const std::string& why) { throw std::runtime_error(path + ": " + why); };
  unsigned char start[8]{};
  file.read(reinterpret_cast<char*>(start), sizeof start);
  if (!file || std::memcmp(start, "\x93NUMPY", 6) != 0) refuse("this is no NumPy file");
  const int version = start[6];
  if (version != 1 && version != 2) refuse("format " + std::to_string(version) + " is not read, only 1 and 2");
  unsigned char size[4]{};
  file.read(reinterpret_cast<char*>(size), version == 1 ? 2 : 4);
  std::size_t length = 0;
  for (std::size_t i = 0; i < sizeof size; ++i) length |= static_cast<std::size_t>(size[i]) << (8 * i);
  if (!file || length > std::size_t{1} << 20U) refuse("the header is damaged");
  std::string text(length, '\0');
  file.read(text.data(), static_cast<std::streamsize>(length));
  if (!file) refuse("the file ends within its header");
  return text;
}

}  // namespace detail

/// Reads a matrix of float or std::int32_t in C order, its first `most` rows only.
/// Errors: std::runtime_error that names the file and what is wrong with it.
template <class T>
matrix<T> read_npy(const std::string& path, std::size_t most = static_cast<std::size_t>(-1)) {
  static_assert(std::is_same_v<T, float> || std::is_same_v<T, std::int32_t>);
  static_assert(std::endian::native == std::endian::little, "the numbers are read as they are in the file");
  const std::string wanted = std::is_same_v<T, float> ? "<f4" : "<i4";
  const auto refuse = [&](const std::string& why) { throw std::runtime_error(path + ": " + why); };
  std::ifstream file(path, std::ios::binary);
  if (!file) refuse("cannot be opened");
  const auto header = detail::parse_npy_header(detail::read_npy_header(file, path));
  if (header.type != wanted) refuse("the numbers are of type '" + header.type + "', not '" + wanted + "'");
  if (header.fortran_order) refuse("the array is in Fortran order");
  if (header.shape.size() != 2) refuse("the array has " + std::to_string(header.shape.size()) + " dimensions, not 2");
  matrix<T> made{std::min(header.shape[0], most), header.shape[1], {}, header.shape[0]};
  made.numbers.resize(made.rows * made.columns);
  file.read(reinterpret_cast<char*>(made.numbers.data()),
            static_cast<std::streamsize>(made.numbers.size() * sizeof(T)));
  if (!file) refuse("the file is cut off: its header tells of more rows than there are");
  return made;
}

}  // namespace bench
