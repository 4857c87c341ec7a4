#include "search/text/checked_numbers.hpp"
#include "search/text/posting_check.hpp"
#include "search/text/text_segment.hpp"
#include "tidbxx/core/error.hpp"

#include <algorithm>
#include <array>
#include <limits>
#include <numeric>

#include <streamvbyte.h>

namespace tidb::detail {

// The bytes of a segment are its head, then the sections: keys (the first, then differences), names (their lengths,
// then the names; nothing if there are none), lengths (column by column), the dictionary, postings, positions. They are
// cut into payloads, each with magic, version, how many there are and which this is; all but the last have one size. So
// the byte at offset o is in payload o / (size − 16), at 16 + o mod (size − 16): who has the head and the dictionary
// can fetch the postings of a term alone.

namespace {

constexpr std::uint32_t magic = 0x54585854, version = 2;  // "TXXT"
constexpr std::size_t payload_head = 16;
constexpr auto what = "the payload of a text index";

struct segment_head {
  std::uint32_t columns{}, documents{};
  std::uint64_t terms{}, key_bytes{}, name_bytes{}, length_bytes{}, dictionary_bytes{}, posting_bytes{},
      position_bytes{};
};

std::string key_bytes(std::span<const std::int64_t> keys) {
  byte_writer out;
  std::uint64_t before = 0;
  for (const auto key : keys) {
    out.put_varint(static_cast<std::uint64_t>(key) - before);
    before = static_cast<std::uint64_t>(key);
  }
  return out.take();
}

void append_numbers(std::string& out, std::span<const std::uint32_t> numbers) {
  const auto size = out.size();
  const auto count = static_cast<std::uint32_t>(numbers.size());
  out.resize(size + streamvbyte_max_compressedbytes(count));
  const auto written = streamvbyte_encode(numbers.data(), count, reinterpret_cast<std::uint8_t*>(out.data() + size));
  out.resize(size + written);
}

std::string name_bytes(const key_names& names) {
  std::string out;
  if (names.empty()) return out;
  std::vector<std::uint32_t> lengths(names.size());
  std::adjacent_difference(names.ends().begin(), names.ends().end(), lengths.begin());
  append_numbers(out, lengths);
  return out += names.text();
}

std::string length_bytes(const text_segment& segment) {
  std::string out;
  for (std::uint32_t column = 0; column < segment.columns(); ++column) append_numbers(out, segment.lengths(column));
  return out;
}

class payload_cutter {
public:
  payload_cutter(std::size_t max_bytes, std::uint64_t bytes) : max_bytes_(max_bytes) {
    const auto room = max_bytes - payload_head;
    count_ = static_cast<std::uint32_t>((bytes + room - 1) / room);
  }
  void add(std::string_view bytes) {
    while (!bytes.empty()) {
      if (payloads_.empty() || payloads_.back().size() == max_bytes_) open();
      auto& to = payloads_.back();
      const auto some = bytes.substr(0, max_bytes_ - to.size());
      to.append(some);
      bytes.remove_prefix(some.size());
    }
  }
  std::vector<std::string> take() { return std::move(payloads_); }

private:
  void open() {
    const auto number = static_cast<std::uint32_t>(payloads_.size());
    byte_writer head;
    for (const auto word : {magic, version, count_, number}) head.put(word);
    payloads_.push_back(head.take());
  }

