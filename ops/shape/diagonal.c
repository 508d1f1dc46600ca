// SPDX-License-Identifier: GPL-3.0-or-later
//
// y[..., k] = x[..., i + k, ..., j + k, ...], from the first row or column on.
#include "ops/shape/diagonal.h"
#include "ops/ops.h"
#include "ops/shape/range.h"

// ---- Where it lies ------------------------------------------------------------------------------------

int64_t sg_diagonal_length(const sg_shape *shape, const sg_diagonal_options *options, int64_t *first) {
  const int row = sg_shape_dimension(shape, options->dim1), column = sg_shape_dimension(shape, options->dim2);
  const int64_t offset = options->offset, rows = shape->size[row], columns = shape->size[column];
  const int64_t right = offset > 0 ? columns - offset : columns, below = offset < 0 ? rows + offset : rows;
  const int64_t length = right < below ? right : below;
  int64_t strides[SG_MAX_RANK];
  sg_strides(shape, strides);
  *first = 0;
  if (length <= 0) return 0;
  *first = offset > 0 ? offset * strides[column] : -offset * strides[row];
  return length;
}

static sg_status check_dimensions(const sg_plan *plan, const sg_shape *shape, const sg_diagonal_options *options) {
  const int64_t base = sg_index_base(plan->context), dims[] = {options->dim1, options->dim2};
  for (int i = 0; i < 2; i++)
    if (sg_shape_dimension(shape, dims[i]) < 0)
      return sg_reject(plan, "dim%d is %lld, outside the %d dimensions of %s (x has shape %s)", i + 1,
                       (long long)sg_plan_named_dimension(plan, dims[i]), shape->rank, sg_shape_text(shape).text,
                       sg_shape_text(sg_plan_shape(plan, 0)).text);
  if (sg_shape_dimension(shape, dims[0]) != sg_shape_dimension(shape, dims[1])) return SG_OK;
  return sg_reject(plan, "dim1 and dim2 are the same dimension, %lld",
                   (long long)(sg_shape_dimension(shape, dims[0]) + base));
}

// The strides of a tensor with its two dimensions as one, the last, which steps along the diagonal. What lies
// beside an extent of 0 may be of any size, and means nothing.
static void diagonal_strides(const sg_shape *shape, const sg_diagonal_options *options, int64_t *strides) {
  const int row = sg_shape_dimension(shape, options->dim1), column = sg_shape_dimension(shape, options->dim2);
  int64_t all[SG_MAX_RANK];
  int rank = 0;
  sg_strides(shape, all);
  for (int d = 0; d < shape->rank; d++)
    if (d != row && d != column) strides[rank++] = all[d];
  (void)__builtin_add_overflow(all[row], all[column], &strides[rank]);
}

// ---- Taken and put ------------------------------------------------------------------------------------

sg_status sg_diagonal_take(sg_plan *plan, const sg_diagonal_options *options) {
  const sg_shape *x = sg_plan_shape(plan, 0);
  sg_shape *y = &plan->output_shape[0];
  sg_layout *layout = plan->own;
  if (check_dimensions(plan, x, options)) return sg_error_status(plan->context);
  const int row = sg_shape_dimension(x, options->dim1), column = sg_shape_dimension(x, options->dim2);
  for (int d = 0; d < x->rank; d++)
    if (d != row && d != column) y->size[y->rank++] = x->size[d];
  y->size[y->rank++] = sg_diagonal_length(x, options, &layout->source);
  layout->copy.rank = y->rank;
  for (int d = 0; d < y->rank; d++) layout->copy.size[d] = y->size[d];
  diagonal_strides(x, options, layout->copy.source_stride);
  sg_strides(y, layout->copy.target_stride);
  return sg_layout_plan(plan);
}

sg_status sg_diagonal_spread(sg_plan *plan, const sg_diagonal_options *options) {
  const sg_shape *x = sg_plan_shape(plan, 0);
  sg_shape *y = &plan->output_shape[0];
  sg_layout *layout = plan->own;
  if (x->rank == 0 || x->rank == SG_MAX_RANK)
    return sg_reject(plan, "x has shape %s, expected 1 to %d dimensions", sg_shape_text(x).text, SG_MAX_RANK - 1);
  *y = (sg_shape){.rank = x->rank + 1};
  const int64_t offset = options->offset, length = x->size[x->rank - 1];
  int64_t extent;
  if (offset == INT64_MIN || __builtin_add_overflow(length, offset < 0 ? -offset : offset, &extent))
    return sg_reject(plan, "the result is too large (x has shape %s)", sg_shape_text(x).text);
  if (check_dimensions(plan, y, options)) return sg_error_status(plan->context);
  const int row = sg_shape_dimension(y, options->dim1), column = sg_shape_dimension(y, options->dim2);
  for (int d = 0, from = 0; d < y->rank; d++) y->size[d] = d == row || d == column ? extent : x->size[from++];
  int64_t elements;
  if (!sg_shape_count(y, &elements))
    return sg_reject(plan, "the result would have the shape %s, more than 2^59 elements", sg_shape_text(y).text);
  (void)sg_diagonal_length(y, options, &layout->target);
  layout->part = true;
  layout->copy.rank = x->rank;
  for (int d = 0; d < x->rank; d++) layout->copy.size[d] = x->size[d];
  sg_strides(x, layout->copy.source_stride);
  diagonal_strides(y, options, layout->copy.target_stride);
  return sg_layout_plan(plan);
}

