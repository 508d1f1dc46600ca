// SPDX-License-Identifier: GPL-3.0-or-later
//
// How many bins there are depends on x: a composition, for which the largest label is read.
#include "ops/ops.h"

typedef struct bincount_options {
  int64_t minlength;
} bincount_options;

static sg_status prepare(sg_plan *plan) {
  const sg_shape *x = sg_plan_shape(plan, 0);
  if (x->rank != 1) return sg_reject(plan, "x has shape %s, expected a vector", sg_shape_text(x).text);
  if (plan->inputs[1] && !sg_shape_equal(sg_plan_shape(plan, 1), x))
    return sg_reject(plan, "weights has shape %s, expected that of x, %s",
                     sg_shape_text(sg_plan_shape(plan, 1)).text, sg_shape_text(x).text);
  return SG_OK;
}

// One more than the largest label counted from 0, or minlength; -1 where there is an error.
static int64_t bins_of(const sg_call *call) {
  sg_context *c = call->context;
  const int64_t least = ((const bincount_options *)call->options)->minlength, base = sg_index_base(c);
  sg_tensor *x = call->inputs[0];
  if (sg_tensor_elements(x) == 0) return least;
  const sg_tensor *lowest = sg_amin(c, x, NULL), *highest = sg_amax(c, x, NULL);
  if (!lowest || !highest) return -1;
  if (sg_tensor_integer(lowest, 0) < base) {
    sg_refuse(call, "x holds %lld, expected %lld or more", (long long)sg_tensor_integer(lowest, 0),
              (long long)base);
    return -1;
  }
  const int64_t bins = sg_tensor_integer(highest, 0) - base + 1;
  return bins > least ? bins : least;
}

static void compose(const sg_call *call, sg_tensor **outputs) {
  sg_context *c = call->context;
  sg_tensor *x = call->inputs[0], *weights = call->inputs[1];
  const int64_t bins = bins_of(call);
  if (bins < 0) return;
  const sg_shape shape = SG_DIMS(bins);
  if (weights) {
    sg_tensor *zeros = sg_tensor_full(c, sg_tensor_dtype(weights), &shape, 0);
    outputs[0] = sg_index_add(c, zeros, x, weights, 0);
  } else {
    sg_tensor *zeros = sg_tensor_full(c, SG_I64, &shape, 0),
              *one = sg_tensor_full(c, SG_I64, &(sg_shape)SG_SCALAR, 1);
    outputs[0] = sg_index_put(c, zeros, one, 1, &x, &(sg_index_put_options){.accumulate = true});
  }
}

#define LABELS SG_VALUES_OF(SG_I64, SG_NUMBERS(1, 0, 3, 1), SG_DIMS(4))

const sg_op op_bincount = {
    SG_COMPOSED(bincount, prepare, compose),
    SG_WORDS("How often each label occurs, or the sum of its weights.",
             "y_k = sum of weights_i over all i with x_i = k; without weights each is 1"),
    .inputs = SG_PORTS({"x", SG_INDEX, "a vector of labels"},
                       {"weights", SG_OPTIONAL, "floating numbers, one for each label"}),
    .outputs = SG_PORTS({"y", 0, "for every label up to the largest; without weights i64"}),
    SG_OPTIONS(bincount_options, SG_CONSTANT(bincount_options, 0),
               SG_OPTION(bincount_options, minlength, INT, "how many results at least", SG_AT_LEAST, 0)),
    .samples =
        SG_SAMPLES({"by hand", SG_ON(LABELS), SG_GIVES(1, 2, 0, 1)},
                   {"at least", SG_ON(LABELS), SG_WITH(bincount_options, 6), SG_GIVES(1, 2, 0, 1, 0, 0)},
                   {"weights", SG_ON(LABELS, SG_VECTOR(0.5, 2, -1, 4)), SG_GIVES(2, 4.5, 0, -1)},
                   {"many", SG_ON(SG_INDICES(9, SG_DIMS(100))), SG_WITH(bincount_options, 9)},
                   {"many weights", SG_ON(SG_INDICES(9, SG_DIMS(60)), SG_RANDN(60)), SG_WITH(bincount_options, 12)},
                   {"empty", SG_ON(SG_INDICES(1, SG_DIMS(0))), SG_WITH(bincount_options, 2), SG_GIVES(0, 0)},
                   {"nothing at all", SG_ON(SG_INDICES(1, SG_DIMS(0)))}),
    .bad_samples =
        SG_SAMPLES({"matrix", SG_ON(SG_INDICES(2, SG_DIMS(2, 2))), .error = "x has shape [2, 2]"},
                   {"weights", SG_ON(LABELS, SG_RANDN(3)), .error = "weights has shape [3]"},
                   {"label", SG_ON(SG_VALUES_OF(SG_I64, SG_NUMBERS(1, -3), SG_DIMS(2))), .error = "x holds -"}),
};

sg_tensor *sg_bincount(sg_context *context, sg_tensor *x, sg_tensor *weights, int64_t minlength) {
  return sg_apply_one(context, &op_bincount, 2, (sg_tensor *[]){x, weights}, &(bincount_options){minlength});
}