  std::size_t max_bytes_;
  std::uint32_t count_{};
  std::vector<std::string> payloads_;
};

std::vector<std::int64_t> read_keys(std::string_view bytes, std::size_t count) {
  byte_reader in(bytes, what);
  if (count > bytes.size()) in.fail("has more documents than keys");
  std::vector<std::int64_t> keys(count);
  std::uint64_t before = 0;
  for (auto& key : keys) key = static_cast<std::int64_t>(before += in.get_varint());
  if (in.left() != 0) in.fail("has bytes behind its keys");
  if (std::ranges::adjacent_find(keys, std::greater_equal<>{}) != keys.end()) in.fail("has keys out of order");
  return keys;
}

key_names read_names(std::string_view bytes, std::size_t count) {
  if (bytes.empty()) return {};
  byte_reader in(bytes, what);
  if (bytes.size() > std::numeric_limits<std::uint32_t>::max()) in.fail("has too many names");
  std::vector<std::uint32_t> ends;
  checked_decode(in, count, ends);
  std::uint64_t sum = 0;
  for (auto& length : ends) {
    if (length == 0) in.fail("has a name of no bytes");
    sum += length;
    if (sum > in.left()) in.fail("has names that are cut off");
    length = static_cast<std::uint32_t>(sum);
  }
  if (sum != in.left()) in.fail("has bytes behind its names");
  return key_names::of(std::move(ends), std::string(in.view(sum)));
}

std::vector<std::vector<std::uint32_t>> read_lengths(std::string_view bytes, const segment_head& head) {
  byte_reader in(bytes, what);
  std::vector<std::vector<std::uint32_t>> made;
  for (std::uint32_t column = 0; column < head.columns; ++column)
    checked_decode(in, head.documents, made.emplace_back());
  if (in.left() != 0) in.fail("has bytes behind its lengths");
  return made;
}

/// The bytes of all payloads, one behind the other, and padding.
std::string joined(std::span<const std::string> payloads) {
  std::string all;
  std::size_t size = 0;
  for (const auto& payload : payloads) size += payload.size();
  all.reserve(size + decoder_padding);
  for (std::size_t number = 0; number < payloads.size(); ++number) {
    byte_reader in(payloads[number], what);
    if (in.get<std::uint32_t>() != magic) in.fail("is none");
    if (const auto found = in.get<std::uint32_t>(); found != version)
      in.fail("has format " + std::to_string(found) + "; this library knows " + std::to_string(version));
    if (in.get<std::uint32_t>() != payloads.size()) in.fail("is one of more or fewer");
    if (in.get<std::uint32_t>() != number) in.fail("is not where it belongs");
    if (number != 0 && number + 1 < payloads.size() && payloads[number].size() != payloads[0].size())
      in.fail("has not the size of the others");
    all.append(in.view(in.left()));
  }
  all.append(decoder_padding, '\0');
  return all;
}

std::string padded(std::string_view section) {
  std::string made;
  made.reserve(section.size() + decoder_padding);
  made.append(section).append(decoder_padding, '\0');
  return made;
}

void check_lists(const text_segment& segment) {
  const auto postings = segment.posting_section(), positions = segment.position_section();
  auto terms = segment.terms().all();
  const byte_reader whole({}, what);
  posting_check lists;
  while (terms.next()) {
    if (terms.postings_end() > postings.size() || terms.positions_end() > positions.size())
      whole.fail("has a term whose postings are cut off");
    for (const auto& place : terms.places())
      lists.check(place, postings.substr(place.postings, place.posting_bytes),
                  positions.substr(place.positions, place.position_bytes), segment.lengths(place.column));
  }
  if (terms.postings_end() != postings.size() || terms.positions_end() != positions.size())
    whole.fail("has postings of no term");
}

}  // namespace

std::vector<std::string> to_payloads(const text_segment& segment, std::size_t max_bytes) {
  if (max_bytes <= payload_head) throw_usage("a payload has more than " + std::to_string(payload_head) + " bytes");
  const auto keys = key_bytes(segment.keys()), names = name_bytes(segment.names()), lengths = length_bytes(segment);
  const segment_head head{.columns = segment.columns(),
                          .documents = static_cast<std::uint32_t>(segment.documents()),
                          .terms = segment.terms().terms(),
                          .key_bytes = keys.size(),
                          .name_bytes = names.size(),
                          .length_bytes = lengths.size(),
                          .dictionary_bytes = segment.terms().bytes().size(),
                          .posting_bytes = segment.posting_section().size(),
                          .position_bytes = segment.position_section().size()};
  byte_writer head_bytes;
  head_bytes.put(head);
  const auto first = head_bytes.take();
  const std::array<std::string_view, 7> parts{
      first, keys, names, lengths, segment.terms().bytes(), segment.posting_section(), segment.position_section()};
  std::uint64_t bytes = 0;
  for (const auto part : parts) bytes += part.size();
  payload_cutter cutter(max_bytes, bytes);
  for (const auto part : parts) cutter.add(part);
  return cutter.take();
}

std::shared_ptr<const text_segment> segment_from_payloads(std::span<const std::string> payloads) {
  const auto bytes = joined(payloads);
  byte_reader in(std::string_view(bytes).substr(0, bytes.size() - decoder_padding), what);
  const auto head = in.get<segment_head>();
  if (head.columns == 0 || head.columns > text_documents::most_columns) in.fail("has no columns, or too many");
  if (head.documents == no_slot) in.fail("has too many documents");
  text_segment::sections parts;
  parts.keys = read_keys(in.view(head.key_bytes), head.documents);
  parts.names = read_names(in.view(head.name_bytes), head.documents);
  parts.lengths = read_lengths(in.view(head.length_bytes), head);
  parts.terms = term_dictionary(head.columns, head.terms, std::string(in.view(head.dictionary_bytes)));
  parts.postings = padded(in.view(head.posting_bytes));
  parts.positions = padded(in.view(head.position_bytes));
  if (in.left() != 0) in.fail("has bytes behind its end");
  auto segment = std::make_shared<const text_segment>(std::move(parts));
  check_lists(*segment);
  return segment;
}

}  // namespace tidb::detail
