// Where payloads of a segment come from when a search needs them.
#pragma once

#include <functional>
#include <span>
#include <string>
#include <string_view>

namespace tidb::detail {

using payload_sink = std::function<void(const std::string& name, std::string_view payload)>;

class payload_source {
public:
  virtual ~payload_source() = default;

  /// Calls `use` with each of these payloads, in any order. A search comes here once at most.
  virtual void read(std::span<const std::string> names, const payload_sink& use) = 0;
};

}  // namespace tidb::detail
