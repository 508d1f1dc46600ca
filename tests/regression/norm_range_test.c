// SPDX-License-Identifier: GPL-3.0-or-later
//
// Means and norms of numbers whose squares, sums or inverses leave the range of their dtype, and of numbers that
// are none. A result that the dtype can hold is right; one that it cannot is infinite or NaN, and never a finite
// number that looks like a result. The fused derivative and the recorded one agree on it.
#include <float.h>
#include <math.h>
#include <stdio.h>

#include "tests/support/norm_cases.h"

static const sg_backward_options keep = {.retain_graph = true}, recorded = {.create_graph = true};

static double rounding(sg_dtype dtype) { return dtype == SG_F32 ? 0x1p-24 : 0x1p-53; }

static sg_tensor *tensor_of(sg_context *context, sg_dtype dtype, const sg_shape *shape, const double *values) {
  return sg_tensor_to(context, sg_tensor_from(context, SG_F64, shape, values), dtype);
}

static void expect_close(const char *what, const sg_tensor *got, int64_t element, double want, double bound) {
  double value = sg_tensor_value(got, element);
  if (value == want || fabs(value - want) <= bound) return; // not `>`: NaN fails
  fail_msg("%s: element %lld is %.17g, expected %.17g within %.3g", what, (long long)element, value, want, bound);
}

// ---- Means and variances -----------------------------------------------------------------------------

static sg_tensor *mean_of_rows(sg_context *context, sg_tensor *x) {
  return sg_mean(context, x, &(sg_reduce_options){.dim = {1, {1}}});
}

// The other rows stay the bits they are.
static void check_mean(void **state) {
  sg_context *context = *state;
  const sg_shape shape = {2, {5, 4}};
  for (sg_dtype dtype = SG_F32; dtype <= SG_F64; dtype++) {
    double top = dtype == SG_F32 ? (double)FLT_MAX : DBL_MAX, unit = dtype == SG_F32 ? 0x1p-23 : DBL_EPSILON;
    const double infinity = (double)INFINITY, nan = (double)NAN;
    const double rows[] = {top, top, top, top,      top, top, -top, -top, 0.1, 0.2,
                           0.3, 0.4, 1,   infinity, 2,   3,   1,    2,    3,   nan};
    sg_tensor *y = mean_of_rows(context, tensor_of(context, dtype, &shape, rows));
    expect_ok(context);
    expect_close("mean of the largest number", y, 0, top, top * unit);
    expect_close("mean of both ends", y, 1, 0, top * unit);
    assert_true(isinf(sg_tensor_value(y, 3)));
    assert_true(isnan(sg_tensor_value(y, 4)));
    sg_tensor *alone = mean_of_rows(context, tensor_of(context, dtype, &(sg_shape){2, {1, 4}}, rows + 8));
    assert_true(sg_tensor_value(y, 2) == sg_tensor_value(alone, 0));
  }
}

static void check_var_and_centre(void **state) {
  sg_context *context = *state;
  const sg_shape shape = {2, {3, 6}};
  const double a = 1.2e154, top = DBL_MAX;
  const double rows[] = {a, -a, a, -a, a, -a, top, top, top, top, top, top, 1e200, 1e200, 0, 0, 0, 0};
  sg_tensor *x = sg_tensor_from(context, SG_F64, &shape, rows);
  const sg_ints dim = {1, {1}};
  sg_tensor *var = sg_var(context, x, &(sg_var_options){.dim = dim});
  sg_tensor *centred = sg_centre(context, x, &dim);
  expect_ok(context);
  expect_close("variance whose sum overflows", var, 0, a * a, 1e-14 * a * a);
  expect_close("variance of the largest number", var, 1, 0, 0);
  assert_true(isinf(sg_tensor_value(var, 2)));
  for (int i = 6; i < 12; i++) expect_close("centred largest number", centred, i, 0, 0);
  expect_close("centred", centred, 12, 2e200 / 3, 1e-14 * 1e200);
  const double far[] = {2e38, 3e38, 2.5e38};
  sg_tensor *narrow = tensor_of(context, SG_F32, &(sg_shape){1, {3}}, far);
  expect_close("variance in f32", sg_var(context, narrow, NULL), 0, (double)INFINITY, 0);
  expect_close("centred in f32", sg_centre(context, narrow, NULL), 0, -0.5e38, 1e-6 * 3e38);
}

