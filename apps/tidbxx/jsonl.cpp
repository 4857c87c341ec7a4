// JSON objects, one a line.
#include "records.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>
#include <simdjson.h>

namespace cli {

namespace {

using simdjson::dom::element_type;

bool is_blank(std::string_view line) { return line.find_first_not_of(" \t\r") == std::string_view::npos; }

class jsonl_reader final : public record_reader {
public:
  jsonl_reader(const open_file& file, field_names& names, file_position from, sha256* hash)
      : lines_(file, from.offset, from.line, hash), names_(names), at_(from) {}

  bool next(record& out) override {
    do {
      if (!lines_.next(out.raw)) return false;
    } while (!out.raw.too_long && is_blank(out.raw.text));
    out.row = at_.rows++;
    out.problem.clear();
    out.fields.assign(names_.size(), {});
    texts_.clear();
    if (out.raw.too_long)
      out.problem = "the line is longer than 64 MiB";
    else
      parse(out);
    if (!out.problem.empty() && out.raw.unterminated) out.problem += " (the file ends in this line)";
    at_.offset = out.raw.end;
    at_.line = lines_.line();
    return true;
  }

  file_position position() const override { return at_; }

private:
  void parse(record& out) {
    simdjson::dom::object object;
    // the splitter's buffer goes on far enough behind the line for the parser to read it in place
    const auto parsed = parser_.parse(out.raw.text.data(), out.raw.text.size(), false);
    if (parsed.error() != simdjson::SUCCESS) {
      out.problem = explain(parsed.error());
    } else if (parsed.get(object) != simdjson::SUCCESS) {
      out.problem = "the line is JSON, but not an object {…}";
    } else {
      for (const auto field : object)
        if (!take(out, field.key, field.value)) return;
    }
  }

  static std::string explain(simdjson::error_code code) {
    switch (code) {
    case simdjson::NUMBER_ERROR: return "not JSON: a number is malformed, or beyond 64 bits";
    case simdjson::UTF8_ERROR: return "the line is not UTF-8";
    case simdjson::DEPTH_ERROR: return "the JSON is nested too deeply";
    default: return fmt::format("not JSON: {}", simdjson::error_message(code));
    }
  }

  bool take(record& out, std::string_view name, simdjson::dom::element element) {
    const auto place = names_.place_of(name);
    if (place >= out.fields.size()) {
      out.fields.resize(place + 1);
      seen_.resize(place + 1);
    }
    seen_.resize(std::max(seen_.size(), out.fields.size()));
    if (std::exchange(seen_[place], out.row + 1) == out.row + 1) {
      out.problem = fmt::format("the field \"{}\" is there twice", name);
      return false;
    }
    out.fields[place] = read(element);
    return true;
  }

  field_value read(simdjson::dom::element element) {
    switch (element.type()) {
    case element_type::NULL_VALUE: return {};
    case element_type::INT64: return field_value::of(std::int64_t{element});
    case element_type::UINT64: return field_value::of(std::uint64_t{element});
    case element_type::DOUBLE: return field_value::of(double{element});
    case element_type::BOOL: return field_value::of(bool{element});
    case element_type::STRING: return field_value::of(std::string_view{element}, field_kind::text);
    case element_type::ARRAY:
    case element_type::OBJECT: break;
    }
    return field_value::of(texts_.emplace_back(simdjson::minify(element)), field_kind::json);
  }

  line_splitter lines_;
  field_names& names_;
  file_position at_;
  simdjson::dom::parser parser_;
  std::deque<std::string> texts_;    ///< JSON of nested values; a deque, so that none moves
  std::vector<std::uint64_t> seen_;  ///< by place: one more than the row that had the field last
};

}  // namespace

std::unique_ptr<record_reader> read_jsonl(const open_file& file, field_names& names, file_position from, sha256* hash) {
  return std::make_unique<jsonl_reader>(file, names, from, hash);
}

}  // namespace cli
