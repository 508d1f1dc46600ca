// SPDX-License-Identifier: GPL-3.0-or-later
//
// A BLAS that computes wrongly is found out, and then the ops' own loops compute the products.
#include <math.h>
#include <string.h>

#include "ops/linalg/products.h"
#include "ops/select_kernels.h"
#include "tests/support/fixture.h"

// ---- Faults, each of the kind that some BLAS had on some processor ------------------------------------

static void add_at(const sg_gemm *g, void *c, int64_t i, double value) {
  if (g->dtype == SG_F32)
    ((float *)c)[i] += (float)value;
  else
    ((double *)c)[i] += value;
}

static bool is_large(const sg_gemm *g) { return g->m * g->n * g->k > 1000000; }
static int64_t last(const sg_gemm *g) { return (g->m - 1) * g->ld_c + g->n - 1; }

#define FAULT(name, body)                                                                                          \
  static void name(const sg_gemm *g, const void *a, const void *b, void *c) { body }
FAULT(off_by_one, sg_product_blas(g, a, b, c); add_at(g, c, 0, 1);)
FAULT(last_of_large, sg_product_blas(g, a, b, c); if (is_large(g)) add_at(g, c, last(g), 1);)
FAULT(last_of_odd, sg_product_blas(g, a, b, c); if (g->n % 2) add_at(g, c, last(g), 1);)
FAULT(long_sums, sg_product_blas(g, a, b, c); if (g->k > 384) add_at(g, c, g->ld_c, 1);)
FAULT(one_form, sg_product_blas(g, a, b, c); if (g->transpose_a && g->transpose_b) add_at(g, c, last(g), -1);)
FAULT(not_a_number, sg_product_blas(g, a, b, c); if (is_large(g)) add_at(g, c, 0, (double)NAN);)
FAULT(beside, sg_product_blas(g, a, b, c); if (g->ld_c > g->n) add_at(g, c, g->n, 1);)
FAULT(forgets_c, sg_gemm f = *g; f.beta = 0; sg_product_blas(&f, a, b, c);)
FAULT(reads_c, sg_gemm f = *g; if (f.beta == 0) f.beta = 1; sg_product_blas(&f, a, b, c);)
FAULT(nothing, (void)g; (void)a; (void)b; (void)c;)
FAULT(
    swaps_columns, sg_product_blas(g, a, b, c); if (g->n > 8) {
      add_at(g, c, 3, 5);
      add_at(g, c, 4, -5);
    })
#undef FAULT

static sg_product *const faults[] = {off_by_one, last_of_large, last_of_odd, long_sums, one_form,     not_a_number,
                                     beside,     forgets_c,     reads_c,     nothing,   swaps_columns};

// ---- What the test finds ------------------------------------------------------------------------------

static void finds_faults(void **state) {
  void *scratch = test_malloc(SG_PRODUCT_TEST_BYTES);
  (void)state;
  for (sg_dtype dtype = SG_F32; dtype <= SG_F64; dtype++) {
    assert_true(sg_product_is_right(sg_product_blas, dtype, scratch));
    for (size_t i = 0; i < sizeof faults / sizeof *faults; i++)
      if (sg_product_is_right(faults[i], dtype, scratch))
        fail_msg("fault %zu passed in %s", i, sg_dtype_name(dtype));
  }
  test_free(scratch);
}

// ---- Products by the ops' own loops -------------------------------------------------------------------

static sg_tensor *matrix(sg_context *context, sg_dtype dtype, int64_t rows, int64_t columns) {
  sg_shape shape = {2, {rows, columns}};
  return sg_random_normal(context, dtype, &shape, 0, 1);
}

// Element (i, j) of op(a) op(b), summed up in double. The order of the sums differs: each of n additions rounds
// what is at most the sum of the terms' sizes.
static void check_element(const sg_tensor *found, int64_t position, const sg_tensor *a, int64_t start_a,
                          int64_t step_a, const sg_tensor *b, int64_t start_b, int64_t step_b, int64_t n) {
  double sum = 0, size = 0, unit = sg_tensor_dtype(a) == SG_F32 ? 0x1p-24 : 0x1p-53;
  for (int64_t l = 0; l < n; l++) {
    double term = sg_tensor_value(a, start_a + l * step_a) * sg_tensor_value(b, start_b + l * step_b);
    sum += term;
    size += fabs(term);
  }
  double off = fabs(sg_tensor_value(found, position) - sum);
  if (!(off <= 2 * (double)n * unit * size)) fail_msg("element %lld is off by %g", (long long)position, off);
}

