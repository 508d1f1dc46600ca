// SPDX-License-Identifier: GPL-3.0-or-later
//
// Matrix products, over threads. products.h is about who computes them.
//
// An op that multiplies calls sg_gemm_plan last in prepare and sg_gemm_decide first in forward. Where all its
// products are small it may leave out both.
#ifndef SELENOGRAD_GEMM_H
#define SELENOGRAD_GEMM_H

#include "autograd/op.h"
#include "ops/kernels/kernels.h"

// C = op(A) op(B) + beta C, all row-major: op(A) is m x k, op(B) is k x n, C is m x n. A row starts every ld_*
// elements of what is stored (op(A) transposed: k rows of A). Extents and row distances are at most
// SG_GEMM_MAXIMUM.
typedef struct sg_gemm {
  sg_dtype dtype;
  bool transpose_a, transpose_b;
  int64_t m, n, k;
  int64_t ld_a, ld_b, ld_c;
  double beta;
  const sg_kernels *loops; // what computes it, NULL: the library; sg_gemm_parallel and _single set it themselves
} sg_gemm;

#define SG_GEMM_MAXIMUM INT32_MAX

// Products of this size, 3 x 3 by 3 x 3, are computed by plain loops, whatever else was decided: a call of a
// library takes longer.
static inline bool sg_gemm_is_small(int64_t m, int64_t n, int64_t k) {
  enum { MOST = 27 };
  return m <= MOST && n <= MOST && k <= MOST && m * n * k <= MOST;
}

// Wants scratch space for testing the library, where the context has not done so yet.
void sg_gemm_plan(sg_plan *plan);
// Tests it then. The scratch space may be used for something else afterwards.
void sg_gemm_decide(sg_context *context, sg_dtype dtype, void *scratch);
// What goes into sg_gemm.loops.
const sg_kernels *sg_gemm_loops(const sg_context *context, sg_dtype dtype);

// On the calling thread alone. With beta = 0, C is not read.
void sg_gemm_serial(const sg_gemm *gemm, const void *a, const void *b, void *c);

// One loop over matrices: `size` steps, each of which moves by so many elements in A, B and C.
typedef struct sg_gemm_loop {
  int64_t size, step_a, step_b, step_c;
} sg_gemm_loop;

// Many products of one form. For every step of the outer loops, C = sum over the inner loops of op(A) op(B)
// (+ beta C); step_c of the inner loops is 0. Loops are ordered from the slowest to the fastest.
typedef struct sg_gemm_batch {
  sg_gemm form;
  int outer_count, inner_count;
  sg_gemm_loop outer[SG_MAX_RANK], inner[SG_MAX_RANK];
  const void *a, *b;
  void *c;
} sg_gemm_batch;

// Over the context's threads, in blocks that depend on the sizes only.
void sg_gemm_parallel(sg_context *context, const sg_gemm_batch *batch);
// One product, over the context's threads.
void sg_gemm_single(sg_context *context, const sg_gemm *gemm, const void *a, const void *b, void *c);

#endif
