// SPDX-License-Identifier: GPL-3.0-or-later
//
#include "ops/shape/placement.h"
#include "autograd/dtype.h"
#include "ops/ops.h"
#include "ops/shape/indices.h"
#include "ops/shape/strided.h"

#include <string.h>

// ---- prepare ------------------------------------------------------------------------------------------

static bool writes(const sg_plan *plan) { return sg_op_writes(plan->op); }

static sg_status check_index_dtype(const sg_plan *plan, int i) {
  sg_dtype dtype = sg_tensor_dtype(plan->inputs[i]);
  if (dtype == SG_I64 || (dtype == SG_BOOL && plan->input_count == INDEX + 1)) return SG_OK;
  if (dtype == SG_BOOL) return sg_reject(plan, "index %d is a mask, which stands alone", i - INDEX + 1);
  return sg_reject(plan, "index %d has dtype %s, expected i64, or a single mask of dtype bool", i - INDEX + 1,
                   sg_dtype_name(dtype));
}

// The dimensions of x that are counted, and the shape of the positions.
static sg_status plan_index(sg_plan *plan, sg_placement_plan *own, sg_shape *positions) {
  const sg_shape *x = sg_plan_shape(plan, X), *first = sg_plan_shape(plan, INDEX);
  for (int i = INDEX; i < plan->input_count; i++) {
    if (check_index_dtype(plan, i)) return sg_error_status(plan->context);
  }
  own->by_mask = sg_tensor_dtype(plan->inputs[INDEX]) == SG_BOOL;
  own->indexed = own->by_mask ? first->rank : plan->input_count - INDEX;
  if (own->indexed > x->rank)
    return sg_reject(plan, "%d dimensions are indexed, x %s has %d", own->indexed, sg_shape_text(x).text, x->rank);
  if (own->by_mask) {
    for (int d = 0; d < first->rank; d++) {
      if (first->size[d] != x->size[d])
        return sg_reject(plan, "the mask has shape %s, expected the leading dimensions of x %s",
                         sg_shape_text(first).text, sg_shape_text(x).text);
    }
    return SG_OK;
  }
  *positions = *first;
  for (int i = INDEX + 1; i < plan->input_count; i++) {
    if (!sg_shape_broadcast(positions, sg_plan_shape(plan, i), positions))
      return sg_reject(plan, "index %d has shape %s, which does not broadcast with the ones before", i - INDEX + 1,
                       sg_shape_text(sg_plan_shape(plan, i)).text);
  }
  return SG_OK;
}

// The values of a mask have a row for each of its positions, or one for all.
static sg_shape mask_positions(const sg_plan *plan, const sg_placement_plan *own) {
  const sg_shape *values = sg_plan_shape(plan, VALUES);
  int inner_rank = sg_plan_shape(plan, X)->rank - own->indexed;
  return (sg_shape){1, {values->rank == inner_rank + 1 ? values->size[0] : 1}};
}

// Whether dimensions are walked through with a single step.
static bool collapses(const int64_t *size, const int64_t *stride, int rank, int64_t *step) {
  int64_t next = *step = 0;
  bool any = false;
  for (int d = rank - 1; d >= 0; d--) {
    if (size[d] == 1) continue;
    if (any && stride[d] != next) return false;
    if (!any) *step = stride[d];
    any = true;
    if (__builtin_mul_overflow(stride[d], size[d], &next)) return false;
  }
  return true;
}

static sg_status plan_values(sg_plan *plan, sg_placement_plan *own, const sg_shape *positions) {
  const sg_shape *x = sg_plan_shape(plan, X), *values = sg_plan_shape(plan, VALUES);
  const int inner_rank = x->rank - own->indexed;
  if (positions->rank + inner_rank > SG_MAX_RANK)
    return sg_reject(plan, "the values would have %d dimensions, at most %d are possible",
                     positions->rank + inner_rank, SG_MAX_RANK);
  own->target = *positions;
  for (int d = own->indexed; d < x->rank; d++) own->target.size[own->target.rank++] = x->size[d];
  sg_shape both;
  if (!sg_shape_broadcast(&own->target, values, &both) || !sg_shape_equal(&own->target, &both))
    return sg_reject(plan, "values has shape %s, which does not broadcast to %s", sg_shape_text(values).text,
                     sg_shape_text(&own->target).text);
  int64_t strides[SG_MAX_RANK];
  sg_strides(values, strides);
  for (int d = 0; d < own->target.rank; d++) {
    int v = d - (own->target.rank - values->rank);
    own->value_stride[d] = v < 0 || values->size[v] == 1 ? 0 : strides[v];
  }
  bool simple =
      collapses(own->target.size, own->value_stride, positions->rank, &own->step) &&
      collapses(own->target.size + positions->rank, own->value_stride + positions->rank, inner_rank, &own->along);
  bool dense = own->step == own->inner && (own->along == 1 || own->inner == 1);
  own->expand = !simple || (own->add && !dense);
  if (own->expand) {
    own->step = own->inner;
    own->along = 1;
  }
  return SG_OK;
}

