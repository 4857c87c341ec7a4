// Where words begin and end, by ICU's rules (Unicode Standard Annex 29).
#pragma once

#include <cstdint>
#include <memory>
#include <string_view>

struct UBreakIterator;
struct UText;

namespace tidb::detail {

/// Not to be used by two threads at once.
class word_breaker {
public:
  word_breaker();

  /// The text to be walked through, borrowed until the next call.
  void start(std::string_view text);
  /// The end of the piece that begins where the last one ended, in bytes; false when there are no more.
  bool next(std::uint32_t& end);

private:
  struct closer {
    void operator()(UBreakIterator* open) const noexcept;
    void operator()(UText* open) const noexcept;
  };
  std::unique_ptr<UBreakIterator, closer> iterator_;
  std::unique_ptr<UText, closer> text_;
};

}  // namespace tidb::detail
