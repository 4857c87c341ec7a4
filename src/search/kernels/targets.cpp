#include "search/kernels/targets.hpp"

#include <hwy/targets.h>

namespace tidb::detail {

std::vector<std::int64_t> kernel_targets() { return hwy::SupportedAndGeneratedTargets(); }

const char* kernel_target_name(std::int64_t target) { return hwy::TargetName(target); }

void use_kernel_target(std::int64_t target) { hwy::SetSupportedTargetsForTest(target); }

}  // namespace tidb::detail
