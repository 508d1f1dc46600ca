// SPDX-License-Identifier: GPL-3.0-or-later
//
// The result of a product in OpenBLAS depends on how many threads compute it. It therefore runs on one, and the
// threads are put around it: over the matrices of a batch and over blocks of C whose size follows from the sizes.
#include "ops/linalg/gemm.h"

#include <string.h>

#include "ops/linalg/products.h"

static void clear_rows(const sg_gemm *gemm, void *c) {
  size_t bytes = sg_dtype_bytes(gemm->dtype);
  for (int64_t row = 0; row < gemm->m; row++)
    memset((char *)c + (size_t)(row * gemm->ld_c) * bytes, 0, (size_t)gemm->n * bytes);
}

void sg_gemm_serial(const sg_gemm *gemm, const void *a, const void *b, void *c) {
  if (gemm->m == 0 || gemm->n == 0) return;
  if (gemm->k == 0) {
    if (gemm->beta == 0) clear_rows(gemm, c);
    return;
  }
  if (gemm->loops)
    sg_product_loops(gemm, a, b, c);
  else
    sg_product_blas(gemm, a, b, c);
}

// ---- Blocks of C over threads ---------------------------------------------------------------------

enum { BLOCKS_AT_MOST = 16, BLOCK_MULTIPLE = 32 };
static const double block_work = 1 << 20; // multiply-adds below which a block is not divided further

// C is cut along its longer side, because every block packs the whole other operand again.
typedef struct division {
  const sg_gemm_batch *batch;
  bool cut_rows;
  int64_t extent; // rows or columns of a block
  int64_t count;  // blocks per matrix
} division;

static division divide(const sg_gemm_batch *batch, int64_t matrices) {
  const sg_gemm *form = &batch->form;
  division result = {.batch = batch, .cut_rows = form->m >= form->n};
  int64_t side = result.cut_rows ? form->m : form->n;
  double work = (double)form->m * (double)form->n * (double)form->k / block_work;
  int64_t wanted = work < BLOCKS_AT_MOST ? (int64_t)work : BLOCKS_AT_MOST;
  if (wanted * matrices > BLOCKS_AT_MOST) wanted = BLOCKS_AT_MOST / matrices;
  if (wanted < 1) wanted = 1;
  result.extent = (side + wanted - 1) / wanted;
  result.extent = (result.extent + BLOCK_MULTIPLE - 1) / BLOCK_MULTIPLE * BLOCK_MULTIPLE;
  result.count = (side + result.extent - 1) / result.extent;
  return result;
}

static int64_t steps(const sg_gemm_loop *loops, int count) {
  int64_t product = 1;
  for (int i = 0; i < count; i++) product *= loops[i].size;
  return product;
}

typedef struct position {
  int64_t a, b, c;
} position;

static position locate(const sg_gemm_loop *loops, int count, int64_t step, position start) {
  for (int i = count - 1; i >= 0; i--) {
    int64_t index = step % loops[i].size;
    step /= loops[i].size;
    start.a += index * loops[i].step_a;
    start.b += index * loops[i].step_b;
    start.c += index * loops[i].step_c;
  }
  return start;
}

static void multiply_block(const division *blocks, int64_t matrix, int64_t block) {
  const sg_gemm_batch *batch = blocks->batch;
  sg_gemm form = batch->form;
  position at = locate(batch->outer, batch->outer_count, matrix, (position){0});
  int64_t first = block * blocks->extent;
  if (blocks->cut_rows) {
    at.a += first * (form.transpose_a ? 1 : form.ld_a);
    at.c += first * form.ld_c;
    form.m = form.m - first < blocks->extent ? form.m - first : blocks->extent;
  } else {
    at.b += first * (form.transpose_b ? form.ld_b : 1);
    at.c += first;
    form.n = form.n - first < blocks->extent ? form.n - first : blocks->extent;
  }
  int64_t bytes = (int64_t)sg_dtype_bytes(form.dtype);
  char *c = (char *)batch->c + at.c * bytes;
  int64_t summands = steps(batch->inner, batch->inner_count);
  if (summands == 0 && form.beta == 0) clear_rows(&form, c);
  for (int64_t i = 0; i < summands; i++) {
    position here = locate(batch->inner, batch->inner_count, i, at);
    sg_gemm_serial(&form, (const char *)batch->a + here.a * bytes, (const char *)batch->b + here.b * bytes, c);
    form.beta = 1;
  }
}

static void multiply_blocks(const void *arguments, int64_t begin, int64_t end) {
  const division *blocks = arguments;
  for (int64_t item = begin; item < end; item++) multiply_block(blocks, item / blocks->count, item % blocks->count);
}

void sg_gemm_parallel(sg_context *context, const sg_gemm_batch *batch) {
  const sg_gemm *form = &batch->form;
  int64_t matrices = steps(batch->outer, batch->outer_count);
  if (form->m == 0 || form->n == 0 || matrices == 0) return;
  sg_gemm_batch chosen = *batch;
  chosen.form.loops = sg_gemm_loops(context, form->dtype);
  division blocks = divide(&chosen, matrices);
  double work = (double)form->m * (double)form->n * (double)form->k / (double)blocks.count / block_work;
  int64_t grain = work >= 1 ? 1 : work < 0x1p-20 ? 1 << 20 : (int64_t)(1 / work);
  sg_parallel(context, matrices * blocks.count, grain, multiply_blocks, &blocks);
}

void sg_gemm_single(sg_context *context, const sg_gemm *gemm, const void *a, const void *b, void *c) {
  sg_gemm_parallel(context, &(sg_gemm_batch){.form = *gemm, .a = a, .b = b, .c = c});
}
