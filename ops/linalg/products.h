// SPDX-License-Identifier: GPL-3.0-or-later
//
// What computes a product: OpenBLAS, once it has shown that it computes rightly on this processor, or the loops of
// ops/kernels/product.c. blas.c is the only file that knows CBLAS.
#ifndef SELENOGRAD_PRODUCTS_H
#define SELENOGRAD_PRODUCTS_H

#include "autograd/machine.h"
#include "ops/linalg/gemm.h"
#include "ops/linalg/linalg.h"

typedef void sg_product(const sg_gemm *gemm, const void *a, const void *b, void *c);

// By OpenBLAS, on the calling thread alone. No extent is 0.
void sg_product_blas(const sg_gemm *gemm, const void *a, const void *b, void *c);
// By the loops that gemm->loops has.
void sg_product_loops(const sg_gemm *gemm, const void *a, const void *b, void *c);

// By plain loops, with sums in double.
void sg_product_small(const sg_gemm *gemm, const void *a, const void *b, void *c);

// Compares a routine with plain sums, in all forms of transposition and in sizes that take OpenBLAS's different
// ways: small, odd, blocked in every direction, added to C or not. Takes some 100 microseconds.
// `scratch` has room for SG_PRODUCT_TEST_BYTES.
bool sg_product_is_right(sg_product *routine, sg_dtype dtype, void *scratch);
#define SG_PRODUCT_TEST_BYTES ((size_t)256 << 10)

// Decides for a context what computes the products of a dtype, given the routine of the library.
void sg_product_decide(sg_context *context, sg_dtype dtype, sg_product *library, void *scratch);

// Whether nothing of OpenBLAS can be called in this context: it computes wrongly, or has no space. Decided already.
bool sg_products_are_unusable(const sg_context *context, sg_dtype dtype);

// Whether OpenBLAS has chosen a core below the processor's by itself, so that loops on this level are faster.
bool sg_blas_is_slow(int level);

// The core that OpenBLAS should have chosen, NULL when `core` will do: `level` is the processor's sg_isa_best.
const char *sg_better_core(const char *core, int level, bool amd);

#endif
