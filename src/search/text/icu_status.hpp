// What ICU's functions answer.
#pragma once

#include <stdexcept>
#include <string>

#include <unicode/utypes.h>

namespace tidb::detail {

/// Only a broken installation of ICU or no memory lead here: no text is an error to it.
inline void expect_success(UErrorCode status) {
  if (U_FAILURE(status)) throw std::runtime_error(std::string("ICU failed: ") + u_errorName(status));
}

}  // namespace tidb::detail
