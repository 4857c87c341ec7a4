// The coded rows of an index as its blocks have them.
#pragma once

#include "search/index_manifest.hpp"
#include "search/vector_snapshot.hpp"

#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

namespace tidb::detail {

std::shared_ptr<const vector_model> load_model(index_blocks& blocks, const index_manifest& of);
/// `name`: of the block that the payload is of.
std::vector<coded_run> runs_in(const vector_model& model, std::string_view name, std::string_view payload);
/// The keys that are no longer what they were in the segments before.
std::vector<std::int64_t> gone_in(index_blocks& blocks, const index_segment& segment);
/// `before` with the changes that a segment holds.
std::shared_ptr<const vector_snapshot> with_segment(const std::shared_ptr<const vector_snapshot>& before,
                                                    index_blocks& blocks, const index_segment& segment,
                                                    std::vector<std::int64_t>* gone = nullptr);
std::shared_ptr<const vector_snapshot> load_rows(index_blocks& blocks, const index_manifest& of);

}  // namespace tidb::detail
