#include "search/text/folding.hpp"

#include "core/utf8.hpp"
#include "search/text/characters.hpp"
#include "search/text/icu_status.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include <unicode/bytestream.h>
#include <unicode/normalizer2.h>
#include <unicode/uchar.h>
#include <unicode/unistr.h>
#include <unicode/uscript.h>

namespace tidb::detail {

namespace {

// More than any term needs: putting very many marks in order takes the square of their number.
constexpr std::size_t longest_word = 4096;

struct alphabet {
  std::string_view language;
  std::u32string_view letters;
  std::u32string_view written{};  // and what the stemmer knows for each
  std::u32string_view stemmed{};
};

// Where a letter with a mark is one of its own, which who speaks the language also types.
constexpr std::array alphabets{
    alphabet{"danish", U"åæø"},
    alphabet{"finnish", U"åäö"},
    alphabet{"norwegian", U"åæø"},
    // The stemmer is older than the letters with a comma.
    alphabet{"romanian", U"", U"șț", U"şţ"},
    alphabet{"spanish", U"ñ"},
    alphabet{"swedish", U"åäö"},
    alphabet{"turkish", U"çğıöşü"},
};

// Letters that Unicode does not take apart, by what is typed for them on another keyboard.
constexpr std::array<std::pair<char32_t, std::u32string_view>, 24> replaced{{
    {U'æ', U"ae"}, {U'ð', U"d"}, {U'ø', U"o"},  {U'þ', U"th"}, {U'đ', U"d"}, {U'ħ', U"h"}, {U'ı', U"i"}, {U'ĸ', U"k"},
    {U'ł', U"l"},  {U'ŋ', U"n"}, {U'œ', U"oe"}, {U'ŧ', U"t"},  {U'ƒ', U"f"}, {U'ɨ', U"i"}, {U'ѐ', U"е"}, {U'ѝ', U"и"},
    {U'آ', U"ا"},  {U'أ', U"ا"}, {U'إ', U"ا"},  {U'ٱ', U"ا"},  {U'ة', U"ه"}, {U'ى', U"ي"}, {U'ک', U"ك"}, {U'ی', U"ي"},
}};

UScriptCode script_of(char32_t code) noexcept {
  UErrorCode status = U_ZERO_ERROR;
  return uscript_getScript(static_cast<UChar32>(code), &status);
}

bool is_mark(char32_t code) noexcept {
  return code >= 0x0300 && (U_GET_GC_MASK(static_cast<UChar32>(code)) & (U_GC_MN_MASK | U_GC_ME_MASK)) != 0;
}

/// In other scripts marks are vowels, tones or another consonant.
bool has_optional_marks(UScriptCode script) noexcept {
  return script == USCRIPT_LATIN || script == USCRIPT_GREEK || script == USCRIPT_CYRILLIC || script == USCRIPT_HEBREW ||
         script == USCRIPT_ARABIC;
}

std::string casefolded(std::string_view word) {
  UErrorCode status = U_ZERO_ERROR;
  std::string made;
  const auto* form = icu::Normalizer2::getNFKCCasefoldInstance(status);
  expect_success(status);
  icu::StringByteSink<std::string> sink(&made);
  form->normalizeUTF8(0, {word.data(), static_cast<std::int32_t>(word.size())}, sink, nullptr, status);
  expect_success(status);
  return made;
}

/// The letter that carries the marks of `code`; `code` itself if there are none.
char32_t base_of(char32_t code) {
  UErrorCode status = U_ZERO_ERROR;
  const auto* form = icu::Normalizer2::getNFDInstance(status);
  expect_success(status);
  icu::UnicodeString parts;
  if (!form->getDecomposition(static_cast<UChar32>(code), parts)) return code;
  return static_cast<char32_t>(parts.char32At(0));
}

std::string with_turkish_small_i(std::string_view word) {
  std::string made;
  for (std::size_t i = 0; i < word.size(); ++i) {
    if (word[i] == 'I') {
      made += "ı";
    } else if (word.substr(i).starts_with("İ")) {
      made += 'i', ++i;
    } else {
      made += word[i];
    }
  }
  return made;
}

/// What stays of a character besides its case.
class mark_remover {
public:
  explicit mark_remover(bool marks_too) : marks_too_(marks_too) {}

  void append(std::string& text, char32_t code) {
    if (const auto digit = u_charDigitValue(static_cast<UChar32>(code));
        digit >= 0 && u_isdigit(static_cast<UChar32>(code)) != 0) {
      text += static_cast<char>('0' + digit);
    } else if (code == U'\u2019') {
      text += '\'';
    } else if (!marks_too_ || !is_left_out(code)) {
      append_code_point(text, static_cast<std::int32_t>(marks_too_ && code == U'ё' ? U'е' : code));
    }
  }

private:
  bool is_left_out(char32_t code) {
    if (is_mark(code)) return has_optional_marks(base_);
    // Signs of abbreviation in Hebrew, and the stroke that widens Arabic words
    if (code == U'״' || code == U'׳' || code == U'ـ') return true;
    if ((code == U'"' || code == U'\'') && base_ == USCRIPT_HEBREW) return true;
    // The colour of an emoji's skin
    if (code >= 0x1F3FB && code <= 0x1F3FF && base_ != USCRIPT_INVALID_CODE) return true;
    base_ = script_of(code);
    return false;
  }

  bool marks_too_;
  UScriptCode base_{USCRIPT_INVALID_CODE};  // the script of the last letter
};

}  // namespace

folding::folding(const analyzer_options& options)
    : accents_(options.fold_accents), dotless_i_(options.language == "turkish") {
  for (const auto& each : alphabets)
    if (each.language == options.language) kept_ = each.letters, written_ = each.written, stemmed_ = each.stemmed;
}

std::string folding::normalized(std::string_view word) const {
  word = cut_to(word, longest_word);
  const auto folded = casefolded(dotless_i_ ? with_turkish_small_i(word) : word);
  mark_remover marks(accents_);
  std::string made;
  made.reserve(folded.size());
  for (std::string_view rest = folded; !rest.empty();) {
    const auto next = first_character(rest);
    const auto place = written_.find(next.code);
    marks.append(made, place == std::u32string_view::npos ? next.code : stemmed_[place]);
    rest.remove_prefix(next.size);
  }
  return made;
}

void folding::append_folded(std::string& text, char32_t code) const {
  if (code < 0x80 || kept_.find(code) != std::u32string_view::npos) {
    append_code_point(text, static_cast<std::int32_t>(code));
    return;
  }
  const auto script = script_of(code);
  if (script == USCRIPT_LATIN || script == USCRIPT_GREEK) code = base_of(code);
  const auto* found = std::ranges::find(replaced, code, &std::pair<char32_t, std::u32string_view>::first);
  if (found == replaced.end()) {
    append_code_point(text, static_cast<std::int32_t>(code));
  } else {
    for (const auto each : found->second) append_code_point(text, static_cast<std::int32_t>(each));
  }
}

std::string folding::without_accents(std::string_view word) const {
  if (!accents_) return std::string(word);
  std::string made;
  made.reserve(word.size());
  for (std::string_view rest = word; !rest.empty();) {
    const auto next = first_character(rest);
    append_folded(made, next.code);
    rest.remove_prefix(next.size);
  }
  return made;
}

}  // namespace tidb::detail
