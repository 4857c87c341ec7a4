#include "search/text/document_marks.hpp"

#include <string_view>
#include <vector>

#include <xxhash.h>

namespace tidb::detail {

void add_marks(document_marks& to, const text_segment& segment, const slot_set* gone) {
  // a sum, for terms come in the order of the bytes and not in the document's
  std::vector<std::uint64_t> marks(segment.documents(), 1);
  for (auto terms = segment.terms().all(); terms.next();)
    for (const auto& place : terms.places()) {
      auto list = segment.postings(place);
      const auto seed = XXH3_64bits_withSeed(terms.term().data(), terms.term().size(), place.column);
      for (auto slot = list.advance(0); slot != no_slot; slot = list.advance(slot + 1)) {
        const auto positions = list.positions();
        marks[slot] += XXH3_64bits_withSeed(positions.data(), positions.size_bytes(), seed);
      }
    }
  for (text_slot slot = 0; slot < marks.size(); ++slot)
    if (gone == nullptr || !gone->contains(slot)) to[segment.keys()[slot]] = marks[slot];
}

}  // namespace tidb::detail
