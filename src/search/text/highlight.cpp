#include "search/text/highlight.hpp"

#include "search/text/fragments.hpp"
#include "search/text/text_matches.hpp"

#include <algorithm>
#include <span>
#include <vector>

namespace tidb::detail {

namespace {

/// Those that overlap as one.
std::vector<text_span> merged(std::span<const text_match> matches) {
  std::vector<text_span> made;
  for (const auto& match : matches) {
    if (!made.empty() && match.begin < made.back().end) {
      made.back().end = std::max(made.back().end, match.end);
    } else {
      made.push_back(match);
    }
  }
  return made;
}

void append_escaped(std::string& out, std::string_view text) {
  for (const char each : text) {
    switch (each) {
    case '&': out += "&amp;"; break;
    case '<': out += "&lt;"; break;
    case '>': out += "&gt;"; break;
    case '"': out += "&quot;"; break;
    case '\'': out += "&#39;"; break;
    default: out += each;
    }
  }
}

class marker {
public:
  marker(std::string_view text, std::vector<text_span> found, const highlight_marks& marks)
      : text_(text), found_(std::move(found)), marks_(marks) {}

  void append(std::string& out, text_span part) const {
    auto from = part.begin;
    auto each = std::ranges::upper_bound(found_, part.begin, {}, &text_span::end);
    for (; each != found_.end() && each->begin < part.end; ++each) {
      const text_span inside{std::max(each->begin, part.begin), std::min(each->end, part.end)};
      append_text(out, {from, inside.begin});
      out += marks_.before;
      append_text(out, inside);
      out += marks_.after;
      from = inside.end;
    }
    append_text(out, {from, part.end});
  }

private:
  void append_text(std::string& out, text_span part) const {
    const auto text = text_.substr(part.begin, part.end - part.begin);
    if (marks_.escape_html) {
      append_escaped(out, text);
    } else {
      out += text;
    }
  }

  std::string_view text_;
  std::vector<text_span> found_;
  const highlight_marks& marks_;
};

}  // namespace

std::string highlight(std::string_view text, const text_analyzer& analyzer, const text_query& query,
                      const highlight_marks& marks, int column) {
  const auto found = find_matches(text, analyzer, query, column, false);
  std::string out;
  out.reserve(text.size() + text.size() / 8);
  marker(text, merged(found.matches), marks).append(out, {0, static_cast<std::uint32_t>(text.size())});
  return out;
}

std::string snippet(std::string_view text, const text_analyzer& analyzer, const text_query& query,
                    const snippet_shape& shape, const highlight_marks& marks, int column) {
  const auto found = find_matches(text, analyzer, query, column, true);
  const auto size = static_cast<std::uint32_t>(text.size());
  const auto parts = best_fragments(found, size, shape.words, shape.fragments);
  const marker mark(text, merged(found.matches), marks);
  std::string out;
  std::uint32_t end = 0;
  for (const auto& part : parts) {
    if (part.begin != end) out += shape.ellipsis;
    mark.append(out, part);
    end = part.end;
  }
  if (end != size) out += shape.ellipsis;
  return out;
}

}  // namespace tidb::detail
