// SPDX-License-Identifier: GPL-3.0-or-later
//
// The result of a product in OpenBLAS depends on how many threads compute it. It therefore runs on one, and the
// threads are put around it: over the matrices of a batch and over blocks of C whose size follows from the sizes.
//
// OpenBLAS adds f32 products up in f32, all of them one after another where C is small. Long sums are therefore
// computed in stretches, which are added in double.
#include "ops/linalg/gemm.h"

#include <string.h>

#include "ops/linalg/products.h"

static void clear_rows(const sg_gemm *gemm, void *c) {
  size_t bytes = sg_dtype_bytes(gemm->dtype);
  for (int64_t row = 0; row < gemm->m; row++)
    memset((char *)c + (size_t)(row * gemm->ld_c) * bytes, 0, (size_t)gemm->n * bytes);
}

static void multiply(const sg_gemm *gemm, const void *a, const void *b, void *c) {
  if (gemm->m == 0 || gemm->n == 0) return;
  if (gemm->k == 0) {
    if (gemm->beta == 0) clear_rows(gemm, c);
    return;
  }
  if (sg_gemm_is_small(gemm->m, gemm->n, gemm->k))
    sg_product_small(gemm, a, b, c);
  else if (gemm->loops)
    sg_product_loops(gemm, a, b, c);
  else
    sg_product_blas(gemm, a, b, c);
}

// ---- Loops over matrices ----------------------------------------------------------------------------

static int64_t steps(const sg_gemm_loop *loops, int count) {
  int64_t product = 1;
  for (int i = 0; i < count; i++) product *= loops[i].size;
  return product;
}

// Where in A, B and C a product is, in elements.
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

static position at_element(const sg_gemm *form, position at, int64_t row, int64_t column) {
  at.a += row * (form->transpose_a ? 1 : form->ld_a);
  at.b += column * (form->transpose_b ? form->ld_b : 1);
  at.c += row * form->ld_c + column;
  return at;
}

static position at_term(const sg_gemm *form, position at, int64_t term) {
  at.a += term * (form->transpose_a ? form->ld_a : 1);
  at.b += term * (form->transpose_b ? 1 : form->ld_b);
  return at;
}

static int64_t at_most(int64_t value, int64_t bound) { return value > bound ? bound : value; }

static void multiply_at(const sg_gemm_batch *batch, const sg_gemm *form, position at) {
  size_t bytes = sg_dtype_bytes(form->dtype);
  multiply(form, (const char *)batch->a + (size_t)at.a * bytes, (const char *)batch->b + (size_t)at.b * bytes,
           (char *)batch->c + (size_t)at.c * bytes);
}

// ---- Long sums of f32 -------------------------------------------------------------------------------

enum {
  SUMS = 8192, // elements of C that are summed in double at a time: 64 KiB of stack
  SUM_ROWS = 128,
  SUM_COLUMNS = SUMS / SUM_ROWS,
  // Terms added in f32. With a small C, stretches of this length are as fast as the whole or faster. A larger C is
  // computed in panels of a few hundred terms by OpenBLAS itself, and cutting it into tiles costs a fifth.
  STRETCH = 1024,
  STRETCH_OF_LARGE = 1 << 18,
};

static bool is_long(const sg_gemm_batch *batch, const sg_gemm *form) {
  int64_t limit = form->m * form->n > SUMS ? STRETCH_OF_LARGE : STRETCH;
  if (form->dtype != SG_F32) return false;
  return (double)form->k * (double)steps(batch->inner, batch->inner_count) > (double)limit;
}

static void add_stretch(const sg_gemm *form, const float *c, double *sums) {
  for (int64_t row = 0; row < form->m; row++)
    for (int64_t column = 0; column < form->n; column++)
      sums[row * form->n + column] += (double)c[row * form->ld_c + column];
}

