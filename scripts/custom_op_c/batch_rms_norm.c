// SPDX-License-Identifier: GPL-3.0-or-later
//
// Batch normalization that leaves the mean alone: every channel is divided by its root mean square.
//
//   r_c = 1 / sqrt((1/m) sum x^2 + eps)     over every dimension but the channels', m values in a channel
//   u   = x r_c
//   y   = gamma_c u
//
// After Zhang and Sennrich 2019, "Root Mean Square Layer Normalization", arXiv:1910.07467, per channel of a batch.
//
// A lesson in three parts: what to keep for the derivative, the derivative itself with the term that is most often
// forgotten, and why vjp must not use what was kept.
#include <math.h>
#include <selenograd.h>

enum { X, GAMMA };       // inputs
enum { Y, INVERSE_RMS }; // outputs

typedef struct batch_rms_norm_options {
  double eps;
} batch_rms_norm_options;

static const batch_rms_norm_options defaults = {.eps = 1e-5};

// x is (N, C, ...): row-major, so channel c is `batch` pieces of `spatial` neighbours.
typedef struct extent {
  int64_t batch, channels, spatial;
} extent;

static extent extent_of(const sg_shape *x) {
  extent e = {x->size[0], x->size[1], 1};
  for (int d = 2; d < x->rank; d++) e.spatial *= x->size[d];
  return e;
}

// The only hook that may refuse. The engine has checked by the descriptor that x is there, that the dtypes agree
// and that eps is in its range.
static sg_status prepare(sg_plan *plan) {
  const sg_shape *x = sg_plan_shape(plan, X);
  if (x->rank < 2) return sg_reject(plan, "x has shape %s, expected (N, C, ...)", sg_shape_text(x).text);
  if (plan->inputs[GAMMA]) {
    const sg_shape *gamma = sg_plan_shape(plan, GAMMA);
    if (gamma->rank != 1 || gamma->size[0] != x->size[1]) {
      return sg_reject(plan, "gamma has shape %s, expected [%lld] (channels of x %s)", sg_shape_text(gamma).text,
                       (long long)x->size[1], sg_shape_text(x).text);
    }
  }
  plan->output_shape[Y] = *x;
  plan->output_shape[INVERSE_RMS] = (sg_shape){1, {x->size[1]}};
  return SG_OK;
}

// ---- The loops ----------------------------------------------------------------------------------------------

typedef struct norm_arguments {
  extent extent;
  double eps;
  const void *x, *gamma; // gamma may be NULL
  void *y, *r;           // the results of forward
  const void *kept_r, *d_y;
  void *d_x, *d_gamma; // the results of backward, NULL when not wanted
} norm_arguments;

// One body serves both dtypes: `f32` is a constant where these are called, and the compiler makes two loops of it.
static inline double get(const void *data, int64_t i, bool f32) {
  return f32 ? (double)((const float *)data)[i] : ((const double *)data)[i];
}

static inline void put(void *data, int64_t i, double value, bool f32) {
  if (f32)
    ((float *)data)[i] = (float)value;
  else
    ((double *)data)[i] = value;
}

// Where piece n of channel c begins.
static inline int64_t piece(const extent *e, int64_t n, int64_t c) { return (n * e->channels + c) * e->spatial; }

// What is kept for the derivative: r, one number for each channel. With x it gives back u, so y need not be kept.
static inline void forward_channel(const norm_arguments *a, int64_t c, bool f32) {
  const extent *e = &a->extent;
  int64_t count = e->batch * e->spatial;
  double squares = 0, gamma = a->gamma ? get(a->gamma, c, f32) : 1;
  for (int64_t n = 0; n < e->batch; n++) {
    for (int64_t i = piece(e, n, c), end = i + e->spatial; i < end; i++) {
      squares += get(a->x, i, f32) * get(a->x, i, f32);
    }
  }
  double r = 1 / sqrt((count ? squares / (double)count : 0) + a->eps);
  put(a->r, c, r, f32);
  for (int64_t n = 0; n < e->batch; n++) {
    for (int64_t i = piece(e, n, c), end = i + e->spatial; i < end; i++)
      put(a->y, i, gamma * get(a->x, i, f32) * r, f32);
  }
}

