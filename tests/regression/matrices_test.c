// SPDX-License-Identifier: GPL-3.0-or-later
//
// Matrices that samples cannot be: those without a result or without a derivative, and larger ones, whose factors
// must give them back.
#include <math.h>
#include <string.h>

#include "ops/ops.h"
#include "tests/support/fixture.h"

static sg_tensor *square(sg_context *c, int64_t n, const double *values, bool leaf) {
  sg_tensor *x = sg_tensor_from(c, SG_F64, &(sg_shape){2, {n, n}}, values);
  sg_tensor_set_requires_grad(x, leaf);
  return x;
}

static sg_tensor *gradient(sg_context *c, sg_tensor *y, sg_tensor *x, bool recorded) {
  sg_tensor *d_x = NULL, *sum = total(c, y);
  sg_grad(c, 1, &sum, NULL, 1, &x, &(sg_backward_options){.create_graph = recorded, .retain_graph = true}, &d_x);
  return d_x;
}

static void expect_near(const sg_tensor *x, const double *values, double tolerance) {
  for (int64_t i = 0; i < sg_tensor_elements(x); i++)
    if (!(fabs(sg_tensor_value(x, i) - values[i]) <= tolerance))
      fail_msg("element %lld is %.17g, expected %.17g", (long long)i, sg_tensor_value(x, i), values[i]);
}

// ---- Singular ---------------------------------------------------------------------------------------

static void determinants_of_singular_matrices_have_cofactors(void **state) {
  sg_context *c = *state;
  sg_tensor *x = square(c, 3, (double[]){1, 2, 3, 4, 5, 6, 7, 8, 9}, true);
  sg_tensor *d_x = gradient(c, sg_det(c, x), x, true);
  expect_ok(c);
  expect_near(d_x, (double[]){-3, 6, -3, 6, -12, 6, -3, 6, -3}, 1e-13);
  sg_tensor *rank_1 = square(c, 3, (double[]){1, 2, 3, 2, 4, 6, 3, 6, 9}, true);
  expect_near(gradient(c, sg_det(c, rank_1), rank_1, false), (double[9]){0}, 1e-13);
  sg_tensor *zero = square(c, 3, (double[9]){0}, true);
  expect_near(gradient(c, sg_det(c, zero), zero, false), (double[9]){0}, 0);
  expect_ok(c);
  sg_tensor *exact = square(c, 2, (double[]){1, 2, 2, 4}, true),
            *first = gradient(c, sg_det(c, exact), exact, true);
  // Of 2 x 2 matrices det is quadratic: there is nothing to invert.
  sg_tensor *second = gradient(c, sg_mul(c, first, first), exact, false);
  expect_ok(c);
  expect_near(second, (double[]){2, 4, 4, 8}, 1e-13);
}

static void singular_matrices_are_refused_and_leave_nothing(void **state) {
  sg_context *c = *state;
  double values[] = {1, 0, 0, 1, 1, 2, 2, 4, 0, 1, 1, 0};
  sg_tensor *x = sg_tensor_from(c, SG_F64, &(sg_shape){4, {1, 3, 2, 2}}, values);
  sg_tensor_set_requires_grad(x, true);
  const sg_memory_usage before = sg_memory(c);
  assert_null(sg_inverse(c, x));
  expect_error(c, SG_INVALID_ARGUMENT, "inverse: the matrix x[0, 1] of x [1, 3, 2, 2] is singular");
  assert_null(sg_solve(c, x, x, true));
  expect_error(c, SG_INVALID_ARGUMENT, "solve: the matrix a[0, 1] of a [1, 3, 2, 2] is singular");
  assert_null(sg_cholesky(c, x, false));
  expect_error(c, SG_INVALID_ARGUMENT, "cholesky: the matrix x[0, 1] of x [1, 3, 2, 2] is not positive definite");
  const sg_memory_usage after = sg_memory(c);
  assert_int_equal(after.live_tensors, before.live_tensors);
  assert_int_equal(after.live_nodes, before.live_nodes);
  sg_tensor *logarithm, *sign = sg_slogdet(c, x, &logarithm);
  EXPECT(sign, 1, 0, -1);
  EXPECT(logarithm, 0, -HUGE_VAL, 0);
  assert_null(gradient(c, logarithm, x, false));
  expect_error(c, SG_INVALID_ARGUMENT, "inverse: the matrix x[0, 1] of x [1, 3, 2, 2] is singular");
}

