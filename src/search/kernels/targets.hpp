// Which of the kernels' versions run: for tests, which try all that the machine has.
#pragma once

#include <cstdint>
#include <vector>

namespace tidb::detail {

/// The best first.
std::vector<std::int64_t> kernel_targets();
const char* kernel_target_name(std::int64_t target);
/// From now on only this one, in the whole process; 0: the best again.
void use_kernel_target(std::int64_t target);

}  // namespace tidb::detail
