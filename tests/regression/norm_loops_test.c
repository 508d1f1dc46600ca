// SPDX-License-Identifier: GPL-3.0-or-later
//
// Normalizations of sizes for which their loops are cut: shares of the batch and of long rows, panels, chunks and
// columns for the gradients of elementwise parameters. y, the moments and every gradient, through all outputs at
// once, are those of a composition of sums and means in f64.
#include <math.h>
#include <stdio.h>

#include "ops/norm/norm_run.h"
#include "tests/support/norm_cases.h"

#define D(...) SG_DIMS(__VA_ARGS__)
static const norm_case cases[] = {
    {"shares of rows of channels", apply_batch_norm, 3, D(650, 60), D(60), 1, 60},
    {"shares of rows of short runs", apply_batch_norm, 3, D(400, 30, 3), D(30), 3, 30},
    {"panels", apply_batch_norm, 3, D(140, 260), D(260), 1, 260},
    {"panels of short runs", apply_batch_norm, 3, D(9, 40, 7), D(40), 7, 40},
    {"channels", apply_batch_norm, 3, D(5, 20, 90), D(20), 90, 20},
    {"shares of long channels", apply_batch_norm, 3, D(2, 2, 130, 140), D(2), 130 * 140, 2},
    {"shares of a batch of channels", apply_batch_norm, 3, D(90, 2, 300), D(2), 300, 2},
    {"a chunk of rows", apply_layer_norm, 3, D(70, 40), D(40), 40, 70},
    {"chunks of rows", apply_layer_norm, 3, D(310, 470), D(470), 470, 310},
    {"columns of long rows", apply_layer_norm, 3, D(17, 8200), D(8200), 8200, 17},
    {"shares of long rows", apply_layer_norm, 3, D(2, 40001), D(40001), 40001, 2},
    {"parts", apply_two_groups, 3, D(3, 6, 8, 9), D(6), 3 * 72, 6},
    {"shares of parts", apply_two_groups, 3, D(1, 4, 120, 150), D(4), 36000, 2},
    {"short parts", apply_two_groups, 3, D(150, 8, 11), D(8), 44, 300},
    {"instances", apply_instance_norm, 3, D(3, 5, 80), D(5), 80, 15},
    {"instances of few pixels", apply_instance_norm, 3, D(3, 50, 2, 2), D(50), 4, 150},
    {"shares of instances", apply_instance_norm, 3, D(1, 2, 200, 200), D(2), 40000, 2},
    {"root mean squares", apply_rms_norm, 2, D(200, 50), D(50), 50, 200},
    {"shares of root mean squares", apply_rms_norm, 2, D(2, 40001), D(40001), 40001, 2},
};

typedef struct step {
  norm_outputs outputs;
  sg_tensor *gradients[3];
} step;

// Numbers with a mean, of size 1.
static sg_tensor *numbers(sg_context *context, sg_dtype dtype, const sg_shape *shape, int seed) {
  sg_tensor *tensor = sg_tensor_full(context, SG_F64, shape, 0);
  double *values = sg_tensor_write(tensor, "the test");
  for (int64_t i = 0; i < sg_shape_elements(shape); i++) values[i] = (float)(3 * sg_sample_uniform(7, seed, i) - 1);
  return sg_tensor_to(context, tensor, dtype);
}

// x as [runs of a group, groups, run].
static sg_shape view_of(const norm_case *t) {
  int64_t runs = sg_shape_elements(&t->x) / t->run;
  return (sg_shape){3, {runs / t->groups, t->groups, t->run}};
}

// The same in ops that know nothing of normalizing.
static norm_outputs compose(sg_context *c, const norm_case *t, sg_tensor **inputs, double eps) {
  const sg_shape view = view_of(t), moments = {3, {1, t->groups, 1}};
  const sg_reduce_options group = {.dim = {2, {0, 2}}, .keepdim = true};
  sg_tensor *x = sg_reshape(c, inputs[0], &view), *mean = t->input_count > 2 ? sg_mean(c, x, &group) : NULL;
  sg_tensor *d = mean ? sg_sub(c, x, mean) : x, *var = sg_mean(c, sg_square(c, d), &group);
  sg_tensor *rstd = sg_rsqrt(c, sg_add(c, var, sg_tensor_full(c, SG_F64, &moments, eps)));
  sg_tensor *y = sg_reshape(c, sg_mul(c, d, rstd), &t->x);
  bool trailing = t->apply == apply_layer_norm || t->apply == apply_rms_norm;
  sg_shape column = {t->x.rank, {1, t->parameters.size[0], 1, 1}};
  for (int i = 1; i < t->input_count; i++) {
    sg_tensor *parameter = trailing ? inputs[i] : sg_reshape(c, inputs[i], &column);
    y = i == 1 ? sg_mul(c, y, parameter) : sg_add(c, y, parameter);
  }
  return (norm_outputs){y, mean, var};
}