// With the two dimensions as one, the diagonal is a range of it with a step.
sg_tensor *sg_diagonal_embed(sg_context *context, sg_tensor *diagonals, const sg_shape *shape,
                             const sg_diagonal_options *options) {
  const int row = sg_shape_dimension(shape, options->dim1), column = sg_shape_dimension(shape, options->dim2);
  const int rank = shape->rank;
  sg_shape last = {.rank = rank}, flat = {.rank = rank - 1};
  for (int d = 0, kept = 0; d < rank; d++)
    if (d != row && d != column) last.size[kept] = flat.size[kept] = shape->size[d], kept++;
  last.size[rank - 2] = shape->size[row];
  last.size[rank - 1] = shape->size[column];
  flat.size[rank - 2] = last.size[rank - 2] * last.size[rank - 1];
  int64_t first;
  const int64_t length = sg_diagonal_length(&last, &(sg_diagonal_options){options->offset, -2, -1}, &first);
  const int64_t step = last.size[rank - 1] + 1;
  sg_slice_options range = sg_range_along(&flat, rank - 2, first, length > 0 ? (length - 1) * step + 1 : 0);
  range.step.count = rank - 1;
  for (int d = 0; d < rank - 1; d++) range.step.value[d] = d < rank - 2 ? 1 : step;
  sg_tensor *y = sg_reshape(context, sg_embed(context, diagonals, &flat, &range), &last);
  if (row == rank - 2 && column == rank - 1) return y;
  return sg_movedim(context, y, &(sg_ints){2, {rank - 2, rank - 1}}, &(sg_ints){2, {row, column}});
}

// ---- The op -------------------------------------------------------------------------------------------

static sg_status prepare(sg_plan *plan) { return sg_diagonal_take(plan, plan->options); }

static void vjp(const sg_call *call) {
  call->d_inputs[0] = sg_diagonal_embed(call->context, call->d_outputs[0], &call->input_shapes[0], call->options);
}

const sg_op op_diagonal = {
    SG_LAYOUT(diagonal, prepare, vjp),
    SG_WORDS("Takes the diagonals of the matrices that two dimensions make.",
             "y[..., k] = x[..., i, ..., j, ...], i = k + max(-offset, 0) in dim1, j = k + max(offset, 0) in dim2, "
             "counted from 0"),
    .outputs = SG_PORTS({"y", SG_ANY_DTYPE, "x without dim1 and dim2, and the diagonals as the last dimension"}),
    SG_OPTIONS(sg_diagonal_options, SG_DIAGONAL(0, 0, 1), SG_OFFSET_OPTION(sg_diagonal_options, offset),
               SG_OPTION(sg_diagonal_options, dim1, DIM, "dimension of the rows; default the first"),
               SG_OPTION(sg_diagonal_options, dim2, DIM, "dimension of the columns; default the second")),
    .samples = SG_SAMPLES({"matrix", SG_ON(SG_VALUES(SG_NUMBERS(1, 2, 3, 4, 5, 6), SG_DIMS(2, 3))), SG_GIVES(1, 5)},
                          {"to the right", SG_ON(SG_RANDN(3, 5)), SG_DIAGONAL(2, 0, 1)},
                          {"below", SG_ON(SG_RANDN(5, 3)), SG_DIAGONAL(-2, 0, 1)},
                          {"batch", SG_ON(SG_RANDN(2, 3, 4)), SG_DIAGONAL(1, -2, -1)},
                          {"outer dimensions", SG_ON(SG_RANDN(3, 2, 4)), SG_DIAGONAL(-1, 2, 0)},
                          {"past the end", SG_ON(SG_RANDN(2, 3)), SG_DIAGONAL(3, 0, 1)},
                          {"one element", SG_ON(SG_RANDN(1, 1))}, {"empty", SG_ON(SG_RANDN(0, 3))},
                          {"integers", SG_ON(SG_RANDINT(-9, 9, SG_DIMS(3, 3))), SG_DIAGONAL(-1, 0, 1)},
                          {"mask", SG_ON(SG_MASK(SG_DIMS(3, 3))), SG_DIAGONAL(0, 1, 0)}),
    .bad_samples = SG_SAMPLES(
        {"vector", SG_ON(SG_RANDN(3)), .error = "outside the 1 dimensions"},
        {"dimension", SG_ON(SG_RANDN(2, 3)), SG_DIAGONAL(0, 0, 2), .error = "outside the 2 dimensions of [2, 3]"},
        {"the same twice", SG_ON(SG_RANDN(2, 3)), SG_DIAGONAL(0, 1, -1), .error = "are the same dimension"}),
};

sg_tensor *sg_diagonal(sg_context *context, sg_tensor *x, int64_t offset, int64_t dim1, int64_t dim2) {
  return sg_apply_one(context, &op_diagonal, 1, &x, SG_DIAGONAL(offset, dim1, dim2));
}
