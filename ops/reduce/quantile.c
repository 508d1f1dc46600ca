// SPDX-License-Identifier: GPL-3.0-or-later
//
// y = (1 - w) a + w b between the sorted elements a and b at the ranks floor(r) and ceil(r), r = q (n - 1) from 0
// on.
#include <math.h>

#include "ops/ops.h"
#include "ops/reduce/ranks.h"

static const char *const interpolations[] = {"linear", "lower", "higher", "midpoint", "nearest", NULL};
enum { LINEAR, LOWER, HIGHER, MIDPOINT, NEAREST };

typedef struct quantile_options {
  double q;
  sg_ints dim;
  bool keepdim;
  int interpolation;
} quantile_options;

typedef struct quantile_plan {
  sg_ranks_plan ranks; // two of them
  double weight;       // of the second
} quantile_plan;

static double weight_of(int interpolation, double rank) {
  const double part = rank - floor(rank);
  switch (interpolation) {
  case LOWER:
    return 0;
  case HIGHER:
    return part > 0;
  case MIDPOINT:
    return part > 0 ? 0.5 : 0;
  case NEAREST:
    return nearbyint(rank) > floor(rank);
  default:
    return part;
  }
}

static sg_status prepare(sg_plan *plan) {
  const quantile_options *options = plan->options;
  quantile_plan *own = plan->own;
  if (sg_ranks_prepare_one(plan, &options->dim, options->keepdim, SORT_NAN_FIRST))
    return sg_error_status(plan->context);
  const sg_lines *lines = &own->ranks.lines;
  const double rank = options->q * (double)(lines->count - 1);
  own->ranks.first = (int64_t)rank;
  own->ranks.kept = 2;
  own->weight = weight_of(options->interpolation, rank);
  sg_shape *pairs = &plan->output_shape[1];
  *pairs = *sg_plan_shape(plan, 0);
  if (own->ranks.whole || pairs->rank == 0) *pairs = (sg_shape)SG_DIMS(2);
  if (!own->ranks.whole) pairs->size[lines->dimension] = 2;
  plan->backward_scratch_bytes = 2 * (size_t)(lines->outer * lines->inner) * sizeof(double);
  plan->scratch_bytes += plan->backward_scratch_bytes;
  return SG_OK;
}

static double between(double a, double b, double weight) {
  return weight == 0 || a == b ? a : weight == 1 ? b : a + weight * (b - a);
}

static void forward(const sg_call *call) {
  const quantile_plan *own = call->plan;
  const sg_lines *lines = &own->ranks.lines;
  double *values = call->scratch;
  sg_ranks_run(call, values + 2 * lines->outer * lines->inner, values, sg_output_data(call->outputs[1]));
  for (int64_t i = 0; i < lines->outer * lines->inner; i++) {
    const int64_t a = i / lines->inner * 2 * lines->inner + i % lines->inner, b = a + lines->inner;
    if (call->dtype == SG_F32) {
      const float *v = (const float *)call->scratch;
      ((float *)sg_output_data(call->outputs[0]))[i] = (float)between((double)v[a], (double)v[b], own->weight);
    } else {
      ((double *)sg_output_data(call->outputs[0]))[i] = between(values[a], values[b], own->weight);
    }
  }
}

static void backward(const sg_call *call) {
  const quantile_plan *own = call->plan;
  const sg_lines *lines = &own->ranks.lines;
  const void *d_y = sg_tensor_data(call->d_outputs[0]);
  for (int64_t i = 0; i < lines->outer * lines->inner; i++) {
    const int64_t a = i / lines->inner * 2 * lines->inner + i % lines->inner, b = a + lines->inner;
    if (call->dtype == SG_F32) {
      float *both = call->scratch, arriving = ((const float *)d_y)[i];
      both[a] = arriving * (float)(1 - own->weight);
      both[b] = arriving * (float)own->weight;
    } else {
      double *both = call->scratch, arriving = ((const double *)d_y)[i];
      both[a] = arriving * (1 - own->weight);
      both[b] = arriving * own->weight;
    }
  }
  sg_lines_return(call, lines, 2, call->scratch, call->outputs[1]);
}

static void vjp(const sg_call *call) {
  const quantile_plan *own = call->plan;
  sg_context *c = call->context;
  sg_tensor *positions = call->outputs[1], *d_y = call->d_outputs[0];
  if (!positions || !d_y) return;
  const int dim = own->ranks.whole ? 0 : own->ranks.lines.dimension;
  sg_shape kept = *sg_tensor_shape(positions);
  kept.size[dim] = 1;
  d_y = sg_reshape(c, d_y, &kept);
  sg_tensor *both[] = {sg_mul_scalar(c, d_y, 1 - own->weight), sg_mul_scalar(c, d_y, own->weight)};
  call->d_inputs[0] = sg_ranks_return(call, positions, sg_cat(c, 2, both, dim));
}

