// SPDX-License-Identifier: GPL-3.0-or-later
//
// What a kernel source file includes: the type `real` of this variant, and VARIANT(name), the name under which
// the variant's table is known to the linker. The build defines SG_KERNEL_F32, SG_KERNEL_F64, SG_KERNEL_I64 or
// SG_KERNEL_U8, SG_KERNEL_ISA (baseline, v3, v4) and SG_KERNEL_ISA_LEVEL (0, 1, 2).
#ifndef SELENOGRAD_REAL_H
#define SELENOGRAD_REAL_H

#include "ops/kernels/kernels.h"

#if defined(SG_KERNEL_F32)
typedef float real;
#define SG_KERNEL_REAL f32
#elif defined(SG_KERNEL_F64)
typedef double real;
#define SG_KERNEL_REAL f64
#elif defined(SG_KERNEL_I64) // rows of integers
typedef int64_t real;
#define SG_KERNEL_REAL i64
#elif defined(SG_KERNEL_U8) // bytes, which are bools too: moved, compared, counted
typedef uint8_t real;
#define SG_KERNEL_REAL u8
#else
#error "kernels are compiled with SG_KERNEL_F32, SG_KERNEL_F64, SG_KERNEL_I64 or SG_KERNEL_U8 defined"
#endif

#define SG_JOIN_EXPANDED(name, type, isa) name##_##type##_##isa
#define SG_JOIN(name, type, isa) SG_JOIN_EXPANDED(name, type, isa)
#define VARIANT(name) SG_JOIN(name, SG_KERNEL_REAL, SG_KERNEL_ISA)

// Where a constant argument, a function pointer or a flag, must dissolve into the loop.
#define ALWAYS_INLINE static inline __attribute__((always_inline))

#endif
