#include "search/text/search_postings.hpp"

#include "search/byte_stream.hpp"
#include "search/text/posting_check.hpp"
#include "tidbxx/core/error.hpp"

#include <algorithm>
#include <cstring>
#include <optional>
#include <vector>

namespace tidb::detail {

namespace {

/// Pieces of payloads, and where to copy them.
class payload_pieces {
public:
  /// Makes room for `size` bytes from an offset in the segment on, and padding. Lifetime: `to` must stay where it is.
  void add(const stored_postings& in, std::uint64_t offset, std::size_t size, std::string& to) {
    to.resize(size + decoder_padding);
    for (std::size_t done = 0; done < size;) {
      const auto number = in.cut.payload_of(offset + done), begin = in.cut.place_of(offset + done);
      const auto some = std::min<std::uint64_t>(size - done, in.cut.room - begin);
      auto& from = wanted_.try_emplace(in.payloads[number], payload{&in.cut, number, {}}).first->second;
      from.pieces.push_back({begin, some, to.data() + done});
      done += some;
    }
  }
  void read(payload_source* from) {
    if (wanted_.empty()) return;
    if (from == nullptr) throw_usage("a text index that is read in parts is searched without anything to read it with");
    std::vector<std::string> names;
    for (const auto& [name, one] : wanted_) names.push_back(name);
    from->read(names, [&](const std::string& name, std::string_view bytes) {
      const auto at = wanted_.find(name);
      if (at == wanted_.end()) return;
      const auto body = payload_body(bytes, at->second.number, *at->second.cut);
      for (const auto& [begin, size, to] : at->second.pieces) std::memcpy(to, body.data() + begin, size);
      wanted_.erase(at);
    });
    if (!wanted_.empty()) throw malformed_index(std::string(payload_what) + " is missing: " + wanted_.begin()->first);
  }

private:
  struct piece {
    std::uint64_t begin{}, size{};  // behind the payload's head
    char* to{};
  };
  struct payload {
    const payload_cut* cut{};
    std::uint64_t number{};
    std::vector<piece> pieces{};
  };
  std::map<std::string, payload> wanted_;
};

std::string_view without_padding(const std::string& bytes) {
  return std::string_view(bytes).substr(0, bytes.size() - decoder_padding);
}

}  // namespace

posting_cursor search_postings::list_of_outline(const posting_place& place, bool with_positions) {
  const auto lengths = segment_->lengths(place.column);
  const auto at = lists_.find(place.postings);
  if (at == lists_.end()) {
    noted_.push_back({place, with_positions});
    return {{}, lengths};
  }
  const auto& list = at->second;
  const auto bytes = [](const std::string& of) { return reinterpret_cast<const std::uint8_t*>(of.data()); };
  return {{bytes(list.postings), bytes(list.positions), list.place.documents}, lengths};
}

void fetch_postings(std::span<search_postings> of, payload_source* from) {
  payload_pieces pieces;
  for (auto& one : of) {
    for (const auto& [place, with_positions] : one.noted_) {
      auto& list = one.lists_[place.postings];
      list.place = place;
      list.has_positions = list.has_positions || with_positions;
    }
    for (auto& [offset, list] : one.lists_) {
      const auto& stored = one.segment_->stored();
      const auto& place = list.place;
      pieces.add(stored, stored.postings + place.postings, place.posting_bytes, list.postings);
      if (list.has_positions)
        pieces.add(stored, stored.positions + place.positions, place.position_bytes, list.positions);
    }
  }
  pieces.read(from);
  posting_check check;
  for (const auto& one : of)
    for (const auto& [offset, list] : one.lists_) {
      std::optional<std::string_view> positions;
      if (list.has_positions) positions = without_padding(list.positions);
      check.check(list.place, without_padding(list.postings), positions, one.segment_->lengths(list.place.column));
    }
}

}  // namespace tidb::detail
