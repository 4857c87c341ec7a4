// DATE_FORMAT's patterns, both ways.
#pragma once

#include "engine/sqlite/date_text.hpp"

namespace tidb::detail {

/// `value`, which is a day, as the pattern says.
std::string format_moment(const moment& value, std::string_view pattern);

/// What STR_TO_DATE found in a text.
struct parsed_moment {
  moment value{};
  bool has_date{};
  bool has_fraction{};
};

/// Nothing where the text does not follow the pattern. Text behind the pattern's end does not count.
std::optional<parsed_moment> parse_moment(std::string_view text, std::string_view pattern) noexcept;

extern const std::string_view month_names[12];
extern const std::string_view day_names[7];  ///< from Monday

}  // namespace tidb::detail