// {1, 2, 3} k, whose variance is 2/3 k^2, beside a row of zeros.
static void check_standardize(void **state) {
  sg_context *context = *state;
  const sg_shape shape = {2, {2, 3}};
  const sg_ints dim = {1, {1}};
  const struct {
    sg_dtype dtype;
    double k;
  } scales[] = {{SG_F32, 1e20},  {SG_F32, 1e-30},  {SG_F32, 1e37},
                {SG_F64, 1e200}, {SG_F64, 1e-200}, {SG_F64, 1e307}};
  for (size_t i = 0; i < sizeof scales / sizeof *scales; i++) {
    double k = scales[i].k, u = 16 * rounding(scales[i].dtype);
    sg_tensor *x = tensor_of(context, scales[i].dtype, &shape, (const double[]){k, 2 * k, 3 * k, 0, 0, 0});
    sg_tensor *rstd, *y = sg_standardize(context, x, &(sg_standardize_options){dim, 0, true}, &rstd);
    expect_ok(context);
    for (int e = 0; e < 3; e++) expect_close("standardized", y, e, sqrt(1.5) * (e - 1), u);
    expect_close("rstd", rstd, 0, sqrt(1.5) / k, u * sqrt(1.5) / k);
    assert_true(isnan(sg_tensor_value(y, 3)));
    y = sg_standardize(context, x, &(sg_standardize_options){dim, 0.25, true}, &rstd);
    expect_close("rstd of zeros", rstd, 1, 2, u);
    expect_close("standardized zeros", y, 3, 0, 0);
  }
  // A deviation beyond the largest number.
  sg_tensor *x = tensor_of(context, SG_F64, &shape, (const double[]){1e308, 1.5e308, -1.7e308, 1, 2, 3});
  sg_tensor *y = sg_standardize(context, x, &(sg_standardize_options){dim, 0, true}, NULL);
  for (int e = 0; e < 3; e++) assert_true(isnan(sg_tensor_value(y, e)));
  expect_close("beside it", y, 4, 0, 0);
}

// ---- Sums whose partial sums overflow ------------------------------------------------------------------

enum { SUMMED, AVERAGED, SUMMED_TO, SUMS };

// Over the middle of [2, count, inner].
static sg_tensor *sum_of(sg_context *context, int kind, sg_tensor *x, int64_t inner) {
  const sg_reduce_options middle = {.dim = {1, {1}}, .keepdim = true};
  if (kind == SUMMED) return sg_sum(context, x, &middle);
  return kind == AVERAGED ? sg_mean(context, x, &middle) : sg_sum_to(context, x, &(sg_shape){3, {2, 1, inner}});
}

static void check_sum(sg_context *context, sg_dtype dtype, int64_t count, int64_t inner, int64_t period) {
  const double top = dtype == SG_F32 ? (double)FLT_MAX : DBL_MAX;
  const sg_shape shape = {3, {2, count, inner}};
  sg_scope scope = sg_scope_open(context);
  sg_tensor *x = sg_tensor_full(context, SG_F64, &shape, 0);
  double *values = sg_tensor_write(x, "the test");
  for (int64_t i = 0; i < 2 * count * inner; i++) values[i] = i / inner % count / period % 2 ? -top : top;
  x = sg_tensor_to(context, x, dtype);
  for (int kind = 0; kind < SUMS; kind++) {
    sg_tensor *y = sum_of(context, kind, x, inner);
    expect_ok(context);
    for (int64_t i = 0; i < 2 * inner; i++) expect_close("sum of both ends", y, i, 0, 2 * rounding(dtype) * top);
  }
  sg_scope_close(context, scope);
}

