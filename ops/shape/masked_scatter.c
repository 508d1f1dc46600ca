// SPDX-License-Identifier: GPL-3.0-or-later
//
// y = x, with the elements of source, in row-major order, where the mask is true. What is left of the source is not
// used.
#include "ops/ops.h"
#include "ops/shape/spots.h"
#include "ops/shape/strided.h"

static sg_status plan_mask(sg_plan *plan, sg_spots *spots) {
  const sg_shape *x = sg_plan_shape(plan, SG_SPOTS_X), *mask = sg_plan_shape(plan, SG_SPOTS_INDEX);
  const sg_dtype dtype = sg_tensor_dtype(plan->inputs[SG_SPOTS_INDEX]);
  sg_shape both;
  if (dtype != SG_BOOL) return sg_reject(plan, "mask has dtype %s, expected bool", sg_dtype_name(dtype));
  if (!sg_shape_broadcast(mask, x, &both) || !sg_shape_equal(&both, x))
    return sg_reject(plan, "mask has shape %s, which does not broadcast to that of x %s", sg_shape_text(mask).text,
                     sg_shape_text(x).text);
  spots->extent = spots->count = sg_shape_elements(x);
  spots->inner = 1;
  spots->distinct = true;
  copy_arguments *walk = &spots->walk;
  int64_t strides[SG_MAX_RANK];
  sg_strides(mask, strides);
  walk->rank = x->rank;
  for (int d = 0; d < x->rank; d++) {
    const int m = d - (x->rank - mask->rank);
    walk->size[d] = x->size[d];
    walk->source_stride[d] = m < 0 || mask->size[m] == 1 ? 0 : strides[m];
  }
  return SG_OK;
}

// Of every element of x, in row-major order; the mask may be broadcast. Without `place` they are only counted.
static int64_t find_marked(const sg_call *call, const sg_spots *spots, int64_t *place) {
  const uint8_t *mask = sg_input_data(call, SG_SPOTS_INDEX);
  const copy_arguments *walk = &spots->walk;
  int64_t at[SG_MAX_RANK] = {0}, offset = 0, found = 0, base = sg_index_base(call->context);
  for (int64_t i = 0; i < spots->count; i++) {
    if (mask[offset]) {
      if (place) place[found] = i + base;
      found++;
    }
    for (int d = walk->rank - 1; d >= 0; d--) {
      offset += walk->source_stride[d];
      if (++at[d] < walk->size[d]) break;
      offset -= walk->source_stride[d] * at[d];
      at[d] = 0;
    }
  }
  return found;
}

static sg_status check(const sg_call *call) {
  const int64_t given = sg_tensor_elements(call->inputs[SG_SPOTS_SOURCE]);
  const int64_t marked = find_marked(call, call->plan, NULL);
  if (marked <= given) return SG_OK;
  return sg_refuse(call, "source has shape %s, %lld elements, and the mask has %lld that are true",
                   sg_shape_text(sg_tensor_shape(call->inputs[SG_SPOTS_SOURCE])).text, (long long)given,
                   (long long)marked);
}

#define MASK(...) SG_VALUES_OF(SG_BOOL, SG_NUMBERS(1, 0, 1, 0, 0, 1), __VA_ARGS__)

const sg_op op_masked_scatter = {
    SG_SPOTS(masked_scatter, plan_mask, find_marked),
    SG_WORDS("Puts the elements of a tensor, one after the other, where a mask is true.",
             "y = x, then y[i] = source[k] for the k-th element i where the mask is true, in row-major order"),
    .inputs = SG_PORTS({"x", SG_ANY_DTYPE, "what to put into"},
                       {"mask", SG_ANY_DTYPE | SG_STEP, "of dtype bool; broadcasts to the shape of x"},
                       {"source", SG_ANY_DTYPE, "of any shape, with as many elements as the mask marks or more"}),
    .check = check,
    .samples = SG_SAMPLES(
        {"by hand", SG_ON(SG_VECTOR(1, 2, 3, 4, 5, 6), MASK(SG_DIMS(6)), SG_VECTOR(7, 8, 9)),
         SG_GIVES(7, 2, 8, 4, 5, 9)},
        {"more than enough", SG_ON(SG_RANDN(2, 3), MASK(SG_DIMS(2, 3)), SG_RANDN(2, 2))},
        {"rows alike", SG_ON(SG_RANDN(2, 6), MASK(SG_DIMS(6)), SG_RANDN(6))},
        {"columns alike", SG_ON(SG_RANDN(6, 2), MASK(SG_DIMS(6, 1)), SG_RANDN(2, 3))},
        {"nothing marked", SG_ON(SG_RANDN(2), SG_VALUES_OF(SG_BOOL, SG_NUMBERS(0), SG_SCALAR), SG_RANDN(0))},
        {"scalar", SG_ON(SG_NORMAL(0, 1, SG_SCALAR), SG_VALUES_OF(SG_BOOL, SG_NUMBERS(1), SG_SCALAR), SG_RANDN(1))},
        {"empty", SG_ON(SG_RANDN(0, 2), SG_MASK(SG_DIMS(2)), SG_RANDN(1))},
        {"integers", SG_ON(SG_RANDINT(-9, 9, SG_DIMS(6)), MASK(SG_DIMS(6)), SG_RANDINT(-9, 9, SG_DIMS(3)))}),
    .bad_samples = SG_SAMPLES(
        {"not enough", SG_ON(SG_RANDN(6), MASK(SG_DIMS(6)), SG_RANDN(2)),
         .error = "source has shape [2], 2 elements, and the mask has 3 that are true"},
        {"shape", SG_ON(SG_RANDN(3), MASK(SG_DIMS(6)), SG_RANDN(3)),
         .error = "does not broadcast to that of x [3]"},
        {"larger", SG_ON(SG_RANDN(6), MASK(SG_DIMS(1, 6)), SG_RANDN(3)), .error = "does not broadcast"},
        {"no mask", SG_ON(SG_RANDN(2), SG_RANDINT(0, 2, SG_DIMS(2)), SG_RANDN(2)), .error = "mask has dtype i64"}),
};

sg_tensor *sg_masked_scatter(sg_context *context, sg_tensor *x, sg_tensor *mask, sg_tensor *source) {
  return sg_apply_one(context, &op_masked_scatter, 3, (sg_tensor *[]){x, mask, source}, NULL);
}
