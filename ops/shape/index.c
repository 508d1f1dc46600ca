// SPDX-License-Identifier: GPL-3.0-or-later
//
// y = x at the positions that several index tensors name together, one for each of some dimensions in a row, or a
// mask for several. These dimensions are seen as one, and positions there are what index_select takes.
#include "ops/ops.h"
#include "ops/shape/indices.h"
#include "ops/shape/marked.h"
#include "ops/shape/strided.h"

enum { X, INDEX };

typedef struct indexing {
  int dim, count;        // dimensions that are indexed
  bool by_masks;         // some are, so that the shape of y is not known beforehand
  sg_shape positions;    // to which the index tensors broadcast
  sg_shape seen, result; // x with these dimensions as one; y
} indexing;

static bool is_mask(const sg_tensor *index) { return sg_tensor_dtype(index) == SG_BOOL; }

// Index tensor i names positions of dimension `at` and, a mask, of those behind it.
static sg_status plan_index(const sg_plan *plan, indexing *own, int i, int at) {
  const sg_shape *x = sg_plan_shape(plan, X), *index = sg_plan_shape(plan, INDEX + i);
  const sg_dtype dtype = sg_tensor_dtype(plan->inputs[INDEX + i]);
  if (dtype != SG_I64 && dtype != SG_BOOL)
    return sg_reject(plan, "index %d has dtype %s, expected positions of i64, or a mask of dtype bool", i + 1,
                     sg_dtype_name(dtype));
  const int covered = dtype == SG_BOOL ? index->rank : 1;
  if (covered > x->rank - at)
    return sg_reject(plan, "%d dimensions are indexed, x %s has %d from there on", at - own->dim + covered,
                     sg_shape_text(x).text, x->rank - own->dim);
  own->count += covered;
  own->by_masks |= dtype == SG_BOOL;
  for (int d = 0; dtype == SG_BOOL && d < covered; d++)
    if (index->size[d] != x->size[at + d])
      return sg_reject(plan, "index %d is a mask of shape %s, expected the dimensions of x %s from %lld on", i + 1,
                       sg_shape_text(index).text, sg_shape_text(x).text,
                       (long long)sg_plan_named_dimension(plan, at));
  if (dtype == SG_BOOL || sg_shape_broadcast(&own->positions, index, &own->positions)) return SG_OK;
  return sg_reject(plan, "index %d has shape %s, which does not broadcast with the ones before", i + 1,
                   sg_shape_text(index).text);
}

static sg_status prepare(sg_plan *plan) {
  const sg_shape *x = sg_plan_shape(plan, X);
  indexing *own = plan->own;
  const int64_t dim = ((const sg_index_options *)plan->options)->dim;
  const bool whole = x->rank == 0 && dim == 0; // which a mask of one element marks
  if (!whole && sg_plan_dimension(plan, X, dim, &own->dim)) return sg_error_status(plan->context);
  for (int i = 0; i < plan->input_count - INDEX; i++)
    if (plan_index(plan, own, i, own->dim + own->count)) return sg_error_status(plan->context);
  const int rank = x->rank - own->count + (own->by_masks && own->positions.rank == 0 ? 1 : own->positions.rank);
  if (rank > SG_MAX_RANK)
    return sg_reject(plan, "the result would have %d dimensions, at most %d are possible", rank, SG_MAX_RANK);
  int64_t extent = 1;
  for (int d = 0; d < own->dim; d++) own->seen.size[own->seen.rank++] = x->size[d];
  own->result = own->seen;
  for (int i = 0; i < own->count; i++) // beside a zero, extents may be of any size
    (void)__builtin_mul_overflow(extent, x->size[own->dim + i], &extent);
  own->seen.size[own->seen.rank++] = extent;
  for (int d = 0; d < own->positions.rank; d++) own->result.size[own->result.rank++] = own->positions.size[d];
  for (int d = own->dim + own->count; d < x->rank; d++)
    own->seen.size[own->seen.rank++] = own->result.size[own->result.rank++] = x->size[d];
  return SG_OK;
}

static sg_status check(const sg_call *call) {
  const indexing *own = call->plan;
  const sg_shape *x = sg_tensor_shape(call->inputs[X]);
  const int64_t base = sg_index_base(call->context);
  for (int i = 0; i < own->count && !own->by_masks; i++) {
    const int64_t extent = x->size[own->dim + i], at = sg_index_first_outside(call, INDEX + i, extent);
    if (at < 0) continue;
    return sg_refuse(call, "index %d holds %lld (element %lld), expected %lld..%lld (dimension %lld of x %s)",
                     i + 1, (long long)sg_tensor_integer(call->inputs[INDEX + i], at), (long long)(at + base),
                     (long long)base, (long long)(extent - 1 + base), (long long)(own->dim + i + base),
                     sg_shape_text(x).text);
  }
  return SG_OK;
}

