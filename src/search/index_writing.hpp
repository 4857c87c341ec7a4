// What building an index and merging its delta have in common: segments that are written down, and a manifest that is
// set.
#pragma once

#include "search/index_catalog.hpp"
#include "search/tracked_rows.hpp"
#include "tidbxx/engine/transaction.hpp"

#include <chrono>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace tidb::detail {

/// What is to be written, made outside of the transaction that writes it.
struct pending_segment {
  std::int64_t upto{};
  std::vector<delta_row> delta{};  ///< on TiDB: what it takes from there
  row_keys gone{};
  std::vector<coded_run> runs{};
  std::shared_ptr<const text_segment> documents{};  ///< of a full-text index; null: none
  std::optional<tracked_rows> tracked{};            ///< what is in it, too, of rows that other tools write
};

std::uint64_t rows_of(std::span<const coded_run> runs);

/// `model`: of vectors.
index_segment write_segment(index_blocks& blocks, const vector_model* model, const pending_segment& made);

/// The manifest's version; on TiDB it is as locked by this transaction, which other merges wait for.
std::int64_t lock_version(const executor& inside, const index_tables& tables, const call_context& context);

/// False if the index is no longer what `planned` was made from.
bool is_as_planned(const executor& inside, const index_tables& tables, const index_manifest& planned,
                   const call_context& context);

/// On TiDB: somebody has said that they build it, and may be at it still.
bool is_being_built(const executor& on, const index_manifest& manifest, const call_context& context);

/// Sets the manifest; what is in it leaves the delta, and blocks that it no longer names go. Errors: a conflict in a
/// transaction that saw an older manifest than the one that is there.
void publish(const executor& inside, const index_tables& tables, index_manifest& changed,
             std::span<const delta_row> merged, const call_context& context);

/// For queries from now on, without building anything, if that is enough: false if the terms of documents would be
/// others or the index is not as it should be.
bool change_queries(const executor& inside, const index_tables& tables, const index_form& there,
                    const index_form& asked, const call_context& context);

/// As many as the machine has, up to a point, where there is enough to do for them.
unsigned threads_for(std::uint64_t rows);

inline double seconds_since(std::chrono::steady_clock::time_point start) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

inline void in_read(const executor& on, function_ref<void(const executor&)> body, const call_context& context) {
  run_transaction(on, {.read_only = true}, body, nullptr, context.where);
}
inline void in_write(const executor& on, function_ref<void(const executor&)> body, const call_context& context) {
  run_transaction(on, {}, body, nullptr, context.where);
}

}  // namespace tidb::detail
