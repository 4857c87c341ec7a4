#include "tidbxx/core/csv.hpp"

#include "tidbxx/core/error.hpp"

#include <algorithm>
#include <cstring>
#include <deque>
#include <utility>
#include <vector>

#include <fmt/format.h>

namespace tidb {
namespace {

/// No server takes a row of more (TiDB's max_allowed_packet), so no more of a record is kept.
constexpr std::size_t longest_record = std::size_t{64} << 20U;
constexpr std::size_t kept_of_longer = 1000;
constexpr std::size_t chunk = std::size_t{256} << 10U;

bool is_line_end(char letter) noexcept { return letter == '\n' || letter == '\r'; }

void check(const csv_options& options) {
  if (options.delimiter == '\0' || is_line_end(options.delimiter))
    throw_usage("csv_options::delimiter: fields cannot be divided by a line end or NUL");
  if (is_line_end(options.quote) || options.quote == options.delimiter)
    throw_usage("csv_options::quote: it cannot be a line end or the delimiter; '\\0' is for text without quotes");
}

}  // namespace

struct csv_reader::state {
  state(source from, const csv_options& options_, csv_position start)
      : read(std::move(from)), options(options_), at(start), read_to(start.offset), buffer(chunk, '\0') {
    check(options);
  }

  bool next_record();
  void split();

  source read;
  csv_options options;
  csv_position at;  ///< behind the record
  std::vector<csv_field> fields{};
  std::string problem{};
  std::string_view text{};
  std::uint64_t line{};

private:
  enum class place : std::uint8_t { field_start, plain, quoted, quote_in_quoted };

  void skip_mark();
  bool fill();
  bool scan();
  void finish(bool at_end);
  void take_plain(std::string_view& rest);
  void take_quoted(std::string_view& rest);

  std::uint64_t read_to;
  std::string buffer;
  std::size_t used{};   ///< bytes in the buffer
  std::size_t begin{};  ///< where the record begins
  std::size_t scanned{};
  std::uint64_t newlines{};  ///< within the record so far
  std::uint64_t dropped{};   ///< bytes of an overlong record that were not kept
  place where{place::field_start};
  bool open_quote{};                ///< the text ends inside a quoted field
  std::deque<std::string> texts{};  ///< of fields with quotes of their own; a deque, so that none moves
};

/// Once there is enough to see whether there is one.
void csv_reader::state::skip_mark() {
  constexpr std::string_view mark = "\xEF\xBB\xBF";
  while (used < mark.size() && fill()) {
  }
  if (std::string_view(buffer.data(), used).starts_with(mark)) begin = scanned = mark.size();
}

/// Reads more behind what is there; false at the end.
bool csv_reader::state::fill() {
  if (begin > 0) {
    std::memmove(buffer.data(), buffer.data() + begin, used - begin);
    used -= begin;
    scanned -= begin;
    begin = 0;
  }
  if (used > longest_record) {
    dropped += used - kept_of_longer;
    used = scanned = kept_of_longer;
  }
  if (buffer.size() < used + chunk) buffer.resize(2 * (used + chunk));
  const auto got = read(buffer.data() + used, chunk);
  used += got;
  read_to += got;
  return got > 0;
}

/// Moves on to the record's line end; false if it is not in the buffer.
bool csv_reader::state::scan() {
  const bool quotes = options.quote != '\0';
  for (; scanned < used; ++scanned) {
    const char letter = buffer[scanned];
    if (where == place::quoted) {
      if (letter == options.quote)
        where = place::quote_in_quoted;
      else if (letter == '\n')
        ++newlines;
    } else if (letter == '\n') {
      return true;
    } else if (letter == options.delimiter) {
      where = place::field_start;
    } else if (quotes && letter == options.quote && where != place::plain) {
      where = place::quoted;  // a field's first quote, or the second of two that stand for one
    } else {
      where = place::plain;
    }
  }
  return false;
}

void csv_reader::state::finish(bool at_end) {
  auto length = scanned - begin;
  if (dropped > 0) {
    length = std::min(length, kept_of_longer);
    problem = "the record is longer than 64 MiB";
  } else if (length > 0 && buffer[begin + length - 1] == '\r') {
    --length;
  }
  open_quote = at_end && where == place::quoted;
  text = {buffer.data() + begin, length};
  line = at.line;
  begin = scanned + (at_end ? 0 : 1);
  at.offset = read_to - (used - begin);
  at.line += newlines + (at_end ? 0 : 1);
  scanned = begin;
  newlines = dropped = 0;
  where = place::field_start;
}

bool csv_reader::state::next_record() {
  if (read_to == 0) skip_mark();
  do {
    problem.clear();
    bool at_end = false;
    while (!at_end && !scan()) at_end = !fill();
    if (at_end && begin == used && dropped == 0) return false;
    finish(at_end);
  } while (text.empty());
  return true;
}

void csv_reader::state::split() {
  fields.clear();
  texts.clear();
  if (open_quote)
    problem = "a quote is opened and never closed: everything from here to the end of the file is one field";
  auto rest = text;
  while (problem.empty()) {
    if (options.quote != '\0' && rest.starts_with(options.quote))
      take_quoted(rest);
    else
      take_plain(rest);
    if (rest.empty()) break;
    rest.remove_prefix(1);  // the delimiter
  }
  if (!problem.empty()) fields.clear();
}

void csv_reader::state::take_plain(std::string_view& rest) {
  const auto field = rest.substr(0, rest.find(options.delimiter));
  rest.remove_prefix(field.size());
  if (options.quote != '\0' && field.find(options.quote) != std::string_view::npos)
    problem =
        fmt::format("field {} has a quote inside, but is not quoted: put quotes around it, and write its own twice",
                    fields.size() + 1);
  fields.push_back({field, false});
}

void csv_reader::state::take_quoted(std::string_view& rest) {
  rest.remove_prefix(1);
  const auto first = rest.find(options.quote);
  if (first != std::string_view::npos && (first + 1 == rest.size() || rest[first + 1] == options.delimiter)) {
    fields.push_back({rest.substr(0, first), true});  // none inside: nothing to copy
    rest.remove_prefix(first + 1);
    return;
  }
  auto& own = texts.emplace_back();
  while (true) {
    const auto quote = rest.find(options.quote);
    if (quote == std::string_view::npos) {
      problem = fmt::format("the quote of field {} is never closed", fields.size() + 1);
      return;
    }
    own += rest.substr(0, quote);
    rest.remove_prefix(quote + 1);
    if (!rest.starts_with(options.quote)) break;
    own += options.quote;
    rest.remove_prefix(1);
  }
  if (!rest.empty() && rest.front() != options.delimiter)
    problem = fmt::format("field {} goes on after its closing quote", fields.size() + 1);
  fields.push_back({own, true});
}

csv_reader::csv_reader(source read, const csv_options& options, csv_position from)
    : state_(std::make_unique<state>(std::move(read), options, from)) {}
csv_reader::csv_reader(csv_reader&&) noexcept = default;
csv_reader& csv_reader::operator=(csv_reader&&) noexcept = default;
csv_reader::~csv_reader() = default;

bool csv_reader::next() {
  if (!state_->next_record()) return false;
  state_->split();
  return true;
}

std::span<const csv_field> csv_reader::fields() const noexcept { return state_->fields; }
const std::string& csv_reader::problem() const noexcept { return state_->problem; }
std::string_view csv_reader::text() const noexcept { return state_->text; }
std::uint64_t csv_reader::line() const noexcept { return state_->line; }
csv_position csv_reader::behind() const noexcept { return state_->at; }

}  // namespace tidb