static size_t claim(size_t *bytes, int64_t elements, sg_dtype dtype) {
  const size_t at = *bytes;
  *bytes = (at + (size_t)elements * sg_dtype_bytes(dtype) + 63) / 64 * 64;
  return at;
}

static void plan_scratch(sg_plan *plan, sg_placement_plan *own) {
  const sg_dtype dtype = sg_tensor_dtype(plan->inputs[X]);
  size_t bytes = 0;
  if (writes(plan) || own->spread) claim(&bytes, own->count, SG_I64);
  own->convert_at = own->convert ? claim(&bytes, sg_tensor_elements(plan->inputs[VALUES]), dtype) : 0;
  own->expand_at = own->expand ? claim(&bytes, own->count * own->inner, dtype) : 0;
  own->add_at = bytes;
  if (own->add) bytes += sg_slices_add_scratch(dtype, own->extent, own->count, own->inner);
  plan->scratch_bytes = bytes;
}

static sg_status prepare(sg_plan *plan) {
  sg_placement_plan *own = plan->own;
  const sg_shape *x = sg_plan_shape(plan, X);
  const sg_dtype dtype = sg_tensor_dtype(plan->inputs[X]);
  sg_shape positions = {0};
  if (plan_index(plan, own, &positions)) return sg_error_status(plan->context);
  if (own->by_mask) positions = mask_positions(plan, own);
  own->spread = own->by_mask && positions.size[0] == 1;
  own->add = ((const sg_index_put_options *)plan->options)->accumulate;
  if (own->add && sg_dtype_bytes(dtype) == 1)
    return sg_reject(plan, "x has dtype %s, expected numbers that can be added: f32, f64 or i64",
                     sg_dtype_name(dtype));
  own->convert = dtype != sg_tensor_dtype(plan->inputs[VALUES]);
  own->extent = own->inner = 1;
  for (int d = 0; d < x->rank; d++) { // beside a zero, extents may be of any size
    int64_t *product = d < own->indexed ? &own->extent : &own->inner;
    (void)__builtin_mul_overflow(*product, x->size[d], product);
  }
  if (plan_values(plan, own, &positions)) return sg_error_status(plan->context);
  int64_t elements;
  if (!sg_shape_count(&own->target, &elements))
    return sg_reject(plan, "the values would have the shape %s, more than 2^59 elements",
                     sg_shape_text(&own->target).text);
  own->count = own->spread ? own->extent : sg_shape_elements(&positions);
  if (sg_tensor_elements(plan->inputs[X]) == 0) own->count = 0;
  plan->output_shape[Y] = *x;
  plan->output_dtype[Y] = dtype;
  plan_scratch(plan, own);
  if (writes(plan)) return SG_OK;
  plan->output_shape[POSITION] = (sg_shape){1, {own->spread ? 0 : own->count}};
  plan->output_dtype[POSITION] = SG_I64;
  if (own->spread)
    plan->save_inputs = 1 << INDEX;
  else
    plan->save_outputs = 1 << POSITION;
  return SG_OK;
}

// ---- check ----------------------------------------------------------------------------------------------

static sg_status check_mask(const sg_call *call, const sg_placement_plan *plan) {
  const uint8_t *mask = sg_input_data(call, INDEX);
  const int64_t count = sg_tensor_elements(call->inputs[INDEX]);
  int64_t found = 0;
  for (int64_t i = 0; i < count; i++) found += mask[i] != 0;
  if (found == plan->target.size[0]) return SG_OK;
  return sg_refuse(call, "values has shape %s, and the mask has %lld elements that are true",
                   sg_shape_text(sg_tensor_shape(call->inputs[VALUES])).text, (long long)found);
}

