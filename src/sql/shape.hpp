// What two statements have in common that differ only in the values of their literals.
#pragma once

#include "tidbxx/sql/statement.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string_view>
#include <utility>

namespace tidb::sql {

/// A select without the values of its literals, as words: selects of one shape print the same text in each dialect.
/// Lifetime: borrows the select.
class shape {
public:
  explicit shape(const select& of) { add(of); }
  explicit shape(const node& of) { add(of); }
  shape(const shape&) = delete;
  shape& operator=(const shape&) = delete;
  ~shape() = default;

  std::span<const std::uint64_t> words() const noexcept { return words_.items(); }
  std::uint64_t hash() const noexcept;
  /// The literals, in the same order for all selects of one shape.
  std::span<const node* const> literals() const noexcept { return literals_.items(); }
  /// Whether it tells the text. It does not where values tell which column is meant, nor of queries too deep to print.
  bool tells_text() const noexcept { return tells_text_; }

private:
  /// A vector with room of its own for what most statements need.
  template <class T, std::size_t Room>
  class list {
  public:
    list() noexcept {}  // the room has no values yet
    std::span<const T> items() const noexcept { return {first_, size_}; }
    /// Room for so many more. Lifetime: until the next call.
    T* more(std::size_t count) {
      if (size_ + count > capacity_) grow(count);
      return first_ + size_;
    }
    void added(std::size_t count) noexcept { size_ += count; }
    void push_back(T item) {
      *more(1) = item;
      ++size_;
    }

  private:
    void grow(std::size_t by) {
      const auto capacity = std::max(2 * capacity_, size_ + by);
      auto larger = std::make_unique_for_overwrite<T[]>(capacity);
      std::copy_n(first_, size_, larger.get());
      larger_ = std::move(larger);
      first_ = larger_.get();
      capacity_ = capacity;
    }

    T room_[Room];
    T* first_{room_};
    std::size_t size_{};
    std::size_t capacity_{Room};
    std::unique_ptr<T[]> larger_{};
  };

  void add(const select& of);
  void add(const expression& of);
  void add(const node& first);
  void add(std::string_view text);
  template <class Items, class Add>
  void add_all(const Items& items, Add&& add_one);

  list<std::uint64_t, 192> words_;
  list<const node*, 32> literals_;
  std::size_t depth_{};
  bool tells_text_{true};
};

/// Whether it has a literal or a parameter in it, queries inside of it aside.
bool has_value(const node& of) noexcept;
/// Whether both are the same, values included.
bool same_nodes(const node& left, const node& right);

}  // namespace tidb::sql