static void elements_that_are_not_finite_give_nan_or_an_error(void **state) {
  sg_context *c = *state;
  const double bad[] = {(double)NAN, HUGE_VAL, -HUGE_VAL};
  for (int i = 0; i < 3; i++) {
    sg_tensor *x = square(c, 2, (double[]){1, bad[i], 3, 4}, false), *s, *vh;
    EXPECT(sg_isnan(c, sg_inverse(c, x)), 1, 1, 1, 1);
    EXPECT(sg_isnan(c, sg_det(c, x)), 1);
    EXPECT(sg_isnan(c, sg_slogdet(c, x, &s)), 1);
    EXPECT(sg_isnan(c, s), 1);
    EXPECT(sg_isnan(c, sg_solve(c, x, VECTOR(c, 1, 2), true)), 1, 1);
    expect_ok(c);
    assert_null(sg_cholesky(c, x, false));
    expect_error(c, SG_INVALID_ARGUMENT, "not finite");
    assert_null(sg_eigh(c, x, &s));
    expect_error(c, SG_INVALID_ARGUMENT, "not finite");
    assert_null(sg_svd(c, x, true, &s, &vh));
    expect_error(c, SG_INVALID_ARGUMENT, "not finite");
  }
}

// ---- Equal eigenvalues ------------------------------------------------------------------------------

static void vectors_of_equal_values_have_no_derivative(void **state) {
  sg_context *c = *state;
  sg_tensor *x = square(c, 3, (double[]){2, 0, 0, 0, 2, 0, 0, 0, 3}, true), *vectors, *s, *vh;
  sg_tensor *values = sg_eigh(c, x, &vectors);
  EXPECT(gradient(c, values, x, false), 1, 0, 0, 0, 1, 0, 0, 0, 1);
  expect_ok(c);
  assert_null(gradient(c, vectors, x, false));
  expect_error(c, SG_INVALID_ARGUMENT, "values 0 and 1 of matrix 0 are equal but for rounding, 2 and 2");
  sg_tensor *u = sg_svd(c, x, true, &s, &vh);
  EXPECT(gradient(c, s, x, false), 1, 0, 0, 0, 1, 0, 0, 0, 1);
  expect_ok(c);
  assert_null(gradient(c, u, x, false));
  expect_error(c, SG_INVALID_ARGUMENT, "values 1 and 2 of matrix 0 are equal but for rounding, 2 and 2");
  assert_null(gradient(c, gradient(c, sg_eigvalsh(c, x), x, true), x, false));
  expect_error(c, SG_INVALID_ARGUMENT, "are equal but for rounding");
}

static void vectors_without_a_value_have_no_derivative(void **state) {
  sg_context *c = *state;
  sg_tensor *x = sg_random_normal(c, SG_F64, &(sg_shape){2, {4, 2}}, 0, 1), *s, *vh;
  sg_tensor_set_requires_grad(x, true);
  sg_tensor *u = sg_svd(c, x, true, &s, &vh);
  gradient(c, sg_add(c, total(c, vh), total(c, s)), x, false);
  expect_ok(c);
  assert_null(gradient(c, u, x, false));
  expect_error(c, SG_INVALID_ARGUMENT, "svd: with full_matrices, u has vectors without a singular value");
  sg_tensor *flat = sg_tensor_full(c, SG_F64, &(sg_shape){2, {3, 2}}, 1); // of rank 1
  sg_tensor_set_requires_grad(flat, true);
  u = sg_svd(c, flat, false, &s, &vh);
  assert_null(gradient(c, u, flat, false));
  expect_error(c, SG_INVALID_ARGUMENT, "are equal but for rounding");
}

// ---- Larger -----------------------------------------------------------------------------------------

// Some hundred roundings, relative to a norm of about 20.
static void expect_same(sg_context *c, sg_tensor *got, sg_tensor *want, double tolerance) {
  const double worst = sg_tensor_value(sg_amax(c, sg_abs(c, sg_sub(c, got, want)), NULL), 0);
  expect_ok(c);
  if (!(worst <= tolerance)) fail_msg("they differ by %g", worst);
}

static sg_tensor *turned(sg_context *c, sg_tensor *x) { return sg_transpose(c, x, -2, -1); }

