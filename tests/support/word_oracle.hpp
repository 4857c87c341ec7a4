// What a search by words finds among real texts, by the definition of BM25 and reading all of them.
#pragma once

#include <tidbxx/tidbxx.hpp>

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace tests {

/// What must be in a text: a word, a phrase of several, or a word that begins like this.
struct word_leaf {
  std::string text{};
  bool is_prefix{};
};

/// A search as it is typed, and what it means.
struct asked_words {
  std::string typed{};
  std::vector<word_leaf> any{}, must{}, must_not{};
};

struct scored_text {
  std::int64_t id{};
  double score{};
};

class word_oracle {
public:
  /// In place of the text of this id, if there is one; the one before stays counted.
  void put(std::int64_t id, std::string_view text);
  /// Not found any more, but counted: as an index counts it until it is made anew.
  void remove(std::int64_t id);
  /// The index was made anew.
  void forget_removed();

  /// All that match, the best first, the lowest id first among equals.
  std::vector<scored_text> find(const asked_words& asked) const;
  /// How many terms of the texts begin like this word.
  std::size_t terms_of_prefix(const std::string& beginning) const;

private:
  struct token {
    std::size_t term{};
    std::uint32_t position{};
  };
  struct document {
    std::int64_t id{};
    bool is_there{true};
    double length{};  // in positions
    std::vector<token> tokens{};
  };
  class search;

  std::vector<std::size_t> terms_beginning(const std::string& beginning) const;

  std::map<std::string, std::size_t> terms_;  // and their numbers
  std::vector<document> documents_;
  std::unordered_map<std::int64_t, std::size_t> places_;  // of those that are there
};

}  // namespace tests
