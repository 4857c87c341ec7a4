// The documents of a full-text index as one client has them.
#pragma once

#include "search/block_cache.hpp"
#include "search/index_blocks.hpp"
#include "search/table_rows.hpp"
#include "search/text/analyzer.hpp"
#include "search/text/payload_source.hpp"
#include "search/text/text_snapshot.hpp"
#include "search/text_form.hpp"

#include <cstddef>
#include <memory>
#include <span>
#include <stdexcept>
#include <string>
#include <vector>

namespace tidb::detail {

/// An index whose terms were made by another version of the analyzer: queries would look for others.
class other_analyzer : public std::runtime_error {
public:
  using std::runtime_error::runtime_error;
};

/// How the index reads texts.
struct text_reading {
  explicit text_reading(text_form as) : form(std::move(as)), analyzer(form.analyzer) {}

  text_form form;
  text_analyzer analyzer;
};

/// Immutable; shared by threads.
class text_rows {
public:
  /// What the manifest says; segments that `before` has are not read again. Null: there is none before. `paged`:
  /// without the postings, which a search then reads. Errors: damaged_index, other_analyzer.
  static std::shared_ptr<const text_rows> load(index_blocks& blocks, const index_manifest& of, bool paged,
                                               const text_rows* before);
  /// What that takes, in bytes.
  static std::uint64_t estimate(const index_manifest& of, bool paged);
  /// As text_snapshot::changed.
  std::shared_ptr<const text_rows> changed(std::span<const std::int64_t> gone,
                                           std::shared_ptr<const text_segment> added) const;

  const text_snapshot& documents() const noexcept { return *documents_; }
  const text_reading& reading() const noexcept { return *reading_; }
  const std::shared_ptr<const text_reading>& shared_reading() const noexcept { return reading_; }
  std::size_t bytes() const { return documents_->memory(); }
  bool is_paged() const noexcept { return paged_; }

private:
  /// A segment as it is stored. Blocks have names of their own, so that the first tells which it is.
  struct stored {
    std::string block{};
    std::shared_ptr<const text_segment> segment{};
  };

  std::shared_ptr<const text_reading> reading_;
  bool paged_{};
  std::vector<stored> stored_;
  std::shared_ptr<const text_snapshot> documents_;
};

/// The postings of an index that is read in parts, for one search.
class stored_payloads final : public payload_source {
public:
  /// `most`: bytes of them in memory.
  stored_payloads(index_blocks& blocks, block_cache<std::string>& cache, std::size_t most)
      : blocks_(blocks), cache_(cache), most_(most) {}
  /// Errors: damaged_index, missing_block.
  void read(std::span<const std::string> names, const payload_sink& use) override;
  const paging_cost& cost() const noexcept { return cost_; }

private:
  index_blocks& blocks_;
  block_cache<std::string>& cache_;
  std::size_t most_;
  paging_cost cost_;
};

/// Whole. Errors: damaged_index.
std::shared_ptr<const text_segment> read_text_segment(index_blocks& blocks, const index_segment& from);

/// The documents of a table, analysed: all of them, and those of some rows. Null if there are none.
std::shared_ptr<const text_segment> read_documents(const executor& on, const index_manifest& of,
                                                   const index_place& place, const text_reading& reading,
                                                   const call_context& context);
std::shared_ptr<const text_segment> read_documents(const executor& on, const index_manifest& of,
                                                   const index_place& place, const row_keys& keys,
                                                   const text_reading& reading, const call_context& context);

/// Errors: other_analyzer.
void expect_same_analyzer(const index_manifest& of);

}  // namespace tidb::detail
