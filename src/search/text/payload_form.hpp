// How the bytes of a segment lie in its payloads, so that who has the first can tell where everything is.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace tidb::detail {

// The bytes of a segment are its head, then the sections: keys (the first, then differences), names (their lengths,
// then the names; nothing if there are none), lengths (column by column), the dictionary, postings, positions. They are
// cut into payloads, each with a head of its own: magic, version, how many there are and which this is.

inline constexpr std::size_t payload_head_bytes = 16;
inline constexpr auto payload_what = "the payload of a text index";

/// All payloads but the last have the same room.
struct payload_cut {
  std::uint64_t bytes{};  ///< of the segment
  std::uint64_t room{};   ///< in each payload, behind its head

  std::uint64_t payloads() const { return (bytes + room - 1) / room; }
  std::uint64_t size(std::uint64_t number) const { return std::min(room, bytes - number * room); }
  // where a byte is
  std::uint64_t payload_of(std::uint64_t offset) const { return offset / room; }
  std::uint64_t place_of(std::uint64_t offset) const { return offset % room; }
};

/// In the first payload, which has it whole.
struct segment_head {
  std::uint32_t columns{}, documents{};
  std::uint64_t terms{}, key_bytes{}, name_bytes{}, length_bytes{}, dictionary_bytes{}, posting_bytes{},
      position_bytes{};

  /// Where postings begin: what is before them, with the head, is the outline.
  std::uint64_t postings() const {
    return sizeof(segment_head) + key_bytes + name_bytes + length_bytes + dictionary_bytes;
  }
  std::uint64_t positions() const { return postings() + posting_bytes; }
  std::uint64_t bytes() const { return positions() + position_bytes; }
};

struct segment_form {
  segment_head head{};
  payload_cut cut{};
};

std::string payload_head(std::uint64_t number, std::uint64_t payloads);
/// The form of the segment that begins with this payload. Errors: malformed_index.
segment_form form_of(std::string_view first);
/// What is behind a payload's head. Errors: malformed_index if it is not this one of the segment.
std::string_view payload_body(std::string_view payload, std::uint64_t number, const payload_cut& cut);

}  // namespace tidb::detail
