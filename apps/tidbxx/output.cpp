#include "output.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <optional>
#include <source_location>
#include <utility>

#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <unistd.h>

namespace cli {

namespace {

using tidb::value_kind;
using tidb::value_view;

[[noreturn]] void fail_to_write() {
  throw failure(fmt::format("cannot write to standard output: {}", std::strerror(errno)));
}

/// Reads one code point and moves on; a byte that is no UTF-8 counts as one.
std::uint32_t next_code_point(std::string_view text, std::size_t& at) {
  const auto first = static_cast<unsigned char>(text[at++]);
  const std::size_t more = first >= 0xF0 ? 3 : first >= 0xE0 ? 2 : first >= 0xC0 ? 1 : 0;
  std::uint32_t code = more == 0 ? first : first & (0x3FU >> more);
  for (std::size_t i = 0; i < more && at < text.size() && (static_cast<unsigned char>(text[at]) & 0xC0U) == 0x80U; ++i)
    code = (code << 6U) | (static_cast<unsigned char>(text[at++]) & 0x3FU);
  return code;
}

struct code_range {
  std::uint32_t first, last;
};

template <std::size_t N>
bool is_in(std::uint32_t code, const std::array<code_range, N>& ranges) {
  return std::ranges::any_of(ranges, [&](const auto& range) { return code >= range.first && code <= range.last; });
}

/// Source: Unicode's blocks of combining marks and of East Asian and emoji letters; blocks, not single letters.
constexpr std::array<code_range, 8> no_width{{{0x0300, 0x036F},
                                              {0x0483, 0x0489},
                                              {0x0591, 0x05BD},
                                              {0x064B, 0x065F},
                                              {0x200B, 0x200F},
                                              {0x20D0, 0x20FF},
                                              {0xFE00, 0xFE0F},
                                              {0xFE20, 0xFE2F}}};
constexpr std::array<code_range, 10> double_width{{{0x1100, 0x115F},
                                                   {0x2E80, 0x303E},
                                                   {0x3041, 0xA4CF},
                                                   {0xAC00, 0xD7A3},
                                                   {0xF900, 0xFAFF},
                                                   {0xFE30, 0xFE4F},
                                                   {0xFF00, 0xFF60},
                                                   {0xFFE0, 0xFFE6},
                                                   {0x1F300, 0x1FAFF},
                                                   {0x20000, 0x3FFFD}}};

/// Unicode has these for use inside of programs: texts have none.
constexpr std::string_view bold_begins = "\uFDD0", bold_ends = "\uFDD1";

std::size_t width_of(std::uint32_t code) {
  if (code < 0x300) return 1;
  if (code == 0xFDD0 || code == 0xFDD1) return 0;
  if (is_in(code, no_width)) return 0;
  return is_in(code, double_width) ? 2 : 1;
}

/// What tells a terminal something: control characters, of one byte and of two, and what reorders the rest of a line.
bool is_control(std::uint32_t code) {
  return code < 0x20 || (code >= 0x7F && code < 0xA0) || (code >= 0x202A && code <= 0x202E) ||
         (code >= 0x2066 && code <= 0x2069);
}

/// Control characters as escapes: a cell keeps to its line, and tells the terminal nothing.
std::string escaped(std::string_view text) {
  std::string made;
  made.reserve(text.size());
  for (std::size_t at = 0; at < text.size();) {
    const auto start = at;
    const auto code = next_code_point(text, at);
    if (code == '\n')
      made += "\\n";
    else if (code == '\t')
      made += "\\t";
    else if (code == '\r')
      made += "\\r";
    else if (is_control(code))
      made += code < 0x100 ? fmt::format("\\x{:02x}", code) : fmt::format("\\u{:04x}", code);
    else
      made += text.substr(start, at - start);
  }
  return made;
}

std::string cut_to(std::string text, std::size_t width) {
  std::size_t used = 0;
  for (std::size_t at = 0; at < text.size();) {
    const auto start = at;
    used += width_of(next_code_point(text, at));
    if (used < width || (used == width && at == text.size())) continue;
    text.resize(start);
    return text + "…";
  }
  return text;
}

/// As a terminal takes it. A cell that was cut ends what it has begun.
std::string with_bold(std::string_view cell) {
  std::string made;
  bool is_bold = false;
  for (std::size_t at = 0; at < cell.size();) {
    const auto rest = cell.substr(at);
    const bool begins = rest.starts_with(bold_begins);
    if (begins || rest.starts_with(bold_ends)) {
      made += begins ? "\x1b[1m" : "\x1b[0m";
      is_bold = begins;
      at += bold_begins.size();
    } else {
      made += cell[at++];
    }
  }
  return is_bold ? made + "\x1b[0m" : made;
}

bool is_number(value_kind kind) {
  return kind == value_kind::integer || kind == value_kind::unsigned_integer || kind == value_kind::real ||
         kind == value_kind::decimal;
}

class table_writer final : public row_writer {
public:
  void begin(std::span<const std::string> names) override {
    for (const auto& name : names) header_.push_back(escaped(name));
    widths_.resize(names.size());
    numeric_.assign(names.size(), true);
  }

