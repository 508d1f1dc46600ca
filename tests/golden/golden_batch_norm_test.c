// SPDX-License-Identifier: GPL-3.0-or-later
//
// batch_norm against PyTorch: the 256 cases of batch_norm.golden, whose layout generate_batch_norm.py describes,
// through the fused backward and the vjp, with every instruction set.
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/support/registry.h"

enum { X, GAMMA, BETA, DY, MEAN_BEFORE, VAR_BEFORE };
enum { Y, MEAN, VAR };

// ---- The file -------------------------------------------------------------------------------------

typedef struct reader {
  FILE *file;
} reader;

static void take(reader *r, void *into, size_t bytes) {
  if (fread(into, 1, bytes, r->file) != bytes) fail_msg("batch_norm.golden ends early");
}

static int take_int(reader *r) {
  int32_t value;
  take(r, &value, sizeof value);
  return value;
}

static double *take_doubles(reader *r, int64_t count) {
  double *values = malloc((size_t)count * sizeof *values);
  take(r, values, (size_t)count * sizeof *values);
  return values;
}

typedef struct golden {
  int number, affine; // affine: 1 gamma + 2 beta
  sg_dtype dtype;
  sg_shape shape, channel_shape;
  int64_t elements, channels, inner, per_channel; // `inner` elements follow each other in a channel
  double eps, momentum, offset, scale;
  double *y, *dx, *dgamma, *dbeta, *running_mean, *running_var;
} golden;

static golden take_case(reader *r) {
  golden g = {.number = take_int(r)};
  g.dtype = (sg_dtype)take_int(r);
  g.affine = take_int(r);
  g.shape.rank = take_int(r);
  for (int d = 0; d < 5; d++) g.shape.size[d] = take_int(r);
  take(r, &g.eps, sizeof g.eps);
  take(r, &g.momentum, sizeof g.momentum);
  take(r, &g.offset, sizeof g.offset);
  take(r, &g.scale, sizeof g.scale);
  g.elements = sg_shape_elements(&g.shape);
  g.channels = g.shape.size[1];
  g.per_channel = g.elements / g.channels;
  g.inner = g.per_channel / g.shape.size[0];
  g.channel_shape = (sg_shape){1, {g.channels}};
  g.y = take_doubles(r, g.elements);
  g.dx = take_doubles(r, g.elements);
  g.dgamma = take_doubles(r, g.channels);
  g.dbeta = take_doubles(r, g.channels);
  g.running_mean = take_doubles(r, g.channels);
  g.running_var = take_doubles(r, g.channels);
  return g;
}

static void free_case(golden *g) {
  double *arrays[] = {g->y, g->dx, g->dgamma, g->dbeta, g->running_mean, g->running_var};
  for (size_t i = 0; i < sizeof arrays / sizeof *arrays; i++) free(arrays[i]);
}

static int64_t channel_of(const golden *g, int64_t element) { return element / g->inner % g->channels; }

// ---- The inputs -----------------------------------------------------------------------------------

static double input_value(const golden *g, int array, int64_t i) {
  double offset[] = {g->offset, 1, 0, 0, 0, 1}, scale[] = {g->scale, 1, 1, 2, 1, 1};
  uint64_t bits = sg_sample_hash(((uint64_t)g->number << 40) + ((uint64_t)array << 32) + (uint64_t)i) >> 40;
  double value = offset[array] + (scale[array] * ((double)bits * 0x1p-24) - scale[array] / 2);
  return g->dtype == SG_F32 ? (double)(float)value : value;
}

static sg_tensor *input_tensor(sg_context *context, const golden *g, int array) {
  const sg_shape *shape = array == X || array == DY ? &g->shape : &g->channel_shape;
  sg_tensor *wide = sg_tensor_full(context, SG_F64, shape, 0);
  double *values = sg_tensor_write(wide, "test");
  for (int64_t i = 0; i < sg_tensor_elements(wide); i++) values[i] = input_value(g, array, i);
  return sg_tensor_to(context, wide, g->dtype);
}

// ---- Tolerances -----------------------------------------------------------------------------------

// What one rounding u of the case's dtype can do to the results of one channel.
typedef struct bounds {
  double y, given, dx, dgamma, dbeta, mean, var; // given: y of batch_norm_inference with mean and var as they are
} bounds;