// position = position * extent + index, counted from the index base at the end.
static void count_dimension(const sg_call *call, const indexing *own, int i, int64_t *position) {
  const sg_shape *shape = sg_tensor_shape(call->inputs[INDEX + i]), *all = &own->positions;
  const int64_t *index = sg_input_data(call, INDEX + i), base = sg_index_base(call->context);
  const int64_t extent = sg_tensor_shape(call->inputs[X])->size[own->dim + i], count = sg_shape_elements(all);
  const int64_t left = i == own->count - 1 ? 0 : base;
  if (sg_shape_equal(shape, all)) {
    for (int64_t p = 0; p < count; p++) position[p] = (i == 0 ? 0 : position[p] * extent) + index[p] - left;
    return;
  }
  sg_walk walk = sg_walk_start(all, shape);
  for (int64_t p = 0; p < count; p++, sg_walk_on(&walk))
    position[p] = (i == 0 ? 0 : position[p] * extent) + index[walk.offset] - left;
}

// A mask that stands alone.
static sg_tensor *take_marked(const sg_call *call, const indexing *own) {
  sg_context *c = call->context;
  sg_tensor *positions = sg_marked_positions(c, call->inputs[INDEX]);
  return sg_index_select(c, sg_reshape(c, call->inputs[X], &own->seen), positions, own->dim);
}

// Each mask as its positions in every dimension.
static sg_tensor *take_by_masks(const sg_call *call, const indexing *own) {
  sg_context *c = call->context;
  if (call->input_count == INDEX + 1) return take_marked(call, own);
  sg_tensor *index[SG_MAX_RANK];
  int count = 0;
  for (int i = INDEX; i < call->input_count; i++) {
    sg_tensor *given = call->inputs[i];
    if (is_mask(given))
      count += sg_mask_positions(c, given, index + count);
    else
      index[count++] = given;
  }
  return sg_index(c, call->inputs[X], count, index, own->dim);
}

static void compose(const sg_call *call, sg_tensor **outputs) {
  sg_context *c = call->context;
  const indexing *own = call->plan;
  if (own->by_masks) {
    outputs[0] = take_by_masks(call, own);
    return;
  }
  const sg_shape line = {1, {sg_shape_elements(&own->positions)}};
  sg_tensor *position = sg_tensor_new(c, SG_I64, &line);
  if (!position) return;
  for (int i = 0; i < own->count && line.size[0] > 0; i++) count_dimension(call, own, i, sg_output_data(position));
  sg_tensor *taken = sg_index_select(c, sg_reshape(c, call->inputs[X], &own->seen), position, own->dim);
  outputs[0] = sg_reshape(c, taken, &own->result);
}

#define MARKS(...) SG_VALUES_OF(SG_BOOL, SG_NUMBERS(1, 0, 1, 0, 0, 1), __VA_ARGS__)

