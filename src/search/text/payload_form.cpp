#include "search/text/payload_form.hpp"

#include "search/byte_stream.hpp"
#include "search/text/posting_list.hpp"
#include "search/text/text_documents.hpp"

#include <array>

namespace tidb::detail {

namespace {

constexpr std::uint32_t magic = 0x54585854, version = 2;  // "TXXT"

struct place_in_segment {
  std::uint32_t payloads{}, number{};
};

place_in_segment read_payload_head(byte_reader& in) {
  if (in.get<std::uint32_t>() != magic) in.fail("is none");
  if (const auto found = in.get<std::uint32_t>(); found != version)
    in.fail("has format " + std::to_string(found) + "; this library knows " + std::to_string(version));
  const auto payloads = in.get<std::uint32_t>();
  return {payloads, in.get<std::uint32_t>()};
}

}  // namespace

std::string payload_head(std::uint64_t number, std::uint64_t payloads) {
  byte_writer head;
  for (const auto word : {magic, version, static_cast<std::uint32_t>(payloads), static_cast<std::uint32_t>(number)})
    head.put(word);
  return head.take();
}

segment_form form_of(std::string_view first) {
  byte_reader in(first, payload_what);
  const auto place = read_payload_head(in);
  if (place.number != 0) in.fail("is not where it belongs");
  const std::uint64_t room = in.left();
  const auto head = in.get<segment_head>();
  if (head.columns == 0 || head.columns > text_documents::most_columns) in.fail("has no columns, or too many");
  if (head.documents == no_slot) in.fail("has too many documents");
  for (const auto bytes : {head.key_bytes, head.name_bytes, head.length_bytes, head.dictionary_bytes,
                           head.posting_bytes, head.position_bytes})
    if (bytes > place.payloads * room) in.fail("is one of fewer than its segment takes");
  const payload_cut cut{.bytes = head.bytes(), .room = room};
  if (cut.payloads() != place.payloads) in.fail("is one of more or fewer than its segment takes");
  return {head, cut};
}

std::string_view payload_body(std::string_view payload, std::uint64_t number, const payload_cut& cut) {
  byte_reader in(payload, payload_what);
  const auto place = read_payload_head(in);
  if (place.payloads != cut.payloads()) in.fail("is one of more or fewer");
  if (place.number != number) in.fail("is not where it belongs");
  if (in.left() != cut.size(number)) in.fail("has not the size that it should have");
  return in.view(in.left());
}

}  // namespace tidb::detail
