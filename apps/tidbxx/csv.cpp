// CSV with a header. Source: RFC 4180; line ends may also be plain newlines.
#include "commands.hpp"
#include "records.hpp"

#include <charconv>
#include <cmath>
#include <utility>

#include <fmt/format.h>
#include <simdjson.h>

namespace cli {

namespace {

bool is_digit(char letter) { return letter >= '0' && letter <= '9'; }

/// Moves over digits; false if there are none.
bool skip_digits(std::string_view& text) {
  const auto first_other = text.find_first_not_of("0123456789");
  const auto count = first_other == std::string_view::npos ? text.size() : first_other;
  text.remove_prefix(count);
  return count > 0;
}

enum class number_form : std::uint8_t { none, integer, real };

/// Numbers as JSON writes them: no leading zeros, which telephone numbers and codes have, no plus sign, no spaces.
number_form form_of(std::string_view text) {
  if (text.starts_with('-')) text.remove_prefix(1);
  if (text.size() > 1 && text[0] == '0' && is_digit(text[1])) return number_form::none;
  if (!skip_digits(text)) return number_form::none;
  if (text.empty()) return number_form::integer;
  if (text.starts_with('.')) {
    text.remove_prefix(1);
    if (!skip_digits(text)) return number_form::none;
  }
  if (text.starts_with('e') || text.starts_with('E')) {
    text.remove_prefix(1);
    if (text.starts_with('-') || text.starts_with('+')) text.remove_prefix(1);
    if (!skip_digits(text)) return number_form::none;
  }
  return text.empty() ? number_form::real : number_form::none;
}

template <class Number>
bool parses(std::string_view text, Number& out) {
  const auto* const end = text.data() + text.size();
  const auto [stop, code] = std::from_chars(text.data(), end, out);
  return code == std::errc{} && stop == end;
}

class csv_reader final : public record_reader {
public:
  csv_reader(const open_file& file, field_names& names, file_position from, sha256* hash)
      : records_(file, record_style::csv, from.offset, from.line, hash), names_(names), at_(from) {
    if (from.offset == 0) read_header(file.path());
  }

  bool next(record& out) override {
    do {
      if (!records_.next(out.raw)) return false;
    } while (out.raw.text.empty());
    out.row = at_.rows++;
    out.fields.clear();
    out.problem = split(out.raw, out.fields);
    if (out.problem.empty() && out.fields.size() != names_.size())
      out.problem = fmt::format("the row has {} fields, and the header names {}", out.fields.size(), names_.size());
    out.fields.resize(names_.size());
    at_.offset = out.raw.end;
    at_.line = records_.line();
    return true;
  }

  file_position position() const override { return at_; }

private:
  void read_header(const std::string& path) {
    raw_record raw;
    do {
      if (!records_.next(raw))
        throw failure(fmt::format("{} is empty: a CSV file begins with its columns' names", path));
    } while (raw.text.empty());
    std::vector<field_value> cells;
    if (const auto problem = split(raw, cells); !problem.empty())
      throw failure(fmt::format("{}:{}: the header cannot be read: {}", path, raw.line, problem));
    const bool known = names_.size() > 0;  // the second pass reads the same header
    for (std::size_t i = 0; i < cells.size(); ++i) {
      const auto& name = cells[i].text;
      if (name.empty()) throw failure(fmt::format("{}:{}: column {} of the header has no name", path, raw.line, i + 1));
      if (!known && names_.place_of(name) != i)
        throw failure(fmt::format("{}:{}: the header names the column \"{}\" twice", path, raw.line, name));
    }
    at_.offset = raw.end;
    at_.line = records_.line();
  }

  /// Why the record is none, or empty.
  std::string split(const raw_record& raw, std::vector<field_value>& fields) {
    texts_.clear();
    if (raw.open_quote)
      return "a quote is opened and never closed: everything from here to the end of the file is one field";
    if (raw.too_long) return "the row is longer than 64 MiB";
    if (!simdjson::validate_utf8(raw.text.data(), raw.text.size())) return "the row is not UTF-8";
    std::string_view rest = raw.text;
    while (true) {
      const auto problem = rest.starts_with('"') ? take_quoted(rest, fields) : take_plain(rest, fields);
      if (!problem.empty()) return problem;
      if (rest.empty()) return {};
      rest.remove_prefix(1);  // the comma
    }
  }

  static std::string take_plain(std::string_view& rest, std::vector<field_value>& fields) {
    const auto text = rest.substr(0, rest.find(','));
    rest.remove_prefix(text.size());
    if (text.find('"') != std::string_view::npos)
      return fmt::format(
          "field {} has a quote inside, but is not quoted: put quotes around it, and write \"\" for its own",
          fields.size() + 1);
    fields.push_back(text.empty() ? field_value() : field_value::of(text, field_kind::text));
    return {};
  }

  std::string take_quoted(std::string_view& rest, std::vector<field_value>& fields) {
    auto& text = texts_.emplace_back();
    rest.remove_prefix(1);
    while (true) {
      const auto quote = rest.find('"');
      if (quote == std::string_view::npos)
        return fmt::format("the quote of field {} is never closed", fields.size() + 1);
      text += rest.substr(0, quote);
      rest.remove_prefix(quote + 1);
      if (!rest.starts_with('"')) break;
      text += '"';
      rest.remove_prefix(1);
    }
    if (!rest.empty() && rest.front() != ',')
      return fmt::format("field {} goes on after its closing quote", fields.size() + 1);
    fields.push_back(field_value::of(std::string_view(text), field_kind::text));
    return {};
  }

  record_splitter records_;
  field_names& names_;
  file_position at_;
  std::deque<std::string> texts_;  ///< of quoted fields; a deque, so that none moves
};

}  // namespace

field_value meaning_of(std::string_view text) {
  const auto form = form_of(text);
  if (form == number_form::integer && text != "-0") {
    std::int64_t integer{};
    std::uint64_t larger{};
    if (parses(text, integer)) return field_value::of(integer);
    if (parses(text, larger)) return field_value::of(larger);
  }
  double real{};
  if (form == number_form::real && parses(text, real) && std::isfinite(real)) return field_value::of(real);
  if (text == "true" || text == "True" || text == "TRUE") return field_value::of(true);
  if (text == "false" || text == "False" || text == "FALSE") return field_value::of(false);
  return field_value::of(text, field_kind::text);
}

std::unique_ptr<record_reader> read_csv(const open_file& file, field_names& names, file_position from, sha256* hash) {
  return std::make_unique<csv_reader>(file, names, from, hash);
}

}  // namespace cli