// As many of the largest number as of the smallest one, in turns or half after half: 0, but for a rounding of one
// of them, whatever lanes, stretches and chunks make of the sum meanwhile. Along rows and down columns.
static void check_sums(void **state) {
  static const int64_t counts[] = {32, 64, 1024, 40000};
  for (sg_dtype dtype = SG_F32; dtype <= SG_F64; dtype++) {
    for (size_t c = 0; c < sizeof counts / sizeof *counts; c++) {
      for (int64_t inner = 1; inner <= 5; inner += 4) {
        for (int64_t period = 1; period <= 16; period *= 4) check_sum(*state, dtype, counts[c], inner, period);
        check_sum(*state, dtype, counts[c], inner, counts[c] / 2);
      }
    }
  }
}

// An infinity among the data decides, and two that cancel are NaN.
static void check_sums_of_infinities(void **state) {
  sg_context *context = *state;
  const double infinity = (double)INFINITY, values[] = {infinity, -infinity, infinity, 1};
  for (sg_dtype dtype = SG_F32; dtype <= SG_F64; dtype++) {
    sg_tensor *x = tensor_of(context, dtype, &(sg_shape){3, {2, 2, 1}}, values);
    for (int kind = 0; kind < SUMS; kind++) {
      sg_tensor *y = sum_of(context, kind, x, 1);
      expect_ok(context);
      assert_true(isnan(sg_tensor_value(y, 0)));
      assert_true(sg_tensor_value(y, 1) == infinity);
    }
  }
}

// ---- Norms at any scale --------------------------------------------------------------------------------

enum { MOST = 300 };

// Runs that are walked side by side, runs that are long, and parameters that change along them.
static const norm_case cases[] = {
    {"batch_norm", apply_batch_norm, 3, SG_DIMS(3, 2), SG_DIMS(2), 1, 2},
    {"batch_norm", apply_batch_norm, 3, SG_DIMS(40, 2, 3), SG_DIMS(2), 3, 2},
    {"batch_norm", apply_batch_norm, 3, SG_DIMS(2, 2, 70), SG_DIMS(2), 70, 2},
    {"layer_norm", apply_layer_norm, 3, SG_DIMS(3, 5), SG_DIMS(5), 5, 3},
    {"layer_norm", apply_layer_norm, 3, SG_DIMS(3, 2, 40), SG_DIMS(2, 40), 80, 3},
    {"group_norm", apply_two_groups, 3, SG_DIMS(3, 12), SG_DIMS(12), 6, 6},
    {"group_norm", apply_two_groups, 3, SG_DIMS(1, 4, 70), SG_DIMS(4), 140, 2},
    {"instance_norm", apply_instance_norm, 3, SG_DIMS(3, 2, 5), SG_DIMS(2), 5, 6},
    {"instance_norm", apply_instance_norm, 3, SG_DIMS(1, 2, 70), SG_DIMS(2), 70, 2},
    {"rms_norm", apply_rms_norm, 2, SG_DIMS(3, 5), SG_DIMS(5), 5, 3},
    {"rms_norm", apply_rms_norm, 2, SG_DIMS(2, 70), SG_DIMS(70), 70, 2},
};
enum { CASES = sizeof cases / sizeof *cases };

static int64_t group_of(const norm_case *t, int64_t element) { return element / t->run % t->groups; }

static bool is_centred(const norm_case *t) { return t->apply != apply_rms_norm; }

// The outputs, and the gradients of x, gamma and beta.
typedef struct step {
  norm_outputs outputs;
  sg_tensor *gradients[3];
} step;

static step run(sg_context *context, sg_dtype dtype, const norm_case *t, const double *x, const double *dy,
                const sg_backward_options *options) {
  double gamma[MOST], beta[MOST];
  for (int i = 0; i < MOST; i++) gamma[i] = i % 2 ? -0.5 : 1.5, beta[i] = i % 2 ? 2 : 0.25;
  sg_tensor *inputs[] = {tensor_of(context, dtype, &t->x, x), tensor_of(context, dtype, &t->parameters, gamma),
                         tensor_of(context, dtype, &t->parameters, beta)};
  for (int i = 0; i < 3; i++) sg_tensor_set_requires_grad(inputs[i], true);
  step s;
  s.outputs = t->apply(context, inputs, 0);
  sg_tensor *cotangent = tensor_of(context, dtype, &t->x, dy);
  sg_grad(context, 1, &s.outputs.y, &cotangent, t->input_count, inputs, options, s.gradients);
  expect_ok(context);
  return s;
}

