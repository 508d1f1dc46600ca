// SPDX-License-Identifier: GPL-3.0-or-later
//
// Who computes products. A BLAS that is wrong on a processor younger than itself would give wrong gradients without
// a word, so it has to pass a test first: once for each context and dtype, on the scratch space of the first
// product.
//
// The test takes whole numbers, small enough for every sum to be exact, and compares C x with op(A) (op(B) x) for a
// vector x of large random numbers: a wrong element of C shows for certain, several in one row unless x happens to
// be orthogonal to them. (R. Freivalds, "Probabilistic machines can use less running time", IFIP 1977.)
#include <math.h>

#include "ops/kernels/product.h"
#include "ops/linalg/products.h"
#include "ops/select_kernels.h"

// ---- The ops' own loops -----------------------------------------------------------------------------

void sg_product_loops(const sg_gemm *gemm, const void *a, const void *b, void *c) {
  product_arguments arguments = {.transpose_a = gemm->transpose_a,
                                 .transpose_b = gemm->transpose_b,
                                 .n = gemm->n,
                                 .k = gemm->k,
                                 .ld_a = gemm->ld_a,
                                 .ld_b = gemm->ld_b,
                                 .ld_c = gemm->ld_c,
                                 .beta = gemm->beta,
                                 .a = a,
                                 .b = b,
                                 .c = c};
  gemm->loops->product->multiply(&arguments, 0, gemm->m);
}

// ---- The test ---------------------------------------------------------------------------------------

// Both operands lie in one block, B from B_SHIFT on.
enum { OPERANDS = 52 * 401, B_SHIFT = 13, RESULT = 102 * 104, LONGEST = 512, PADDING = 3, SENTINEL = 77 };
_Static_assert((OPERANDS + RESULT) * sizeof(double) + 64 <= SG_PRODUCT_TEST_BYTES,
               "the test fits its scratch space");

static double element(int64_t position) { return (double)(((uint32_t)position * 2654435761u) >> 27) - 16; }
static double probe(int64_t j) { return 1 + (double)(((uint32_t)j * 2246822519u + 374761393u) >> 20); }
static double before(int64_t row, int64_t column) { return (double)((row * 3 + column * 5) % 11) - 5; }

static double read(sg_dtype dtype, const void *data, int64_t i) {
  return dtype == SG_F32 ? (double)((const float *)data)[i] : ((const double *)data)[i];
}

static void write(sg_dtype dtype, void *data, int64_t i, double value) {
  if (dtype == SG_F32)
    ((float *)data)[i] = (float)value;
  else
    ((double *)data)[i] = value;
}

// With beta = 0, C holds NaN before, which must not come through.
static void fill_result(const sg_gemm *g, void *c) {
  for (int64_t row = 0; row < g->m; row++) {
    for (int64_t j = 0; j < g->ld_c; j++) {
      double value = j >= g->n ? SENTINEL : g->beta != 0 ? before(row, j) : (double)NAN;
      write(g->dtype, c, row * g->ld_c + j, value);
    }
  }
}

// sums += M x, where element (i, j) of the matrix is data[i down + j right]. The sums are independent of each
// other, so that none waits for the last addition.
static void add_product(sg_dtype dtype, const void *data, int64_t rows, int64_t columns, int64_t down,
                        int64_t right, const double *restrict x, double *restrict sums) {
  const float *f32 = data;
  const double *f64 = data;
  for (int64_t j = 0; j < columns; j++) {
    if (dtype == SG_F32)
      for (int64_t i = 0; i < rows; i++) sums[i] += (double)f32[i * down + j * right] * x[j];
    else
      for (int64_t i = 0; i < rows; i++) sums[i] += f64[i * down + j * right] * x[j];
  }
}

static bool padding_is_whole(const sg_gemm *g, const void *c) {
  for (int64_t row = 0; row < g->m; row++)
    for (int64_t j = g->n; j < g->ld_c; j++)
      if (read(g->dtype, c, row * g->ld_c + j) != SENTINEL) return false;
  return true;
}

static bool result_is_right(const sg_gemm *g, const void *a, const void *b, const void *c) {
  double x[LONGEST], product[LONGEST] = {0}, expected[LONGEST] = {0}, found[LONGEST] = {0};
  for (int64_t j = 0; j < g->n; j++) x[j] = probe(j);
  bool flip_a = g->transpose_a, flip_b = g->transpose_b;
  add_product(g->dtype, b, g->k, g->n, flip_b ? 1 : g->ld_b, flip_b ? g->ld_b : 1, x, product);
  add_product(g->dtype, a, g->m, g->k, flip_a ? 1 : g->ld_a, flip_a ? g->ld_a : 1, product, expected);
  add_product(g->dtype, c, g->m, g->n, g->ld_c, 1, x, found);
  for (int64_t j = 0; j < g->n && g->beta != 0; j++)
    for (int64_t row = 0; row < g->m; row++) expected[row] += g->beta * before(row, j) * x[j];
  for (int64_t row = 0; row < g->m; row++)
    if (!(found[row] == expected[row])) return false; // NaN too
  return padding_is_whole(g, c);
}

