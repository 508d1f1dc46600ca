// SPDX-License-Identifier: GPL-3.0-or-later
//
// y = x - mean(x) over the given dimensions, with a mean that is not rounded to the dtype of x. At a mean of m
// standard deviations, the difference of x and a mean in f32 is wrong by up to m 6e-8 of a deviation, and a
// derivative built on it too; here it is off by the rounding of the result.
#include <math.h>

#include "ops/kernels/centre.h"
#include "ops/ops.h"
#include "ops/reduce/reduction.h"
#include "ops/select_kernels.h"

typedef struct centre_options {
  sg_ints dim;
} centre_options;

static sg_status prepare(sg_plan *plan) {
  const centre_options *options = plan->options;
  unsigned reduced;
  if (sg_reduction_dimensions(plan, &options->dim, &reduced)) return sg_error_status(plan->context);
  const sg_shape *x = sg_plan_shape(plan, 0);
  plan->output_shape[0] = *x;
  reduce_layout layout = sg_reduction_layout(x, reduced);
  plan->scratch_bytes = (size_t)layout.outputs * sizeof(double) + sg_reduction_scratch(&layout);
  return SG_OK;
}

static void subtract(const sg_call *call, const reduce_layout *layout, const void *x, const double *mean, void *y) {
  int64_t pieces = (layout->row + REDUCE_PIECE - 1) / REDUCE_PIECE;
  centre_arguments arguments = {.layout = *layout, .pieces = pieces, .x = x, .mean = mean, .y = y};
  int64_t longest = layout->row < REDUCE_PIECE ? layout->row : REDUCE_PIECE;
  sg_parallel(call->context, layout->kept.count * layout->reduced.count * pieces, sg_grain(longest),
              sg_kernels_for(call->context, call->dtype)->centre->subtract, &arguments);
}

// In f64 the mean itself carries roundings of its terms. What they left is the mean of the differences, which is
// taken away in turn.
static void forward(const sg_call *call) {
  const centre_options *options = call->options;
  const sg_shape *shape = sg_tensor_shape(call->inputs[0]);
  reduce_layout layout = sg_reduction_layout(shape, sg_reduction_mask(shape, &options->dim));
  if (sg_tensor_elements(call->inputs[0]) == 0) return;
  double *mean = call->scratch, *scratch = mean + layout.outputs;
  void *y = sg_output_data(call->outputs[0]);
  sg_reduction_means(call->context, call->dtype, &layout, sg_tensor_data(call->inputs[0]), mean, scratch);
  subtract(call, &layout, sg_tensor_data(call->inputs[0]), mean, y);
  if (call->dtype == SG_F32) return;
  sg_reduction_means(call->context, call->dtype, &layout, y, mean, scratch);
  for (int64_t i = 0; i < layout.outputs; i++) mean[i] = isfinite(mean[i]) ? mean[i] : 0;
  subtract(call, &layout, y, mean, y);
}

// I - (1/n) 1 1^T is symmetric.
static void vjp(const sg_call *call) {
  const centre_options *options = call->options;
  call->d_inputs[0] = sg_centre(call->context, call->d_outputs[0], &options->dim);
}

#define OVER(...) (&(const centre_options){.dim = SG_DIMS(__VA_ARGS__)})
static const sg_sample samples[] = {
    {.name = "everything",
     .inputs = {SG_VALUES(((const double[]){1, 2, 3, 6}), SG_DIMS(2, 2))},
     .expected = (const double[]){-2, -1, 0, 3}},
    {.name = "rows",
     .inputs = {SG_VALUES(((const double[]){1, 2, 3, 4, 9, -1}), SG_DIMS(2, 3))},
     .options = OVER(1),
     .expected = (const double[]){-1, 0, 1, 0, 5, -5}},
    {.name = "columns", .inputs = {SG_NORMAL(0, 1, SG_DIMS(5, 3))}, .options = OVER(0)},
    {.name = "all but the channels", .inputs = {SG_NORMAL(1, 2, SG_DIMS(2, 3, 2, 4))}, .options = OVER(0, 2, -1)},
    {.name = "middle", .inputs = {SG_NORMAL(0, 1, SG_DIMS(3, 4, 2))}, .options = OVER(-2)},
    {.name = "mean far from zero", .inputs = {SG_NORMAL(1e6, 1, SG_DIMS(4, 6))}, .options = OVER(1)},
    {.name = "one value each", .inputs = {SG_NORMAL(0, 1, SG_DIMS(3, 1))}, .options = OVER(1)},
    {.name = "scalar", .inputs = {SG_NORMAL(0, 1, SG_SCALAR)}},
    {.name = "empty", .inputs = {SG_NORMAL(0, 1, SG_DIMS(0, 2))}, .options = OVER(0)},
    {0},
};
static const sg_sample bad_samples[] = {
    {.name = "dimension out of range",
     .inputs = {SG_NORMAL(0, 1, SG_DIMS(2, 3))},
     .options = OVER(2),
     .error = "outside"},
    {.name = "dimension twice",
     .inputs = {SG_NORMAL(0, 1, SG_DIMS(2, 3))},
     .options = OVER(1, -1),
     .error = "named twice"},
    {.name = "indices", .inputs = {SG_INDICES(3, SG_DIMS(2))}, .error = "x has dtype i64"},
    {0},
};

const sg_op op_centre = {
    .name = "centre",
    .summary = "Takes the mean over dimensions away, without rounding it first.",
    .formula = "y = x - (sum of x over dim) / (number of its elements)",
    .reference = "Chan, Golub, LeVeque, Algorithms for computing the sample variance, 1983 (the corrected mean)",
    .inputs = {{"x", 0, "tensor of any shape"}},
    .outputs = {{"y", 0, "the deviations, in the shape of x"}},
    .attributes = {{"dim", SG_ATTRIBUTE_DIMS, offsetof(centre_options, dim),
                    "dimensions to take the mean over; default all", 0, 0, 0, NULL}},
    .options_bytes = sizeof(centre_options),
    .defaults = &(const centre_options){.dim = {0}},
    .prepare = prepare,
    .forward = forward,
    .vjp = vjp,
    .samples = samples,
    .bad_samples = bad_samples,
};

sg_tensor *sg_centre(sg_context *context, sg_tensor *x, const sg_ints *dim) {
  return sg_apply_one(context, &op_centre, 1, &x, dim ? &(centre_options){.dim = *dim} : NULL);
}
