#include "npy.hpp"

#include "commands.hpp"

#include <algorithm>
#include <charconv>
#include <cstring>
#include <utility>

#include <fmt/format.h>

namespace cli {

namespace {

constexpr std::size_t window_bytes = std::size_t{1} << 20U;
constexpr std::size_t longest_header = std::size_t{1} << 20U;

/// What follows `'name':` in the header, which is a Python dictionary; empty if the name is not there.
std::string_view entry(std::string_view header, std::string_view name) {
  auto at = header.find(fmt::format("'{}'", name));
  if (at == std::string_view::npos) at = header.find(fmt::format("\"{}\"", name));
  if (at == std::string_view::npos) return {};
  header.remove_prefix(at + name.size() + 2);
  header.remove_prefix(std::min(header.find_first_not_of(" :"), header.size()));
  return header;
}

/// The numbers of `(2, 3)`.
std::vector<std::uint64_t> shape_of(std::string_view text) {
  std::vector<std::uint64_t> shape;
  text = text.substr(0, text.find(')'));
  while (!text.empty()) {
    const auto digit = text.find_first_of("0123456789");
    if (digit == std::string_view::npos) break;
    text.remove_prefix(digit);
    const auto [stop, code] = std::from_chars(text.data(), text.data() + text.size(), shape.emplace_back());
    if (code != std::errc{}) return {};
    text.remove_prefix(static_cast<std::size_t>(stop - text.data()));
  }
  return shape;
}

}  // namespace

npy_file::npy_file(std::string path) : file_(std::move(path)) { read_header(); }

void npy_file::refuse(const std::string& why) const { throw failure(fmt::format("{}: {}", file_.path(), why)); }

void npy_file::read_header() {
  std::string start(12, '\0');
  start.resize(file_.read(start.data(), start.size(), 0));
  if (start.size() < 12 || !start.starts_with("\x93NUMPY")) refuse("this is no NumPy file (.npy)");
  const int version = start[6];
  const auto byte = [&](std::size_t at) { return std::size_t{static_cast<unsigned char>(start[at])}; };
  if (version < 1 || version > 3) refuse(fmt::format("the NumPy format {} is unknown: 1 to 3 are read", version));
  const std::size_t length_at = 8;
  const std::size_t header_at = version == 1 ? 10 : 12;
  auto length = byte(length_at) | (byte(length_at + 1) << 8U);
  if (version > 1) length |= (byte(length_at + 2) << 16U) | (byte(length_at + 3) << 24U);
  if (length > longest_header) refuse("the header is damaged: it would be longer than 1 MiB");
  std::string header(length, '\0');
  if (file_.read(header.data(), length, header_at) != length) refuse("the file ends within its header");
  data_ = header_at + length;
  parse_header(header);
}

void npy_file::parse_header(const std::string& header) {
  auto type = entry(header, "descr");
  const auto shape_text = entry(header, "shape");
  if (type.size() < 2 || shape_text.empty()) refuse("the header does not tell type and shape");
  if (type.front() == '[') refuse("the array is of records; an array of float32 ('<f4') is needed");
  const char quote = type.front();
  type.remove_prefix(1);
  type = type.substr(0, type.find(quote));
  if (type == "<f4")
    item_size_ = 4;
  else if (type == "<f8")
    item_size_ = 8;
  else
    refuse(fmt::format("the numbers are of type '{}'; convert them to float32: array.astype('<f4')", type));
  if (entry(header, "fortran_order").starts_with("True"))
    refuse("the array is in Fortran order; save it again with numpy.ascontiguousarray(array)");
  const auto shape = shape_of(shape_text);
  if (shape.size() != 2)
    refuse(fmt::format("the array has {} dimensions: one row a vector is needed, which is 2", shape.size()));
  if (shape[1] == 0 || shape[1] > tidb::max_dimensions)
    refuse(fmt::format("the vectors have {} dimensions: 1 to {} are possible", shape[1], tidb::max_dimensions));
  rows_ = shape[0];
  dimensions_ = static_cast<std::size_t>(shape[1]);
  const auto row_size = std::uint64_t{dimensions_} * item_size_;
  const auto there = file_.size() > data_ ? file_.size() - data_ : 0;
  if (rows_ > there / row_size)
    refuse(fmt::format("the file is cut off: its header tells of {} rows, and there are {}", rows_, there / row_size));
}

void npy_file::read(std::uint64_t row, std::vector<float>& out) {
  const auto row_size = dimensions_ * item_size_;
  if (row < window_row_ || row >= window_row_ + window_rows_) {
    window_rows_ = std::min<std::uint64_t>(std::max<std::size_t>(1, window_bytes / row_size), rows_ - row);
    window_.resize(static_cast<std::size_t>(window_rows_) * row_size);
    window_row_ = row;
    if (file_.read(window_.data(), window_.size(), data_ + row * row_size) != window_.size())
      refuse("the file became shorter while it was read");
  }
  const char* from = window_.data() + static_cast<std::size_t>(row - window_row_) * row_size;
  out.resize(dimensions_);
  if (item_size_ == sizeof(float)) {
    std::memcpy(out.data(), from, row_size);
    return;
  }
  for (auto& number : out) {
    double wide{};
    std::memcpy(&wide, from, sizeof wide);
    from += sizeof wide;
    number = static_cast<float>(wide);
  }
}

std::string npy_file::fingerprint() const {
  sha256 hash;
  std::string buffer(window_bytes, '\0');
  for (std::uint64_t offset = 0; offset < file_.size();) {
    const auto got = file_.read(buffer.data(), buffer.size(), offset);
    if (got == 0) break;
    hash.add({buffer.data(), got});
    offset += got;
  }
  return hash.finish_hex();
}

}  // namespace cli