// 101^3 and 50 x 52 x 400 are just above the million up to which OpenBLAS takes its routines for small matrices;
// the second is longer than a block of k in any of its routines.
static const int16_t sizes[][3] = {{1, 1, 1},    {5, 3, 2},    {1, 33, 17},     {33, 1, 17},  {2, 2, 64},
                                   {16, 16, 16}, {7, 24, 12},  {33, 9, 65},     {64, 48, 32}, {31, 63, 5},
                                   {4, 20, 300}, {20, 4, 300}, {101, 101, 101}, {50, 52, 400}};

bool sg_product_is_right(sg_product *routine, sg_dtype dtype, void *scratch) {
  char *c = (char *)scratch + (OPERANDS * sg_dtype_bytes(dtype) + 63) / 64 * 64;
  for (int64_t i = 0; i < OPERANDS; i++) write(dtype, scratch, i, element(i));
  const char *b = (const char *)scratch + B_SHIFT * sg_dtype_bytes(dtype);
  for (size_t s = 0; s < sizeof sizes / sizeof *sizes; s++) {
    bool large = sizes[s][0] * sizes[s][1] * sizes[s][2] > 1000000;
    for (int form = 0; form < 4; form += large ? 3 : 1) {
      sg_gemm g = {.dtype = dtype,
                   .transpose_a = form & 1,
                   .transpose_b = form & 2,
                   .m = sizes[s][0],
                   .n = sizes[s][1],
                   .k = sizes[s][2],
                   .beta = (s + (size_t)form) % 2 ? 1 : 0};
      g.ld_a = g.transpose_a ? g.m : g.k;
      g.ld_b = g.transpose_b ? g.k : g.n;
      g.ld_c = g.n + (form % 2 ? PADDING : 0);
      fill_result(&g, c);
      routine(&g, scratch, b, c);
      if (!result_is_right(&g, scratch, b, c)) return false;
    }
  }
  return true;
}

// ---- The choice -------------------------------------------------------------------------------------

// Every thread that is in OpenBLAS has a buffer of its own there. Where one cannot be had, OpenBLAS tries for ever.
static const uint64_t buffer_bytes = UINT64_C(128) << 20;

void sg_product_decide(sg_context *context, sg_dtype dtype, sg_product *library, void *scratch) {
  if (sg_blas_is_slow(sg_isa_level(context)))
    sg_product_choose(context, dtype, SG_PRODUCT_SLOW);
  else if (!sg_address_space_has(buffer_bytes * (uint64_t)sg_threads(context)))
    sg_product_choose(context, dtype, SG_PRODUCT_NO_SPACE);
  else
    sg_product_choose(context, dtype,
                      sg_product_is_right(library, dtype, scratch) ? SG_PRODUCT_LIBRARY : SG_PRODUCT_WRONG);
}

void sg_gemm_plan(sg_plan *plan) {
  if (sg_product_choice_of(plan->context, plan->output_dtype[0]) != SG_PRODUCT_UNDECIDED) return;
  if (plan->scratch_bytes < SG_PRODUCT_TEST_BYTES) plan->scratch_bytes = SG_PRODUCT_TEST_BYTES;
}

void sg_gemm_decide(sg_context *context, sg_dtype dtype, void *scratch) {
  if (sg_product_choice_of(context, dtype) != SG_PRODUCT_UNDECIDED) return;
  sg_product_decide(context, dtype, sg_product_blas, scratch);
}

const sg_kernels *sg_gemm_loops(const sg_context *context, sg_dtype dtype) {
  if (sg_product_choice_of(context, dtype) == SG_PRODUCT_LIBRARY) return NULL;
  return sg_kernels_for(context, dtype);
}

bool sg_products_are_unusable(const sg_context *context, sg_dtype dtype) {
  const int choice = (int)sg_product_choice_of(context, dtype);
  return choice == SG_PRODUCT_WRONG || choice == SG_PRODUCT_NO_SPACE;
}

static sg_status decide_now(sg_context *context, sg_dtype dtype) {
  sg_scope scope = sg_scope_open(context);
  sg_shape shape = {1, {SG_PRODUCT_TEST_BYTES / sizeof(double)}};
  sg_tensor *scratch = sg_tensor_new(context, SG_F64, &shape);
  if (scratch) sg_gemm_decide(context, dtype, sg_output_data(scratch));
  sg_scope_close(context, scope);
  return sg_error_status(context);
}

sg_status sg_products_decide(sg_context *context) {
  for (sg_dtype dtype = SG_F32; dtype <= SG_F64 && !sg_error_status(context); dtype++)
    if (sg_product_choice_of(context, dtype) == SG_PRODUCT_UNDECIDED) decide_now(context, dtype);
  return sg_error_status(context);
}

const char *sg_products_warning(const sg_context *context, sg_dtype dtype) {
  if (!sg_dtype_is_floating(dtype)) return NULL;
  switch (sg_product_choice_of(context, dtype)) {
  case SG_PRODUCT_WRONG:
    return "OpenBLAS multiplies matrices wrongly on this processor; Selenograd's own loops do it, somewhat slower";
  case SG_PRODUCT_NO_SPACE:
    return "there is no address space for OpenBLAS's buffers (ulimit -v); Selenograd's own loops multiply "
           "matrices, "
           "somewhat slower";
  case SG_PRODUCT_SLOW:
    return "OpenBLAS is older than this processor and has chosen slow routines; Selenograd's own loops multiply "
           "matrices";
  default:
    return NULL;
  }
}