#define AT(share, kept, way, ...)                                                                                  \
  SG_WITH(quantile_options, .q = share, .dim = SG_DIMS(__VA_ARGS__), .keepdim = kept, .interpolation = way)

const sg_op op_quantile = {
    SG_PLANNED_OP(quantile, quantile_plan, prepare, forward, vjp),
    SG_WORDS(
        "What a share q of the elements along a dimension lies below, between two of them.",
        "y = (1 - w) a + w b, a and b the elements of sort(x) around rank r = q (n - 1) from 0 on; linear: w the\n"
        "fraction of r",
        "Hyndman, Fan, Sample quantiles in statistical packages, 1996, definition 7"),
    .inputs = SG_PORTS({"x", 0, "tensor with something to choose from"}),
    .outputs = SG_PORTS({"y", 0, "the quantiles; NaN where there is one"},
                        {"positions", SG_INDEX | SG_HIDDEN, "of a and b"}),
    SG_OPTIONS(quantile_options, SG_CONSTANT(quantile_options, .q = 0.5),
               SG_OPTION(quantile_options, q, FLOAT, "the share", SG_REQUIRED | SG_AT_LEAST | SG_AT_MOST, 0, 1),
               SG_OPTION(quantile_options, dim, DIMS, "dimension to sort along; default all, as one"),
               SG_OPTION(quantile_options, keepdim, BOOL, "keep the dimension, with extent 1"),
               SG_CHOICE(quantile_options, interpolation, interpolations,
                         "linear; lower: a; higher: b; midpoint: w = 1/2; nearest: to r, of two the even rank")),
    .save_outputs = 1 << 1,
    .backward = backward,
    .samples =
        SG_SAMPLES({"by hand", SG_ON(SG_VECTOR(7, 5, -2, 3)), SG_WITH(quantile_options, .q = 0.25), SG_GIVES(1.75)},
                   {"everything", SG_ON(SG_DISTINCT(-2, 2, SG_DIMS(3, 4))), SG_WITH(quantile_options, .q = 0.5)},
                   {"rows", SG_ON(SG_DISTINCT(-2, 2, SG_DIMS(4, 5))), AT(0.3, false, LINEAR, -1)},
                   {"columns", SG_ON(SG_DISTINCT(-2, 2, SG_DIMS(4, 3))), AT(0.9, true, LINEAR, 0)},
                   {"lower", SG_ON(SG_DISTINCT(-2, 2, SG_DIMS(4, 5))), AT(0.3, false, LOWER, 1)},
                   {"higher", SG_ON(SG_DISTINCT(-2, 2, SG_DIMS(4, 5))), AT(0.3, false, HIGHER, 1)},
                   {"midpoint", SG_ON(SG_DISTINCT(-2, 2, SG_DIMS(2, 4, 3))), AT(0.6, true, MIDPOINT, 1)},
                   {"nearest", SG_ON(SG_DISTINCT(-2, 2, SG_DIMS(4, 4))), AT(0.5, false, NEAREST, 1)},
                   {"largest", SG_ON(SG_DISTINCT(-2, 2, SG_DIMS(3, 4))), AT(1, false, LINEAR, 0)},
                   {"scalar", SG_ON(SG_NORMAL(0, 1, SG_SCALAR)), AT(0.5, false, LINEAR, 0)},
                   {"no results", SG_ON(SG_RANDN(0, 2)), AT(0.5, false, LINEAR, 1)}),
    .bad_samples = SG_SAMPLES(
        {"empty", SG_ON(SG_RANDN(0, 2)), SG_WITH(quantile_options, .q = 0.5), .error = "nothing to choose from"},
        {"two dimensions", SG_ON(SG_RANDN(2, 3)), AT(0.5, false, LINEAR, 0, 1), .error = "expected one or none"}),
};

sg_tensor *sg_quantile(sg_context *context, sg_tensor *x, double q, const sg_reduce_options *options) {
  static const sg_reduce_options defaults = {0};
  const sg_reduce_options *o = options ? options : &defaults;
  return sg_apply_one(context, &op_quantile, 1, &x, &(quantile_options){q, o->dim, o->keepdim, LINEAR});
}