static sg_status check_positions(const sg_call *call, int i) {
  const int64_t *index = sg_input_data(call, i);
  const sg_shape *x = sg_tensor_shape(call->inputs[X]);
  const int64_t count = sg_tensor_elements(call->inputs[i]), base = sg_index_base(call->context);
  const int64_t extent = x->size[i - INDEX];
  for (int64_t p = 0; p < count; p++) {
    if (index[p] >= base && index[p] - base < extent) continue;
    return sg_refuse(call, "index %d holds %lld (element %lld), expected %lld..%lld (dimension %lld of x %s)",
                     i - INDEX + 1, (long long)index[p], (long long)(p + base), (long long)base,
                     (long long)(extent - 1 + base), (long long)(i - INDEX + base), sg_shape_text(x).text);
  }
  return SG_OK;
}

static sg_status check(const sg_call *call) {
  const sg_placement_plan *plan = call->plan;
  if (plan->by_mask && !plan->spread && check_mask(call, plan)) return sg_error_status(call->context);
  for (int i = INDEX; i < call->input_count && !plan->by_mask; i++) {
    if (check_positions(call, i)) return sg_error_status(call->context);
  }
  return sg_tensor_check_range(call->inputs[VALUES], sg_tensor_dtype(call->inputs[X]), call->op->name, "values");
}

// ---- forward --------------------------------------------------------------------------------------------

// Counted from the index base, as the index is. Returns their number.
static int64_t find_in_mask(const sg_call *call, const sg_placement_plan *plan, int64_t *position) {
  const uint8_t *mask = sg_input_data(call, INDEX);
  const int64_t base = sg_index_base(call->context);
  int64_t found = 0;
  for (int64_t i = 0; i < plan->extent; i++) {
    if (mask[i]) position[found++] = i + base;
  }
  return found;
}

// position = position * extent + index, in row-major order of the shape that all indices broadcast to.
static void count_dimension(const sg_call *call, const sg_placement_plan *plan, int i, int64_t *position) {
  const int64_t *index = sg_input_data(call, i);
  const int64_t base = sg_index_base(call->context), extent = sg_tensor_shape(call->inputs[X])->size[i - INDEX];
  sg_shape positions = plan->target;
  positions.rank -= sg_tensor_shape(call->inputs[X])->rank - plan->indexed;
  sg_walk walk = sg_walk_start(&positions, sg_tensor_shape(call->inputs[i]));
  for (int64_t p = 0; p < plan->count; p++, sg_walk_on(&walk))
    position[p] = (i == INDEX ? 0 : (position[p] - base) * extent) + index[walk.offset];
}

static int64_t find_positions(const sg_call *call, const sg_placement_plan *plan, int64_t *position) {
  if (plan->by_mask) return find_in_mask(call, plan, position);
  for (int i = INDEX; i < call->input_count; i++) count_dimension(call, plan, i, position);
  return plan->count;
}

// The values in x's dtype, and laid out densely where they have to be.
static const void *find_values(const sg_call *call, const sg_placement_plan *plan, int64_t count) {
  const sg_tensor *values = call->inputs[VALUES];
  const sg_dtype dtype = sg_tensor_dtype(call->inputs[X]);
  char *scratch = call->scratch;
  const void *source = sg_tensor_data(values);
  if (plan->convert) {
    const sg_conversion conversion = {dtype, sg_tensor_dtype(values), scratch + plan->convert_at, source};
    sg_parallel(call->context, sg_tensor_elements(values), sg_grain(1), sg_dtype_convert, &conversion);
    source = conversion.target;
  }
  if (!plan->expand) return source;
  copy_arguments copy = {.rank = plan->target.rank, .target = scratch + plan->expand_at, .source = source};
  sg_shape target = plan->target;
  if (plan->spread) target.size[0] = count;
  sg_strides(&target, copy.target_stride);
  memcpy(copy.size, target.size, sizeof copy.size);
  memcpy(copy.source_stride, plan->value_stride, sizeof copy.source_stride);
  sg_strided_copy(call->context, dtype, &copy);
  return copy.target;
}

static void copy_x(const sg_call *call) {
  const copy_arguments copy = {.rank = 1,
                               .size = {sg_tensor_elements(call->inputs[X])},
                               .target_stride = {1},
                               .source_stride = {1},
                               .target = sg_output_data(call->outputs[Y]),
                               .source = sg_input_data(call, X)};
  sg_strided_copy(call->context, sg_tensor_dtype(call->inputs[X]), &copy);
}

static void add(const sg_call *call, const sg_placement_plan *plan, const put_arguments *put) {
  index_arguments a = {.index = put->position,
                       .base = put->base,
                       .outer = 1,
                       .count = put->count,
                       .extent = plan->extent,
                       .inner = plan->inner,
                       .source = put->source,
                       .target = put->target};
  sg_slices_add_run(call->context, sg_tensor_dtype(call->inputs[X]), &a, (char *)call->scratch + plan->add_at);
}