  void add(std::span<const value_view> cells) override {
    auto& row = held_.emplace_back();
    for (std::size_t i = 0; i < cells.size(); ++i) {
      auto text = escaped(tidb::to_string(cells[i]));
      if (terminal_) text = cut_to(std::move(text), longest_on_terminal);
      if (!measured_ && !cells[i].is_null()) numeric_[i] = numeric_[i] && is_number(cells[i].kind);
      row.push_back(std::move(text));
    }
    ++rows_;
    if (measured_ || held_.size() == held_rows) flush();
  }

  void end() override {
    flush();
    print(fmt::format("({} row{})\n", rows_, rows_ == 1 ? "" : "s"));
  }

private:
  static constexpr std::size_t held_rows = 1000;
  static constexpr std::size_t longest_on_terminal = 80;

  void flush() {
    if (!std::exchange(measured_, true)) {
      for (std::size_t i = 0; i < header_.size(); ++i) {
        widths_[i] = display_width(header_[i]);
        for (const auto& row : held_) widths_[i] = std::max(widths_[i], display_width(row[i]));
      }
      print_row(header_, true);
      std::string rule;
      for (std::size_t i = 0; i < widths_.size(); ++i) rule += (i == 0 ? "" : "+") + std::string(widths_[i] + 2, '-');
      print(rule + "\n");
    }
    for (const auto& row : held_) print_row(row, false);
    held_.clear();
  }

  void print_row(const std::vector<std::string>& cells, bool heading) const {
    std::string line;
    for (std::size_t i = 0; i < cells.size(); ++i) {
      const auto width = display_width(cells[i]);
      const std::string padding(widths_[i] > width ? widths_[i] - width : 0, ' ');
      const bool right = numeric_[i] && !heading;
      const auto shown = terminal_ ? with_bold(cells[i]) : cells[i];
      line += (i == 0 ? " " : "| ") + (right ? padding + shown : shown + padding) + " ";
    }
    line.erase(line.find_last_not_of(' ') + 1);
    print(line + "\n");
  }

  bool terminal_{is_terminal()};
  bool measured_{};
  std::size_t rows_{};
  std::vector<std::string> header_;
  std::vector<std::size_t> widths_;
  std::vector<bool> numeric_;
  std::vector<std::vector<std::string>> held_;
};

/// JSON and CSV, as the library prints them.
class text_writer final : public row_writer {
public:
  explicit text_writer(tidb::detail::text_format format) : format_(format) {}

  void begin(std::span<const std::string> names) override {
    printer_.emplace(format_, names, std::span<const tidb::detail::column_facts>(), std::source_location::current());
    printer_->begin(text_);
    flush();
  }
  void add(std::span<const value_view> cells) override {
    printer_->add(cells, text_);
    flush();
  }
  void end() override {
    printer_->end(text_);
    if (format_ == tidb::detail::text_format::json) text_ += '\n';
    flush();
  }

private:
  void flush() {
    print(text_);
    text_.clear();
  }

  tidb::detail::text_format format_;
  std::optional<tidb::detail::row_printer> printer_;
  std::string text_;
};

}  // namespace

std::unique_ptr<row_writer> make_writer(output_format format) {
  switch (format) {
  case output_format::json: return std::make_unique<text_writer>(tidb::detail::text_format::json);
  case output_format::csv: return std::make_unique<text_writer>(tidb::detail::text_format::csv);
  case output_format::table: break;
  }
  return std::make_unique<table_writer>();
}

bool is_terminal() { return isatty(STDOUT_FILENO) == 1; }

emphasis emphasis_for(output_format format) {
  if (format == output_format::table && is_terminal()) return {std::string(bold_begins), std::string(bold_ends)};
  return {"**", "**"};
}

void print(std::string_view text) {
  if (std::fwrite(text.data(), 1, text.size(), stdout) != text.size()) fail_to_write();
}

void finish_output() {
  if (std::fflush(stdout) != 0) fail_to_write();
}

std::size_t display_width(std::string_view text) {
  std::size_t width = 0;
  for (std::size_t at = 0; at < text.size();) width += width_of(next_code_point(text, at));
  return width;
}

std::string one_line(std::string_view text) {
  std::string line;
  line.reserve(text.size());
  for (std::size_t at = 0; at < text.size();) {
    const auto start = at;
    if (is_control(next_code_point(text, at)))
      line += ' ';
    else
      line += text.substr(start, at - start);
  }
  return line;
}

std::string json_text(std::string_view text) {
  return nlohmann::json(text).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

}  // namespace cli
