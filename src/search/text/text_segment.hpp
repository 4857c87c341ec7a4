// Some documents of a text index: their keys, their lengths, the terms and where these are.
#pragma once

#include "search/row_keys.hpp"
#include "search/text/payload_form.hpp"
#include "search/text/posting_list.hpp"
#include "search/text/term_dictionary.hpp"
#include "search/text/text_documents.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace tidb::detail {

/// Some documents of a segment: a bit a slot.
class slot_set {
public:
  explicit slot_set(std::size_t slots) : bits_((slots + 63) / 64) {}

  /// False if it was in already.
  bool insert(text_slot slot) {
    auto& word = bits_[slot / 64];
    const auto bit = std::uint64_t{1} << slot % 64;
    if ((word & bit) != 0) return false;
    word |= bit;
    ++size_;
    return true;
  }
  bool contains(text_slot slot) const { return (bits_[slot / 64] >> slot % 64 & 1) != 0; }
  std::size_t size() const { return size_; }
  std::size_t memory() const { return bits_.size() * sizeof(std::uint64_t); }

private:
  std::vector<std::uint64_t> bits_;
  std::size_t size_{};
};

/// Where an outline has its postings: in the payloads of the segment that it is of.
struct stored_postings {
  std::vector<std::string> payloads{};  ///< their names
  payload_cut cut{};
  std::uint64_t postings{}, positions{};  ///< offsets of the sections
};

/// Whole, or an outline: without postings and positions, of which a search reads those that it needs.
/// Immutable; shared by threads.
class text_segment {
public:
  /// The parts of a segment; what comes from elsewhere must have been checked.
  struct sections {
    std::vector<std::int64_t> keys{};                   ///< ascending
    key_names names{};                                  ///< by slot, or none
    std::vector<std::vector<std::uint32_t>> lengths{};  ///< of each column, by slot
    term_dictionary terms{};
    std::string postings{}, positions{};  ///< each with `decoder_padding` behind it
    stored_postings stored{};             ///< of an outline, instead of these
  };
  explicit text_segment(sections parts);

  static std::shared_ptr<const text_segment> of(const text_documents& documents);

  std::uint32_t columns() const { return static_cast<std::uint32_t>(parts_.lengths.size()); }
  std::size_t documents() const { return parts_.keys.size(); }
  std::span<const std::int64_t> keys() const { return parts_.keys; }
  /// no_slot if it has not this key.
  text_slot slot_of(std::int64_t key) const;
  /// By slot; none where the key is an integer.
  const key_names& names() const { return parts_.names; }
  /// Empty where there are none.
  std::string_view name(text_slot slot) const { return parts_.names.empty() ? std::string_view() : parts_.names[slot]; }
  std::span<const std::uint32_t> lengths(std::uint32_t column) const { return parts_.lengths[column]; }
  /// Of all documents.
  std::uint64_t total_length(std::uint32_t column) const { return totals_[column]; }
  const term_dictionary& terms() const { return parts_.terms; }
  bool is_outline() const { return !parts_.stored.payloads.empty(); }
  const stored_postings& stored() const { return parts_.stored; }

  // Of a segment that is whole.

  posting_cursor postings(const posting_place& place) const;
  /// Without their padding.
  std::string_view posting_section() const;
  std::string_view position_section() const;

  // In bytes.

  std::size_t memory() const;
  /// What its outline takes, but for the names of the payloads: to be stored beside it, for who has to choose whether
  /// to read the whole or the outline.
  std::size_t outline_memory() const;

private:
  sections parts_;
  std::vector<std::uint64_t> totals_;
};

/// One that is joined from, without the documents that left; null: none did.
struct segment_source {
  const text_segment* segment{};
  const slot_set* gone{};
};

/// All that is alive in them, of which there is at least one. No key may be alive twice; all have the same columns.
/// Errors: usage_error for an outline.
std::shared_ptr<const text_segment> join_segments(std::span<const segment_source> sources);

/// As bytes to store: each payload but the last has exactly `max_bytes`.
/// Errors: usage_error if that is too little (80 bytes will do), and for an outline.
std::vector<std::string> to_payloads(const text_segment& segment, std::size_t max_bytes);
/// All payloads of a segment, in their order. Errors: malformed_index.
std::shared_ptr<const text_segment> segment_from_payloads(std::span<const std::string> payloads);

/// How many payloads, from the first on, the outline of its segment is made of. Errors: malformed_index.
std::size_t payloads_of_outline(std::string_view first);
/// `payloads`: these. `names`: of all payloads of the segment, in their order; a search asks for them by these. Gives
/// the whole segment if no payload is missing. Errors: malformed_index.
std::shared_ptr<const text_segment> outline_from_payloads(std::span<const std::string> payloads,
                                                          std::vector<std::string> names);

/// Makes a segment of terms in byte order.
class segment_writer {
public:
  /// `names`: as many as keys, or none. Errors: usage_error if they have more than 4 GiB.
  segment_writer(std::vector<std::int64_t> keys, key_names names, std::vector<std::vector<std::uint32_t>> lengths);
  /// `lists`: by column; without documents where a column has not the term. Nothing if none has it.
  void add(std::string_view term, std::span<const plain_postings> lists);
  std::shared_ptr<const text_segment> finish();

private:
  text_segment::sections parts_;
  dictionary_writer terms_;
  term_places places_;
};

}  // namespace tidb::detail
