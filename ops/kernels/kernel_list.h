// SPDX-License-Identifier: GPL-3.0-or-later
//
// The only list of kernel families. KERNELS(family) stands for the files ops/kernels/family.h and family.c,
// compiled for f32 and f64; ANY_KERNELS(family) for one that i64 and bytes have too.
// clang-format off
KERNELS(bias)
KERNELS(product)
KERNELS(matrix)
KERNELS(im2col)
KERNELS(stencil)
KERNELS(max_pool)
KERNELS(bands)
KERNELS(corners)
KERNELS(softmax)
KERNELS(cross_entropy)
KERNELS(soft_cross_entropy)
KERNELS(margin_rows)
KERNELS(move)
KERNELS(index)
KERNELS(reduce)
ANY_KERNELS(integer_reduce)
ANY_KERNELS(position)
ANY_KERNELS(scan)
ANY_KERNELS(sort)
ANY_KERNELS(bounds)
KERNELS(prod)
KERNELS(centre)
KERNELS(norm_slopes)
KERNELS(distances)
KERNELS(norm_forward)
KERNELS(norm_backward)
// clang-format on