static void forward(const sg_call *call) {
  const sg_placement_plan *plan = call->plan;
  const bool apart = !sg_op_writes(call->op), kept = apart && !plan->spread;
  if (apart && sg_tensor_elements(call->inputs[X]) > 0) copy_x(call);
  if (plan->count == 0) return;
  int64_t *position = kept ? sg_output_data(call->outputs[POSITION]) : call->scratch;
  put_arguments put = {.position = position,
                       .base = sg_index_base(call->context),
                       .count = find_positions(call, plan, position),
                       .inner = plan->inner,
                       .step = plan->step,
                       .along = plan->along,
                       .target = sg_output_data(call->outputs[Y])};
  if (put.count == 0) return;
  put.source = find_values(call, plan, put.count);
  if (plan->add) {
    add(call, plan, &put);
    return;
  }
  const int64_t blocks = (plan->inner + PUT_COLUMNS - 1) / PUT_COLUMNS;
  const int64_t width = plan->inner < PUT_COLUMNS ? plan->inner : PUT_COLUMNS;
  sg_parallel(call->context, blocks, sg_grain(put.count * width),
              sg_move_kernels(call->context, sg_tensor_dtype(call->inputs[X]))->put, &put);
}

sg_tensor *sg_placement_lasting(sg_context *context, sg_tensor *position, int64_t extent) {
  const int64_t count = position ? sg_tensor_elements(position) : 0;
  sg_tensor *number = sg_tensor_new(context, SG_I64, &(const sg_shape){1, {count}});
  sg_tensor *places = sg_tensor_full(context, SG_I64, &(const sg_shape){1, {extent}}, 0);
  if (!position || !number || !places) return NULL;
  int64_t *numbers = sg_output_data(number);
  for (int64_t i = 0; i < count; i++) numbers[i] = i;
  sg_index_put_(context, places, number, 1, &position, false);
  return sg_eq(context, sg_index_select(context, places, position, 0), number);
}

// ---- The family -----------------------------------------------------------------------------------------

#define MATRIX SG_RANDN(3, 4)
#define MASK(...)                                                                                                  \
  { SG_SAMPLE_VALUES, __VA_ARGS__, 0, 0, SG_NUMBERS(1, 0, 1, 0, 0, 1), SG_BOOL }
#define ADDED (&(const sg_index_put_options){.accumulate = true})

static const sg_sample samples[] = {
    {"elements", SG_ON(MATRIX, SG_RANDN(5), SG_INDICES(3, SG_DIMS(5)), SG_INDICES(4, SG_DIMS(5)))},
    {"elements, added", SG_ON(MATRIX, SG_RANDN(5), SG_INDICES(3, SG_DIMS(5)), SG_INDICES(4, SG_DIMS(5))),
     .options = ADDED},
    {"rows", SG_ON(MATRIX, SG_RANDN(4, 4), SG_INDICES(3, SG_DIMS(4)))},
    {"rows, added", SG_ON(MATRIX, SG_RANDN(4, 4), SG_INDICES(3, SG_DIMS(4))), .options = ADDED},
    {"one row everywhere", SG_ON(MATRIX, SG_RANDN(4), SG_INDICES(3, SG_DIMS(2, 3)))},
    {"one number everywhere, added", SG_ON(MATRIX, SG_NORMAL(0, 1, SG_SCALAR), SG_INDICES(3, SG_DIMS(4))),
     .options = ADDED},
    {"a number for each row", SG_ON(MATRIX, SG_RANDN(2, 1), SG_INDICES(3, SG_DIMS(2)))},
    {"a grid", SG_ON(MATRIX, SG_RANDN(2, 3), SG_INDICES(3, SG_DIMS(2, 1)), SG_INDICES(4, SG_DIMS(3)))},
    {"a row and then a grid",
     SG_ON(MATRIX, SG_RANDN(2, 3), SG_INDICES(3, SG_DIMS(3)), SG_INDICES(4, SG_DIMS(2, 1)))},
    {"broadcast in the middle", SG_ON(SG_RANDN(3, 2, 4), SG_RANDN(2, 2, 1), SG_INDICES(3, SG_DIMS(2)))},
    {"a single position",
     SG_ON(MATRIX, SG_NORMAL(0, 1, SG_SCALAR), SG_INDICES(3, SG_SCALAR), SG_INDICES(4, SG_SCALAR))},
    {"no position", SG_ON(MATRIX, SG_RANDN(0, 4), SG_INDICES(3, SG_DIMS(0)))},
    {"empty rows", SG_ON(SG_RANDN(3, 0), SG_NORMAL(0, 1, SG_SCALAR), SG_INDICES(3, SG_DIMS(2)))},
    {"a mask, one number", SG_ON(SG_RANDN(2, 3), SG_NORMAL(0, 1, SG_SCALAR), MASK(SG_DIMS(2, 3)))},
    {"a mask", SG_ON(SG_RANDN(2, 3), SG_RANDN(3), MASK(SG_DIMS(2, 3)))},
    {"a mask, added", SG_ON(SG_RANDN(2, 3, 2), SG_RANDN(3, 2), MASK(SG_DIMS(2, 3))), .options = ADDED},
    {"a mask of rows, one row added", SG_ON(SG_RANDN(6, 2), SG_RANDN(2), MASK(SG_DIMS(6))), .options = ADDED},
    {0},
};

