// SPDX-License-Identifier: GPL-3.0-or-later
//
// y = the positions of a dimension in random order (Fisher and Yates, inside out).
#include "ops/create/shaped.h"
#include "ops/ops.h"

typedef struct randperm_options {
  int64_t n;
} randperm_options;

static sg_status prepare(sg_plan *plan) {
  const randperm_options *options = plan->options;
  return sg_plan_shaped(plan, &(sg_shape){1, {options->n}}, SG_I64);
}

static void forward(const sg_call *call) { sg_random_fill_permutation(call->outputs[0]); }

#define OF(n) SG_WITH(randperm_options, n)

const sg_op op_randperm = {
    SG_COMPUTED(randperm, prepare, forward, NULL),
    SG_WORDS("The numbers of positions in random order.", "y = a permutation, each as likely as the others",
             "Durstenfeld 1964, Algorithm 235"),
    .outputs = SG_PORTS({"y", SG_INDEX, "as many positions, counted like indices"}),
    SG_OPTIONS(randperm_options, SG_CONSTANT(randperm_options, 0),
               SG_OPTION(randperm_options, n, INT, "how many", SG_REQUIRED | SG_AT_LEAST, 0)),
    .samples = SG_SAMPLES({"ten", OF(10)}, {"one", OF(1), SG_GIVES(0)}, {"none", OF(0)}),
    .bad_samples = SG_SAMPLES({"too many", OF(INT64_MAX), .error = "cannot have the shape"}),
};

sg_tensor *sg_randperm(sg_context *context, int64_t n) {
  return sg_apply_one(context, &op_randperm, 0, NULL, SG_CONSTANT(randperm_options, n));
}
