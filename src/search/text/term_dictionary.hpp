// The terms of a segment in byte order, compressed by their common beginnings, with the places of their postings.
#pragma once

#include "search/byte_stream.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace tidb::detail {

/// The postings of a term in one column: bytes in the segment's section of postings, and in that of positions.
struct posting_place {
  std::uint32_t column{};
  std::uint32_t documents{};
  std::uint64_t postings{}, positions{};  ///< offsets
  std::uint32_t posting_bytes{}, position_bytes{};

  bool operator==(const posting_place&) const = default;
};

/// By column, ascending; columns without the term are left out.
using term_places = std::vector<posting_place>;

/// Immutable. Terms are in blocks of 16; a block's first term is written whole.
class term_dictionary {
public:
  term_dictionary() = default;
  /// Reads all of it once. Errors: malformed_index.
  term_dictionary(std::uint32_t columns, std::uint64_t terms, std::string bytes);

  /// False, and nothing in `places`, if no document has it.
  bool find(std::string_view term, term_places& places) const;

  /// Goes from term to term.
  class walk {
  public:
    /// False at the end.
    bool next();
    std::string_view term() const { return term_; }
    const term_places& places() const { return places_; }
    /// Where the next term's postings and positions begin.
    std::uint64_t postings_end() const { return postings_; }
    std::uint64_t positions_end() const { return positions_; }

  private:
    friend class term_dictionary;
    walk(std::uint32_t columns, std::string_view bytes);
    void read_places();

    byte_reader in_;
    std::uint32_t columns_{};
    std::size_t in_block_{};
    std::uint64_t postings_{}, positions_{};
    std::string term_;
    term_places places_;
    bool is_pushed_back_{};  // what from() has read already
  };
  walk all() const { return {columns_, bytes_}; }
  /// Begins with the first term that is not before `first`.
  walk from(std::string_view first) const;

  std::uint64_t terms() const { return terms_; }
  /// Of all terms.
  std::uint64_t posting_bytes() const { return posting_bytes_; }
  std::uint64_t position_bytes() const { return position_bytes_; }
  std::string_view bytes() const { return bytes_; }
  std::size_t memory() const;

private:
  std::string_view first_of_block(std::size_t block) const;
  std::size_t block_for(std::string_view term) const;

  std::uint32_t columns_{1};
  std::uint64_t terms_{}, posting_bytes_{}, position_bytes_{};
  std::string bytes_;
  std::vector<std::uint32_t> blocks_;  // where each begins
};

/// Takes terms in byte order, each once, whose postings follow one another.
class dictionary_writer {
public:
  explicit dictionary_writer(std::uint32_t columns) : columns_(columns) {}
  void add(std::string_view term, const term_places& places);
  std::uint64_t terms() const { return terms_; }
  std::string take() { return out_.take(); }

private:
  std::uint32_t columns_;
  std::uint64_t terms_{};
  std::string previous_;
  byte_writer out_;
};

}  // namespace tidb::detail
