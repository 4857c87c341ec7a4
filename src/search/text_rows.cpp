#include "search/text_rows.hpp"

#include "search/byte_stream.hpp"
#include "search/search_index.hpp"
#include "search/stored_rows.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

namespace tidb::detail {

namespace {

constexpr std::size_t tokens_at_once = std::size_t{8} << 20;  // with what a segment of them takes some 200 MiB

/// Documents as they come, in segments of a bounded size.
class document_reader {
public:
  document_reader(const index_manifest& of, const index_place& place, const text_reading& reading)
      : reading_(reading), columns_(static_cast<std::uint32_t>(reading.form.columns.size())), documents_(columns_) {
    if (of.of.columns.size() != columns_ || place.columns.size() != columns_)
      throw damaged_index("it is of other columns than it was made for");
  }

  void add(std::int64_t number, std::string_view name, std::span<const value_view> cells) {
    if (documents_.tokens() > tokens_at_once) flush();
    documents_.add_document(number, name);
    for (std::uint32_t column = 0; column < columns_; ++column)
      if (cells[column].has_bytes())
        reading_.analyzer.each_token(cells[column].text(), text_use::document, [&](const token_view& token) {
          documents_.add(column, token.term, token.position);
        });
  }
  std::shared_ptr<const text_segment> finish() {
    flush();
    if (parts_.size() < 2) return parts_.empty() ? nullptr : parts_.front();
    std::vector<segment_source> sources;
    for (const auto& part : parts_) sources.push_back({part.get(), nullptr});
    return join_segments(sources);
  }

private:
  void flush() {
    if (documents_.size() == 0) return;
    parts_.push_back(text_segment::of(documents_));
    documents_ = text_documents(columns_);
  }

  const text_reading& reading_;
  std::uint32_t columns_;
  text_documents documents_;
  std::vector<std::shared_ptr<const text_segment>> parts_;
};

bool has_text(std::span<const value_view> cells) {
  return std::ranges::any_of(cells, [](const value_view& cell) { return cell.has_bytes(); });
}

/// In their order.
std::vector<std::string> read_blocks(index_blocks& blocks, std::span<const std::string> names) {
  std::vector<std::string> payloads(names.size());
  blocks.read_some(names, [&](const std::string& name, std::string_view payload) {
    payloads[static_cast<std::size_t>(std::ranges::find(names, name) - names.begin())] = payload;
  });
  return payloads;
}

[[noreturn]] void refuse_documents(const index_segment& from, const malformed_index& why) {
  throw damaged_index("block " + from.rows_in.front() + " begins no documents: " + why.what());
}

/// Without its postings, unless it is so small that they are there anyway. Null: it has no documents.
std::shared_ptr<const text_segment> read_outline(index_blocks& blocks, const index_segment& from) {
  if (from.rows_in.empty()) return nullptr;
  const std::span<const std::string> names(from.rows_in);
  auto payloads = read_blocks(blocks, names.first(1));
  try {
    const auto count = std::min(payloads_of_outline(payloads.front()), names.size());
    std::ranges::move(read_blocks(blocks, names.subspan(1, count - 1)), std::back_inserter(payloads));
    return outline_from_payloads(payloads, from.rows_in);
  } catch (const malformed_index& why) {
    refuse_documents(from, why);
  }
}

}  // namespace

std::shared_ptr<const text_segment> read_text_segment(index_blocks& blocks, const index_segment& from) {
  if (from.rows_in.empty()) return nullptr;
  const auto payloads = read_blocks(blocks, from.rows_in);
  try {
    return segment_from_payloads(payloads);
  } catch (const malformed_index& why) {
    refuse_documents(from, why);
  }
}

void stored_payloads::read(std::span<const std::string> names, const payload_sink& use) {
  std::vector<std::string> missing;
  for (const auto& name : names) {
    if (const auto kept = cache_.find(name)) {
      ++cost_.blocks_cached;
      use(name, *kept);
    } else {
      missing.push_back(name);
    }
  }
  blocks_.read_some(missing, [&](const std::string& name, std::string_view payload) {
    ++cost_.blocks_read;
    cost_.bytes_read += payload.size();
    cache_.keep(name, std::make_shared<const std::string>(payload), payload.size(), most_);
    use(name, payload);
  });
}

std::shared_ptr<const text_segment> read_documents(const executor& on, const index_manifest& of,
                                                   const index_place& place, const text_reading& reading,
                                                   const call_context& context) {
  document_reader documents(of, place, reading);
  each_row_cells(
      on, of, place,
      [&](std::int64_t number, std::string_view name, std::span<const value_view> cells) {
        if (has_text(cells)) documents.add(number, name, cells);
      },
      context);
  return documents.finish();
}

std::shared_ptr<const text_segment> read_documents(const executor& on, const index_manifest& of,
                                                   const index_place& place, const row_keys& keys,
                                                   const text_reading& reading, const call_context& context) {
  document_reader documents(of, place, reading);
  each_row_with(
      on, of, place, keys,
      [&](std::int64_t number, std::string_view name, std::span<const value_view> cells) {
        if (has_text(cells)) documents.add(number, name, cells);
      },
      context);
  return documents.finish();
}

void expect_same_analyzer(const index_manifest& of) {
  if (of.analyzed_by == text_analyzer::version()) return;
  throw other_analyzer("its terms were made by analyzer " + of.analyzed_by + ", and this program has " +
                       text_analyzer::version());
}

std::uint64_t text_rows::estimate(const index_manifest& of, bool paged) {
  constexpr std::uint64_t a_name = sizeof(std::string) + 33;  // of a block
  std::uint64_t bytes = 0;
  for (const auto& segment : of.segments)
    bytes += paged ? segment.outline_memory + segment.rows_in.size() * a_name : segment.memory;
  return bytes;
}

std::shared_ptr<const text_rows> text_rows::load(index_blocks& blocks, const index_manifest& of, bool paged,
                                                 const text_rows* before) {
  expect_same_analyzer(of);
  auto made = std::make_shared<text_rows>();
  auto form = text_form_from(of.text);
  made->reading_ = before != nullptr && before->reading_->form == form
                       ? before->reading_
                       : std::make_shared<const text_reading>(std::move(form));
  const auto columns = static_cast<std::uint32_t>(made->reading_->form.columns.size());
  made->paged_ = paged;
  if (before != nullptr && before->paged_ != paged) before = nullptr;
  auto documents = std::make_shared<const text_snapshot>(columns);
  for (const auto& segment : of.segments) {
    const auto block = segment.rows_in.empty() ? std::string() : segment.rows_in.front();
    const stored* known = nullptr;
    if (before != nullptr && !block.empty())
      for (const auto& each : before->stored_)
        if (each.block == block) known = &each;
    auto read = known != nullptr ? known->segment
                : paged          ? read_outline(blocks, segment)
                                 : read_text_segment(blocks, segment);
    if (read && read->columns() != columns) throw damaged_index("its documents have other columns");
    documents = documents->with_stored(gone_in(blocks, segment), read);
    if (read) made->stored_.push_back({block, std::move(read)});
  }
  made->documents_ = std::move(documents);
  return made;
}

std::shared_ptr<const text_rows> text_rows::changed(std::span<const std::int64_t> gone,
                                                    std::shared_ptr<const text_segment> added) const {
  auto made = std::make_shared<text_rows>(*this);
  made->documents_ = documents_->changed(gone, std::move(added));
  return made;
}

}  // namespace tidb::detail