static void factors_give_the_matrix_back(void **state) {
  sg_context *c = *state;
  static const int64_t sizes[][2] = {{60, 100}, {100, 60}, {97, 97}, {1, 40}, {40, 1}};
  for (int dtype = SG_F32; dtype <= SG_F64; dtype++) {
    const double tolerance = dtype == SG_F32 ? 1e-4 : 1e-12;
    for (int i = 0; i < 5; i++) {
      const int64_t m = sizes[i][0], n = sizes[i][1], k = m < n ? m : n;
      sg_tensor *x = sg_random_normal(c, (sg_dtype)dtype, &(sg_shape){3, {2, m, n}}, 0, 1), *s, *vh;
      for (int full = 0; full < 2; full++) {
        sg_tensor *u = sg_svd(c, x, full, &s, &vh);
        sg_tensor *product =
            sg_matmul(c, sg_mul(c, sg_narrow(c, u, -1, 0, k), sg_unsqueeze(c, s, -2)), sg_narrow(c, vh, -2, 0, k));
        expect_same(c, product, x, tolerance);
        const int64_t width = sg_tensor_shape(u)->size[2], height = sg_tensor_shape(vh)->size[1];
        expect_same(c, sg_matmul(c, turned(c, u), u), sg_eye(c, (sg_dtype)dtype, width, width), tolerance);
        expect_same(c, sg_matmul(c, vh, turned(c, vh)), sg_eye(c, (sg_dtype)dtype, height, height), tolerance);
        expect_same(c, s, sg_svdvals(c, x), tolerance);
      }
    }
    sg_tensor *x = sg_random_normal(c, (sg_dtype)dtype, &(sg_shape){3, {2, 90, 90}}, 0, 1), *vectors;
    sg_tensor *symmetric = sg_mul_scalar(c, sg_add(c, x, turned(c, x)), 0.5), *values = sg_eigh(c, x, &vectors);
    expect_same(c, sg_matmul(c, sg_mul(c, vectors, sg_unsqueeze(c, values, -2)), turned(c, vectors)), symmetric,
                tolerance);
    expect_same(c, values, sg_eigvalsh(c, x), tolerance);
    sg_tensor *positive = sg_add(c, sg_matmul(c, x, turned(c, x)), sg_eye(c, (sg_dtype)dtype, 90, 90));
    sg_tensor *l = sg_cholesky(c, positive, false), *r = sg_cholesky(c, positive, true);
    expect_same(c, sg_matmul(c, l, turned(c, l)), positive, tolerance * 10);
    expect_same(c, sg_matmul(c, turned(c, r), r), positive, tolerance * 10);
    sg_tensor *b = sg_random_normal(c, (sg_dtype)dtype, &(sg_shape){3, {2, 90, 7}}, 0, 1);
    expect_same(c, sg_matmul(c, positive, sg_solve(c, positive, b, true)), b, tolerance * 100);
    expect_same(c, sg_matmul(c, sg_solve(c, positive, turned(c, b), false), positive), turned(c, b),
                tolerance * 100);
    expect_same(c, sg_cholesky_solve(c, b, l, false), sg_solve(c, positive, b, true), tolerance * 100);
    expect_same(c, sg_matmul(c, positive, sg_inverse(c, positive)), sg_eye(c, (sg_dtype)dtype, 90, 90),
                tolerance * 100);
  }
}

static void orthonormal_factors_give_the_matrix_back(void **state) {
  sg_context *c = *state;
  static const int64_t sizes[][2] = {{60, 100}, {100, 60}, {97, 97}, {1, 40}, {40, 1}};
  for (int i = 0; i < 5; i++) {
    const int64_t m = sizes[i][0], n = sizes[i][1];
    sg_tensor *x = sg_random_normal(c, SG_F64, &(sg_shape){3, {2, m, n}}, 0, 1), *r, *r_alone;
    for (int complete = 0; complete < 2; complete++) {
      sg_tensor *q = sg_qr(c, x, complete ? "complete" : "reduced", &r);
      const int64_t width = complete || m < n ? m : n;
      assert_int_equal(sg_tensor_shape(q)->size[2], width);
      expect_same(c, sg_matmul(c, q, r), x, 1e-12);
      expect_same(c, sg_matmul(c, turned(c, q), q), sg_eye(c, SG_F64, width, width), 1e-12);
      expect_same(c, sg_tril(c, r, -1), sg_mul_scalar(c, r, 0), 0);
    }
    assert_int_equal(sg_tensor_elements(sg_qr(c, x, "r", &r_alone)), 0);
    sg_qr(c, x, "reduced", &r);
    expect_same(c, r_alone, r, 1e-12);
    sg_tensor *pseudo = sg_pinv(c, x, NULL), *there_and_back = sg_matmul(c, sg_matmul(c, x, pseudo), x);
    expect_same(c, there_and_back, x, 1e-11);
    sg_tensor *b = sg_random_normal(c, SG_F64, &(sg_shape){3, {2, m, 3}}, 0, 1), *residuals, *rank;
    expect_same(c, sg_lstsq(c, x, b, -1, &residuals, &rank), sg_matmul(c, pseudo, b), 1e-10);
    assert_int_equal(sg_tensor_integer(rank, 1), m < n ? m : n);
    assert_int_equal(sg_tensor_integer(sg_matrix_rank(c, x, NULL), 0), m < n ? m : n);
  }
  sg_tensor *tall = sg_random_normal(c, SG_F64, &(sg_shape){2, {3, 2}}, 0, 1), *r;
  sg_tensor_set_requires_grad(tall, true);
  sg_qr(c, tall, "complete", &r);
  assert_null(gradient(c, r, tall, false));
  expect_error(c, SG_INVALID_ARGUMENT,
               "qr: with mode complete, q [3, 3] has columns that x [3, 2] does not determine");
}

