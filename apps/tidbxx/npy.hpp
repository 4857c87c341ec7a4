// Vectors from a NumPy file. Source: NumPy's documentation, "NEP 1 — A Simple File Format for NumPy Arrays".
#pragma once

#include "input_file.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace cli {

/// A two-dimensional array of float32 or float64 in C order, read row after row through a small window.
class npy_file {
public:
  /// Errors: failure that names the file and what is wrong with it.
  explicit npy_file(std::string path);

  std::uint64_t rows() const noexcept { return rows_; }
  std::size_t dimensions() const noexcept { return dimensions_; }
  const open_file& file() const noexcept { return file_; }
  /// The row as float32; a number beyond float32 becomes infinity.
  void read(std::uint64_t row, std::vector<float>& out);
  /// SHA-256 of the whole file. Cost: reads it.
  std::string fingerprint() const;

private:
  void read_header();
  void parse_header(const std::string& header);
  [[noreturn]] void refuse(const std::string& why) const;

  open_file file_;
  std::uint64_t data_{};  ///< where the numbers begin
  std::size_t item_size_{};
  std::uint64_t rows_{};
  std::size_t dimensions_{};
  std::string window_;
  std::uint64_t window_row_{};  ///< the first row in the window
  std::uint64_t window_rows_{};
};

}  // namespace cli
