// Memory for SIMD: vectors that begin on a cache line, and whose new elements are not zeroed first.
#pragma once

#include <cstddef>
#include <cstring>
#include <memory>
#include <new>
#include <type_traits>
#include <utility>
#include <vector>

namespace tidb::detail {

inline constexpr std::size_t cache_line = 64;

template <class T>
struct aligned_allocator {
  using value_type = T;
  template <class U>
  struct rebind {
    using other = aligned_allocator<U>;
  };

  aligned_allocator() = default;
  template <class U>
  explicit(false) aligned_allocator(const aligned_allocator<U>& /*other*/) {}

  T* allocate(std::size_t count) {
    return static_cast<T*>(::operator new(count * sizeof(T), std::align_val_t{cache_line}));
  }
  void deallocate(T* memory, std::size_t /*count*/) noexcept {
    ::operator delete(memory, std::align_val_t{cache_line});
  }
  // A resize that is filled at once by a copy would otherwise touch the memory twice.
  template <class U>
  void construct(U* place) noexcept {
    ::new (static_cast<void*>(place)) U;
  }
  template <class U, class... Args>
  void construct(U* place, Args&&... args) {
    ::new (static_cast<void*>(place)) U(std::forward<Args>(args)...);
  }
  friend bool operator==(const aligned_allocator&, const aligned_allocator&) { return true; }
};

template <class T>
using aligned_vector = std::vector<T, aligned_allocator<T>>;

/// As insert at the end does, but by memcpy: the library copies one by one for an allocator that is not its own.
template <class T>
void append(aligned_vector<T>& to, const T* from, std::size_t count) {
  static_assert(std::is_trivially_copyable_v<T>);
  const auto end = to.size();
  to.resize(end + count);
  if (count != 0) std::memcpy(to.data() + end, from, count * sizeof(T));
}

}  // namespace tidb::detail
