// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef SELENOGRAD_KERNELS_TAIL_H
#define SELENOGRAD_KERNELS_TAIL_H

// Where exp(-x) has become 0 in the dtype, even as a subnormal number: at x = 103.98 in f32, 745.14 in f64.
enum { TAIL_F32 = 128, TAIL_F64 = 1024 };

#endif
