// SPDX-License-Identifier: GPL-3.0-or-later
#include "ops/shape/range.h"
#include "ops/ops.h"

const sg_attribute sg_range_attributes[] = {SG_RANGE_OPTIONS(sg_slice_options), {.name = NULL}};

static sg_status check(const sg_plan *plan, const sg_shape *x, const sg_slice_options *options) {
  const struct {
    const char *name;
    const sg_ints *list;
  } lists[] = {{"start", &options->start}, {"stop", &options->stop}, {"step", &options->step}};
  for (int i = 0; i < 3; i++)
    if (lists[i].list->count > x->rank)
      return sg_reject(plan, "%s has %d values for the %d dimensions of shape %s", lists[i].name,
                       lists[i].list->count, x->rank, sg_shape_text(x).text);
  return SG_OK;
}

static int64_t value_or(const sg_ints *list, int i, int64_t otherwise) {
  return i < list->count ? list->value[i] : otherwise;
}

// A position in [0, extent], negative ones counted from the end, others cut to it.
static int64_t position(int64_t value, int64_t extent) {
  if (value < -extent) return 0;
  if (value < 0) return value + extent;
  return value < extent ? value : extent;
}

sg_status sg_range_resolve(const sg_plan *plan, const sg_shape *x, const sg_slice_options *options,
                           slice_range *range) {
  if (check(plan, x, options)) return sg_error_status(plan->context);
  range->shape.rank = x->rank;
  for (int d = 0; d < x->rank; d++) {
    int64_t extent = x->size[d], start = position(value_or(&options->start, d, 0), extent);
    int64_t stop = position(value_or(&options->stop, d, extent), extent);
    int64_t step = value_or(&options->step, d, 1);
    if (step > extent) step = extent > 0 ? extent : 1; // the same elements, and nothing overflows
    range->start[d] = start;
    range->step[d] = step;
    range->shape.size[d] = stop > start ? (stop - start - 1) / step + 1 : 0;
  }
  return SG_OK;
}

void sg_range_layout(const sg_shape *x, const slice_range *range, int64_t *size, int64_t *strides, int64_t *first) {
  *first = 0;
  sg_strides(x, strides);
  for (int d = 0; d < x->rank && d < SG_MAX_RANK; d++) size[d] = range->shape.size[d];
  if (sg_shape_elements(&range->shape) == 0) return; // where it would begin need not exist
  for (int d = 0; d < x->rank; d++) {
    *first += range->start[d] * strides[d];
    strides[d] *= range->step[d];
  }
}

void sg_range_put(const sg_shape *x, const slice_range *range, const sg_shape *source, range_copy *plan) {
  int64_t size[SG_MAX_RANK], target[SG_MAX_RANK], strides[SG_MAX_RANK];
  if (sg_shape_elements(&range->shape) == 0) return;
  sg_strides(source, strides);
  sg_range_layout(x, range, size, target, &plan->first);
  for (int d = 0; d < x->rank; d++) {
    const int s = d - (x->rank - source->rank);
    sg_strided_append(&plan->copy, size[d], target[d], s < 0 || source->size[s] == 1 ? 0 : strides[s]);
  }
  sg_strided_complete(&plan->copy);
}

void sg_range_copy(const sg_call *call, const void *source) {
  const range_copy *plan = call->plan;
  const sg_dtype dtype = sg_tensor_dtype(call->outputs[0]);
  if (plan->copy.rank == 0) return;
  copy_arguments copy = plan->copy;
  copy.target = (char *)sg_output_data(call->outputs[0]) + (size_t)plan->first * sg_dtype_bytes(dtype);
  copy.source = source;
  sg_strided_run(call->context, dtype, &copy);
}

static bool is_leading_range(const sg_shape *x, const slice_range *range) {
  for (int d = 1; d < x->rank; d++)
    if (range->shape.size[d] != x->size[d]) return false;
  return x->rank > 0 && range->step[0] == 1;
}

sg_status sg_range_take(sg_plan *plan, const sg_slice_options *options) {
  const sg_shape *x = sg_plan_shape(plan, 0);
  sg_range_plan *own = plan->own;
  slice_range *range = &own->range;
  if (sg_range_resolve(plan, x, options, range)) return sg_error_status(plan->context);
  plan->output_shape[0] = range->shape;
  plan->output_is_view = is_leading_range(x, range);
  if (plan->output_is_view && x->size[0] > 0)
    plan->view_offset = range->start[0] * (sg_shape_elements(x) / x->size[0]);
  own->layout.copy.rank = x->rank;
  sg_strides(&range->shape, own->layout.copy.target_stride);
  sg_range_layout(x, range, own->layout.copy.size, own->layout.copy.source_stride, &own->layout.source);
  return sg_layout_plan(plan);
}

sg_slice_options sg_range_along(const sg_shape *x, int dim, int64_t start, int64_t length) {
  sg_slice_options options = {.start = {.count = dim + 1}, .stop = {.count = dim + 1}};
  for (int d = 0; d < dim; d++) options.stop.value[d] = x->size[d];
  options.start.value[dim] = start;
  options.stop.value[dim] = start + length;
  return options;
}

// ---- The derivative -------------------------------------------------------------------------------------

static void part(const sg_call *call, sg_part *part) {
  const slice_range *range = &((const sg_range_plan *)call->plan)->range;
  for (int d = 0; d < range->shape.rank; d++) {
    part->start[d] = range->start[d];
    part->step[d] = range->step[d];
    part->size[d] = range->shape.size[d];
  }
}

// d_y in the place of the range, of which y may have dropped dimensions.
static void vjp(const sg_call *call) {
  const slice_range *range = &((const sg_range_plan *)call->plan)->range;
  const int rank = range->shape.rank;
  sg_slice_options options = {.start.count = rank, .stop.count = rank, .step.count = rank};
  for (int d = 0; d < rank; d++) {
    const int64_t size = range->shape.size[d];
    options.start.value[d] = range->start[d];
    options.stop.value[d] = range->start[d] + (size > 0 ? (size - 1) * range->step[d] + 1 : 0);
    options.step.value[d] = range->step[d];
  }
  sg_tensor *d_y = call->d_outputs[0];
  if (call->output_shapes[0].rank < rank) d_y = sg_reshape(call->context, d_y, &range->shape);
  call->d_inputs[0] = sg_embed(call->context, d_y, &call->input_shapes[0], &options);
}

const sg_op sg_range_family = {
    .inputs = SG_PORTS({"x", SG_ANY_DTYPE, "tensor of any shape"}),
    SG_PLANNED(sg_range_plan, NULL, sg_layout_forward, vjp),
    .part = part,
};
