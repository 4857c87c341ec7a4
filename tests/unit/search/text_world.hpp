// A text index beside a plain list of the same documents, and an answer to every query that reads all of them.
#pragma once

#include "search/text/text_search.hpp"

#include <cstdint>
#include <map>
#include <memory>
#include <random>
#include <set>
#include <span>
#include <string>
#include <vector>

namespace tests {

struct text_word {
  std::string term;
  std::uint32_t position{};
};

/// The words of each column; positions do not descend.
using text_columns = std::vector<std::vector<text_word>>;

/// By key, as they come.
using text_corpus = std::map<std::int64_t, text_columns>;

std::shared_ptr<const tidb::detail::text_segment> segment_of(const text_corpus& corpus, std::uint32_t columns);
/// As of a table whose keys are no integers: each document has name_of(key).
std::shared_ptr<const tidb::detail::text_segment> named_segment_of(const text_corpus& corpus, std::uint32_t columns);
std::string name_of(std::int64_t key);
/// Words with spaces between, one position each.
std::vector<text_word> words(const std::string& text);
/// One column.
text_corpus texts(const std::map<std::int64_t, std::string>& by_key);

/// Makes up documents and queries of a few short words, some of them much more frequent than others.
class text_maker {
public:
  text_maker(std::uint32_t columns, std::uint64_t seed) : columns_(columns), random_(seed) {}

  text_columns document(std::size_t most_words);
  tidb::detail::text_query query(int depth);
  std::size_t below(std::size_t limit) { return random_() % limit; }

private:
  std::string term();
  tidb::detail::text_query leaf();

  std::uint32_t columns_;
  std::mt19937_64 random_;
};

/// Payloads under names, as a database has them.
class payload_store : public tidb::detail::payload_source {
public:
  /// Takes its payloads.
  std::shared_ptr<const tidb::detail::text_segment> outline_of(const tidb::detail::text_segment& segment,
                                                               std::size_t max_bytes);
  void read(std::span<const std::string> names, const tidb::detail::payload_sink& use) override;

  std::map<std::string, std::string> payloads{};
  std::vector<std::string> asked{};  ///< since a test has cleared it
  std::size_t reads{};

private:
  std::size_t segments_{};
};

/// The index, driven as a client drives it, and the documents as they should be.
class text_world {
public:
  explicit text_world(std::uint32_t columns)
      : columns_(columns), index_(std::make_shared<const tidb::detail::text_snapshot>(columns)) {}

  void change(const std::vector<std::int64_t>& gone, const text_corpus& added);
  /// All changes become a stored segment, read back from its payloads.
  void store(std::size_t max_bytes);
  /// The stored segments from this one on become one.
  void join(std::size_t first);

  const tidb::detail::text_snapshot& index() const { return *index_; }
  /// The same with outlines of the stored segments.
  std::shared_ptr<const tidb::detail::text_snapshot> in_parts(std::size_t max_bytes, payload_store& store) const;
  std::size_t stored() const { return stored_.size(); }
  std::vector<std::int64_t> keys() const;
  const text_corpus& alive() const { return alive_; }

  /// What best_matches() must give, by reading every document.
  std::vector<tidb::detail::text_hit> expected(const tidb::detail::text_request& request) const;

private:
  struct stored_segment {
    std::set<std::int64_t> gone;
    text_corpus documents;
    std::shared_ptr<const tidb::detail::text_segment> segment;
  };
  void read_stored();

  std::uint32_t columns_;
  std::shared_ptr<const tidb::detail::text_snapshot> index_;
  std::vector<stored_segment> stored_;
  std::set<std::int64_t> touched_;  // keys that changed since
  text_corpus newest_;              // and what came
  text_corpus alive_;
};

/// The same documents with the same scores, but for rounding.
void expect_same_hits(const std::vector<tidb::detail::text_hit>& found,
                      const std::vector<tidb::detail::text_hit>& expected, const std::string& what);

std::string to_string(const tidb::detail::text_query& query);

}  // namespace tests
