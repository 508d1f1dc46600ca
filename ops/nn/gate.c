// SPDX-License-Identifier: GPL-3.0-or-later
#include "ops/nn/gate.h"
#include "ops/select_kernels.h"

typedef struct gate_plan {
  int dimension;
  int64_t block; // elements of a half that lie together: those of y for one position in front of the dimension
} gate_plan;

static sg_status prepare(sg_plan *plan) {
  const sg_shape *x = sg_plan_shape(plan, 0);
  gate_plan *own = plan->own;
  if (sg_plan_dimension(plan, 0, ((const sg_gate_options *)plan->options)->dim, &own->dimension))
    return sg_error_status(plan->context);
  const int64_t size = x->size[own->dimension];
  if (size % 2)
    return sg_reject(plan, "x has shape %s, expected an even size of dimension %lld", sg_shape_text(x).text,
                     (long long)sg_plan_named_dimension(plan, own->dimension));
  plan->output_shape[0] = *x;
  plan->output_shape[0].size[own->dimension] = size / 2;
  own->block = size / 2;
  for (int d = own->dimension + 1; d < x->rank; d++) own->block *= x->size[d];
  return SG_OK;
}

typedef struct gate_arguments {
  sg_row_function *function;
  const char *x;
  char *y;
  int64_t block;
  size_t bytes; // of an element
} gate_arguments;

static void gate_run(const void *arguments, int64_t begin, int64_t end) {
  const gate_arguments *g = arguments;
  sg_row row = {.stride = {1, 1}};
  for (int64_t i = begin; i < end; i += row.count) {
    const int64_t outer = i / g->block, left = (outer + 1) * g->block - i;
    row.count = left < end - i ? left : end - i;
    row.operand[0] = g->x + (size_t)(i + outer * g->block) * g->bytes;
    row.operand[1] = (const char *)row.operand[0] + (size_t)g->block * g->bytes;
    row.result[0] = g->y + (size_t)i * g->bytes;
    g->function(&row);
  }
}

static void forward(const sg_call *call) {
  const gate_plan *plan = call->plan;
  gate_arguments arguments = {
      .function = sg_row_for(call->context, call->dtype, ((const sg_gate *)call->op->member)->row),
      .x = sg_tensor_data(call->inputs[0]),
      .y = sg_output_data(call->outputs[0]),
      .block = plan->block,
      .bytes = sg_dtype_bytes(call->dtype),
  };
  sg_parallel(call->context, sg_tensor_elements(call->outputs[0]), sg_grain(4), gate_run, &arguments);
}

static void vjp(const sg_call *call) {
  sg_context *c = call->context;
  const sg_gate *member = call->op->member;
  const int dimension = ((const gate_plan *)call->plan)->dimension;
  const int64_t half = call->output_shapes[0].size[dimension];
  sg_tensor *d_y = call->d_outputs[0];
  sg_tensor *a = sg_narrow(c, call->inputs[0], dimension, 0, half),
            *b = sg_narrow(c, call->inputs[0], dimension, half, half);
  sg_tensor *halves[] = {member->d_a(c, d_y, a, b), member->d_b(c, d_y, a, b)};
  call->d_inputs[0] = sg_cat(c, 2, halves, dimension);
}

static const sg_gate_options defaults = {-1};

const sg_op sg_gate_family = {
    .inputs = SG_PORTS({"x", 0, "tensor with an even size of the dimension"}),
    .outputs = SG_PORTS({"y", 0, "the results, with half that size"}),
    SG_OPTIONS(sg_gate_options, &defaults,
               SG_OPTION(sg_gate_options, dim, DIM, "the dimension that is cut; default the last")),
    .save_inputs = 1,
    SG_PLANNED(gate_plan, prepare, forward, vjp),
    .samples = SG_SAMPLES(
        {"rows", SG_ON(SG_RANDN(3, 4))}, {"columns", SG_ON(SG_RANDN(4, 3)), SG_WITH(sg_gate_options, 0)},
        {"between", SG_ON(SG_RANDN(2, 6, 3)), SG_WITH(sg_gate_options, 1)}, {"one pair", SG_ON(SG_RANDN(2))},
        {"empty", SG_ON(SG_RANDN(2, 0))}, {"no rows", SG_ON(SG_RANDN(0, 4))}),
    .bad_samples = SG_SAMPLES(
        {"odd", SG_ON(SG_RANDN(2, 3)), .error = "x has shape [2, 3], expected an even size"},
        {"scalar", SG_ON(SG_NORMAL(0, 1, SG_SCALAR)), .error = "dimension -1 is outside of x, which is a scalar"}),
};