// With g = gamma d_y, the gradient of u. An element of x reaches the loss L on two ways:
//
//   through its own u = x r:          d_x[i] = g[i] r
//   through r, and so through every u of the channel:
//                                     dL/dr     = sum_j g[j] x[j]
//                                     dr/dx[i]  = -(1/2) (mean(x^2) + eps)^(-3/2) 2 x[i] / m = -r^3 x[i] / m
//
// Together, with x r = u:             d_x = r (g - u mean(g u))
//                                     d_gamma = sum(d_y u)
//
// The second term is small, a few parts in m, and training often gets by without it; that is why a test that only
// looks whether the loss falls does not miss it. eps appears nowhere but in r, and r is the r of forward.
static inline void backward_channel(const norm_arguments *a, int64_t c, bool f32) {
  const extent *e = &a->extent;
  int64_t count = e->batch * e->spatial;
  double r = get(a->kept_r, c, f32), gamma = a->gamma ? get(a->gamma, c, f32) : 1;
  double sum = 0; // of d_y u
  for (int64_t n = 0; n < e->batch; n++) {
    for (int64_t i = piece(e, n, c), end = i + e->spatial; i < end; i++) {
      sum += get(a->d_y, i, f32) * get(a->x, i, f32) * r;
    }
  }
  if (a->d_gamma) put(a->d_gamma, c, sum, f32);
  if (!a->d_x) return;
  double mean = count ? gamma * sum / (double)count : 0; // of g u
  for (int64_t n = 0; n < e->batch; n++) {
    for (int64_t i = piece(e, n, c), end = i + e->spatial; i < end; i++) {
      double u = get(a->x, i, f32) * r;
      put(a->d_x, i, r * (gamma * get(a->d_y, i, f32) - u * mean), f32);
    }
  }
}

// Blocks are blocks of channels, so no sum is split and the result does not depend on the number of threads.
static void forward_f32(const void *arguments, int64_t begin, int64_t end) {
  for (int64_t c = begin; c < end; c++) forward_channel(arguments, c, true);
}

static void forward_f64(const void *arguments, int64_t begin, int64_t end) {
  for (int64_t c = begin; c < end; c++) forward_channel(arguments, c, false);
}

static void backward_f32(const void *arguments, int64_t begin, int64_t end) {
  for (int64_t c = begin; c < end; c++) backward_channel(arguments, c, true);
}

static void backward_f64(const void *arguments, int64_t begin, int64_t end) {
  for (int64_t c = begin; c < end; c++) backward_channel(arguments, c, false);
}

// ---- The hooks ----------------------------------------------------------------------------------------------

static void forward(const sg_call *call) {
  const batch_rms_norm_options *options = call->options;
  norm_arguments arguments = {.extent = extent_of(sg_tensor_shape(call->inputs[X])),
                              .eps = options->eps,
                              .x = sg_input_data(call, X),
                              .gamma = sg_input_data(call, GAMMA),
                              .y = sg_output_data(call->outputs[Y]),
                              .r = sg_output_data(call->outputs[INVERSE_RMS])};
  extent e = arguments.extent;
  sg_parallel(call->context, e.channels, sg_grain(e.batch * e.spatial),
              call->dtype == SG_F32 ? forward_f32 : forward_f64, &arguments);
}

static void backward(const sg_call *call) {
  norm_arguments arguments = {.extent = extent_of(&call->input_shapes[X]),
                              .x = sg_input_data(call, X),
                              .gamma = sg_input_data(call, GAMMA),
                              .kept_r = sg_tensor_data(call->outputs[INVERSE_RMS]),
                              .d_y = sg_tensor_data(call->d_outputs[Y]),
                              .d_x = sg_gradient_data(call, X),
                              .d_gamma = sg_gradient_data(call, GAMMA)};
  extent e = arguments.extent;
  sg_parallel(call->context, e.channels, sg_grain(e.batch * e.spatial),
              call->dtype == SG_F32 ? backward_f32 : backward_f64, &arguments);
}

