#include "tidbxx/orm/original.hpp"

#include <cstring>
#include <memory>

namespace tidb::detail {

void original_text::assign(std::string_view text) {
  if (text.size() > most_) {
    auto larger = std::make_unique_for_overwrite<char[]>(text.size());
    if (is_own_) delete[] at_;
    at_ = larger.release();
    most_ = static_cast<std::uint32_t>(text.size());
    is_own_ = true;
  }
  if (!text.empty()) std::memcpy(at_, text.data(), text.size());
  size_ = static_cast<std::uint32_t>(text.size());
}

}  // namespace tidb::detail
