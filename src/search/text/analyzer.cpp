#include "search/text/analyzer.hpp"

#include "search/text/synonyms.hpp"
#include "search/text/tokenizer.hpp"

#include <array>
#include <limits>
#include <mutex>
#include <utility>

#include <fmt/format.h>
#include <unicode/uchar.h>
#include <unicode/uversion.h>
#include <xxhash.h>

namespace tidb::detail {

namespace {

// To be counted up when the same text would get other terms.
constexpr int analyzer_number = 1;
// What is kept for threads that analyse at once, half a MiB each.
constexpr std::size_t most_idle_tools = 16;

bool elides(std::string_view language) noexcept {
  return language == "french" || language == "italian" || language == "catalan";
}

/// What the stemmers make of some words: libstemmer does not tell its version.
std::uint64_t fingerprint_of_stemmers() {
  constexpr std::array samples{"nationalities", "happily",  "informaciones", "chevaux", "häuser",
                               "schönheiten",   "ragazze",  "lichamelijk",   "любимая", "красоты",
                               "talossa",       "kitaplar", "coração",       "مدرسة"};
  std::string all;
  for (const auto& language : stemmer::languages()) {
    stemmer each(language);
    all += language;
    for (const auto* word : samples) all.append(" ").append(each.stem(word));
  }
  return XXH3_64bits(all.data(), all.size());
}

}  // namespace

struct text_analyzer::shared {
  explicit shared(analyzer_options chosen) : options(std::move(chosen)), rules(options) {
    idle.reserve(most_idle_tools);
    idle.push_back(std::make_unique<analysis_tools>(rules));
  }

  std::unique_ptr<analysis_tools> borrow() {
    {
      const std::lock_guard lock(mutex);
      if (!idle.empty()) {
        auto tools = std::move(idle.back());
        idle.pop_back();
        return tools;
      }
    }
    return std::make_unique<analysis_tools>(rules);
  }
  void give_back(std::unique_ptr<analysis_tools> tools) {
    const std::lock_guard lock(mutex);
    if (idle.size() < most_idle_tools) idle.push_back(std::move(tools));
  }

  std::uint32_t run(std::string_view text, text_use use, bool by_icu, const token_sink& take) {
    text = text.substr(0, std::numeric_limits<std::int32_t>::max());
    const token_rules how{.use = use,
                          .leaves_gaps = options.stop_words == stop_word_use::drop,
                          .splits_identifiers = options.split_identifiers,
                          .elides = elides(options.language),
                          .by_icu = by_icu};
    auto tools = borrow();
    const auto positions = tokenizer(text, how, rules, *tools, take).run();
    // Not after an exception of `take`: it may have stopped in the middle of anything.
    give_back(std::move(tools));
    return positions;
  }

  std::vector<text_token> tokens(std::string_view text, text_use use, bool by_icu) {
    std::vector<text_token> all;
    run(text, use, by_icu, [&](const token_view& each) {
      all.push_back({std::string(each.term), each.position, each.begin, each.end, each.kind, each.is_stop_word});
    });
    return all;
  }

  analyzer_options options;
  word_rules rules;
  synonym_table synonyms{};
  std::mutex mutex{};
  std::vector<std::unique_ptr<analysis_tools>> idle{};
};

text_analyzer::text_analyzer(analyzer_options options) : shared_(std::make_unique<shared>(std::move(options))) {
  shared_->synonyms = synonym_table(*this);
}
text_analyzer::~text_analyzer() = default;
text_analyzer::text_analyzer(text_analyzer&&) noexcept = default;
text_analyzer& text_analyzer::operator=(text_analyzer&&) noexcept = default;

std::uint32_t text_analyzer::each_token(std::string_view text, text_use use, const token_sink& take) const {
  return shared_->run(text, use, false, take);
}

std::vector<text_token> text_analyzer::tokens(std::string_view text, text_use use) const {
  return shared_->tokens(text, use, false);
}

std::vector<text_token> text_analyzer::tokens_by_icu(std::string_view text, text_use use) const {
  return shared_->tokens(text, use, true);
}

const analyzer_options& text_analyzer::options() const noexcept { return shared_->options; }
const synonym_table& text_analyzer::synonyms() const noexcept { return shared_->synonyms; }

std::string text_analyzer::version() {
  static const auto text = [] {
    UVersionInfo icu{}, unicode{};
    u_getVersion(icu);
    u_getUnicodeVersion(unicode);
    return fmt::format("{}, ICU {}, Unicode {}.{}, stemmers {:016x}", analyzer_number, icu[0], unicode[0], unicode[1],
                       fingerprint_of_stemmers());
  }();
  return text;
}

}  // namespace tidb::detail

namespace tidb {

std::vector<text_token> analyze(std::string_view text, const analyzer_options& options, text_use use) {
  return detail::text_analyzer(options).tokens(text, use);
}

}  // namespace tidb
