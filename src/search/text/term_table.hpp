// Terms by number, in the order in which they were first seen.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace tidb::detail {

class term_table {
public:
  /// Its number; a new one for a term that is new.
  std::uint32_t number_of(std::string_view term);

  std::size_t size() const { return begins_.size(); }
  std::string_view term(std::uint32_t number) const {
    const auto begin = begins_[number];
    const auto end = number + 1 < begins_.size() ? begins_[number + 1] : bytes_.size();
    return std::string_view(bytes_).substr(begin, end - begin);
  }

private:
  struct place {
    std::uint32_t hash{};
    std::uint32_t number{nobody};
  };
  static constexpr std::uint32_t nobody = 0xFFFFFFFFU;
  void grow();

  std::string bytes_;
  std::vector<std::size_t> begins_;
  std::vector<place> places_;  // open addressing; a power of two
};

}  // namespace tidb::detail