// Element i is a fixed number between 1 and 3.
static void fill(double *x, double *dy, int64_t count) {
  for (int64_t i = 0; i < count; i++) {
    x[i] = 1 + 2 * sg_sample_uniform(3, 0, i);
    dy[i] = 2 * sg_sample_uniform(3, 1, i) - 1;
  }
}

static void expect_moment(const char *what, sg_dtype dtype, const sg_tensor *got, const sg_tensor *want, double k,
                          int power, double bound, double least) {
  for (int64_t i = 0; i < sg_tensor_elements(want); i++) {
    double value = sg_tensor_value(want, i) * k * (power > 1 ? k : 1);
    if (dtype == SG_F32) value = (float)value;
    expect_close(what, got, i, value, isfinite(value) ? bound * fabs(value) + least : 0);
  }
}

// norm(k x) = norm(x), and its gradient in x is 1/k of that. A power of two for k changes no digit, so that the
// results at k and at 1 differ by roundings alone.
static void check_scale(sg_context *context, sg_dtype dtype, const norm_case *t, int exponent) {
  double x[MOST], scaled[MOST], dy[MOST], k = ldexp(1, exponent);
  int64_t count = sg_shape_elements(&t->x);
  fill(x, dy, count);
  for (int64_t i = 0; i < count; i++) x[i] = (float)x[i], scaled[i] = x[i] * k;
  step want = run(context, SG_F64, t, x, dy, &keep);
  for (int pass = 0; pass < 2; pass++) {
    step got = run(context, dtype, t, scaled, dy, pass ? &recorded : &keep);
    char what[256];
    snprintf(what, sizeof what, "%s, %s, %s, 2^%d, %s", t->name, sg_dtype_name(dtype), sg_shape_text(&t->x).text,
             exponent, pass ? "recorded" : "fused");
    double bound = 64 * rounding(dtype); // some ten roundings, of results of about 1
    double least = dtype == SG_F32 ? 1.5e-45 : 5e-324;
    for (int64_t i = 0; i < count; i++) {
      expect_close(what, got.outputs.y, i, sg_tensor_value(want.outputs.y, i), 4 * bound);
      expect_close(what, got.gradients[0], i, sg_tensor_value(want.gradients[0], i) / k, 4 * bound / k);
    }
    if (is_centred(t)) expect_moment(what, dtype, got.outputs.mean, want.outputs.mean, k, 1, bound, least);
    expect_moment(what, dtype, got.outputs.var, want.outputs.var, k, 2, bound, least);
    for (int g = 1; g < t->input_count; g++) {
      for (int64_t i = 0; i < sg_tensor_elements(want.gradients[g]); i++) {
        expect_close(what, got.gradients[g], i, sg_tensor_value(want.gradients[g], i), (double)count * bound);
      }
    }
  }
}

// In f32 1 / sqrt(var) is a number between the exponents here.
static void check_scales(void **state) {
  static const int narrow[] = {-124, -100, -66, -38, 0, 38, 60, 66, 100, 125};
  static const int wide[] = {-1020, -1000, -664, -460, 0, 460, 512, 664, 1000, 1021};
  for (int t = 0; t < CASES; t++) {
    sg_scope scope = sg_scope_open(*state);
    for (size_t e = 0; e < sizeof narrow / sizeof *narrow; e++) {
      check_scale(*state, SG_F32, &cases[t], narrow[e]);
      check_scale(*state, SG_F64, &cases[t], wide[e]);
    }
    sg_scope_close(*state, scope);
  }
}

