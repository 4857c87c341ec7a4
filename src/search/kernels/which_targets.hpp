// Included by every kernel, before Highway.
#pragma once

// Kernels keep arrays of vectors, which those without a fixed size cannot be in; NEON runs there.
#define HWY_DISABLED_TARGETS (HWY_SVE | HWY_SVE2 | HWY_SVE_256 | HWY_SVE2_128 | HWY_RVV)
