// SPDX-License-Identifier: GPL-3.0-or-later
//
//   d_x      = d_y, with zeros at the places unless the source was added
//   d_source = d_y at the places, zero for what something later took the place of; of one number their sum
#include "ops/shape/spots.h"
#include "ops/ops.h"
#include "ops/shape/indices.h"
#include "ops/shape/placement.h"
#include "ops/shape/strided.h"

enum { AT_X = SG_SPOTS_X, AT_INDEX = SG_SPOTS_INDEX, AT_SOURCE = SG_SPOTS_SOURCE };

static const sg_spots_member *member_of(const sg_op *op) { return op->member; }

// ---- prepare ------------------------------------------------------------------------------------------

static size_t whole_lines(size_t bytes) { return (bytes + 63) / 64 * 64; }

// In the scratch space: the places, a dense source where it is one number that is added, and what adding needs.
static size_t source_at(const sg_spots *spots) { return whole_lines((size_t)spots->count * sizeof(int64_t)); }
static size_t adding_at(const sg_spots *spots, sg_dtype dtype) {
  const bool dense = spots->add && spots->single;
  return source_at(spots) +
         (dense ? whole_lines((size_t)(spots->count * spots->inner) * sg_dtype_bytes(dtype)) : 0);
}

static sg_status prepare(sg_plan *plan) {
  const sg_dtype dtype = sg_tensor_dtype(plan->inputs[AT_X]);
  sg_spots *spots = plan->own;
  plan->output_shape[0] = *sg_plan_shape(plan, AT_X);
  plan->output_dtype[0] = dtype;
  if (member_of(plan->op)->plan(plan, spots)) return sg_error_status(plan->context);
  if (spots->add && sg_dtype_bytes(dtype) == 1)
    return sg_reject(plan, "x has dtype %s, expected numbers that can be added: f32, f64 or i64",
                     sg_dtype_name(dtype));
  if (sg_tensor_elements(plan->inputs[AT_X]) == 0) spots->count = 0;
  plan->scratch_bytes = adding_at(spots, dtype);
  if (spots->add) plan->scratch_bytes += sg_slices_add_scratch(dtype, spots->extent, spots->count, spots->inner);
  return SG_OK;
}

sg_status sg_spots_plan_slices(sg_plan *plan, sg_spots *spots) {
  const sg_shape *x = sg_plan_shape(plan, AT_X), *index = sg_plan_shape(plan, AT_INDEX);
  const sg_shape *source = sg_plan_shape(plan, AT_SOURCE);
  if (sg_plan_dimension(plan, AT_X, ((const sg_index_options *)plan->options)->dim, &spots->dim))
    return sg_error_status(plan->context);
  if (index->rank > 1) return sg_reject(plan, "index has shape %s, expected a vector", sg_shape_text(index).text);
  spots->slices = sg_index_slices(x, spots->dim, sg_tensor_elements(plan->inputs[AT_INDEX]));
  const index_arguments *a = &spots->slices;
  spots->inner = a->inner;
  (void)__builtin_mul_overflow(a->outer, a->extent, &spots->extent);
  (void)__builtin_mul_overflow(a->outer, a->count, &spots->count);
  sg_shape taken = *x;
  taken.size[spots->dim] = a->count;
  if (spots->single && source->rank == 0) return SG_OK;
  if (spots->single)
    return sg_reject(plan, "value has shape %s, expected a single number", sg_shape_text(source).text);
  if (sg_shape_equal(source, &taken)) return SG_OK;
  return sg_reject(plan, "source has shape %s, expected %s (x %s, index %s)", sg_shape_text(source).text,
                   sg_shape_text(&taken).text, sg_shape_text(x).text, sg_shape_text(index).text);
}

sg_status sg_spots_check(const sg_call *call) {
  return sg_index_check(call, AT_INDEX, AT_X, ((const sg_spots *)call->plan)->dim);
}

// ---- forward ------------------------------------------------------------------------------------------

int64_t sg_spots_find_slices(const sg_call *call, const sg_spots *spots, int64_t *place) {
  const int64_t *index = sg_input_data(call, AT_INDEX);
  const index_arguments *a = &spots->slices;
  for (int64_t o = 0; o < a->outer; o++)
    for (int64_t i = 0; i < a->count; i++) *place++ = o * a->extent + index[i];
  return spots->count;
}

static void copy_x(const sg_call *call) {
  const copy_arguments copy = {.rank = 1,
                               .size = {sg_tensor_elements(call->inputs[AT_X])},
                               .target_stride = {1},
                               .source_stride = {1},
                               .target = sg_output_data(call->outputs[0]),
                               .source = sg_input_data(call, AT_X)};
  sg_strided_copy(call->context, sg_tensor_dtype(call->inputs[AT_X]), &copy);
}

