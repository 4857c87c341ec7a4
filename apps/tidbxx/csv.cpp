// CSV with a header.
#include "commands.hpp"
#include "records.hpp"
#include <tidbxx/core/csv.hpp>

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

/// The file's bytes from `offset` on; `hash`, if there is one, gets them too.
tidb::csv_reader::source bytes_of(const open_file& file, std::uint64_t offset, sha256* hash) {
  return [&file, offset, hash](char* to, std::size_t size) mutable {
    const auto got = file.read(to, size, offset);
    if (hash != nullptr) hash->add({to, got});
    offset += got;
    return got;
  };
}

class csv_records final : public record_reader {
public:
  csv_records(const open_file& file, field_names& names, file_position from, sha256* hash)
      : reader_(bytes_of(file, from.offset, hash), {}, {from.offset, from.line}), names_(names), at_(from) {
    if (from.offset == 0) read_header(file.path());
  }

  bool next(record& out) override {
    if (!reader_.next()) return false;
    out.raw = {.text = reader_.text(), .line = reader_.line(), .end = reader_.behind().offset};
    out.row = at_.rows++;
    out.fields.clear();
    for (const auto& field : reader_.fields())
      out.fields.push_back(field.text.empty() && !field.quoted ? field_value()
                                                               : field_value::of(field.text, field_kind::text));
    out.problem = problem();
    if (out.problem.empty() && out.fields.size() != names_.size())
      out.problem = fmt::format("the row has {} fields, and the header names {}", out.fields.size(), names_.size());
    out.fields.resize(names_.size());
    note_position();
    return true;
  }

  file_position position() const override { return at_; }

private:
  void read_header(const std::string& path) {
    if (!reader_.next()) throw failure(fmt::format("{} is empty: a CSV file begins with its columns' names", path));
    const auto line = reader_.line();
    if (const auto why = problem(); !why.empty())
      throw failure(fmt::format("{}:{}: the header cannot be read: {}", path, line, why));
    const bool known = names_.size() > 0;  // the second pass reads the same header
    const auto cells = reader_.fields();
    for (std::size_t i = 0; i < cells.size(); ++i) {
      const auto name = cells[i].text;
      if (name.empty()) throw failure(fmt::format("{}:{}: column {} of the header has no name", path, line, i + 1));
      if (!known && names_.place_of(name) != i)
        throw failure(fmt::format("{}:{}: the header names the column \"{}\" twice", path, line, name));
    }
    note_position();
  }

  /// Why the record is none, or empty.
  std::string problem() const {
    if (!reader_.problem().empty()) return reader_.problem();
    const auto text = reader_.text();
    return simdjson::validate_utf8(text.data(), text.size()) ? "" : "the row is not UTF-8";
  }

  void note_position() {
    at_.offset = reader_.behind().offset;
    at_.line = reader_.behind().line;
  }

  tidb::csv_reader reader_;
  field_names& names_;
  file_position at_;
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
  return std::make_unique<csv_records>(file, names, from, hash);
}

}  // namespace cli