// The statistics in long double are exact beside u. A mean that is stored has an error of u |mean|, which moves
// xhat by u |mean| rstd: where a mean is given, and in f64, where PyTorch's values have that error. The op itself
// centres by a mean that is not rounded, and leaves the rounding of xhat alone. Everything else follows by the
// formulas of the op, term by term: var takes the square of the shift of x, dx the shift times each factor of
// (g - mean(g) - xhat mean(g xhat)) rstd it appears in. The factor 8 is for the handful of operations in each.
static bounds bounds_of(const golden *g, int64_t channel) {
  long double mean = 0, var = 0;
  double far = 0, steep = 0, total = 0;
  for (int64_t i = 0; i < g->elements; i++) {
    if (channel_of(g, i) == channel) mean += (long double)input_value(g, X, i);
  }
  mean /= g->per_channel;
  for (int64_t i = 0; i < g->elements; i++) {
    if (channel_of(g, i) != channel) continue;
    long double centred = (long double)input_value(g, X, i) - mean;
    var += centred * centred / g->per_channel;
    far = fmax(far, fabs((double)centred));
    steep = fmax(steep, fabs(input_value(g, DY, i)));
    total += fabs(input_value(g, DY, i));
  }
  double u = 8 * (g->dtype == SG_F32 ? 0x1p-24 : 0x1p-53);
  double rstd = 1 / sqrt((double)var + g->eps), xhat = far * rstd;
  double gamma = g->affine & 1 ? fabs(input_value(g, GAMMA, channel)) : 1;
  double beta = g->affine & 2 ? fabs(input_value(g, BETA, channel)) : 0;
  double moved = u * (fabs((double)mean) * rstd + xhat), shift = g->dtype == SG_F32 ? u * xhat : moved;
  return (bounds){.y = gamma * shift + u * (gamma * xhat + beta),
                  .given = gamma * moved + u * (gamma * xhat + beta),
                  .dx = gamma * rstd * steep * (u + 2 * shift * xhat + u * xhat * xhat),
                  .dgamma = shift * total + u * xhat * total,
                  .dbeta = u * total,
                  .mean = u * (fabs((double)mean) + far),
                  .var = u * (double)var + shift * shift * ((double)var + g->eps)};
}

static void compare(const golden *g, const char *isa, const char *what, int64_t i, double got, double want,
                    double bound) {
  if (fabs(got - want) <= bound) return; // not `>`: NaN fails
  fail_msg("%s, case %d (%s, x %s, affine %d, eps %g, momentum %g, x around %g +- %g): element %lld of %s is "
           "%.17g, PyTorch's is %.17g, they may differ by %.3g",
           isa, g->number, sg_dtype_name(g->dtype), sg_shape_text(&g->shape).text, g->affine, g->eps, g->momentum,
           g->offset, g->scale / 2, (long long)i, what, got, want, bound);
}

// ---- The comparison -------------------------------------------------------------------------------

static void compare_statistics(const golden *g, const char *isa, const bounds *bound, const sg_tensor *mean,
                               const sg_tensor *var) {
  double m = g->momentum, unbiased = (double)g->per_channel / (double)(g->per_channel - 1);
  for (int64_t c = 0; c < g->channels; c++) {
    double mean_before = input_value(g, MEAN_BEFORE, c), var_before = input_value(g, VAR_BEFORE, c);
    double running_mean = (1 - m) * mean_before + m * sg_tensor_value(mean, c);
    double running_var = (1 - m) * var_before + m * unbiased * sg_tensor_value(var, c);
    compare(g, isa, "running mean", c, running_mean, g->running_mean[c],
            m * bound[c].mean + 0x1p-52 * fabs(mean_before));
    compare(g, isa, "running var", c, running_var, g->running_var[c],
            m * unbiased * bound[c].var + 0x1p-52 * fabs(var_before));
  }
}

static void compare_output(const golden *g, const char *isa, bool given, const bounds *bound, const sg_tensor *y) {
  const char *what = given ? "y of batch_norm_inference" : "y";
  for (int64_t i = 0; i < g->elements; i++) {
    const bounds *b = &bound[channel_of(g, i)];
    compare(g, isa, what, i, sg_tensor_value(y, i), g->y[i], given ? b->given : b->y);
  }
}

