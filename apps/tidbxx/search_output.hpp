// What a search found, and how it went, on standard output.
#pragma once

#include "commands.hpp"

#include <optional>
#include <string>
#include <vector>

namespace cli {

/// By what the rows were found.
enum class search_kind : std::uint8_t { vector, words, hybrid };

class search_output {
public:
  search_output(const search_command& command, search_kind kind, std::vector<std::string> columns);

  /// Texts of these columns are printed with their words marked.
  void mark(tidb::highlighter words, std::vector<std::string> columns);
  /// `plan`: null if it is not to be told.
  void print(const std::vector<tidb::hit<tidb::row>>& hits, const tidb::search_plan* plan) const;

private:
  std::vector<std::string> names() const;
  std::vector<tidb::value_view> scores(const tidb::hit<tidb::row>& hit) const;
  void print_hits(const std::vector<tidb::hit<tidb::row>>& hits) const;
  std::string marked(std::string_view text, const std::string& column) const;
  bool is_marked(const std::string& column) const;

  const search_command& command_;
  search_kind kind_;
  std::vector<std::string> columns_;
  std::optional<tidb::highlighter> words_{};
  std::vector<std::string> marked_{};
};

}  // namespace cli
