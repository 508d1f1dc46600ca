// SPDX-License-Identifier: GPL-3.0-or-later
#include "ops/shape/merging.h"
#include "ops/ops.h"
#include "ops/reduce/extremum.h"
#include "ops/shape/indices.h"
#include "ops/shape/strided.h"

enum { BLOCKS_AT_MOST = 16 };
enum { X = SG_MERGE_X, INDEX = SG_MERGE_INDEX, SOURCE = SG_MERGE_SOURCE };

sg_status sg_merging_prepare(sg_plan *plan, sg_merging *own, int64_t dim, merge_kind kind, bool with_x) {
  const sg_shape *x = sg_plan_shape(plan, X), *index = sg_plan_shape(plan, INDEX);
  const sg_shape *source = sg_plan_shape(plan, SOURCE);
  const sg_dtype dtype = sg_tensor_dtype(plan->inputs[X]);
  *own = (sg_merging){.kind = kind, .with_x = with_x, .single = source->rank == 0};
  if (sg_index_plan_lines(plan, dim, &own->dim, &own->lines)) return sg_error_status(plan->context);
  if (!own->single && !sg_shape_equal(source, index))
    return sg_reject(plan, "source has shape %s, expected that of index %s, or a single number",
                     sg_shape_text(source).text, sg_shape_text(index).text);
  if (sg_dtype_bytes(dtype) == 1)
    return sg_reject(plan, "x has dtype %s, expected numbers that make one together: f32, f64 or i64",
                     sg_dtype_name(dtype));
  line_arguments *a = &own->lines;
  a->blocks = a->lines < BLOCKS_AT_MOST ? a->lines : BLOCKS_AT_MOST;
  a->block_bytes = ((size_t)a->extent * MERGE_PLACE_BYTES + 63) / 64 * 64;
  const bool some = sg_shape_elements(index) > 0, all = kind >= MERGE_LARGEST || kind == MERGE_PRODUCT;
  if (some) plan->scratch_bytes = (size_t)a->blocks * a->block_bytes;
  plan->output_shape[0] = *x;
  plan->output_dtype[0] = dtype;
  plan->save_inputs = 1 << INDEX | (all ? 1 << X | 1 << SOURCE : 0);
  plan->save_outputs = kind >= MERGE_LARGEST ? 1 << 0 : 0;
  return SG_OK;
}

void sg_merging_forward(const sg_call *call, const sg_merging *own) {
  const sg_dtype dtype = sg_tensor_dtype(call->inputs[X]);
  const copy_arguments copy = {.rank = 1,
                               .size = {sg_tensor_elements(call->inputs[X])},
                               .target_stride = {1},
                               .source_stride = {1},
                               .target = sg_output_data(call->outputs[0]),
                               .source = sg_input_data(call, X)};
  sg_strided_copy(call->context, dtype, &copy);
  if (sg_tensor_elements(call->inputs[INDEX]) == 0) return;
  merge_arguments a = {own->lines, own->kind, own->with_x, own->single};
  a.lines.index = sg_input_data(call, INDEX);
  a.lines.base = sg_index_base(call->context);
  a.lines.source = sg_input_data(call, SOURCE);
  a.lines.target = sg_output_data(call->outputs[0]);
  a.lines.space = call->scratch;
  sg_parallel(call->context, a.lines.blocks, 1, sg_index_kernels(call->context, dtype)->merge, &a);
}

// ---- vjp ----------------------------------------------------------------------------------------------

void sg_merging_places(const sg_call *call, const sg_merging *own, int64_t *place) {
  const int64_t *index = sg_input_data(call, INDEX), base = sg_index_base(call->context);
  const line_arguments *a = &own->lines;
  for (int64_t line = 0; line < a->lines; line++) {
    int64_t in_lines, in_grid;
    line_offsets(a, line, &in_lines, &in_grid);
    for (int64_t i = 0; i < a->count; i++, in_lines += a->line_step)
      place[in_lines] = in_grid + (index[in_lines] - base) * a->grid_step;
  }
}

// What arrives at x, zero where x does not count.
static sg_tensor *of_x(const sg_call *call, const sg_merging *own, sg_tensor *arriving) {
  sg_context *c = call->context;
  if (own->with_x) return arriving;
  return sg_scatter(c, arriving, call->inputs[INDEX], sg_scalar_like(c, arriving, 0), own->dim);
}

static sg_tensor *at_places(const sg_call *call, const sg_merging *own, sg_tensor *t) {
  return sg_gather(call->context, t, call->inputs[INDEX], own->dim);
}

// How many elements met at each place, 1 where none did.
static sg_tensor *counts(const sg_call *call, const sg_merging *own) {
  sg_context *c = call->context;
  sg_tensor *ones = sg_tensor_full(c, call->dtype, &call->input_shapes[X], 1);
  sg_tensor *each = sg_tensor_full(c, call->dtype, &call->input_shapes[INDEX], 1);
  return sg_scatter_add(c, of_x(call, own, ones), call->inputs[INDEX], each, own->dim);
}

static void vjp_of_sum(const sg_call *call, const sg_merging *own) {
  sg_tensor *share = call->d_outputs[0];
  if (own->kind == MERGE_MEAN) share = sg_div(call->context, share, counts(call, own));
  if (call->needs[X]) call->d_inputs[X] = of_x(call, own, share);
  if (call->needs[SOURCE]) call->d_inputs[SOURCE] = at_places(call, own, share);
}

// Who is the largest is constant near x and source, and so is how many share it.
static void vjp_of_extremum(const sg_call *call, const sg_merging *own, sg_tensor *source) {
  sg_context *c = call->context;
  sg_tensor *x = call->inputs[X], *y = call->outputs[0], *zero = sg_scalar_like(c, call->d_outputs[0], 0);
  sg_tensor *from_source = sg_is_extremum(c, source, at_places(call, own, y));
  sg_tensor *mine = of_x(call, own, sg_to(c, sg_is_extremum(c, x, y), call->dtype));
  sg_tensor *number = sg_scatter_add(c, mine, call->inputs[INDEX], sg_to(c, from_source, call->dtype), own->dim);
  sg_tensor *share = sg_div(c, call->d_outputs[0], number);
  if (call->needs[X]) call->d_inputs[X] = sg_where(c, sg_eq(c, mine, zero), zero, share);
  if (call->needs[SOURCE]) call->d_inputs[SOURCE] = sg_where(c, from_source, at_places(call, own, share), zero);
}

void sg_merging_vjp(const sg_call *call, const sg_merging *own) {
  sg_context *c = call->context;
  const sg_shape *index = &call->input_shapes[INDEX];
  if (sg_shape_elements(index) == 0) {
    if (call->needs[X]) call->d_inputs[X] = call->d_outputs[0];
    if (call->needs[SOURCE])
      call->d_inputs[SOURCE] = sg_tensor_full(c, call->dtype, &call->input_shapes[SOURCE], 0);
    return;
  }
  sg_tensor *source = call->inputs[SOURCE];
  if (source && own->single) source = sg_expand(c, source, index);
  if (own->kind == MERGE_PRODUCT)
    sg_merging_product_vjp(call, own, source);
  else if (own->kind >= MERGE_LARGEST)
    vjp_of_extremum(call, own, source);
  else
    vjp_of_sum(call, own);
  if (call->needs[SOURCE] && own->single) call->d_inputs[SOURCE] = sg_sum(c, call->d_inputs[SOURCE], NULL);
}
