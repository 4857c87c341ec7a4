// Which models a program has bound to columns: kept with the pool.
#pragma once

#include "tidbxx/orm/embedder.hpp"

#include <atomic>
#include <memory>
#include <mutex>
#include <string_view>
#include <vector>

namespace tidb::detail {

/// Thread-safe.
class bound_embedders {
public:
  /// In place of what was bound to its column before.
  void bind(std::shared_ptr<const embedder> one);
  /// Those of a table. Cost: without any, one look at a flag.
  std::vector<std::shared_ptr<const embedder>> of(std::string_view table) const;

private:
  std::atomic<bool> any_{};
  mutable std::mutex binding_;
  std::vector<std::shared_ptr<const embedder>> all_;
};

}  // namespace tidb::detail
