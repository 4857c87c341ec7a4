// Little-endian bytes: written in order, and read back with every size checked.
#pragma once

#include "search/vector_model.hpp"

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>

namespace tidb::detail {

static_assert(std::endian::native == std::endian::little, "the stored form is what lies in memory");

class byte_writer {
public:
  template <class T>
  void put(const T& value) {
    put_all(std::span(&value, 1));
  }
  template <class Range>
  void put_all(const Range& range) {
    const std::span values(range);
    static_assert(std::is_trivially_copyable_v<typename decltype(values)::value_type>);
    bytes_.append(reinterpret_cast<const char*>(values.data()), values.size_bytes());
  }
  /// Seven bits a byte, the lowest first; the last byte has its highest bit clear.
  void put_varint(std::uint64_t value) {
    for (; value >= 0x80; value >>= 7) bytes_.push_back(static_cast<char>(value | 0x80));
    bytes_.push_back(static_cast<char>(value));
  }
  void reserve(std::size_t bytes) { bytes_.reserve(bytes); }
  std::size_t size() const { return bytes_.size(); }
  std::string take() { return std::move(bytes_); }

private:
  std::string bytes_;
};

class byte_reader {
public:
  byte_reader(std::string_view bytes, const char* what) : bytes_(bytes), what_(what) {}

  template <class T>
  T get() {
    T value{};
    read(&value, 1);
    return value;
  }
  /// `count` values. Asks whether they are there before it takes memory for them.
  template <class Vector>
  Vector get_all(std::size_t count) {
    using value_type = typename Vector::value_type;
    if (count > bytes_.size() / sizeof(value_type)) fail("is cut off");
    Vector values(count);
    read(values.data(), count);
    return values;
  }
  std::uint64_t get_varint() {
    std::uint64_t value = 0;
    for (unsigned shift = 0; shift < 64; shift += 7) {
      const auto byte = get<std::uint8_t>();
      value |= std::uint64_t{byte & 0x7FU} << shift;
      if (byte < 0x80) return value;
    }
    fail("has a number of too many bytes");
  }
  /// A number that is at most `most`.
  std::uint32_t get_small_varint(std::uint32_t most = 0xFFFFFFFFU) {
    const auto value = get_varint();
    if (value > most) fail("has a number that is too large");
    return static_cast<std::uint32_t>(value);
  }
  std::string_view view(std::uint64_t size) {
    if (size > bytes_.size()) fail("is cut off");
    const auto some = bytes_.substr(0, static_cast<std::size_t>(size));
    bytes_.remove_prefix(some.size());
    return some;
  }
  std::size_t left() const { return bytes_.size(); }
  [[noreturn]] void fail(const std::string& why) const { throw malformed_index(std::string(what_) + " " + why); }

private:
  template <class T>
  void read(T* values, std::size_t count) {
    static_assert(std::is_trivially_copyable_v<T>);
    const auto size = count * sizeof(T);
    if (size > bytes_.size()) fail("is cut off");
    if (size != 0) std::memcpy(static_cast<void*>(values), bytes_.data(), size);
    bytes_.remove_prefix(size);
  }

  std::string_view bytes_;
  const char* what_;
};

}  // namespace tidb::detail
