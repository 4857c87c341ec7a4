#include "search/embedders.hpp"

#include "search/index_catalog.hpp"

#include <utility>

namespace tidb::detail {

void bound_embedders::bind(std::shared_ptr<const embedder> one) {
  const std::lock_guard lock(binding_);
  std::erase_if(all_, [&](const auto& each) {
    return same_name(each->of().table, one->of().table) && same_name(each->of().column, one->of().column);
  });
  all_.push_back(std::move(one));
  any_.store(true, std::memory_order_release);
}

std::vector<std::shared_ptr<const embedder>> bound_embedders::of(std::string_view table) const {
  std::vector<std::shared_ptr<const embedder>> found;
  if (!any_.load(std::memory_order_acquire)) return found;
  const std::lock_guard lock(binding_);
  for (const auto& each : all_)
    if (same_name(each->of().table, table)) found.push_back(each);
  return found;
}

}  // namespace tidb::detail