// y = a b, da = g b', db = a' g.
static void check_product(sg_context *context, sg_dtype dtype, int64_t m, int64_t n, int64_t k) {
  sg_scope scope = sg_scope_open(context);
  sg_tensor *a = matrix(context, dtype, m, k), *b = matrix(context, dtype, k, n), *g = matrix(context, dtype, m, n);
  sg_tensor_set_requires_grad(a, true);
  sg_tensor_set_requires_grad(b, true);
  sg_tensor *y = sg_matmul(context, a, b), *found[2];
  sg_grad(context, 1, &y, &g, 2, (sg_tensor *[]){a, b}, NULL, found);
  expect_ok(context);
  for (int64_t i = 0; i < m; i++) {
    for (int64_t j = 0; j < n; j++) check_element(y, i * n + j, a, i * k, 1, b, j, n, k);
    for (int64_t l = 0; l < k; l++) check_element(found[0], i * k + l, g, i * n, 1, b, l * n, 1, n);
  }
  for (int64_t l = 0; l < k; l++)
    for (int64_t j = 0; j < n; j++) check_element(found[1], l * n + j, a, l, k, g, j, n, m);
  sg_scope_close(context, scope);
}

static void check_products(sg_context *context, sg_dtype dtype) {
  check_product(context, dtype, 1, 1, 1);
  check_product(context, dtype, 6, 32, 128);
  check_product(context, dtype, 7, 33, 129);
  check_product(context, dtype, 70, 45, 300);
  check_product(context, dtype, 3, 100, 2);
}

static void falls_back(void **state) {
  (void)state;
  static const char *const levels[] = {"baseline", "x86-64-v3", "x86-64-v4"};
  void *scratch = test_malloc(SG_PRODUCT_TEST_BYTES);
  for (size_t level = 0; level < sizeof levels / sizeof *levels; level++) {
    sg_context *context = sg_open(&(sg_config){.ops = sg_builtin_ops(), .threads = 2, .isa = levels[level]});
    sg_product_decide(context, SG_F32, one_form, scratch);
    assert_int_equal(sg_product_choice_of(context, SG_F32), SG_PRODUCT_WRONG);
    assert_non_null(strstr(sg_products_warning(context, SG_F32), "OpenBLAS multiplies matrices wrongly"));
    assert_int_equal(sg_products_decide(context), SG_OK);
    assert_null(sg_products_warning(context, SG_F64)); // each dtype for itself
    assert_int_equal(sg_product_choice_of(context, SG_F64), SG_PRODUCT_LIBRARY);
    check_products(context, SG_F32);
    sg_product_choose(context, SG_F64, SG_PRODUCT_WRONG);
    check_products(context, SG_F64);
    sg_close(context);
  }
  test_free(scratch);
}

// The loops of every instruction set pass what the library has to pass.
static const sg_kernels *kernels;
static void loops(const sg_gemm *gemm, const void *a, const void *b, void *c) {
  sg_gemm g = *gemm;
  g.loops = kernels;
  sg_product_loops(&g, a, b, c);
}

static void own_loops_are_right(void **state) {
  (void)state;
  static const char *const levels[] = {"baseline", "x86-64-v3", "x86-64-v4"};
  void *scratch = test_malloc(SG_PRODUCT_TEST_BYTES);
  for (size_t level = 0; level < sizeof levels / sizeof *levels; level++) {
    sg_context *context = sg_open(&(sg_config){.isa = levels[level]});
    for (sg_dtype dtype = SG_F32; dtype <= SG_F64; dtype++) {
      kernels = sg_kernels_for(context, dtype);
      assert_true(sg_product_is_right(loops, dtype, scratch));
    }
    sg_close(context);
  }
  test_free(scratch);
}

static double whole_number(int64_t i) { return (double)(i * 7 % 11) - 5; }

static void set(sg_dtype dtype, void *data, int64_t i, double value) {
  if (dtype == SG_F32)
    ((float *)data)[i] = (float)value;
  else
    ((double *)data)[i] = value;
}

