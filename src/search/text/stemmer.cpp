#include "search/text/stemmer.hpp"

#include "tidbxx/core/error.hpp"

#include <algorithm>
#include <new>

#include <libstemmer.h>

namespace tidb::detail {

namespace {

[[noreturn]] void throw_unknown(const std::string& language) {
  std::string known = "none";
  for (const auto& each : stemmer::languages()) known += ", " + each;
  throw_usage("there is no stemmer for the language \"" + language + "\"; there are " + known);
}

}  // namespace

void stemmer::closer::operator()(sb_stemmer* open) const noexcept { sb_stemmer_delete(open); }

stemmer::stemmer(const std::string& language) {
  if (language == "none") return;
  // libstemmer would also take abbreviations, under which no stop words are found.
  if (!std::ranges::count(languages(), language)) throw_unknown(language);
  stemmer_.reset(sb_stemmer_new(language.c_str(), "UTF_8"));
  if (!stemmer_) throw std::bad_alloc();
}

std::string_view stemmer::stem(std::string_view word) {
  if (!stemmer_) return word;
  const auto* found =
      sb_stemmer_stem(stemmer_.get(), reinterpret_cast<const sb_symbol*>(word.data()), static_cast<int>(word.size()));
  if (found == nullptr) throw std::bad_alloc();
  return {reinterpret_cast<const char*>(found), static_cast<std::size_t>(sb_stemmer_length(stemmer_.get()))};
}

std::vector<std::string> stemmer::languages() {
  std::vector<std::string> all;
  for (const char** each = sb_stemmer_list(); *each != nullptr; ++each) all.emplace_back(*each);
  return all;
}

}  // namespace tidb::detail
