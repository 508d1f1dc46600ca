// SPDX-License-Identifier: GPL-3.0-or-later
//
// y = x - mean(x) over the given dimensions, with a mean that is not rounded to the dtype of x. At a mean of m
// standard deviations, the difference of x and a mean in f32 is wrong by up to m 6e-8 of a deviation, and a
// derivative built on it too; here it is off by the rounding of the result.
#include "ops/ops.h"
#include "ops/reduce/centring.h"
#include "ops/reduce/reduction.h"

static sg_status prepare(sg_plan *plan) {
  const sg_group_options *options = plan->options;
  if (sg_reduction_prepare(plan, &options->dim, true)) return sg_error_status(plan->context);
  const reduce_layout *layout = &((const sg_reduction_plan *)plan->own)->layout;
  plan->output_shape[0] = *sg_plan_shape(plan, 0);
  plan->scratch_bytes = (size_t)layout->outputs * sizeof(double) + sg_reduction_scratch(layout);
  return SG_OK;
}

static void forward(const sg_call *call) {
  const reduce_layout *layout = &((const sg_reduction_plan *)call->plan)->layout;
  double *mean = call->scratch, *scratch = mean + layout->outputs;
  void *y = sg_output_data(call->outputs[0]);
  const void *x = sg_centring_means(call, layout, sg_input_data(call, 0), y, mean, scratch);
  sg_centring_apply(call, layout, x, mean, NULL, NULL, y);
}

// I - (1/n) 1 1^T is symmetric.
static void vjp(const sg_call *call) {
  const sg_group_options *options = call->options;
  call->d_inputs[0] = sg_centre(call->context, call->d_outputs[0], &options->dim);
}

const sg_op op_centre = {
    SG_PLANNED_OP(centre, sg_reduction_plan, prepare, forward, vjp),
    SG_WORDS("Takes the mean over dimensions away, without rounding it first.",
             "y = x - (sum of x over dim) / (number of its elements)",
             "Chan, Golub, LeVeque, Algorithms for computing the sample variance, 1983 (the corrected mean)"),
    SG_GROUPED("the deviations, in the shape of x", "dimensions to take the mean over; default all"),
    .samples =
        SG_SAMPLES({"everything", SG_ON(SG_VALUES(SG_NUMBERS(1, 2, 3, 6), SG_DIMS(2, 2))), SG_GIVES(-2, -1, 0, 3)},
                   {"rows", SG_ON(SG_VALUES(SG_NUMBERS(1, 2, 3, 4, 9, -1), SG_DIMS(2, 3))), SG_GROUP(1),
                    SG_GIVES(-1, 0, 1, 0, 5, -5)},
                   {"columns", SG_ON(SG_RANDN(5, 3)), SG_GROUP(0)},
                   {"all but the channels", SG_ON(SG_NORMAL(1, 2, SG_DIMS(2, 3, 2, 4))), SG_GROUP(0, 2, -1)},
                   {"middle", SG_ON(SG_RANDN(3, 4, 2)), SG_GROUP(-2)},
                   {"mean far from zero", SG_ON(SG_NORMAL(1e6, 1, SG_DIMS(4, 6))), SG_GROUP(1)},
                   {"one value each", SG_ON(SG_RANDN(3, 1)), SG_GROUP(1)},
                   {"scalar", SG_ON(SG_NORMAL(0, 1, SG_SCALAR))}, {"empty", SG_ON(SG_RANDN(0, 2)), SG_GROUP(0)}),
    .bad_samples = SG_SAMPLES({"dimension twice", SG_ON(SG_RANDN(2, 3)), SG_GROUP(1, -1), .error = "named twice"}),
};

sg_tensor *sg_centre(sg_context *context, sg_tensor *x, const sg_ints *dim) {
  return sg_apply_one(context, &op_centre, 1, &x, dim ? &(sg_group_options){.dim = *dim} : NULL);
}
