// SPDX-License-Identifier: GPL-3.0-or-later
//
// Of several vectors a grid each: y_k has element i_k of vector k at the point (i_1, i_2, ...).
#include "ops/ops.h"
#include "ops/shape/grid.h"

typedef struct meshgrid_options {
  int indexing; // IJ or XY
} meshgrid_options;

enum { IJ, XY };
static const char *const orders[] = {"ij", "xy", NULL};

// With xy the first two vectors change places.
static int axis_of(const meshgrid_options *options, int count, int i) {
  return options->indexing == XY && count > 1 && i < 2 ? 1 - i : i;
}

static sg_status prepare(sg_plan *plan) {
  const int count = plan->input_count;
  sg_shape grid = {.rank = count};
  if (count > SG_MAX_RANK) return sg_reject(plan, "%d tensors, at most %d are possible", count, SG_MAX_RANK);
  for (int i = 0; i < count; i++) {
    const sg_shape *x = sg_plan_shape(plan, i);
    if (x->rank > 1)
      return sg_reject(plan, "tensor %d has shape %s, expected a vector", i + sg_index_base(plan->context),
                       sg_shape_text(x).text);
    grid.size[axis_of(plan->options, count, i)] = x->rank ? x->size[0] : 1;
  }
  if (sg_plan_outputs(plan, count)) return sg_error_status(plan->context);
  for (int i = 0; i < count; i++) {
    plan->output_shape[i] = grid;
    plan->output_dtype[i] = sg_tensor_dtype(plan->inputs[0]);
  }
  return SG_OK;
}

static void forward(const sg_call *call) {
  for (int i = 0; i < call->output_count; i++) {
    const sg_axis axis = sg_grid_axis(&call->output_shapes[i], axis_of(call->options, call->output_count, i));
    sg_grid_spread(call->context, sg_tensor_dtype(call->outputs[i]), &axis, sg_input_data(call, i),
                   sg_output_data(call->outputs[i]), 1);
  }
}

static void vjp(const sg_call *call) {
  sg_context *c = call->context;
  for (int i = 0; i < call->output_count; i++) {
    const sg_axis axis = sg_grid_axis(&call->output_shapes[i], axis_of(call->options, call->output_count, i));
    const sg_shape *x = &call->input_shapes[i];
    const bool used = call->d_outputs[i] && sg_shape_elements(&call->output_shapes[i]) > 0;
    if (!call->needs[i]) continue;
    call->d_inputs[i] =
        used ? sg_grid_collect(c, call->d_outputs[i], &axis, x) : sg_tensor_full(c, call->dtype, x, 0);
  }
}

#define BY(indexing) (&(const meshgrid_options){indexing})

const sg_op op_meshgrid = {
    SG_COMPUTED(meshgrid, prepare, forward, vjp),
    SG_WORDS("Spreads vectors over the grid that they make, a tensor each.",
             "y1[i, j, ...] = x1[i], y2[i, j, ...] = x2[j], ...; with indexing = xy, y1[j, i, ...] = x1[i], ...",
             "NumPy's meshgrid"),
    .inputs = SG_PORTS({"tensors", SG_ANY_DTYPE | SG_VARIADIC, "vectors, or scalars as vectors of one element"}),
    .outputs = SG_PORTS({"y", SG_ANY_DTYPE | SG_VARIADIC, "a tensor of the shape of the grid for each"}),
    SG_OPTIONS(meshgrid_options, BY(IJ),
               SG_CHOICE(meshgrid_options, indexing, orders,
                         "ij: a dimension for each vector, in order; xy: those of the first two exchanged")),
    .samples = SG_SAMPLES(
        {"two", SG_ON(SG_VECTOR(1, 2), SG_VECTOR(3, 4, 5)), SG_GIVES(1, 1, 1, 2, 2, 2)},
        {"xy", SG_ON(SG_VECTOR(1, 2), SG_VECTOR(3, 4, 5)), BY(XY), SG_GIVES(1, 2, 1, 2, 1, 2)},
        {"three", SG_ON(SG_RANDN(2), SG_RANDN(3), SG_RANDN(2)), BY(XY)}, {"one", SG_ON(SG_RANDN(3)), BY(XY)},
        {"a scalar", SG_ON(SG_RANDN(2), SG_NORMAL(0, 1, SG_SCALAR))}, {"empty", SG_ON(SG_RANDN(0), SG_RANDN(2))},
        {"integers", SG_ON(SG_RANDINT(-9, 9, SG_DIMS(2)), SG_RANDINT(-9, 9, SG_DIMS(2)))}),
    .bad_samples =
        SG_SAMPLES({"matrix", SG_ON(SG_RANDN(2), SG_RANDN(2, 2)), .error = "has shape [2, 2], expected a vector"},
                   {"dtypes", SG_ON(SG_RANDN(2), SG_RANDINT(0, 9, SG_DIMS(2))), .error = "i64"},
                   {"order", SG_ON(SG_RANDN(2)), BY(2), .error = "indexing has no choice number 2"}),
};

sg_tensors sg_meshgrid(sg_context *context, int count, sg_tensor *const *tensors) {
  sg_tensors grids;
  sg_apply_list(context, &op_meshgrid, count, tensors, BY(IJ), &grids);
  return grids;
}
