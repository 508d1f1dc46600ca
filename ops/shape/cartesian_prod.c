// SPDX-License-Identifier: GPL-3.0-or-later
//
// y = all combinations of one element of each vector, a row each; of a single vector itself.
#include "ops/ops.h"
#include "ops/shape/grid.h"

static sg_status prepare(sg_plan *plan) {
  const int count = plan->input_count;
  int64_t rows = 1;
  bool none = false, large = false;
  for (int i = 0; i < count; i++) {
    const sg_shape *x = sg_plan_shape(plan, i);
    if (x->rank != 1)
      return sg_reject(plan, "tensor %d has shape %s, expected a vector", i + sg_index_base(plan->context),
                       sg_shape_text(x).text);
    if (x->size[0] == 0)
      none = true;
    else if (__builtin_mul_overflow(rows, x->size[0], &rows))
      large = true;
  }
  if (large && !none) return sg_reject(plan, "the combinations of %d tensors are too many", count);
  if (none) rows = 0;
  plan->output_shape[0] = count == 1 ? (sg_shape)SG_DIMS(rows) : (sg_shape)SG_DIMS(rows, count);
  plan->output_dtype[0] = sg_tensor_dtype(plan->inputs[0]);
  return SG_OK;
}

// The axis of the next vector in the grid of all combinations, `before` of which come from the vectors before it.
static sg_axis next_axis(int64_t rows, int64_t extent, int64_t *before) {
  const sg_axis axis = {*before, extent, rows / *before / extent};
  *before *= extent;
  return axis;
}

static void forward(const sg_call *call) {
  const int count = call->input_count;
  const sg_dtype dtype = sg_tensor_dtype(call->outputs[0]);
  const int64_t rows = sg_tensor_shape(call->outputs[0])->size[0];
  char *y = sg_output_data(call->outputs[0]);
  int64_t before = 1;
  for (int i = 0; i < count; i++) {
    const sg_axis axis = next_axis(rows, sg_tensor_elements(call->inputs[i]), &before);
    sg_grid_spread(call->context, dtype, &axis, sg_input_data(call, i), y + (size_t)i * sg_dtype_bytes(dtype),
                   count);
  }
}

static void vjp(const sg_call *call) {
  sg_context *c = call->context;
  sg_tensor *d_y = call->d_outputs[0];
  const int64_t rows = call->output_shapes[0].size[0];
  int64_t before = 1;
  for (int i = 0; i < call->input_count; i++) {
    const sg_shape *x = &call->input_shapes[i];
    if (rows == 0) {
      call->d_inputs[i] = call->needs[i] ? sg_tensor_full(c, call->dtype, x, 0) : NULL;
      continue;
    }
    const sg_axis axis = next_axis(rows, x->size[0], &before);
    if (!call->needs[i]) continue;
    sg_tensor *column = call->input_count == 1 ? d_y : sg_select(c, d_y, 1, i);
    call->d_inputs[i] = sg_grid_collect(c, column, &axis, x);
  }
}

const sg_op op_cartesian_prod = {
    SG_COMPUTED(cartesian_prod, prepare, forward, vjp),
    SG_WORDS("All combinations of one element of each of several vectors.",
             "y = the rows [x1[i], x2[j], ...], the last index the fastest; of one vector y = x1",
             "Python's itertools.product"),
    .inputs = SG_PORTS({"tensors", SG_ANY_DTYPE | SG_VARIADIC, "vectors"}),
    .outputs = SG_PORTS({"y", SG_ANY_DTYPE, "(combinations, number of vectors)"}),
    .samples = SG_SAMPLES({"two", SG_ON(SG_VECTOR(1, 2), SG_VECTOR(3, 4)), SG_GIVES(1, 3, 1, 4, 2, 3, 2, 4)},
                          {"three", SG_ON(SG_RANDN(2), SG_RANDN(3), SG_RANDN(2))}, {"one", SG_ON(SG_RANDN(3))},
                          {"empty", SG_ON(SG_RANDN(2), SG_RANDN(0))},
                          {"integers", SG_ON(SG_RANDINT(-9, 9, SG_DIMS(2)), SG_RANDINT(-9, 9, SG_DIMS(1)))}),
    .bad_samples =
        SG_SAMPLES({"matrix", SG_ON(SG_RANDN(2), SG_RANDN(2, 2)), .error = "has shape [2, 2], expected a vector"},
                   {"scalar", SG_ON(SG_NORMAL(0, 1, SG_SCALAR)), .error = "expected a vector"},
                   {"dtypes", SG_ON(SG_RANDN(2), SG_RANDINT(0, 9, SG_DIMS(2))), .error = "i64"}),
};

sg_tensor *sg_cartesian_prod(sg_context *context, int count, sg_tensor *const *tensors) {
  return sg_apply_one(context, &op_cartesian_prod, count, tensors, NULL);
}
