#include "search/text/word_breaker.hpp"

#include "search/text/icu_status.hpp"

#include <unicode/ubrk.h>
#include <unicode/utext.h>

namespace tidb::detail {

void word_breaker::closer::operator()(UBreakIterator* open) const noexcept { ubrk_close(open); }
void word_breaker::closer::operator()(UText* open) const noexcept { utext_close(open); }

word_breaker::word_breaker() {
  UErrorCode status = U_ZERO_ERROR;
  // The rules of no language: an index must not depend on the process's locale.
  iterator_.reset(ubrk_open(UBRK_WORD, "root", nullptr, 0, &status));
  expect_success(status);
}

void word_breaker::start(std::string_view text) {
  UErrorCode status = U_ZERO_ERROR;
  auto* opened = utext_openUTF8(text_.get(), text.data(), static_cast<std::int64_t>(text.size()), &status);
  if (opened != text_.get()) {
    (void)text_.release();
    text_.reset(opened);
  }
  expect_success(status);
  ubrk_setUText(iterator_.get(), text_.get(), &status);
  expect_success(status);
}

bool word_breaker::next(std::uint32_t& end) {
  const auto found = ubrk_next(iterator_.get());
  if (found == UBRK_DONE) return false;
  end = static_cast<std::uint32_t>(found);
  return true;
}

}  // namespace tidb::detail