static const sg_sample bad_samples[] = {
    {"out of range", SG_ON(MATRIX, SG_RANDN(4), {SG_SAMPLE_VALUES, SG_DIMS(1), 0, 0, SG_NUMBERS(7), SG_I64}),
     .error = "index 1 holds 7"},
    {"too many indices",
     SG_ON(SG_RANDN(3), SG_NORMAL(0, 1, SG_SCALAR), SG_INDICES(3, SG_DIMS(2)), SG_INDICES(3, SG_DIMS(2))),
     .error = "2 dimensions are indexed, x [3] has 1"},
    {"indices that do not meet",
     SG_ON(MATRIX, SG_NORMAL(0, 1, SG_SCALAR), SG_INDICES(3, SG_DIMS(2)), SG_INDICES(3, SG_DIMS(3))),
     .error = "index 2 has shape [3], which does not broadcast with the ones before"},
    {"values", SG_ON(MATRIX, SG_RANDN(3), SG_INDICES(3, SG_DIMS(2))),
     .error = "values has shape [3], which does not broadcast to [2, 4]"},
    {"an index of fractions", SG_ON(MATRIX, SG_NORMAL(0, 1, SG_SCALAR), SG_RANDN(2)),
     .error = "expected i64, or a single mask"},
    {"a mask of another shape", SG_ON(MATRIX, SG_NORMAL(0, 1, SG_SCALAR), MASK(SG_DIMS(2, 3))),
     .error = "the mask has shape [2, 3], expected the leading dimensions of x [3, 4]"},
    {"a mask of another number", SG_ON(SG_RANDN(6), SG_RANDN(2), MASK(SG_DIMS(6))),
     .error = "values has shape [2], and the mask has 3 elements that are true"},
    {"a mask beside an index",
     SG_ON(SG_RANDN(6, 2), SG_NORMAL(0, 1, SG_SCALAR), MASK(SG_DIMS(6)), SG_INDICES(2, SG_DIMS(6))),
     .error = "index 1 is a mask, which stands alone"},
    {"an empty mask and a value",
     SG_ON(SG_RANDN(0, 2), SG_RANDN(2, 2), {SG_SAMPLE_VALUES, SG_DIMS(0), 0, 0, SG_NUMBERS(0), SG_BOOL}),
     .error = "values has shape [2, 2], and the mask has 0 elements that are true"},
    {"bools that are added",
     SG_ON(SG_OF_DTYPE(SG_BOOL, SG_DIMS(3)), SG_OF_DTYPE(SG_BOOL, SG_SCALAR), SG_INDICES(3, SG_DIMS(2))),
     .options = ADDED, .error = "x has dtype bool, expected numbers that can be added"},
    {0},
};

const sg_op sg_placement_family = {
    SG_OPTIONS(sg_index_put_options, SG_CONSTANT(sg_index_put_options, .accumulate = false),
               SG_OPTION(sg_index_put_options, accumulate, BOOL, "adds the values to what is there")),
    SG_PLANNED(sg_placement_plan, prepare, forward, NULL),
    .check = check,
    .samples = samples,
    .bad_samples = bad_samples,
};

sg_tensor *sg_placement_apply(sg_context *context, const sg_op *op, sg_tensor *x, sg_tensor *values, int count,
                              sg_tensor *const *index, bool accumulate) {
  enum { AT_MOST = SG_MAX_RANK + 1 }; // so many no tensor has dimensions for
  sg_tensor *inputs[INDEX + AT_MOST] = {x, values};
  if (count > AT_MOST) count = AT_MOST;
  for (int i = 0; i < count; i++) inputs[INDEX + i] = index[i];
  return sg_apply_one(context, op, INDEX + count, inputs, &(sg_index_put_options){accumulate});
}
