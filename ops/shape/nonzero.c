// SPDX-License-Identifier: GPL-3.0-or-later
//
// y = the positions of what is not 0, a row for each.
#include "ops/ops.h"
#include "ops/shape/marked.h"

static void compose(const sg_call *call, sg_tensor **outputs) {
  sg_context *c = call->context;
  const sg_shape *x = sg_tensor_shape(call->inputs[0]);
  sg_tensor *numbers = sg_marked_positions(c, call->inputs[0]);
  if (!numbers) return;
  const int64_t count = sg_tensor_elements(numbers), base = sg_index_base(c), *number = sg_tensor_data(numbers);
  outputs[0] = sg_tensor_new(c, SG_I64, &(const sg_shape){2, {count, x->rank}});
  if (!outputs[0] || x->rank == 0) return;
  int64_t *row = sg_output_data(outputs[0]);
  for (int64_t k = 0; k < count; k++, row += x->rank) {
    int64_t rest = number[k] - base;
    for (int d = x->rank - 1; d >= 0; d--) {
      row[d] = rest % x->size[d] + base;
      rest /= x->size[d];
    }
  }
}

const sg_op op_nonzero = {
    SG_COMPOSED(nonzero, NULL, compose),
    SG_WORDS("Where a tensor is not 0.",
             "y[k] = the position, in every dimension, of the k-th element that is not 0, in row-major order"),
    .inputs = SG_PORTS({"x", SG_STEP | SG_ANY_DTYPE, "tensor of any shape"}),
    .outputs = SG_PORTS({"y", SG_INDEX, "i64, (number of these, dimensions of x)"}),
    .samples =
        SG_SAMPLES({"by hand", SG_ON(SG_VALUES(SG_NUMBERS(0, 2, -1, 0), SG_DIMS(2, 2))), SG_GIVES(0, 1, 1, 0)},
                   {"mask", SG_ON(SG_MASK(SG_DIMS(2, 3, 4)))}, {"vector", SG_ON(SG_RANDINT(-1, 2, SG_DIMS(7)))},
                   {"none", SG_ON(SG_VECTOR(0, 0))}, {"scalar", SG_ON(SG_NORMAL(0, 1, SG_SCALAR))},
                   {"empty", SG_ON(SG_RANDN(0, 2))}),
};

sg_tensor *sg_nonzero(sg_context *context, sg_tensor *x) { return sg_apply_one(context, &op_nonzero, 1, &x, NULL); }

int sg_mask_positions(sg_context *context, sg_tensor *mask, sg_tensor **positions) {
  const int rank = mask ? sg_tensor_shape(mask)->rank : 0;
  sg_tensor *all = sg_nonzero(context, mask);
  for (int d = 0; d < rank; d++) positions[d] = sg_select(context, all, 1, d);
  return rank;
}
