// By what an index knows rows: their number, which is the key where that is one signed integer. Else the number is made
// from the key, whose values are kept beside it.
#pragma once

#include "tidbxx/core/value.hpp"

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace tidb::detail {

/// Keys as bytes, one behind the other; none for rows whose number is their key.
class key_names {
public:
  void add(std::string_view name) {
    bytes_ += name;
    ends_.push_back(static_cast<std::uint32_t>(bytes_.size()));
  }
  std::size_t size() const { return ends_.size(); }
  bool empty() const { return ends_.empty(); }
  std::string_view operator[](std::size_t i) const {
    const std::size_t begin = i == 0 ? 0 : ends_[i - 1];
    return std::string_view(bytes_).substr(begin, ends_[i] - begin);
  }
  void clear() {
    ends_.clear();
    bytes_.clear();
  }
  std::size_t bytes() const { return bytes_.size() + ends_.size() * sizeof(std::uint32_t); }

  // As they are stored.
  std::span<const std::uint32_t> ends() const { return ends_; }
  const std::string& text() const { return bytes_; }
  /// `ends` ascending, the last of them the length of `text`.
  static key_names of(std::vector<std::uint32_t> ends, std::string text);

  friend bool operator==(const key_names&, const key_names&) = default;

private:
  std::vector<std::uint32_t> ends_;
  std::string bytes_;
};

struct row_keys {
  std::vector<std::int64_t> numbers{};
  key_names names{};  ///< as many, or none

  std::size_t size() const { return numbers.size(); }
  bool empty() const { return numbers.empty(); }
  void add(std::int64_t number, std::string_view name) {
    numbers.push_back(number);
    if (!name.empty()) names.add(name);
  }
  std::string_view name(std::size_t i) const { return names.empty() ? std::string_view() : names[i]; }
  /// In ascending order of their numbers, each once.
  void sort();
};

/// One column of a primary key, as the table defines it.
struct key_column {
  std::string name{};
  std::string type{};  ///< "varchar(36)"
};

/// Which columns of TiDB may be in the key of a table with an index.
bool can_be_in_key(std::string_view type);
/// The key is the row's number.
bool is_number(std::span<const key_column> key);

/// A key as the table gives it back, whichever way it was written: for a row that is to be looked for by it. Empty for
/// a value that is none of the column's, such as NULL.
std::string name_of_key(std::span<const key_column> key, std::span<const value_view> values);
/// Two keys have the same number once in 2⁶³ pairs: a search would know only one of the two rows.
std::int64_t row_number_of(std::string_view name);
/// The values of a key; they point into `name`. False if it is no key of these columns.
bool add_values(std::string_view name, std::span<const key_column> key, std::vector<value_view>& out);

/// As the registry has them: the name alone of one signed integer, else JSON.
std::string key_to_text(std::span<const key_column> key);
std::vector<key_column> key_from_text(const std::string& text);

}  // namespace tidb::detail