static void add(const sg_call *call, const sg_spots *spots, const put_arguments *put) {
  const sg_dtype dtype = sg_tensor_dtype(call->inputs[AT_X]);
  char *scratch = call->scratch;
  index_arguments a = {.index = put->position,
                       .base = put->base,
                       .outer = 1,
                       .count = put->count,
                       .extent = spots->extent,
                       .inner = spots->inner,
                       .source = put->source,
                       .target = put->target};
  if (spots->single) {
    const copy_arguments copy = {.rank = 1,
                                 .size = {put->count * spots->inner},
                                 .target_stride = {1},
                                 .source_stride = {0},
                                 .target = scratch + source_at(spots),
                                 .source = put->source};
    sg_strided_copy(call->context, dtype, &copy);
    a.source = copy.target;
  }
  sg_slices_add_run(call->context, dtype, &a, scratch + adding_at(spots, dtype));
}

static void forward(const sg_call *call) {
  const sg_spots *spots = call->plan;
  copy_x(call);
  if (spots->count == 0) return;
  put_arguments put = {.position = call->scratch,
                       .base = sg_index_base(call->context),
                       .inner = spots->inner,
                       .step = spots->single ? 0 : spots->inner,
                       .along = spots->single ? 0 : 1,
                       .target = sg_output_data(call->outputs[0]),
                       .source = sg_input_data(call, AT_SOURCE)};
  put.count = member_of(call->op)->find(call, spots, call->scratch);
  if (put.count == 0) return;
  if (spots->add) {
    add(call, spots, &put);
    return;
  }
  const int64_t blocks = (spots->inner + PUT_COLUMNS - 1) / PUT_COLUMNS;
  const int64_t width = spots->inner < PUT_COLUMNS ? spots->inner : PUT_COLUMNS;
  sg_parallel(call->context, blocks, sg_grain(put.count * width),
              sg_move_kernels(call->context, sg_tensor_dtype(call->inputs[AT_X]))->put, &put);
}

// ---- vjp ----------------------------------------------------------------------------------------------

// The places, a vector.
static sg_tensor *find_places(const sg_call *call, const sg_spots *spots) {
  sg_context *c = call->context;
  sg_tensor *places = sg_tensor_new(c, SG_I64, &(const sg_shape){1, {spots->count}});
  if (!places || spots->count == 0) return places;
  const int64_t found = member_of(call->op)->find(call, spots, sg_output_data(places));
  return found < spots->count ? sg_narrow(c, places, 0, 0, found) : places;
}

// What was taken from each place, or its sum, or what comes before sources that had no place.
static sg_tensor *as_source(const sg_call *call, const sg_spots *spots, sg_tensor *taken) {
  sg_context *c = call->context;
  const sg_shape *source = &call->input_shapes[AT_SOURCE];
  if (spots->single) return sg_sum(c, taken, NULL);
  const sg_shape line = {1, {sg_shape_elements(source)}};
  if (taken && sg_tensor_elements(taken) < line.size[0]) {
    const sg_slice_options range = {.stop = SG_DIMS(sg_tensor_elements(taken))};
    taken = sg_embed(c, sg_reshape(c, taken, &(const sg_shape){1, {range.stop.value[0]}}), &line, &range);
  }
  return sg_reshape(c, taken, source);
}

static void vjp(const sg_call *call) {
  sg_context *c = call->context;
  const sg_spots *spots = call->plan;
  sg_tensor *d_y = call->d_outputs[0], *zero = sg_scalar_like(c, d_y, 0);
  if (sg_tensor_elements(d_y) == 0) {
    if (call->needs[AT_X]) call->d_inputs[AT_X] = d_y;
    if (call->needs[AT_SOURCE])
      call->d_inputs[AT_SOURCE] = sg_tensor_full(c, call->dtype, &call->input_shapes[AT_SOURCE], 0);
    return;
  }
  sg_tensor *places = find_places(call, spots);
  sg_tensor *rows = sg_reshape(c, d_y, &(const sg_shape){2, {spots->extent, spots->inner}});
  if (call->needs[AT_X])
    call->d_inputs[AT_X] =
        spots->add ? d_y : sg_reshape(c, sg_index_put(c, rows, zero, 1, &places, false), &call->input_shapes[AT_X]);
  if (!call->needs[AT_SOURCE]) return;
  sg_tensor *taken = sg_index_select(c, rows, places, 0);
  if (!spots->add && !spots->distinct) {
    sg_tensor *lasting = sg_placement_lasting(c, places, spots->extent);
    taken = sg_where(c, sg_unsqueeze(c, lasting, 1), taken, zero);
  }
  call->d_inputs[AT_SOURCE] = as_source(call, spots, taken);
}

const sg_op sg_spots_family = {
    .outputs = SG_PORTS({"y", SG_ANY_DTYPE, "x with the source at the places"}),
    .save_inputs = 1 << AT_INDEX,
    SG_PLANNED(sg_spots, prepare, forward, vjp),
};
