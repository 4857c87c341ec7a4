// Results as text: JSON and CSV.
#pragma once

#include "tidbxx/orm/result.hpp"

#include <cstdint>
#include <iosfwd>
#include <source_location>
#include <span>
#include <string>
#include <tuple>
#include <vector>

namespace tidb {

class row;

namespace detail {

enum class text_format : std::uint8_t {
  json,  ///< an array of objects, one a line
  csv,   ///< RFC 4180 with plain line ends; NULL is an empty field, and the empty text is ""
};

/// Prints rows of the engine's cells as one text.
class row_printer {
public:
  /// `columns`: what is known of them, or nothing.
  /// Errors: usage_error for JSON of two columns with one name.
  row_printer(text_format format, std::span<const std::string> names, std::span<const column_facts> columns,
              std::source_location where);

  /// Each appends to `text`.
  void begin(std::string& text) const;
  void add(std::span<const value_view> cells, std::string& text);
  void end(std::string& text) const;

private:
  text_format format_;
  std::vector<std::string> names_;
  std::span<const column_facts> columns_;
  bool any_{};
};

/// All rows as one text.
std::string text_of(const read_request& request, text_format format, std::span<const column_facts> columns);
/// The same to a stream, in memory that does not grow with the rows. Ends when `out` takes no more.
void write_text(const read_request& request, text_format format, std::span<const column_facts> columns,
                std::ostream& out);

/// What is known of a value that is not a column of a table's struct.
template <class T>
constexpr column_facts facts_of_value() {
  column_facts facts{.type = {type_kind::text}};  // which is printed as it comes
  if constexpr (requires { codec<T>::type; }) facts.type = codec<T>::type;
  facts.labels = labels_of<T>();
  return facts;
}

template <class Part>
void add_facts(std::vector<column_facts>& to) {
  if constexpr (is_mapped<bare<Part>>)
    to.insert(to.end(), facts_of<bare<Part>>.data(), facts_of<bare<Part>>.data() + facts_of<bare<Part>>.size());
  else
    to.push_back(facts_of_value<Part>());
}

/// What is known of the columns of rows of this type.
template <class Row>
struct row_facts {
  static std::vector<column_facts> make() {
    std::vector<column_facts> made;
    add_facts<Row>(made);
    return made;
  }
};
template <class... Parts>
struct row_facts<std::tuple<Parts...>> {
  static std::vector<column_facts> make() {
    std::vector<column_facts> made;
    (add_facts<Parts>(made), ...);
    return made;
  }
};
template <>
struct row_facts<row> {
  static std::vector<column_facts> make() { return {}; }
};

}  // namespace detail

}  // namespace tidb
