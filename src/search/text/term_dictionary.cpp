#include "search/text/term_dictionary.hpp"

#include <algorithm>
#include <limits>

namespace tidb::detail {

// A block: the offsets of its first term's postings and positions; of each term how much of the one before it begins
// with, how much follows, and that; where there are several columns a mask of those that have it; of each of these the
// documents, and the bytes of postings and of positions. All numbers are varints.

namespace {

constexpr std::size_t block_terms = 16;
constexpr auto what = "the dictionary of a text index";

}  // namespace

term_dictionary::term_dictionary(std::uint32_t columns, std::uint64_t terms, std::string bytes)
    : columns_(columns), terms_(terms), bytes_(std::move(bytes)) {
  const byte_reader whole(bytes_, what);
  if (bytes_.size() > std::numeric_limits<std::uint32_t>::max()) whole.fail("is too large");
  auto terms_in = all();
  std::string before;
  for (std::uint64_t number = 0; number < terms; ++number) {
    if (number % block_terms == 0) blocks_.push_back(static_cast<std::uint32_t>(bytes_.size() - terms_in.in_.left()));
    if (!terms_in.next()) whole.fail("has fewer terms than it says");
    if (number != 0 && terms_in.term() <= before) whole.fail("has terms out of order");
    const auto& first = terms_in.places().front();
    if (first.postings != posting_bytes_ || first.positions != position_bytes_)
      whole.fail("has places that do not follow");
    before = terms_in.term();
    posting_bytes_ = terms_in.postings_end();
    position_bytes_ = terms_in.positions_end();
  }
  if (terms_in.next()) whole.fail("has more terms than it says");
}

std::string_view term_dictionary::first_of_block(std::size_t block) const {
  byte_reader in(std::string_view(bytes_).substr(blocks_[block]), what);
  in.get_varint();
  in.get_varint();
  in.get_varint();
  return in.view(in.get_varint());
}

/// The only block that may have the term; the first for a term before all.
std::size_t term_dictionary::block_for(std::string_view term) const {
  std::size_t first = 0, count = blocks_.size();
  while (count > 1) {
    const auto half = count / 2;
    if (first_of_block(first + half) <= term) first += half;
    count -= half;
  }
  return first;
}

bool term_dictionary::find(std::string_view term, term_places& places) const {
  places.clear();
  auto terms_in = from(term);
  if (!terms_in.next() || terms_in.term() != term) return false;
  places = terms_in.places();
  return true;
}

term_dictionary::walk term_dictionary::from(std::string_view first) const {
  if (blocks_.empty()) return all();
  walk made(columns_, std::string_view(bytes_).substr(blocks_[block_for(first)]));
  while (made.next())
    if (made.term() >= first) {
      made.is_pushed_back_ = true;
      break;
    }
  return made;
}

std::size_t term_dictionary::memory() const { return bytes_.size() + blocks_.size() * sizeof(std::uint32_t); }

term_dictionary::walk::walk(std::uint32_t columns, std::string_view bytes) : in_(bytes, what), columns_(columns) {}

bool term_dictionary::walk::next() {
  if (is_pushed_back_) {
    is_pushed_back_ = false;
    return true;
  }
  if (in_.left() == 0) return false;
  if (in_block_ == 0) {
    postings_ = in_.get_varint();
    positions_ = in_.get_varint();
    term_.clear();
  }
  in_block_ = (in_block_ + 1) % block_terms;
  const auto shared = in_.get_varint();
  if (shared > term_.size()) in_.fail("has a term that begins as none does");
  term_.resize(static_cast<std::size_t>(shared));
  term_.append(in_.view(in_.get_varint()));
  read_places();
  return true;
}

void term_dictionary::walk::read_places() {
  places_.clear();
  const auto mask = columns_ == 1 ? 1 : in_.get_small_varint();
  if (mask == 0 || (columns_ < 32 && mask >> columns_ != 0)) in_.fail("has a term in columns that there are not");
  for (auto left = mask; left != 0; left &= left - 1) {
    auto& place = places_.emplace_back();
    place.column = static_cast<std::uint32_t>(std::countr_zero(left));
    place.documents = in_.get_small_varint();
    place.posting_bytes = in_.get_small_varint();
    place.position_bytes = in_.get_small_varint();
    if (place.documents == 0) in_.fail("has a term without documents");
    place.postings = postings_;
    place.positions = positions_;
    postings_ += place.posting_bytes;
    positions_ += place.position_bytes;
  }
}

void dictionary_writer::add(std::string_view term, const term_places& places) {
  if (terms_++ % block_terms == 0) {
    out_.put_varint(places.front().postings);
    out_.put_varint(places.front().positions);
    previous_.clear();
  }
  const auto shared = static_cast<std::size_t>(std::ranges::mismatch(previous_, term).in1 - previous_.begin());
  out_.put_varint(shared);
  out_.put_varint(term.size() - shared);
  out_.put_all(term.substr(shared));
  previous_ = term;
  if (columns_ > 1) {
    std::uint32_t mask = 0;
    for (const auto& place : places) mask |= std::uint32_t{1} << place.column;
    out_.put_varint(mask);
  }
  for (const auto& place : places) {
    out_.put_varint(place.documents);
    out_.put_varint(place.posting_bytes);
    out_.put_varint(place.position_bytes);
  }
}

}  // namespace tidb::detail