const sg_op op_index = {
    SG_COMPOSED(index, prepare, compose),
    SG_WORDS(
        "Takes elements, or what lies behind them, at positions that several tensors name together.",
        "y[..., i, ...] = x[..., index1[i], index2[i], ..., ...], i in the shape that the index tensors broadcast "
        "to"),
    .inputs =
        SG_PORTS({"x", SG_ANY_DTYPE, "tensor"},
                 {"index", SG_ANY_DTYPE | SG_STEP | SG_VARIADIC,
                  "positions, an i64 tensor for each dimension from dim on, which broadcast and may repeat; or a "
                  "mask of dtype bool, for as many dimensions as it has"}),
    .outputs = SG_PORTS({"y", SG_ANY_DTYPE, "x with the positions' shape in the place of the indexed dimensions"}),
    SG_OPTIONS(sg_index_options, SG_CONSTANT(sg_index_options, 0),
               SG_OPTION(sg_index_options, dim, DIM, "the first dimension that is indexed; default the first")),
    .plan_bytes = sizeof(indexing),
    .check = check,
    .samples = SG_SAMPLES(
        {"elements", SG_ON(SG_RANDN(3, 4), SG_INDICES(3, SG_DIMS(5)), SG_INDICES(4, SG_DIMS(5)))},
        {"by hand", SG_ON(SG_VALUES(SG_NUMBERS(1, 2, 3, 4, 5, 6), SG_DIMS(2, 3)), MARKS(SG_DIMS(2, 3))),
         SG_GIVES(1, 3, 6)},
        {"an element each",
         SG_ON(SG_VALUES(SG_NUMBERS(1, 2), SG_DIMS(1, 2)), SG_INDICES(1, SG_DIMS(2)), SG_INDICES(1, SG_DIMS(2))),
         SG_GIVES(1, 1)},
        {"a grid", SG_ON(SG_RANDN(3, 4), SG_INDICES(3, SG_DIMS(2, 1)), SG_INDICES(4, SG_DIMS(3)))},
        {"rows", SG_ON(SG_RANDN(3, 4), SG_INDICES(3, SG_DIMS(2, 3)))},
        {"behind a dimension", SG_ON(SG_RANDN(2, 3, 4), SG_INDICES(3, SG_DIMS(5)), SG_INDICES(4, SG_DIMS(5))),
         SG_ALONG(1)},
        {"in the middle", SG_ON(SG_RANDN(2, 3, 2, 2), SG_INDICES(3, SG_DIMS(2, 2)), SG_INDICES(2, SG_SCALAR)),
         SG_ALONG(-3)},
        {"one place", SG_ON(SG_RANDN(3, 4), SG_INDICES(3, SG_SCALAR), SG_INDICES(4, SG_SCALAR))},
        {"nowhere", SG_ON(SG_RANDN(3, 4), SG_INDICES(3, SG_DIMS(0)), SG_INDICES(4, SG_DIMS(0)))},
        {"empty rows", SG_ON(SG_RANDN(3, 0), SG_INDICES(3, SG_DIMS(2)))},
        {"a mask", SG_ON(SG_RANDN(2, 3, 2), MARKS(SG_DIMS(2, 3)))},
        {"a mask behind a dimension", SG_ON(SG_RANDN(2, 6), MARKS(SG_DIMS(6))), SG_ALONG(1)},
        {"a mask and positions", SG_ON(SG_RANDN(6, 4), MARKS(SG_DIMS(6)), SG_INDICES(4, SG_DIMS(3)))},
        {"integers",
         SG_ON(SG_RANDINT(-9, 9, SG_DIMS(3, 4)), SG_INDICES(3, SG_DIMS(5)), SG_INDICES(4, SG_DIMS(1)))}),
    .bad_samples = SG_SAMPLES(
        {"out of range",
         SG_ON(SG_RANDN(3, 4), SG_INDICES(3, SG_DIMS(2)), SG_VALUES_OF(SG_I64, SG_NUMBERS(7), SG_DIMS(1))),
         .error = "index 2 holds 7"},
        {"too many", SG_ON(SG_RANDN(3), SG_INDICES(3, SG_DIMS(2)), SG_INDICES(3, SG_DIMS(2))),
         .error = "2 dimensions are indexed, x [3] has 1 from there on"},
        {"that do not meet", SG_ON(SG_RANDN(3, 4), SG_INDICES(3, SG_DIMS(2)), SG_INDICES(4, SG_DIMS(3))),
         .error = "index 2 has shape [3], which does not broadcast with the ones before"},
        {"fractions", SG_ON(SG_RANDN(3), SG_RANDN(2)), .error = "index 1 has dtype f"},
        {"a mask of another shape", SG_ON(SG_RANDN(3, 4), SG_MASK(SG_DIMS(2, 3))),
         .error = "index 1 is a mask of shape [2, 3], expected the dimensions of x [3, 4]"},
        {"a mask that does not meet", SG_ON(SG_RANDN(6, 4), MARKS(SG_DIMS(6)), SG_INDICES(4, SG_DIMS(2))),
         .error = "does not broadcast with the ones before"},
        {"too many dimensions", SG_ON(SG_RANDN(1, 1, 1), SG_INDICES(1, SG_DIMS(1, 1, 1, 1, 1, 1, 1))),
         .error = "9 dimensions"}),
};

sg_tensor *sg_index(sg_context *context, sg_tensor *x, int count, sg_tensor *const *index, int64_t dim) {
  enum { AT_MOST = SG_MAX_RANK + 1 }; // so many no tensor has dimensions for
  sg_tensor *inputs[INDEX + AT_MOST] = {x};
  if (count > AT_MOST) count = AT_MOST;
  for (int i = 0; i < count; i++) inputs[INDEX + i] = index[i];
  return sg_apply_one(context, &op_index, INDEX + count, inputs, SG_ALONG(dim));
}