// C, of SUMS elements at most, holds one stretch after another.
static void multiply_tile(const sg_gemm_batch *batch, const sg_gemm *form, position at) {
  double sums[SUMS];
  float *c = (float *)batch->c + at.c;
  for (int64_t row = 0; row < form->m; row++)
    for (int64_t column = 0; column < form->n; column++)
      sums[row * form->n + column] = form->beta == 0 ? 0 : form->beta * (double)c[row * form->ld_c + column];
  int64_t summands = steps(batch->inner, batch->inner_count), length = 0;
  for (int64_t i = 0; i < summands; i++) {
    position summand = locate(batch->inner, batch->inner_count, i, at);
    for (int64_t term = 0; term < form->k; term += STRETCH) {
      sg_gemm part = *form;
      part.k = at_most(form->k - term, STRETCH);
      part.beta = length > 0 ? 1 : 0;
      multiply_at(batch, &part, at_term(form, summand, term));
      length += part.k;
      if (length < STRETCH) continue;
      add_stretch(form, c, sums);
      length = 0;
    }
  }
  if (length > 0) add_stretch(form, c, sums);
  for (int64_t row = 0; row < form->m; row++)
    for (int64_t column = 0; column < form->n; column++)
      c[row * form->ld_c + column] = (float)sums[row * form->n + column];
}

static void multiply_long(const sg_gemm_batch *batch, const sg_gemm *form, position at) {
  bool small = form->m * form->n <= SUMS;
  int64_t rows = small ? form->m : SUM_ROWS, columns = small ? form->n : SUM_COLUMNS;
  for (int64_t row = 0; row < form->m; row += rows)
    for (int64_t column = 0; column < form->n; column += columns) {
      sg_gemm tile = *form;
      tile.m = at_most(form->m - row, rows);
      tile.n = at_most(form->n - column, columns);
      multiply_tile(batch, &tile, at_element(form, at, row, column));
    }
}

void sg_gemm_serial(const sg_gemm *gemm, const void *a, const void *b, void *c) {
  if (gemm->k <= STRETCH) { // is_long would say no
    multiply(gemm, a, b, c);
    return;
  }
  sg_gemm_batch one = {.form = *gemm, .a = a, .b = b, .c = c};
  if (is_long(&one, gemm))
    multiply_long(&one, gemm, (position){0});
  else
    multiply(gemm, a, b, c);
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

static void multiply_block(const division *blocks, int64_t matrix, int64_t block) {
  const sg_gemm_batch *batch = blocks->batch;
  sg_gemm form = batch->form;
  position at = locate(batch->outer, batch->outer_count, matrix, (position){0});
  int64_t first = block * blocks->extent;
  at = blocks->cut_rows ? at_element(&form, at, first, 0) : at_element(&form, at, 0, first);
  int64_t *side = blocks->cut_rows ? &form.m : &form.n;
  *side = at_most(*side - first, blocks->extent);
  if (is_long(batch, &form)) {
    multiply_long(batch, &form, at);
    return;
  }
  int64_t summands = form.k > 0 ? steps(batch->inner, batch->inner_count) : 0; // products without a term are 0
  if (summands == 0 && form.beta == 0)
    clear_rows(&form, (char *)batch->c + (size_t)at.c * sg_dtype_bytes(form.dtype));
  for (int64_t i = 0; i < summands; i++) {
    multiply_at(batch, &form, locate(batch->inner, batch->inner_count, i, at));
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
  if (sg_gemm_is_small(gemm->m, gemm->n, gemm->k)) {
    multiply(gemm, a, b, c);
    return;
  }
  if ((double)gemm->m * (double)gemm->n * (double)gemm->k < block_work) { // it is one block
    sg_gemm whole = *gemm;
    whole.loops = sg_gemm_loops(context, gemm->dtype);
    sg_gemm_serial(&whole, a, b, c);
    return;
  }
  sg_gemm_parallel(context, &(sg_gemm_batch){.form = *gemm, .a = a, .b = b, .c = c});
}