// Rows of C are two elements longer than n, and those stay what they were. With beta = 0, C holds NaN before.
static void expect_small_product(sg_gemm g) {
  enum { ROOM = 32 * 8 };
  _Alignas(64) char a[ROOM], b[ROOM], c[ROOM * 4], expected[ROOM * 4];
  const int64_t operand = g.m * g.k > g.k * g.n ? g.m * g.k : g.k * g.n;
  for (int64_t i = 0; i < operand; i++) {
    set(g.dtype, a, i, whole_number(i));
    set(g.dtype, b, i, whole_number(i + 3));
  }
  g.ld_a = g.transpose_a ? g.m : g.k;
  g.ld_b = g.transpose_b ? g.k : g.n;
  g.ld_c = g.n + 2;
  for (int64_t i = 0; i < g.m * g.ld_c; i++) {
    double before = g.beta == 0 && i % g.ld_c < g.n ? (double)NAN : whole_number(i + 1);
    set(g.dtype, c, i, before);
    set(g.dtype, expected, i, before);
  }
  sg_product_small(&g, a, b, c);
  sg_product_loops(&g, a, b, expected);
  assert_memory_equal(c, expected, (size_t)(g.m * g.ld_c) * sg_dtype_bytes(g.dtype));
}

// All that count as small, of whole numbers, whose sums are exact: the same bits as by the loops tested above.
static void small_products_are_right(void **state) {
  int products = 0;
  for (int64_t i = 0; i < 27 * 27 * 27; i++) {
    sg_gemm g = {.m = 1 + i % 27, .n = 1 + i / 27 % 27, .k = 1 + i / (27 * 27)};
    if (!sg_gemm_is_small(g.m, g.n, g.k)) continue;
    for (int form = 0; form < 16; form++) {
      g.dtype = form & 1 ? SG_F32 : SG_F64;
      g.transpose_a = form & 2;
      g.transpose_b = form & 4;
      g.beta = form & 8 ? 1 : 0;
      g.loops = sg_kernels_for(*state, g.dtype);
      expect_small_product(g);
      products++;
    }
  }
  assert_in_range(products, 2000, 27 * 27 * 27 * 16);
}

// Until the library has been tested, and without a product of the context's own. Small ones do without it.
static void decided_by_the_first_product(void **state) {
  sg_context *context = *state;
  assert_int_equal(sg_product_choice_of(context, SG_F64), SG_PRODUCT_UNDECIDED);
  sg_shape small = {2, {2, 2}}, shape = {2, {8, 8}};
  sg_tensor *a = sg_tensor_full(context, SG_F64, &small, 3);
  EXPECT(sg_matmul(context, a, a), 18, 18, 18, 18);
  assert_int_equal(sg_product_choice_of(context, SG_F64), SG_PRODUCT_UNDECIDED);
  a = sg_tensor_full(context, SG_F64, &shape, 3);
  assert_true(sg_tensor_value(sg_matmul(context, a, a), 63) == 72);
  assert_int_equal(sg_product_choice_of(context, SG_F64), SG_PRODUCT_LIBRARY);
  assert_int_equal(sg_product_choice_of(context, SG_F32), SG_PRODUCT_UNDECIDED);
}

// ---- The core -----------------------------------------------------------------------------------------

static void expect_core(const char *core, int level, bool amd, const char *better) {
  const char *found = sg_better_core(core, level, amd);
  if (better)
    assert_string_equal(found, better);
  else
    assert_null(found);
}

static void cores(void **state) {
  (void)state;
  expect_core("Prescott", 2, false, "SkylakeX"); // a Sapphire Rapids under OpenBLAS 0.3.21
  expect_core("Prescott", 1, false, "Haswell");
  expect_core("Prescott", 0, false, NULL);
  expect_core("Nehalem", 2, true, "Zen");
  expect_core("Sandybridge", 1, false, "Haswell");
  expect_core("Haswell", 2, false, "SkylakeX");
  expect_core("Haswell", 1, false, NULL);
  expect_core("Zen", 2, true, NULL);
  expect_core("Barcelona", 1, true, "Zen");
  expect_core("SkylakeX", 2, false, NULL);
  expect_core("Cooperlake", 2, false, NULL);
  expect_core("SapphireRapids", 2, false, NULL);
  expect_core("neoversen1", 0, false, NULL);
  sg_products_info info = sg_products_describe();
  assert_non_null(strstr(info.library, "OpenBLAS"));
  assert_true(strlen(info.core) > 0);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(finds_faults),        cmocka_unit_test(falls_back), cmocka_unit_test(own_loops_are_right),
      TEST_OF(small_products_are_right),     TEST_OF(decided_by_the_first_product),
      cmocka_unit_test(cores),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