static step run(sg_context *context, const norm_case *t, sg_dtype dtype, bool composed) {
  sg_tensor *inputs[3];
  for (int i = 0; i < t->input_count; i++) {
    inputs[i] = numbers(context, dtype, i == 0 ? &t->x : &t->parameters, i);
    sg_tensor_set_requires_grad(inputs[i], true);
  }
  step s = {.gradients = {NULL}};
  s.outputs = composed ? compose(context, t, inputs, 1e-3) : t->apply(context, inputs, 1e-3);
  sg_tensor *outputs[] = {s.outputs.y, s.outputs.var, s.outputs.mean}, *cotangents[3];
  int count = s.outputs.mean ? 3 : 2;
  for (int k = 0; k < count; k++) cotangents[k] = numbers(context, dtype, sg_tensor_shape(outputs[k]), 10 + k);
  sg_grad(context, count, outputs, cotangents, t->input_count, inputs, NULL, s.gradients);
  expect_ok(context);
  return s;
}

// Some ten roundings of results, and in f64 those of `terms` terms that are added one by one.
static void compare(const norm_case *t, const char *what, sg_dtype dtype, const sg_tensor *got,
                    const sg_tensor *want, int64_t terms) {
  if (!want) return;
  assert_int_equal(sg_tensor_elements(got), sg_tensor_elements(want));
  double bound = (dtype == SG_F32 ? 1e-6 : 1e-13) * (1 + largest(want)) + 1e-15 * (double)terms;
  for (int64_t i = 0; i < sg_tensor_elements(want); i++) {
    double a = sg_tensor_value(got, i), b = sg_tensor_value(want, i);
    if (fabs(a - b) <= bound) continue;
    fail_msg("%s, %s: element %lld of %s is %.12g, expected %.12g within %.3g", t->name, sg_dtype_name(dtype),
             (long long)i, what, a, b, bound);
  }
}

static void check_case(sg_context *context, const norm_case *t) {
  step want = run(context, t, SG_F64, true);
  for (sg_dtype dtype = SG_F32; dtype <= SG_F64; dtype++) {
    step got = run(context, t, dtype, false);
    compare(t, "y", dtype, got.outputs.y, want.outputs.y, 0);
    compare(t, "mean", dtype, got.outputs.mean, want.outputs.mean, 0);
    compare(t, "var", dtype, got.outputs.var, want.outputs.var, 0);
    compare(t, "d_x", dtype, got.gradients[0], want.gradients[0], 0);
    compare(t, "d_gamma", dtype, got.gradients[1], want.gradients[1], 0);
    compare(t, "d_beta", dtype, got.gradients[2], want.gradients[2], 0);
  }
}

static void check_loops(void **state) {
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    sg_scope scope = sg_scope_open(*state);
    check_case(*state, &cases[i]);
    sg_scope_close(*state, scope);
  }
}

// A group in the middle: a power of two changes no digit, but the loops do not take deviations of that size.
static void scale_group(const norm_case *t, double *values) {
  int64_t runs = sg_shape_elements(&t->x) / t->run;
  for (int64_t r = t->groups / 2; r < runs; r += t->groups) {
    for (int64_t j = r * t->run; j < (r + 1) * t->run; j++) values[j] *= 0x1p400;
  }
}

// One group that is computed by the slow loops gives what it gives at its usual size, and so do the others.
static void check_wide_among_others(void **state) {
  sg_context *context = *state;
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    const norm_case *t = &cases[i];
    sg_scope scope = sg_scope_open(context);
    sg_tensor *inputs[3] = {NULL}, *gradients[2][3];
    for (int k = 0; k < t->input_count; k++)
      inputs[k] = numbers(context, SG_F64, k == 0 ? &t->x : &t->parameters, k);
    double *values = sg_tensor_write(inputs[0], "the test");
    sg_tensor *scaled = sg_tensor_from(context, SG_F64, &t->x, values);
    double *far = sg_tensor_write(scaled, "the test");
    scale_group(t, far);
    norm_outputs outputs[2];
    sg_tensor *dy = numbers(context, SG_F64, &t->x, 10);
    for (int side = 0; side < 2; side++) {
      sg_tensor *at[3] = {side ? scaled : inputs[0], inputs[1], inputs[2]};
      for (int k = 0; k < t->input_count; k++) sg_tensor_set_requires_grad(at[k], true);
      outputs[side] = t->apply(context, at, 0);
      sg_grad(context, 1, &outputs[side].y, &dy, t->input_count, at, NULL, gradients[side]);
      expect_ok(context);
    }
    compare(t, "y with a wide group", SG_F64, outputs[1].y, outputs[0].y, 0);
    for (int k = 1; k < t->input_count; k++) {
      compare(t, k == 1 ? "d_gamma with a wide group" : "d_beta with a wide group", SG_F64, gradients[1][k],
              gradients[0][k], sg_shape_elements(&t->x) / sg_shape_elements(&t->parameters));
    }
    sg_tensor *d_x = sg_tensor_to(context, gradients[1][0], SG_F64);
    double *d = sg_tensor_write(d_x, "the test");
    scale_group(t, d);
    compare(t, "d_x with a wide group", SG_F64, d_x, gradients[0][0], 0);
    sg_scope_close(context, scope);
  }
}

