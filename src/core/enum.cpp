#include "tidbxx/core/enum.hpp"

#include "tidbxx/core/codec.hpp"

#include <algorithm>

namespace tidb::detail {
namespace {

/// The number of labels if there is none of this text.
std::size_t position_of(std::string_view text, std::span<const std::string_view> labels) noexcept {
  return static_cast<std::size_t>(std::find(labels.begin(), labels.end(), text) - labels.begin());
}

}  // namespace

decode_result decode_label(const value_view& cell, std::span<const std::string_view> labels,
                           std::size_t& position) noexcept {
  if (cell.kind == value_kind::text) {
    position = position_of(cell.text(), labels);
    return position < labels.size() ? decode_result::ok : decode_result::malformed;
  }
  std::uint64_t number{};
  if (auto result = decode_unsigned(cell, number); result != decode_result::ok) return result;
  if (number == 0 || number > labels.size()) return decode_result::malformed;
  position = static_cast<std::size_t>(number - 1);
  return decode_result::ok;
}

decode_result decode_labels(const value_view& cell, std::span<const std::string_view> labels,
                            std::uint64_t& bits) noexcept {
  if (cell.kind != value_kind::text) {
    if (auto result = decode_unsigned(cell, bits); result != decode_result::ok) return result;
    return labels.size() == 64 || bits >> labels.size() == 0 ? decode_result::ok : decode_result::malformed;
  }
  bits = 0;
  auto rest = cell.text();
  while (!rest.empty()) {
    const auto end = std::min(rest.find(','), rest.size());
    const auto position = position_of(rest.substr(0, end), labels);
    if (position == labels.size()) return decode_result::malformed;
    bits |= std::uint64_t{1} << position;
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  return decode_result::ok;
}

}  // namespace tidb::detail
