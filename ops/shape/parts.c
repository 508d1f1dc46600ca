// SPDX-License-Identifier: GPL-3.0-or-later
#include "ops/shape/parts.h"
#include "ops/ops.h"
#include "ops/shape/strided.h"

sg_status sg_parts_open(sg_plan *plan, int64_t dim, int64_t *extent) {
  sg_parts *parts = plan->own;
  const sg_shape *x = sg_plan_shape(plan, 0);
  if (sg_plan_dimension(plan, 0, dim, &parts->dim)) return sg_error_status(plan->context);
  plan->output_dtype[0] = sg_tensor_dtype(plan->inputs[0]);
  plan->output_is_view = true;
  parts->outer = 1;
  for (int d = 0; d < parts->dim; d++) {
    if (x->size[d] != 1) plan->output_is_view = false;
    (void)__builtin_mul_overflow(parts->outer, x->size[d], &parts->outer); // beside an extent of 0 it means nothing
  }
  *extent = x->size[parts->dim];
  return SG_OK;
}

void sg_parts_set(sg_plan *plan, int part, int64_t extent) {
  const sg_parts *parts = plan->own;
  const sg_shape *x = sg_plan_shape(plan, 0);
  sg_shape *y = &plan->output_shape[part];
  y->rank = 0;
  for (int d = 0; d < x->rank; d++) {
    if (d == parts->dim && parts->dropped) continue;
    y->size[y->rank++] = d == parts->dim ? extent : x->size[d];
  }
}

sg_status sg_parts_even(sg_plan *plan, int64_t extent, int64_t size) {
  const int64_t count = extent > 0 ? (extent - 1) / size + 1 : 1;
  if (sg_plan_outputs(plan, count)) return sg_error_status(plan->context);
  for (int i = 0; i < count; i++) sg_parts_set(plan, i, i + 1 < count ? size : extent - i * size);
  return SG_OK;
}

// ---- Copies -----------------------------------------------------------------------------------------

// Between a part, whose rows lie one behind the other, and its place in x, whose rows are `stride` apart. The
// source may be a single zero.
typedef struct part_copy {
  int64_t outer, run;
  void *target;
  int64_t target_stride;
  const void *source;
  int64_t source_stride;
  bool zero;
} part_copy;

static void copy_part(sg_context *context, sg_dtype dtype, const part_copy *p) {
  const copy_arguments copy = {.rank = 2,
                               .size = {p->outer, p->run},
                               .target_stride = {p->target_stride, 1},
                               .source_stride = {p->zero ? 0 : p->source_stride, !p->zero},
                               .target = p->target,
                               .source = p->source};
  sg_strided_copy(context, dtype, &copy);
}

static void forward(const sg_call *call) {
  const sg_parts *parts = call->plan;
  const sg_dtype dtype = sg_tensor_dtype(call->inputs[0]);
  const int64_t row = sg_tensor_elements(call->inputs[0]) / parts->outer;
  const char *source = sg_input_data(call, 0);
  for (int i = 0; i < call->output_count; i++) {
    const int64_t run = sg_tensor_elements(call->outputs[i]) / parts->outer;
    copy_part(call->context, dtype,
              &(part_copy){.outer = parts->outer,
                           .run = run,
                           .target = sg_output_data(call->outputs[i]),
                           .target_stride = run,
                           .source = source,
                           .source_stride = row});
    source += (size_t)run * sg_dtype_bytes(dtype);
  }
}

// d_x is the cotangents of the parts in their places, and 0 where a part is not used.
static void backward(const sg_call *call) {
  static const int64_t zero = 0;
  const sg_parts *parts = call->plan;
  const int64_t row = sg_tensor_elements(call->d_inputs[0]) / parts->outer;
  char *target = sg_gradient_data(call, 0);
  for (int i = 0; i < call->output_count; i++) {
    const int64_t run = sg_shape_elements(&call->output_shapes[i]) / parts->outer;
    const sg_tensor *d_y = call->d_outputs[i];
    copy_part(call->context, call->dtype,
              &(part_copy){.outer = parts->outer,
                           .run = run,
                           .target = target,
                           .target_stride = row,
                           .source = d_y ? sg_tensor_data(d_y) : &zero,
                           .source_stride = run,
                           .zero = !d_y});
    target += (size_t)run * sg_dtype_bytes(call->dtype);
  }
}

// ---- The derivative as a composition ------------------------------------------------------------------

static sg_shape part_shape(const sg_call *call, int64_t extent) {
  sg_shape shape = call->input_shapes[0];
  shape.size[((const sg_parts *)call->plan)->dim] = extent;
  return shape;
}

static int64_t part_extent(const sg_call *call, int i) {
  const sg_parts *parts = call->plan;
  return parts->dropped ? 1 : call->output_shapes[i].size[parts->dim];
}

// Joins what there is, and one tensor of zeros for each row of parts that nobody used.
static void vjp(const sg_call *call) {
  sg_context *c = call->context;
  const sg_parts *parts = call->plan;
  const int count = call->output_count;
  sg_tensor *memory = sg_tensor_new(c, SG_F64, &(sg_shape){1, {count}}); // of pointers, which are no longer
  if (!memory) return;
  sg_tensor **joined = sg_output_data(memory);
  int pieces = 0;
  for (int i = 0; i < count;) {
    if (call->d_outputs[i]) {
      const sg_shape shape = part_shape(call, part_extent(call, i));
      joined[pieces] = parts->dropped ? sg_reshape(c, call->d_outputs[i], &shape) : call->d_outputs[i];
      i++;
    } else {
      int64_t extent = 0;
      for (; i < count && !call->d_outputs[i]; i++) extent += part_extent(call, i);
      const sg_shape shape = part_shape(call, extent);
      joined[pieces] = sg_tensor_full(c, call->dtype, &shape, 0);
    }
    if (!joined[pieces++]) return;
  }
  call->d_inputs[0] = sg_cat(c, pieces, joined, parts->dim);
}

const sg_op sg_parts_family = {
    .inputs = SG_PORTS({"x", SG_ANY_DTYPE, "tensor of one dimension or more"}),
    SG_PLANNED(sg_parts, NULL, forward, vjp),
    .backward = backward,
};
