// SPDX-License-Identifier: GPL-3.0-or-later
//
// y = the sum of x over the dimensions along which `shape` was broadcast to the shape of x: the adjoint of expand.
#include "ops/ops.h"
#include "ops/reduce/sums.h"

typedef struct sum_to_options {
  sg_shape shape;
} sum_to_options;

static unsigned broadcast_dimensions(const sg_shape *from, const sg_shape *to) {
  int extra = to->rank - from->rank;
  unsigned reduced = 0;
  for (int d = 0; d < to->rank; d++)
    if (d < extra || (from->size[d - extra] == 1 && to->size[d] != 1)) reduced |= 1u << d;
  return reduced;
}

static sg_status prepare(sg_plan *plan) {
  const sg_shape *wanted = &((const sum_to_options *)plan->options)->shape, *x = sg_plan_shape(plan, 0);
  sg_reduction_plan *reduction = plan->own;
  sg_shape broadcast;
  if (!sg_shape_broadcast(x, wanted, &broadcast) || !sg_shape_equal(x, &broadcast))
    return sg_reject(plan, "shape %s does not broadcast to the shape of x %s", sg_shape_text(wanted).text,
                     sg_shape_text(x).text);
  plan->output_shape[0] = *wanted;
  reduction->reduced = broadcast_dimensions(wanted, x);
  sg_reduction_lay_out(&reduction->layout, x, reduction->reduced);
  return sg_sums_plan(plan);
}

static void vjp(const sg_call *call) {
  call->d_inputs[0] = sg_expand(call->context, call->d_outputs[0], &call->input_shapes[0]);
}

#define TO(...) (&(const sum_to_options){.shape = __VA_ARGS__})

const sg_op op_sum_to = {
    SG_PLANNED_OP(sum_to, sg_reduction_plan, prepare, sg_sums_forward, vjp),
    SG_WORDS("Sums x over the dimensions along which a shape would be broadcast to that of x.",
             "y = sum of x over its leading and broadcast dimensions, so that expand(y) has the shape of x",
             "The adjoint of NumPy's broadcasting"),
    .inputs = SG_PORTS({"x", 0, "tensor of any shape"}),
    .outputs = SG_PORTS({"y", 0, "the sums"}),
    SG_OPTIONS(sum_to_options, SG_CONSTANT(sum_to_options, .shape = SG_SCALAR),
               SG_OPTION(sum_to_options, shape, SHAPE, "shape of the result", SG_REQUIRED)),
    .backward = sg_sums_backward,
    .samples = SG_SAMPLES(
        {"leading and inner", SG_ON(SG_RANDN(2, 3, 4)), TO(SG_DIMS(3, 1))},
        {"to a scalar", SG_ON(SG_RANDN(3, 5)), TO(SG_SCALAR)},
        {"columns", SG_ON(SG_VALUES(SG_NUMBERS(1, 2, 3, 4), SG_DIMS(2, 2))), TO(SG_DIMS(2)), SG_GIVES(4, 6)},
        {"same shape", SG_ON(SG_RANDN(2, 3)), TO(SG_DIMS(2, 3))},
        {"middle", SG_ON(SG_RANDN(2, 3, 2, 3)), TO(SG_DIMS(1, 3, 1, 3))},
        {"nothing to sum", SG_ON(SG_RANDN(0, 3)), TO(SG_DIMS(3)), SG_GIVES(0, 0, 0)},
        {"scalar", SG_ON(SG_NORMAL(0, 1, SG_SCALAR)), TO(SG_SCALAR)}),
    .bad_samples =
        SG_SAMPLES({"does not broadcast", SG_ON(SG_RANDN(2, 3)), TO(SG_DIMS(2)), .error = "does not broadcast"},
                   {"larger", SG_ON(SG_RANDN(1, 3)), TO(SG_DIMS(2, 3)), .error = "shape [2, 3] does not broadcast"},
                   {"negative", SG_ON(SG_RANDN(2, 3)), TO(SG_DIMS(-1, 3)), .error = "does not broadcast"}),
};

sg_tensor *sg_sum_to(sg_context *context, sg_tensor *t, const sg_shape *shape) {
  if (t && sg_shape_equal(sg_tensor_shape(t), shape)) return t;
  return sg_apply_one(context, &op_sum_to, 1, &t, &(sum_to_options){*shape});
}
