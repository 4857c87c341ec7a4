// Little-endian bytes: written in order, and read back with every size checked.
#pragma once

#include "search/vector_model.hpp"

#include <bit>
#include <cstddef>
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
