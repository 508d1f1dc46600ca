// SPDX-License-Identifier: GPL-3.0-or-later
//
// The table of one variant: a pointer to each family's table.
#include "ops/kernels/real.h"

#if defined(SG_KERNEL_F32) || defined(SG_KERNEL_F64)
#define FLOATING_KERNELS(family) ANY_KERNELS(family)
#else
#define FLOATING_KERNELS(family)
#endif

#define KERNELS(family) FLOATING_KERNELS(family)
#define ANY_KERNELS(family) extern const family##_kernels VARIANT(family);
#include "ops/kernels/kernel_list.h"
#undef ANY_KERNELS

#define ANY_KERNELS(family) .family = &VARIANT(family),
extern const sg_kernels VARIANT(sg_kernels);
const sg_kernels VARIANT(sg_kernels) = {
#include "ops/kernels/kernel_list.h"
};
