// Rows on standard output: an aligned table, JSON or CSV.
#pragma once

#include "commands.hpp"

#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <string_view>

namespace cli {

/// Writes rows as they come. A table holds the first thousand back to see how wide its columns must be.
class row_writer {
public:
  virtual ~row_writer() = default;
  virtual void begin(std::span<const std::string> names) = 0;
  virtual void add(std::span<const tidb::value_view> cells) = 0;
  virtual void end() = 0;
};

std::unique_ptr<row_writer> make_writer(output_format format);

/// Whether standard output is a terminal.
bool is_terminal();

/// What stands around a part of a cell that is to be seen at once: in a table on a terminal it is printed bold, else it
/// is in **.
struct emphasis {
  std::string before{};
  std::string after{};
};
emphasis emphasis_for(output_format format);

/// Errors: failure if standard output cannot be written.
void print(std::string_view text);
/// Writes out what is still buffered. Errors: as print.
void finish_output();

/// How many columns of a terminal the text takes, nearly: East Asian wide letters and emoji two, combining marks none.
std::size_t display_width(std::string_view text);
/// The text in one line, without control characters.
std::string one_line(std::string_view text);
/// The text as a JSON string; bytes that are not UTF-8 are replaced.
std::string json_text(std::string_view text);

}  // namespace cli
