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

namespace {

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

class payload_writer {
public:
  payload_writer(std::uint64_t bytes, std::size_t max_bytes)
      : max_bytes_(max_bytes), count_(payload_cut{.bytes = bytes, .room = max_bytes - payload_head_bytes}.payloads()) {}

  void add(std::string_view bytes) {
    while (!bytes.empty()) {
      if (payloads_.empty() || payloads_.back().size() == max_bytes_)
        payloads_.push_back(payload_head(payloads_.size(), count_));
      auto& to = payloads_.back();
      const auto some = bytes.substr(0, max_bytes_ - to.size());
      to.append(some);
      bytes.remove_prefix(some.size());
    }
  }
  std::vector<std::string> take() { return std::move(payloads_); }

private:
  std::size_t max_bytes_;
  std::uint64_t count_;
  std::vector<std::string> payloads_;
};

std::vector<std::int64_t> read_keys(std::string_view bytes, std::size_t count) {
  byte_reader in(bytes, payload_what);
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
  byte_reader in(bytes, payload_what);
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
  byte_reader in(bytes, payload_what);
  std::vector<std::vector<std::uint32_t>> made;
  for (std::uint32_t column = 0; column < head.columns; ++column)
    checked_decode(in, head.documents, made.emplace_back());
  if (in.left() != 0) in.fail("has bytes behind its lengths");
  return made;
}

/// The bytes of these payloads of a segment that has `count`, one behind the other, and padding.
std::string joined(std::span<const std::string> payloads, std::size_t count, const payload_cut& cut) {
  if (count != cut.payloads()) byte_reader({}, payload_what).fail("is one of more or fewer");
  std::string all;
  all.reserve(payloads.size() * cut.room + decoder_padding);
  for (std::size_t number = 0; number < payloads.size(); ++number)
    all.append(payload_body(payloads[number], number, cut));
  all.append(decoder_padding, '\0');
  return all;
}

/// Up to the postings.
text_segment::sections read_outline(byte_reader& in) {
  const auto head = in.get<segment_head>();
  text_segment::sections parts;
  parts.keys = read_keys(in.view(head.key_bytes), head.documents);
  parts.names = read_names(in.view(head.name_bytes), head.documents);
  parts.lengths = read_lengths(in.view(head.length_bytes), head);
  parts.terms = term_dictionary(head.columns, head.terms, std::string(in.view(head.dictionary_bytes)));
  if (parts.terms.posting_bytes() != head.posting_bytes || parts.terms.position_bytes() != head.position_bytes)
    in.fail("has not the postings that its terms have");
  return parts;
}

std::string padded(std::string_view section) {
  std::string made;
  made.reserve(section.size() + decoder_padding);
  made.append(section).append(decoder_padding, '\0');
  return made;
}

void check_lists(const text_segment& segment) {
  const auto postings = segment.posting_section(), positions = segment.position_section();
  posting_check lists;
  for (auto terms = segment.terms().all(); terms.next();)
    for (const auto& place : terms.places())
      lists.check(place, postings.substr(place.postings, place.posting_bytes),
                  positions.substr(place.positions, place.position_bytes), segment.lengths(place.column));
}

}  // namespace

std::vector<std::string> to_payloads(const text_segment& segment, std::size_t max_bytes) {
  if (segment.is_outline()) throw_usage("a segment of a text index that is read in parts is not written");
  constexpr auto least = payload_head_bytes + sizeof(segment_head);
  if (max_bytes < least) throw_usage("a payload has at least " + std::to_string(least) + " bytes");
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
  payload_writer writer(head.bytes(), max_bytes);
  for (const auto part : parts) writer.add(part);
  return writer.take();
}

std::shared_ptr<const text_segment> segment_from_payloads(std::span<const std::string> payloads) {
  const auto form = form_of(payloads.empty() ? std::string_view() : payloads.front());
  const auto bytes = joined(payloads, payloads.size(), form.cut);
  byte_reader in(std::string_view(bytes).substr(0, bytes.size() - decoder_padding), payload_what);
  auto parts = read_outline(in);
  parts.postings = padded(in.view(form.head.posting_bytes));
  parts.positions = padded(in.view(form.head.position_bytes));
  auto segment = std::make_shared<const text_segment>(std::move(parts));
  check_lists(*segment);
  return segment;
}

std::size_t payloads_of_outline(std::string_view first) {
  const auto form = form_of(first);
  return static_cast<std::size_t>(payload_cut{.bytes = form.head.postings(), .room = form.cut.room}.payloads());
}

std::shared_ptr<const text_segment> outline_from_payloads(std::span<const std::string> payloads,
                                                          std::vector<std::string> names) {
  if (payloads.size() >= names.size()) return segment_from_payloads(payloads);
  const auto form = form_of(payloads.empty() ? std::string_view() : payloads.front());
  const auto bytes = joined(payloads, names.size(), form.cut);
  byte_reader in(std::string_view(bytes).substr(0, bytes.size() - decoder_padding), payload_what);
  auto parts = read_outline(in);
  parts.stored = {.payloads = std::move(names),
                  .cut = form.cut,
                  .postings = form.head.postings(),
                  .positions = form.head.positions()};
  return std::make_shared<const text_segment>(std::move(parts));
}

}  // namespace tidb::detail
