// SPDX-License-Identifier: GPL-3.0-or-later
//
// y = zeros, with a 1 for each label. Where it is not said how many classes there are, their number is the largest
// label, so the shape of y depends on values, and the op is a composition that makes y.
#include "ops/ops.h"
#include "ops/shape/indices.h"
#include "ops/shape/strided.h"

typedef struct one_hot_options {
  int64_t num_classes; // -1: as many as the labels need
} one_hot_options;

static sg_status prepare(sg_plan *plan) {
  const sg_shape *x = sg_plan_shape(plan, 0);
  const int64_t classes = ((const one_hot_options *)plan->options)->num_classes;
  if (classes == 0)
    return sg_reject(plan, "num_classes is 0, expected 1 or more, or -1 for as many as labels need");
  if (classes < 0 && sg_shape_elements(x) == 0)
    return sg_reject(plan, "num_classes is missing, and x has shape %s, from which none follows",
                     sg_shape_text(x).text);
  if (x->rank < SG_MAX_RANK) return SG_OK;
  return sg_reject(plan, "x has shape %s, %d dimensions already, the most possible", sg_shape_text(x).text,
                   x->rank);
}

static int64_t classes_of(const sg_call *call) {
  const int64_t classes = ((const one_hot_options *)call->options)->num_classes;
  if (classes > 0) return classes;
  const int64_t *x = sg_input_data(call, 0), count = sg_tensor_elements(call->inputs[0]);
  int64_t largest = x[0];
  for (int64_t i = 1; i < count; i++) largest = x[i] > largest ? x[i] : largest;
  return largest - sg_index_base(call->context) + 1;
}

static sg_status check(const sg_call *call) {
  const int64_t classes = classes_of(call), base = sg_index_base(call->context);
  const int64_t i = sg_index_first_outside(call, 0, classes);
  if (i < 0) return SG_OK;
  const long long label = sg_tensor_integer(call->inputs[0], i);
  if (label < base)
    return sg_refuse(call, "x holds %lld (element %lld), expected labels from %lld on", label,
                     (long long)(i + base), (long long)base);
  return sg_refuse(call, "x holds %lld (element %lld), expected %lld..%lld for %lld classes", label,
                   (long long)(i + base), (long long)base, (long long)(classes - 1 + base), (long long)classes);
}

static void compose(const sg_call *call, sg_tensor **outputs) {
  sg_context *c = call->context;
  const int64_t count = sg_tensor_elements(call->inputs[0]), classes = classes_of(call), base = sg_index_base(c);
  sg_shape shape = *sg_tensor_shape(call->inputs[0]);
  shape.size[shape.rank++] = classes;
  outputs[0] = sg_tensor_new(c, SG_I64, &shape);
  if (!outputs[0] || count == 0) return;
  const int64_t *x = sg_input_data(call, 0);
  int64_t *y = sg_output_data(outputs[0]);
  sg_strided_zero(c, SG_I64, y, count * classes);
  for (int64_t i = 0; i < count; i++) y[i * classes + x[i] - base] = 1;
}

#define OF(classes) (&(const one_hot_options){classes})

const sg_op op_one_hot = {
    SG_COMPOSED(one_hot, prepare, compose),
    SG_WORDS("Makes of each label a vector of zeros with a 1 at its place.",
             "y[..., k] = 1 where x[...] = k, else 0"),
    .inputs = SG_PORTS({"x", SG_INDEX, "labels, in any shape"}),
    .outputs = SG_PORTS({"y", SG_STEP, "i64, the shape of x and then num_classes"}),
    SG_OPTIONS(one_hot_options, OF(-1),
               SG_OPTION(one_hot_options, num_classes, INT,
                         "how many labels there are; default -1: as many as the largest", SG_AT_LEAST, -1)),
    .check = check,
    .samples = SG_SAMPLES({"labels", SG_ON(SG_VALUES_OF(SG_I64, SG_NUMBERS(1, 0, 2), SG_DIMS(3))), OF(3),
                           SG_GIVES(0, 1, 0, 1, 0, 0, 0, 0, 1)},
                          {"as many as there are", SG_ON(SG_VALUES_OF(SG_I64, SG_NUMBERS(1, 0, 2), SG_DIMS(3))),
                           SG_GIVES(0, 1, 0, 1, 0, 0, 0, 0, 1)},
                          {"matrix", SG_ON(SG_INDICES(4, SG_DIMS(2, 3))), OF(5)},
                          {"one label", SG_ON(SG_INDICES(2, SG_SCALAR)), OF(2)},
                          {"one class", SG_ON(SG_INDICES(1, SG_DIMS(2))), OF(1)},
                          {"empty", SG_ON(SG_INDICES(1, SG_DIMS(0))), OF(3)}),
    .bad_samples = SG_SAMPLES(
        {"label", SG_ON(SG_VALUES_OF(SG_I64, SG_NUMBERS(1, 7), SG_DIMS(2))), OF(3), .error = "for 3 classes"},
        {"below all labels", SG_ON(SG_VALUES_OF(SG_I64, SG_NUMBERS(2, -3), SG_DIMS(2))),
         .error = "expected labels from"},
        {"none to count", SG_ON(SG_INDICES(1, SG_DIMS(0))), .error = "num_classes is missing"},
        {"no classes", SG_ON(SG_INDICES(1, SG_DIMS(2))), OF(0), .error = "num_classes is 0"},
        {"fractions", SG_ON(SG_OF_DTYPE(SG_F64, SG_DIMS(2))), OF(2), .error = "x has dtype"}),
};

sg_tensor *sg_one_hot(sg_context *context, sg_tensor *x, int64_t num_classes) {
  return sg_apply_one(context, &op_one_hot, 1, &x, OF(num_classes));
}
