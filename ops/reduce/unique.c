// SPDX-License-Identifier: GPL-3.0-or-later
//
// Of the elements in order those that differ from the one before. How many they are depends on x: a composition.
#include "ops/ops.h"

// Whether elements of a vector, which has some, differ from the ones before.
static sg_tensor *starts_of(sg_context *c, sg_tensor *sorted) {
  if (!sorted) return NULL;
  const int64_t count = sg_tensor_elements(sorted);
  sg_tensor *first = sg_tensor_full(c, SG_BOOL, &(sg_shape)SG_DIMS(1), 1);
  sg_tensor *others = sg_ne(c, sg_narrow(c, sorted, 0, 1, count - 1), sg_narrow(c, sorted, 0, 0, count - 1));
  return sg_cat(c, 2, (sg_tensor *[]){first, others}, 0);
}

// From each of these positions, which count from 0, to the next, the last one to the end.
static sg_tensor *lengths(sg_context *c, sg_tensor *positions, int64_t end) {
  if (!positions) return NULL;
  const int64_t count = sg_tensor_elements(positions);
  sg_tensor *stop = sg_full(c, SG_I64, &(sg_shape)SG_DIMS(1), sg_whole(end));
  sg_tensor *next = sg_narrow(c, positions, 0, 1, count - 1);
  return sg_sub(c, sg_cat(c, 2, (sg_tensor *[]){next, stop}, 0), positions);
}

static void compose(const sg_call *call, sg_tensor **outputs) {
  sg_context *c = call->context;
  sg_tensor *x = call->inputs[0], *order = NULL;
  const int64_t count = sg_tensor_elements(x), base = sg_index_base(c);
  const sg_shape line = SG_DIMS(count), *shape = sg_tensor_shape(x);
  if (count == 0) {
    const sg_shape none = SG_DIMS(0);
    outputs[0] = sg_tensor_full(c, sg_tensor_dtype(x), &none, 0);
    outputs[1] = sg_tensor_full(c, SG_I64, shape, 0);
    outputs[2] = sg_tensor_full(c, SG_I64, &none, 0);
    return;
  }
  sg_tensor *sorted = sg_sort(c, sg_reshape(c, x, &line), 0, false, &order), *starts = starts_of(c, sorted);
  outputs[0] = sg_masked_select(c, sorted, starts);
  // The number of its group, brought back from the rank to where an element was.
  sg_tensor *group = sg_add_scalar(c, sg_cumsum(c, starts, 0, false), (double)(base - 1));
  outputs[1] = sg_reshape(c, sg_index_select(c, group, sg_argsort(c, order, 0, false), 0), shape);
  sg_tensor *places = sg_arange(c, SG_I64, sg_whole(0), sg_whole(count), sg_whole(1));
  outputs[2] = lengths(c, sg_masked_select(c, places, starts), count);
}

const sg_op op_unique = {
    SG_COMPOSED(unique, NULL, compose),
    SG_WORDS(
        "The different elements of a tensor in ascending order, which of them each element is, and their counts.",
        "y_1 < y_2 < ...; x = y[inverse]; counts_k = how many x are y_k; every NaN is one of its own",
        "PyTorch, torch.unique"),
    .cost = "n log n comparisons",
    .inputs = SG_PORTS({"x", SG_UNDIFFERENTIABLE | SG_NUMERIC | SG_ANY_DTYPE, "tensor of any shape and dtype"}),
    .outputs = SG_PORTS({"y", SG_ANY_DTYPE, "a vector"}, {"inverse", SG_INDEX, "positions, in x's shape"},
                        {"counts", SG_STEP, "i64, in the shape of y"}),
    .samples = SG_SAMPLES({"by hand", SG_ON(SG_VECTOR(3, 1, 3, 2)), SG_GIVES(1, 2, 3)},
                          {"integers", SG_ON(SG_RANDINT(-5, 6, SG_DIMS(4, 20)))},
                          {"numbers", SG_ON(SG_RANDN(3, 4))}, {"bytes", SG_ON(SG_BYTES(3, 9, SG_DIMS(30)))},
                          {"mask", SG_ON(SG_MASK(SG_DIMS(3, 6)))}, {"scalar", SG_ON(SG_NORMAL(0, 1, SG_SCALAR))},
                          {"one value", SG_ON(SG_VECTOR(2, 2, 2)), SG_GIVES(2)}, {"empty", SG_ON(SG_RANDN(2, 0))}),
};

sg_tensor *sg_unique(sg_context *context, sg_tensor *x, sg_tensor **inverse, sg_tensor **counts) {
  sg_tensor *outputs[3] = {NULL};
  sg_apply(context, &op_unique, 1, &x, NULL, outputs);
  if (inverse) *inverse = outputs[1];
  if (counts) *counts = outputs[2];
  return outputs[0];
}
