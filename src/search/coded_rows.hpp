// Rows of one partition, coded, in the layout that is scanned.
#pragma once

#include "search/aligned.hpp"
#include "search/row_keys.hpp"
#include "search/vector_model.hpp"

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace tidb::detail {

/// The rows of a block are scanned together.
inline constexpr std::size_t block_rows = 32;

/// Of each row a 1-bit code with two factors, in blocks of 32 rows, and a second code of a byte a dimension with two
/// more.
struct coded_run {
  std::uint32_t partition{};
  std::vector<std::int64_t> keys{};
  key_names names{};                      ///< of the keys; none where these are integers
  aligned_vector<std::uint8_t> blocks{};  ///< see code_layout.hpp; the last is filled up with rows that no search finds
  aligned_vector<std::int8_t> second{};
  aligned_vector<float> second_factors{};

  std::size_t rows() const { return keys.size(); }
};

/// Grouped by partition, keys ascending in each. Of a key given twice the later row counts. A row that has no distance
/// (zeros under cosine) is left out.
/// `vectors`: row-major, as many as keys; so are `names`, unless there are none. Errors: usage_error if their sizes do
/// not fit.
std::vector<coded_run> encode(const vector_model& model, std::span<const std::int64_t> keys,
                              std::span<const float> vectors, unsigned threads = 1, const key_names& names = {});

/// As bytes to store: each payload has whole runs or parts of them and is no longer than `max_bytes`.
/// Errors: usage_error if not even one row fits.
std::vector<std::string> to_payloads(const vector_model& model, std::span<const coded_run> runs, std::size_t max_bytes);
/// The partition of a payload's first run.
std::uint32_t first_partition_of(std::string_view payload);
/// Errors: malformed_index.
std::vector<coded_run> runs_from_payload(const vector_model& model, std::string_view payload);

}  // namespace tidb::detail
