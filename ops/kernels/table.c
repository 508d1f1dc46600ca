// SPDX-License-Identifier: GPL-3.0-or-later
//
// The table of one variant: a pointer to each family's table.
#include "ops/kernels/real.h"

#define KERNELS(family) extern const family##_kernels VARIANT(family);
#include "ops/kernels/kernel_list.h"
#undef KERNELS

extern const sg_kernels VARIANT(sg_kernels);
const sg_kernels VARIANT(sg_kernels) = {
#define KERNELS(family) .family = &VARIANT(family),
#include "ops/kernels/kernel_list.h"
#undef KERNELS
};
