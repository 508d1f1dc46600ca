// SPDX-License-Identifier: GPL-3.0-or-later
//
// y = zeros, with a 1 for each label. How many classes there are is asked for: they cannot be counted before the
// labels are known.
#include "ops/ops.h"
#include "ops/shape/indices.h"
#include "ops/shape/strided.h"

typedef struct one_hot_options {
  int64_t num_classes;
} one_hot_options;

static int64_t classes_of(const sg_call *call) { return ((const one_hot_options *)call->options)->num_classes; }

static sg_status prepare(sg_plan *plan) {
  sg_shape *y = &plan->output_shape[0];
  *y = *sg_plan_shape(plan, 0);
  if (y->rank == SG_MAX_RANK)
    return sg_reject(plan, "x has shape %s, %d dimensions already, the most possible", sg_shape_text(y).text,
                     y->rank);
  y->size[y->rank++] = ((const one_hot_options *)plan->options)->num_classes;
  plan->output_dtype[0] = SG_I64;
  return SG_OK;
}

static sg_status check(const sg_call *call) {
  const int64_t i = sg_index_first_outside(call, 0, classes_of(call)), base = sg_index_base(call->context);
  if (i < 0) return SG_OK;
  return sg_refuse(call, "x holds %lld (element %lld), expected %lld..%lld for %lld classes",
                   (long long)sg_tensor_integer(call->inputs[0], i), (long long)(i + base), (long long)base,
                   (long long)(classes_of(call) - 1 + base), (long long)classes_of(call));
}

static void forward(const sg_call *call) {
  const int64_t count = sg_tensor_elements(call->inputs[0]), classes = classes_of(call);
  const int64_t *x = sg_input_data(call, 0), base = sg_index_base(call->context);
  int64_t *y = sg_output_data(call->outputs[0]);
  sg_strided_zero(call->context, SG_I64, y, count * classes);
  for (int64_t i = 0; i < count; i++) y[i * classes + x[i] - base] = 1;
}

#define OF(classes) (&(const one_hot_options){classes})

const sg_op op_one_hot = {
    SG_COMPUTED(one_hot, prepare, forward, NULL),
    SG_WORDS("Makes of each label a vector of zeros with a 1 at its place.",
             "y[..., k] = 1 where x[...] = k, else 0"),
    .inputs = SG_PORTS({"x", SG_INDEX, "labels, in any shape"}),
    .outputs = SG_PORTS({"y", SG_STEP, "i64, the shape of x and then num_classes"}),
    SG_OPTIONS(
        one_hot_options, OF(1),
        SG_OPTION(one_hot_options, num_classes, INT, "how many labels there are", SG_REQUIRED | SG_AT_LEAST, 1)),
    .check = check,
    .samples = SG_SAMPLES({"labels", SG_ON(SG_VALUES_OF(SG_I64, SG_NUMBERS(1, 0, 2), SG_DIMS(3))), OF(3),
                           SG_GIVES(0, 1, 0, 1, 0, 0, 0, 0, 1)},
                          {"matrix", SG_ON(SG_INDICES(4, SG_DIMS(2, 3))), OF(5)},
                          {"one label", SG_ON(SG_INDICES(2, SG_SCALAR)), OF(2)},
                          {"one class", SG_ON(SG_INDICES(1, SG_DIMS(2))), OF(1)},
                          {"empty", SG_ON(SG_INDICES(1, SG_DIMS(0))), OF(3)}),
    .bad_samples = SG_SAMPLES(
        {"label", SG_ON(SG_VALUES_OF(SG_I64, SG_NUMBERS(1, 7), SG_DIMS(2))), OF(3), .error = "for 3 classes"},
        {"no classes", SG_ON(SG_INDICES(1, SG_DIMS(2))), OF(0), .error = "num_classes is 0"},
        {"fractions", SG_ON(SG_OF_DTYPE(SG_F64, SG_DIMS(2))), OF(2), .error = "x has dtype"}),
};

sg_tensor *sg_one_hot(sg_context *context, sg_tensor *x, int64_t num_classes) {
  return sg_apply_one(context, &op_one_hot, 1, &x, OF(num_classes));
}
