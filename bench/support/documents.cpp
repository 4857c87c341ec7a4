#include "../documents.hpp"

#include <algorithm>
#include <cmath>
#include <fstream>
#include <random>
#include <stdexcept>
#include <unordered_map>
#include <unordered_set>

#include <fmt/core.h>
#include <nlohmann/json.hpp>

namespace bench {

namespace {

constexpr std::size_t least_letters = 4;
constexpr std::size_t least_documents = 20;

std::vector<document> read_documents(const std::string& folder, std::size_t rows) {
  std::ifstream in(folder + "/packages.jsonl");
  if (!in) throw std::runtime_error("there is no packages.jsonl in " + folder);
  std::vector<document> made;
  for (std::string line; made.size() < rows && std::getline(in, line);) {
    const auto object = nlohmann::json::parse(line);
    made.push_back({.id = object.at("id"),
                    .name = object.at("name"),
                    .section = object.at("section"),
                    .size = object.at("size"),
                    .text = object.at("text")});
  }
  return made;
}

std::vector<document> make_up_documents(std::size_t rows) {
  std::vector<document> made;
  for (std::size_t row = 0; row < rows; ++row)
    made.push_back({.id = static_cast<std::int64_t>(row),
                    .name = fmt::format("package {}", row),
                    .section = fmt::format("section {}", row % 50),
                    .size = static_cast<std::int64_t>(row * 7919 % 10'000),
                    .text = made_up_text(row)});
  return made;
}

bool is_stop_word(const std::string& word) {
  const auto tokens = tidb::analyze(word, {}, tidb::text_use::query);
  return tokens.empty() || tokens.front().is_stop_word;
}

}  // namespace

std::string made_up_text(std::size_t row) {
  std::minstd_rand random(static_cast<unsigned>(row + 1));
  std::uniform_real_distribution<double> share;
  std::string text;
  for (auto words = 20 + random() % 90; words > 0; --words)
    text += fmt::format("word{} ", static_cast<int>(std::pow(60'000.0, share(random))));
  return text;
}

std::vector<document> load_documents(const data_settings& given) {
  return given.data.empty() ? make_up_documents(given.rows) : read_documents(given.data, given.rows);
}

std::size_t text_bytes(std::span<const document> documents) {
  std::size_t bytes = 0;
  for (const auto& one : documents) bytes += one.text.size();
  return bytes;
}

std::vector<word_pair> choose_pairs(const std::vector<std::string_view>& texts, std::size_t count) {
  std::vector<std::vector<std::string>> words;
  std::unordered_map<std::string, std::size_t> documents;
  for (const auto text : texts) {
    std::unordered_set<std::string> seen;
    each_word(text, [&](std::string_view word) {
      if (word.size() >= least_letters) seen.emplace(word);
    });
    for (const auto& word : seen) ++documents[word];
    words.emplace_back(seen.begin(), seen.end());
    std::ranges::sort(words.back());
  }
  const auto least = std::min(least_documents, texts.size() / 100);
  std::erase_if(documents, [&](const auto& each) {
    return each.second < least || each.second > texts.size() / 2 || is_stop_word(each.first);
  });
  for (auto& of_text : words) std::erase_if(of_text, [&](const auto& word) { return !documents.contains(word); });
  std::erase_if(words, [](const auto& of_text) { return of_text.size() < 2; });
  if (words.empty()) throw std::runtime_error("no text has two words to search for");
  std::mt19937 random(11);
  std::vector<word_pair> made;
  while (made.size() < count) {
    auto& some = words[random() % words.size()];
    std::ranges::shuffle(some, random);
    made.push_back({some[0], some[1]});
  }
  return made;
}

double quantile(std::vector<double> times, double share) {
  std::ranges::sort(times);
  return times[static_cast<std::size_t>(share * static_cast<double>(times.size() - 1))];
}

}  // namespace bench
