// SPDX-License-Identifier: GPL-3.0-or-later
//
// Every kernel is written once over the type `real` and compiled for {f32, f64} x {baseline, x86-64-v3,
// x86-64-v4} (baseline alone on other machines), those that make sense of integers for i64 and bytes too. Each of
// these variants fills one table of function pointers.
#ifndef SELENOGRAD_KERNELS_H
#define SELENOGRAD_KERNELS_H

#include "autograd/kernel.h"

#define KERNELS(family) typedef struct family##_kernels family##_kernels;
#define ANY_KERNELS(family) KERNELS(family)
#include "ops/kernels/kernel_list.h"
#undef KERNELS

// NULL where a family makes no sense for the type.
typedef struct sg_kernels {
#define KERNELS(family) const family##_kernels *family;
#include "ops/kernels/kernel_list.h"
#undef KERNELS
#undef ANY_KERNELS
} sg_kernels;

#endif
