// SPDX-License-Identifier: GPL-3.0-or-later
#include "ops/reduce/ranks.h"

#include "ops/ops.h"
#include "ops/select_kernels.h"

sg_status sg_ranks_prepare(sg_plan *plan, int64_t dim) {
  sg_ranks_plan *own = plan->own;
  const sg_shape *x = sg_plan_shape(plan, 0);
  if (sg_lines_prepare(plan, dim, &own->lines)) return sg_error_status(plan->context);
  own->kept = x->rank > 0 ? x->size[own->lines.dimension] : 1;
  return SG_OK;
}

sg_status sg_ranks_prepare_first(sg_plan *plan, int64_t k, int64_t dim) {
  sg_ranks_plan *own = plan->own;
  if (sg_ranks_prepare(plan, dim)) return sg_error_status(plan->context);
  if (k > own->kept)
    return sg_reject(plan, "k is %lld, and there are %lld elements (x has shape %s)", (long long)k,
                     (long long)own->kept, sg_shape_text(sg_plan_shape(plan, 0)).text);
  own->kept = k;
  return SG_OK;
}

sg_status sg_ranks_plan_outputs(sg_plan *plan, bool keepdim) {
  const sg_ranks_plan *own = plan->own;
  const sg_lines *lines = &own->lines;
  sg_shape shape = *sg_plan_shape(plan, 0);
  if (shape.rank == 0 && own->kept == 0) return sg_reject(plan, "x is a scalar, of which there is 1");
  if (shape.rank > 0 && keepdim) {
    shape.size[lines->dimension] = own->kept;
  } else if (shape.rank > 0) {
    for (int d = lines->dimension; d + 1 < shape.rank; d++) shape.size[d] = shape.size[d + 1];
    shape.rank--;
  }
  for (int p = 0; p < plan->output_count; p++) plan->output_shape[p] = shape;
  plan->scratch_bytes = 2 * SORT_PAIR_BYTES * (size_t)(lines->outer * lines->count * lines->inner);
  return SG_OK;
}

sg_status sg_ranks_prepare_one(sg_plan *plan, const sg_ints *dim, bool keepdim, sort_rule rule) {
  const sg_shape *x = sg_plan_shape(plan, 0);
  sg_ranks_plan *own = plan->own;
  if (dim->count > 1) return sg_reject(plan, "dim names %d dimensions, expected one or none", dim->count);
  own->whole = dim->count == 0;
  if (sg_ranks_prepare(plan, own->whole ? -1 : dim->value[0])) return sg_error_status(plan->context);
  if (own->whole) {
    own->kept = sg_shape_elements(x);
    own->lines = (sg_lines){.outer = 1, .count = own->kept, .inner = 1};
  }
  if (own->kept == 0)
    return sg_reject(plan, "x has shape %s, there is nothing to choose from", sg_shape_text(x).text);
  own->first = (own->kept - 1) / 2;
  own->kept = 1;
  own->rule = rule;
  if (sg_ranks_plan_outputs(plan, keepdim)) return sg_error_status(plan->context);
  for (int p = 0; p < 2 && own->whole; p++) plan->output_shape[p] = sg_reduction_shape(x, ~0u, keepdim);
  return SG_OK;
}

void sg_ranks_run(const sg_call *call, void *pairs, void *values, int64_t *positions) {
  const sg_ranks_plan *own = call->plan;
  const sort_arguments a = {.x = sg_input_data(call, 0),
                            .count = own->lines.count,
                            .inner = own->lines.inner,
                            .base = sg_index_base(call->context),
                            .descending = own->descending,
                            .rule = own->rule,
                            .first = own->first,
                            .kept = own->kept,
                            .values = values,
                            .positions = positions,
                            .pairs = pairs};
  sg_parallel(call->context, own->lines.outer * own->lines.inner, sg_grain(32 * own->lines.count),
              sg_kernels_for(call->context, call->dtype)->sort->sort, &a);
}

void sg_ranks_forward(const sg_call *call) {
  const bool values = call->output_count > 1;
  sg_ranks_run(call, call->scratch, values ? sg_output_data(call->outputs[0]) : NULL,
               sg_output_data(call->outputs[values]));
}

sg_tensor *sg_ranks_return(const sg_call *call, sg_tensor *positions, sg_tensor *arriving) {
  const sg_ranks_plan *own = call->plan;
  const sg_shape *x = &call->input_shapes[0];
  sg_context *c = call->context;
  const int dim = own->whole ? 0 : own->lines.dimension;
  sg_shape from = own->whole || x->rank == 0 ? (sg_shape)SG_DIMS(own->lines.count) : *x, kept = from;
  kept.size[dim] = own->kept;
  sg_tensor *zeros = sg_tensor_full(c, call->dtype, &from, 0);
  sg_tensor *d_x = sg_scatter_add(c, zeros, sg_reshape(c, positions, &kept), sg_reshape(c, arriving, &kept), dim);
  return sg_shape_equal(&from, x) ? d_x : sg_reshape(c, d_x, x);
}

static void backward(const sg_call *call) {
  const sg_ranks_plan *own = call->plan;
  sg_lines_return(call, &own->lines, own->kept, sg_tensor_data(call->d_outputs[0]), call->outputs[1]);
}

static void vjp(const sg_call *call) {
  call->d_inputs[0] = sg_ranks_return(call, call->outputs[1], call->d_outputs[0]);
}

const sg_op sg_ranks_family = {
    .subgradient = "to the element that was chosen, of equal ones too",
    .cost = "n log n comparisons for n elements of a line, or fewer where not all are wanted",
    .inputs = SG_PORTS({"x", SG_NUMERIC | SG_ANY_DTYPE, "tensor of any shape and dtype"}),
    .save_outputs = 1 << 1,
    SG_PLANNED(sg_ranks_plan, NULL, sg_ranks_forward, vjp),
    .backward = backward,
};
