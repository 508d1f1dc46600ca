// SPDX-License-Identifier: GPL-3.0-or-later
//
// y = integers of a range, by the high half of a product (Lemire 2019).
#include "ops/create/shaped.h"
#include "ops/ops.h"

typedef struct randint_options {
  int64_t low, high;
  sg_shape shape;
} randint_options;

static sg_status prepare(sg_plan *plan) {
  const randint_options *options = plan->options;
  if (options->low >= options->high) return sg_reject(plan, "the lower bound has to be below the upper bound");
  return sg_plan_shaped(plan, &options->shape, SG_I64);
}

static void forward(const sg_call *call) {
  const randint_options *options = call->options;
  sg_random_fill_integers(call->outputs[0], options->low, options->high);
}

#define IN(low, high, ...) SG_WITH(randint_options, low, high, __VA_ARGS__)

const sg_op op_randint = {
    SG_COMPUTED(randint, prepare, forward, NULL),
    SG_WORDS("Random integers, all of a range equally often.",
             "y = low + floor(u (high - low)), u uniform in [0, 1)",
             "Lemire 2019, \"Fast random integer generation in an interval\""),
    .outputs = SG_PORTS({"y", SG_INDEX, "the new tensor"}),
    SG_OPTIONS(randint_options, SG_CONSTANT(randint_options, .high = 1),
               SG_OPTION(randint_options, low, INT, "the smallest", SG_REQUIRED),
               SG_OPTION(randint_options, high, INT, "one more than the largest", SG_REQUIRED),
               SG_OPTION(randint_options, shape, SHAPE, "extents; default none, a scalar")),
    .samples = SG_SAMPLES({"matrix", IN(-3, 4, SG_DIMS(3, 4))}, {"one", IN(7, 8, SG_DIMS(2)), SG_GIVES(7, 7)},
                          {"a large range", IN(INT64_MIN, INT64_MAX, SG_DIMS(3))}, {"scalar", IN(0, 2, SG_SCALAR)},
                          {"empty", IN(0, 2, SG_DIMS(0))}),
    .bad_samples = SG_SAMPLES({"empty range", IN(2, 2, SG_DIMS(3)), .error = "has to be below the upper bound"},
                              {"negative", IN(0, 2, SG_DIMS(-3)), .error = "cannot have the shape [-3]"}),
};

sg_tensor *sg_randint(sg_context *context, int64_t low, int64_t high, const sg_shape *shape) {
  return sg_apply_one(context, &op_randint, 0, NULL, SG_CONSTANT(randint_options, low, high, *shape));
}
