// Packages with their descriptions, real ones or made up, and the words that the benchmarks search them for.
#pragma once

#include "data_settings.hpp"
#include <tidbxx/tidbxx.hpp>

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace bench {

struct document {
  std::int64_t id{};
  std::string name{}, section{};
  std::int64_t size{};
  std::string text{};
};

constexpr auto tidb_schema(tidb::of<document>) {
  return tidb::mapping("bench_documents", tidb::column<&document::id>(tidb::primary_key),
                       tidb::column<&document::name>(tidb::varchar(120)),
                       tidb::column<&document::section>(tidb::varchar(40)), tidb::column<&document::size>(),
                       tidb::column<&document::text>(tidb::mediumtext));
}

/// Of made-up words whose frequencies fall as those of a language do; the same for a row each time.
std::string made_up_text(std::size_t row);
/// Those of packages.jsonl, the first so many; without a folder as many made-up ones, the same each time.
std::vector<document> load_documents(const data_settings& given);
std::size_t text_bytes(std::span<const document> documents);
/// Lifetime: the rows'.
template <class Rows>
std::vector<std::string_view> texts_of(const Rows& rows) {
  std::vector<std::string_view> texts;
  for (const auto& row : rows) texts.push_back(row.text);
  return texts;
}

struct word_pair {
  std::string first{}, second{};
};

/// Two words of one text that neither half of the texts have nor nearly none, and that are no stop words.
/// Errors: std::runtime_error if no text has two such words.
std::vector<word_pair> choose_pairs(const std::vector<std::string_view>& texts, std::size_t count);

constexpr bool is_of_word(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || static_cast<signed char>(c) < 0;
}

/// The words as FTS5's tokenizer "ascii" has them.
template <class Take>
void each_word(std::string_view text, const Take& take) {
  std::string word;
  for (std::size_t i = 0; i <= text.size(); ++i) {
    if (i < text.size() && is_of_word(text[i])) {
      word.push_back(text[i] >= 'A' && text[i] <= 'Z' ? static_cast<char>(text[i] - 'A' + 'a') : text[i]);
    } else if (!word.empty()) {
      take(std::string_view(word));
      word.clear();
    }
  }
}

/// The time that this share of them stayed under.
double quantile(std::vector<double> times, double share);

}  // namespace bench