// ---- Given moments --------------------------------------------------------------------------------------

// With the batch's own moments given it is batch_norm; its derivatives, fused and recorded, are the same.
static void check_inference(void **state) {
  sg_context *context = *state;
  const sg_shape shapes[] = {D(650, 60), D(90, 2, 300), D(2, 2, 130, 140)};
  for (size_t s = 0; s < sizeof shapes / sizeof *shapes; s++) {
    sg_scope scope = sg_scope_open(context);
    const sg_shape channels = {1, {shapes[s].size[1]}};
    const norm_case t = {"batch_norm_inference", NULL, 5, shapes[s], channels, 0, 0};
    sg_tensor *x = numbers(context, SG_F64, &shapes[s], 0), *gamma = numbers(context, SG_F64, &channels, 1);
    sg_tensor *beta = numbers(context, SG_F64, &channels, 2), *mean, *var, *gradients[2][5];
    sg_tensor *want = sg_batch_norm(context, x, gamma, beta, NULL, &mean, &var);
    sg_tensor *inputs[] = {x, mean, var, gamma, beta};
    for (int i = 0; i < 5; i++) sg_tensor_set_requires_grad(inputs[i], true);
    sg_tensor *y = sg_batch_norm_inference(context, x, mean, var, gamma, beta, NULL);
    sg_tensor *dy = numbers(context, SG_F64, &shapes[s], 10);
    sg_grad(context, 1, &y, &dy, 5, inputs, &(sg_backward_options){.retain_graph = true}, gradients[0]);
    sg_grad(context, 1, &y, &dy, 5, inputs, &(sg_backward_options){.create_graph = true}, gradients[1]);
    expect_ok(context);
    compare(&t, "y", SG_F64, y, want, 0);
    int64_t terms = sg_shape_elements(&shapes[s]) / channels.size[0];
    for (int i = 0; i < 5; i++) compare(&t, "a gradient", SG_F64, gradients[0][i], gradients[1][i], terms);
    sg_scope_close(context, scope);
  }
}

// ---- The cuts -------------------------------------------------------------------------------------------

// Units are what there is, no more and no less, for sizes that no test has the time for.
static void check_cut(norm_geometry geometry) {
  if ((double)norm_groups(&geometry) * norm_count(&geometry) > 1e15) return; // no tensor has so many elements
  norm_plan plan = sg_norm_plan(geometry, NORM_CENTRED, 1e-5, true);
  const norm_geometry *g = &plan.geometry;
  const norm_cut *cut = &plan.cut;
  int64_t run = norm_run(g);
  assert_int_equal(norm_groups(g) * g->segments * run,
                   norm_groups(&geometry) * geometry.segments * norm_run(&geometry));
  assert_true(cut->shares >= 1 && cut->shares <= cut->units);
  if (cut->panels) {
    assert_int_equal(cut->units, g->segments);
    assert_true(cut->together * run <= NORM_COLUMNS);
    assert_true(cut->blocks / g->outer * cut->together >= g->groups);
    assert_true((cut->blocks / g->outer - 1) * cut->together < g->groups);
  } else {
    assert_int_equal(cut->blocks, norm_groups(g));
    assert_true(cut->pieces * cut->piece >= run && (cut->pieces - 1) * cut->piece < run);
    assert_true(cut->piece <= NORM_PIECE && (cut->bundle == 1 || cut->bundle * run <= NORM_PIECE));
    int64_t bundles = cut->units / cut->pieces;
    assert_true(bundles * cut->bundle >= g->segments && (bundles - 1) * cut->bundle < g->segments);
  }
  if (norm_is_elementwise(g)) assert_true(cut->chunks <= g->outer && (cut->chunks > 0) == (run < NORM_PIECE));
}

static void check_cuts(void **state) {
  (void)state;
  static const int64_t sizes[] = {1, 2, 7, 64, 65, 128, 1000, 8191, 8192, 8193, 100000, 1 << 21, 3000001};
  enum { SIZES = sizeof sizes / sizeof *sizes };
  for (int i = 0; i < SIZES; i++) {
    for (int j = 0; j < SIZES; j++) {
      for (int k = 0; k < SIZES; k++) {
        check_cut((norm_geometry){1, sizes[i], sizes[j], 1, sizes[k]});
        check_cut((norm_geometry){sizes[i], 1, sizes[j], 1, sizes[k]});
        check_cut((norm_geometry){sizes[i], 1, 3, sizes[j], sizes[k]});
        check_cut((norm_geometry){sizes[i], 1, 1, sizes[j] + 1, 1});
      }
    }
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {TEST_OF(check_loops), TEST_OF(check_wide_among_others),
                                     TEST_OF(check_inference), TEST_OF(check_cuts)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
