// SPDX-License-Identifier: GPL-3.0-or-later
#include "ops/reduce/cumulative_extremum.h"

#include "ops/kernels/position.h"
#include "ops/ops.h"
#include "ops/select_kernels.h"

static sg_status prepare(sg_plan *plan) {
  plan->output_shape[0] = plan->output_shape[1] = *sg_plan_shape(plan, 0);
  return sg_lines_prepare(plan, ((const sg_line_options *)plan->options)->dim, plan->own);
}

static void forward(const sg_call *call) {
  const sg_lines *lines = call->plan;
  const position_arguments a = {.x = sg_input_data(call, 0),
                                .count = lines->count,
                                .inner = lines->inner,
                                .base = sg_index_base(call->context),
                                .minimum = ((const sg_cumulative_extremum_member *)call->op->member)->minimum,
                                .values = sg_output_data(call->outputs[0]),
                                .positions = sg_output_data(call->outputs[1])};
  sg_parallel(call->context, lines->outer * lines->inner, sg_grain(2 * lines->count),
              sg_kernels_for(call->context, call->dtype)->position->cumulative, &a);
}

static void backward(const sg_call *call) {
  const sg_lines *lines = call->plan;
  sg_lines_return(call, lines, lines->count, sg_tensor_data(call->d_outputs[0]), call->outputs[1]);
}

static void vjp(const sg_call *call) {
  const sg_shape *x = &call->input_shapes[0];
  sg_context *c = call->context;
  sg_tensor *d_y = call->d_outputs[0];
  call->d_inputs[0] = x->rank == 0 ? d_y
                                   : sg_scatter_add(c, sg_tensor_full(c, call->dtype, x, 0), call->outputs[1], d_y,
                                                    ((const sg_line_options *)call->options)->dim);
}

const sg_op sg_cumulative_extremum_family = {
    .subgradient = "to the last of equal elements",
    .inputs = SG_PORTS({"x", SG_NUMERIC | SG_ANY_DTYPE, "tensor of any shape and dtype"}),
    SG_LINE_OPTIONS("the dimension to run along"),
    .save_outputs = 1 << 1,
    SG_PLANNED(sg_lines, prepare, forward, vjp),
    .backward = backward,
    .samples = SG_SAMPLES(
        {"rows", SG_ON(SG_DISTINCT(-2, 2, SG_DIMS(4, 5))), SG_LINE(-1)},
        {"columns", SG_ON(SG_DISTINCT(-2, 2, SG_DIMS(5, 3))), SG_LINE(0)},
        {"middle", SG_ON(SG_DISTINCT(-2, 2, SG_DIMS(2, 4, 3))), SG_LINE(1)},
        {"wide integers", SG_ON(SG_RANDINT(-1000, 1000, SG_DIMS(3, 300))), SG_LINE(0)},
        {"scalar", SG_ON(SG_NORMAL(0, 1, SG_SCALAR)), SG_LINE(0)},
        {"one value each", SG_ON(SG_RANDN(3, 1)), SG_LINE(1)}, {"empty lines", SG_ON(SG_RANDN(2, 0)), SG_LINE(1)},
        {"no lines", SG_ON(SG_RANDN(0, 2)), SG_LINE(1)},
        {"large integers", SG_ON(SG_RANDINT(-0x1p53 - 2, -0x1p53 + 2, SG_DIMS(4, 20))), SG_LINE(1)},
        {"bytes, columns", SG_ON(SG_BYTES(3, 250, SG_DIMS(9, 3))), SG_LINE(0)},
        {"mask", SG_ON(SG_MASK(SG_DIMS(3, 6))), SG_LINE(-1)}),
};