// The same formulas in ops. r is computed from x again: the one that was kept is a constant to the tape, and a vjp
// built on it would give a second derivative without the terms through r. The check of order 2 finds that out.
static void vjp(const sg_call *call) {
  const batch_rms_norm_options *options = call->options;
  const sg_shape *shape = &call->input_shapes[X];
  sg_context *c = call->context;
  sg_tensor *x = call->inputs[X], *gamma = call->inputs[GAMMA], *d_y = call->d_outputs[Y];
  sg_shape channels = {1, {shape->size[1]}}, column = {shape->rank, {1, shape->size[1], 1, 1, 1, 1, 1, 1}};
  sg_reduce_options dims = {.dim = {1, {0}}, .keepdim = true}; // 0, 2, 3, ...
  for (int d = 2; d < shape->rank; d++) dims.dim.value[dims.dim.count++] = d;

  sg_tensor *mean_square = sg_mean(c, sg_mul(c, x, x), &dims);
  sg_tensor *r = sg_rsqrt(c, sg_add_scalar(c, mean_square, options->eps));
  sg_tensor *u = sg_mul(c, x, r);
  if (call->needs[X]) {
    sg_tensor *g = gamma ? sg_mul(c, d_y, sg_reshape(c, gamma, &column)) : d_y;
    sg_tensor *through_r = sg_mul(c, u, sg_mean(c, sg_mul(c, g, u), &dims));
    call->d_inputs[X] = sg_mul(c, r, sg_sub(c, g, through_r));
  }
  if (call->needs[GAMMA]) {
    call->d_inputs[GAMMA] = sg_reshape(c, sg_sum(c, sg_mul(c, d_y, u), &dims), &channels);
  }
}

// ---- Samples ------------------------------------------------------------------------------------------------

static const double by_hand_x[] = {3, 4},
                    by_hand_y[] = {0.6 * 1.41421356237309504880, 0.8 * 1.41421356237309504880};

extern const sg_op op_batch_rms_norm;
const sg_op op_batch_rms_norm = {
    .name = "batch_rms_norm",
    .summary = "Divides every channel by its root mean square over the batch, then scales it.",
    .formula = "y = gamma x / sqrt(mean(x^2) + eps), the mean over all dimensions but the second",
    .reference = "after Zhang and Sennrich 2019, arXiv:1910.07467",
    .inputs =
        SG_PORTS({"x", 0, "(N, C, ...)"}, {"gamma", SG_OPTIONAL, "scale of each channel, (C); 1 when absent"}),
    .outputs = SG_PORTS({"y", 0, "the shape of x"}, {"inverse_rms", SG_UNDIFFERENTIABLE | SG_HIDDEN,
                                                     "1 / sqrt(mean(x^2) + eps) of each channel, (C)"}),
    SG_OPTIONS(batch_rms_norm_options, &defaults,
               SG_OPTION(batch_rms_norm_options, eps, FLOAT, "added to the mean square inside the square root",
                         SG_AT_LEAST, 0)),
    .save_inputs = 1 << X | 1 << GAMMA,
    .save_outputs = 1 << INVERSE_RMS,
    .prepare = prepare,
    .forward = forward,
    .backward = backward,
    .vjp = vjp,
    .samples = SG_SAMPLES(
        {"by hand, eps 0", SG_ON(SG_VALUES(by_hand_x, SG_DIMS(2, 1))), SG_WITH(batch_rms_norm_options, 0),
         .expected = by_hand_y},
        {"(N,C)", SG_ON(SG_NORMAL(0.5, 1, SG_DIMS(6, 3)), SG_UNIFORM(0.5, 1.5, SG_DIMS(3)))},
        {"(N,C,H,W)", SG_ON(SG_NORMAL(-1, 2, SG_DIMS(2, 3, 2, 4)), SG_UNIFORM(-1.5, -0.5, SG_DIMS(3)))},
        {"without gamma", SG_ON(SG_RANDN(4, 2, 3))},
        {"large eps", SG_ON(SG_RANDN(4, 2), SG_UNIFORM(0.5, 1.5, SG_DIMS(2))), SG_WITH(batch_rms_norm_options, 2)},
        {"no rows", SG_ON(SG_RANDN(0, 2), SG_UNIFORM(0.5, 1.5, SG_DIMS(2)))}),
    .bad_samples = SG_SAMPLES({"rank 1", SG_ON(SG_RANDN(4)), .error = "x has shape [4], expected (N, C, ...)"},
                              {"short gamma", SG_ON(SG_RANDN(4, 3), SG_RANDN(2)),
                               .error = "gamma has shape [2], expected [3] (channels of x [4, 3])"},
                              {"negative eps", SG_ON(SG_RANDN(4, 3)), SG_WITH(batch_rms_norm_options, -1),
                               .error = "eps is -1, expected a value of at least 0"}),
};
