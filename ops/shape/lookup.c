// SPDX-License-Identifier: GPL-3.0-or-later
#include "ops/shape/lookup.h"
#include "ops/kernels/move.h"
#include "ops/ops.h"
#include "ops/shape/indices.h"

static const sg_lookup_member *member_of(const sg_op *op) { return op->member; }

sg_status sg_lookup_plan(sg_plan *plan) {
  const sg_lookup_member *member = member_of(plan->op);
  const sg_shape *table = sg_plan_shape(plan, member->table);
  sg_shape *y = &plan->output_shape[0];
  sg_lookup *own = plan->own;
  const int behind = member->elements ? 0 : table->rank - 1;
  *y = *sg_plan_shape(plan, member->index);
  if (behind < 0) return sg_reject(plan, "%s has no dimensions", sg_op_inputs(plan->op)[member->table].name);
  if (y->rank + behind > SG_MAX_RANK)
    return sg_reject(plan, "the result would have %d dimensions, at most %d are possible", y->rank + behind,
                     SG_MAX_RANK);
  *own = (sg_lookup){.count = sg_shape_elements(y), .inner = 1};
  own->extent = member->elements ? sg_shape_elements(table) : table->size[0];
  for (int d = table->rank - behind; d < table->rank; d++) { // beside a zero, extents may be of any size
    y->size[y->rank++] = table->size[d];
    (void)__builtin_mul_overflow(own->inner, table->size[d], &own->inner);
  }
  plan->output_dtype[0] = sg_tensor_dtype(plan->inputs[member->table]);
  return SG_OK;
}

static sg_status check(const sg_call *call) {
  const sg_lookup_member *member = member_of(call->op);
  const int64_t extent = ((const sg_lookup *)call->plan)->extent, base = sg_index_base(call->context);
  const int64_t i = sg_index_first_outside(call, member->index, extent);
  const sg_port *ports = sg_op_inputs(call->op);
  if (i < 0) return SG_OK;
  return sg_refuse(call, "%s holds %lld (element %lld), expected %lld..%lld (%s %s)", ports[member->index].name,
                   (long long)sg_tensor_integer(call->inputs[member->index], i), (long long)(i + base),
                   (long long)base, (long long)(extent - 1 + base), ports[member->table].name,
                   sg_shape_text(sg_tensor_shape(call->inputs[member->table])).text);
}

static void forward(const sg_call *call) {
  const sg_lookup_member *member = member_of(call->op);
  const sg_lookup *own = call->plan;
  const index_arguments a = {.index = sg_input_data(call, member->index),
                             .base = sg_index_base(call->context),
                             .outer = 1,
                             .count = own->count,
                             .extent = own->extent,
                             .inner = own->inner,
                             .source = sg_input_data(call, member->table),
                             .target = sg_output_data(call->outputs[0])};
  sg_parallel(call->context, a.count, sg_grain(a.inner),
              sg_move_kernels(call->context, sg_tensor_dtype(call->outputs[0]))->select, &a);
}

sg_tensor *sg_lookup_adjoint(const sg_call *call) {
  sg_context *c = call->context;
  const sg_lookup_member *member = member_of(call->op);
  const sg_lookup *own = call->plan;
  const sg_shape *table = &call->input_shapes[member->table];
  if (sg_tensor_elements(call->d_outputs[0]) == 0) return sg_tensor_full(c, call->dtype, table, 0);
  sg_tensor *zeros = sg_tensor_full(c, call->dtype, &(const sg_shape){2, {own->extent, own->inner}}, 0);
  sg_tensor *index = sg_reshape(c, call->inputs[member->index], &(const sg_shape){1, {own->count}});
  sg_tensor *d_y = sg_reshape(c, call->d_outputs[0], &(const sg_shape){2, {own->count, own->inner}});
  return sg_reshape(c, sg_index_add(c, zeros, index, d_y, 0), table);
}

static void vjp(const sg_call *call) { call->d_inputs[member_of(call->op)->table] = sg_lookup_adjoint(call); }

const sg_op sg_lookup_family = {
    SG_PLANNED(sg_lookup, sg_lookup_plan, forward, vjp),
    .check = check,
};