// The moments' own derivatives, 1/n and 2 (x - mean)/n, in groups that are normalized by the slow loops.
static void check_statistics_of(sg_context *context, const norm_case *t) {
  double x[MOST], dy[MOST], ones[MOST], weights[MOST];
  const double k = 0x1p50;
  int64_t count = sg_shape_elements(&t->x), n = count / t->groups;
  fill(x, dy, count);
  for (int64_t i = 0; i < count; i++) x[i] = (double)(float)x[i] * k;
  for (int i = 0; i < MOST; i++) ones[i] = 1, weights[i] = i % 2 ? -3 : 2;
  sg_tensor *inputs[3] = {tensor_of(context, SG_F32, &t->x, x), tensor_of(context, SG_F32, &t->parameters, ones),
                          NULL};
  sg_tensor_set_requires_grad(inputs[0], true);
  norm_outputs o = t->apply(context, inputs, 1e-5);
  sg_tensor *cotangent = tensor_of(context, SG_F32, sg_tensor_shape(o.var), weights), *gradient;
  sg_tensor *cotangents[] = {cotangent, cotangent}, *outputs[] = {o.var, o.mean};
  for (int pass = 0; pass < 2; pass++) {
    sg_grad(context, is_centred(t) ? 2 : 1, outputs, cotangents, 1, inputs, pass ? &recorded : &keep, &gradient);
    expect_ok(context);
    for (int64_t i = 0; i < count; i++) {
      int64_t g = group_of(t, i);
      double slope = is_centred(t) ? 1 + 2 * (x[i] - sg_tensor_value(o.mean, g)) : 2 * x[i];
      expect_close(pass ? "recorded" : "fused", gradient, i, weights[g] / (double)n * slope, 64 * 0x1p-24 * k);
    }
  }
}

static void check_statistics(void **state) {
  for (int t = 0; t < CASES; t++) check_statistics_of(*state, &cases[t]);
}

// {1, 2, 3} 1e20 is what it says, whatever eps.
static void check_by_hand(void **state) {
  sg_context *context = *state;
  const sg_shape shape = {2, {3, 1}};
  const struct {
    sg_dtype dtype;
    double k, eps;
  } scales[] = {{SG_F32, 1e20, 1e-5}, {SG_F32, 1e-30, 0}, {SG_F64, 1e200, 1e-5}, {SG_F64, 1e-200, 0}};
  for (size_t i = 0; i < sizeof scales / sizeof *scales; i++) {
    double k = scales[i].k;
    sg_tensor *x = tensor_of(context, scales[i].dtype, &shape, (const double[]){k, 2 * k, 3 * k});
    sg_tensor *y = sg_batch_norm(context, x, NULL, NULL, &(sg_batch_norm_options){scales[i].eps}, NULL, NULL);
    expect_ok(context);
    for (int e = 0; e < 3; e++) expect_close("by hand", y, e, sqrt(1.5) * (e - 1), 1e-6);
  }
}

// ---- Numbers that are none -----------------------------------------------------------------------------

// A norm by its own moments, or, without one, batch_norm_inference of a shape.
typedef struct special {
  const norm_case *norm;
  sg_shape shape;
  sg_dtype dtype;
  int where; // the input, or the cotangent, which is one more, that has
  double value;
} special;

enum { CHANNELS = 2 };

static int input_count(const special *s) { return s->norm ? s->norm->input_count : 5; }

static sg_tensor *output_of(sg_context *c, const special *s, sg_tensor **inputs) {
  if (s->norm) return s->norm->apply(c, inputs, 1e-5).y;
  return sg_batch_norm_inference(c, inputs[0], inputs[1], inputs[2], inputs[3], inputs[4], NULL);
}

static void gradients_at(sg_context *context, const special *s, const sg_backward_options *options,
                         sg_tensor **gradients) {
  double values[MOST];
  const sg_shape channels = {1, {CHANNELS}}, parameters = s->norm ? s->norm->parameters : channels;
  int inputs_of = input_count(s);
  sg_tensor *inputs[6];
  for (int i = 0; i <= inputs_of; i++) {
    const sg_shape *shape = i == 0 || i == inputs_of ? &s->shape : &parameters;
    int64_t count = sg_shape_elements(shape);
    for (int64_t e = 0; e < count; e++) values[e] = 0.5 + sg_sample_uniform(5, i, e);
    if (i == s->where) values[count / 2] = s->value;
    inputs[i] = tensor_of(context, s->dtype, shape, values);
    if (i < inputs_of) sg_tensor_set_requires_grad(inputs[i], true);
  }
  sg_tensor *y = output_of(context, s, inputs);
  sg_grad(context, 1, &y, &inputs[inputs_of], inputs_of, inputs, options, gradients);
  expect_ok(context);
}