static void ranks_below_the_full_one_are_found(void **state) {
  sg_context *c = *state;
  sg_tensor *x = square(c, 2, (double[]){1, 2, 2, 4}, true), *residuals, *rank;
  EXPECT(sg_matrix_rank(c, x, NULL), 1);
  expect_near(sg_pinv(c, x, NULL), (double[]){0.04, 0.08, 0.08, 0.16}, 1e-15);
  sg_tensor *y = sg_lstsq(c, x, VECTOR(c, 5, 10), -1, &residuals, &rank); // the shortest of many
  expect_near(y, (double[]){1, 2}, 1e-14);
  EXPECT(rank, 1);
  assert_null(gradient(c, y, x, false));
  expect_error(c, SG_INVALID_ARGUMENT,
               "lstsq: matrix 0 of a [2, 2] has rank 1, where there is no derivative: it takes 2");
}

// exp of a rotation's generator is the rotation; large arguments are halved often.
static void exponentials_of_rotations_are_rotations(void **state) {
  sg_context *c = *state;
  static const double angles[] = {1e-9, 0.01, 0.2, 0.9, 2, 5, 40, 1000};
  for (int i = 0; i < 8; i++) {
    const double a = angles[i];
    sg_tensor *y = sg_matrix_exp(c, square(c, 2, (double[]){0, -a, a, 0}, false));
    expect_near(y, (double[]){cos(a), -sin(a), sin(a), cos(a)}, 4e-16 * (4 + a));
  }
  EXPECT(sg_matrix_exp(c, square(c, 1, (double[]){1000}, false)), HUGE_VAL);
  EXPECT(sg_matrix_exp(c, square(c, 2, (double[]){-1e300, 0, 0, -1e300}, false)), 0, 0, 0, 0);
  EXPECT(sg_isnan(c, sg_matrix_exp(c, square(c, 2, (double[]){0, (double)NAN, 0, 0}, false))), 1, 1, 1, 1);
}

// A determinant beyond every number, and factors on the way to it.
static void determinants_keep_their_range(void **state) {
  sg_context *c = *state;
  double values[16] = {0};
  for (int i = 0; i < 4; i++) values[5 * i] = i < 2 ? 1e200 : 1e-200;
  expect_near(sg_det(c, square(c, 4, values, false)), (double[]){1}, 1e-14);
  values[0] = 1e300, values[5] = 1e300;
  sg_tensor *x = square(c, 4, values, true), *logarithm, *sign = sg_slogdet(c, x, &logarithm);
  EXPECT(sign, 1);
  expect_near(logarithm, (double[]){200 * log(10)}, 1e-11);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      TEST_OF(determinants_of_singular_matrices_have_cofactors),
      TEST_OF(singular_matrices_are_refused_and_leave_nothing),
      TEST_OF(elements_that_are_not_finite_give_nan_or_an_error),
      TEST_OF(vectors_of_equal_values_have_no_derivative),
      TEST_OF(vectors_without_a_value_have_no_derivative),
      TEST_OF(factors_give_the_matrix_back),
      TEST_OF(orthonormal_factors_give_the_matrix_back),
      TEST_OF(ranks_below_the_full_one_are_found),
      TEST_OF(exponentials_of_rotations_are_rotations),
      TEST_OF(determinants_keep_their_range),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