static void compare_gradients(const golden *g, const char *isa, const char *way, const bounds *bound,
                              sg_tensor *const *gradients) {
  char what[64];
  snprintf(what, sizeof what, "dx (%s)", way);
  for (int64_t i = 0; i < g->elements; i++) {
    compare(g, isa, what, i, sg_tensor_value(gradients[X], i), g->dx[i], bound[channel_of(g, i)].dx);
  }
  for (int64_t c = 0; c < g->channels; c++) {
    snprintf(what, sizeof what, "dgamma (%s)", way);
    if (gradients[GAMMA]) {
      compare(g, isa, what, c, sg_tensor_value(gradients[GAMMA], c), g->dgamma[c], bound[c].dgamma);
    }
    snprintf(what, sizeof what, "dbeta (%s)", way);
    if (gradients[BETA]) compare(g, isa, what, c, sg_tensor_value(gradients[BETA], c), g->dbeta[c], bound[c].dbeta);
  }
}

static void require(const sg_context *context, const golden *g) {
  if (sg_error_status(context)) fail_msg("case %d: %s", g->number, sg_error_message(context));
}

static void check_case(sg_context *context, const golden *g) {
  const char *isa = sg_isa(context);
  sg_batch_norm_options options = {.eps = g->eps};
  sg_tensor *in[] = {input_tensor(context, g, X), g->affine & 1 ? input_tensor(context, g, GAMMA) : NULL,
                     g->affine & 2 ? input_tensor(context, g, BETA) : NULL};
  sg_tensor *wanted[3] = {NULL}, *found[3] = {NULL}, *mean, *var, *dy = input_tensor(context, g, DY);
  int count = 0;
  for (int i = X; i <= BETA; i++) {
    if (!in[i]) continue;
    sg_tensor_set_requires_grad(in[i], true);
    wanted[count++] = in[i];
  }
  bounds *bound = calloc((size_t)g->channels, sizeof *bound);
  for (int64_t c = 0; c < g->channels; c++) bound[c] = bounds_of(g, c);

  sg_tensor *y = sg_batch_norm(context, in[X], in[GAMMA], in[BETA], &options, &mean, &var);
  require(context, g);
  compare_output(g, isa, false, bound, y);
  compare_statistics(g, isa, bound, mean, var);
  for (int pass = 0; pass < 2; pass++) {
    sg_backward_options way = {.retain_graph = true, .create_graph = pass == 1};
    sg_grad(context, 1, &y, &dy, count, wanted, &way, found);
    require(context, g);
    sg_tensor *gradients[3] = {NULL};
    for (int i = X, next = 0; i <= BETA; i++) gradients[i] = in[i] ? found[next++] : NULL;
    compare_gradients(g, isa, pass ? "vjp" : "backward", bound, gradients);
  }
  // With the batch's own statistics given, inference is training's forward.
  compare_output(g, isa, true, bound,
                 sg_batch_norm_inference(context, in[X], mean, var, in[GAMMA], in[BETA], &options));
  require(context, g);
  free(bound);
}

static void check_instruction_set(void **state) {
  test_allocator allocator = {0};
  sg_context *context = open_context(&allocator, 1, *state);
  assert_non_null(context);
  reader r = {fopen(GOLDEN_FOLDER "/batch_norm.golden", "rb")};
  assert_non_null(r.file);
  char magic[8];
  take(&r, magic, sizeof magic);
  assert_memory_equal(magic, "SGBN0001", sizeof magic);
  int count = take_int(&r);
  assert_int_equal(count, 256);
  for (int k = 0; k < count; k++) {
    golden g = take_case(&r);
    assert_int_equal(g.number, k);
    sg_scope scope = sg_scope_open(context);
    check_case(context, &g);
    sg_scope_close(context, scope);
    free_case(&g);
  }
  assert_int_equal(fgetc(r.file), EOF);
  fclose(r.file);
  close_context(context, &allocator);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      {"baseline", check_instruction_set, NULL, NULL, "baseline"},
      {"x86-64-v3", check_instruction_set, NULL, NULL, "x86-64-v3"},
      {"x86-64-v4", check_instruction_set, NULL, NULL, "x86-64-v4"},
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