// The same elements are finite, and these have the same values, within some ten roundings of the largest.
static void compare_special(sg_context *context, const special *s) {
  sg_tensor *fused[5], *composed[5];
  sg_scope scope = sg_scope_open(context);
  gradients_at(context, s, &keep, fused);
  gradients_at(context, s, &recorded, composed);
  for (int i = 0; i < input_count(s); i++) {
    double bound = 256 * rounding(s->dtype) * (1 + largest(composed[i]));
    for (int64_t e = 0; e < sg_tensor_elements(fused[i]); e++) {
      double a = sg_tensor_value(fused[i], e), b = sg_tensor_value(composed[i], e);
      if (isfinite(a) == isfinite(b) && (!isfinite(a) || fabs(a - b) <= bound)) continue;
      fail_msg("%s, %s, %s, %g in input %d: element %lld of gradient %d is %.9g fused and %.9g recorded",
               s->norm ? s->norm->name : "batch_norm_inference", sg_dtype_name(s->dtype),
               sg_shape_text(&s->shape).text, s->value, s->where, (long long)e, i, a, b);
    }
  }
  sg_scope_close(context, scope);
}

static void check_special_value(sg_context *context, sg_dtype dtype, double value) {
  static const sg_shape shapes[] = {{2, {3, CHANNELS}}, {3, {2, CHANNELS, 70}}};
  for (int t = 0; t < CASES; t++) {
    for (int where = 0; where <= cases[t].input_count; where++) {
      compare_special(context, &(special){&cases[t], cases[t].x, dtype, where, value});
    }
  }
  for (int s = 0; s < 2; s++) {
    for (int where = 0; where <= 5; where++) {
      compare_special(context, &(special){NULL, shapes[s], dtype, where, value});
    }
  }
}

static void check_special_values(void **state) {
  for (sg_dtype dtype = SG_F32; dtype <= SG_F64; dtype++) {
    // The top is a factor of 64 below the end, for what the recorded derivative multiplies it by on the way.
    double huge = dtype == SG_F32 ? 1e30 : 1e250, top = dtype == SG_F32 ? 0x1p122 : 0x1p1018;
    double tiny = dtype == SG_F32 ? 1e-42 : 1e-312;
    const double values[] = {
        (double)NAN, (double)INFINITY, -(double)INFINITY, 0, -0.0, tiny, -tiny, huge, -huge, top, -top};
    for (size_t v = 0; v < sizeof values / sizeof *values; v++) check_special_value(*state, dtype, values[v]);
  }
}

// d_x = gamma dy / sqrt(var + eps) has nothing to do with x and mean.
static void check_infinite_inference(void **state) {
  for (int s = 0; s < 2; s++) {
    for (int where = 0; where < 2; where++) {
      const sg_shape shape = {3, {2, CHANNELS, s ? 70 : 1}};
      const special usual = {NULL, shape, SG_F64, where, 1};
      special infinite = usual;
      infinite.value = (double)INFINITY;
      sg_tensor *want[5], *got[5];
      gradients_at(*state, &usual, &keep, want);
      gradients_at(*state, &infinite, &keep, got);
      for (int64_t e = 0; e < sg_tensor_elements(got[0]); e++) {
        expect_close("d_x beside an infinity", got[0], e, sg_tensor_value(want[0], e), 1e-15);
      }
    }
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      TEST_OF(check_mean),           TEST_OF(check_var_and_centre),     TEST_OF(check_scales),
      TEST_OF(check_sums),           TEST_OF(check_sums_of_infinities), TEST_OF(check_by_hand),
      TEST_OF(check_special_values), TEST_OF(check_infinite_inference), TEST_OF(check_statistics),
      TEST_OF(check_standardize),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
