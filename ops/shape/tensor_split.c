// SPDX-License-Identifier: GPL-3.0-or-later
//
// x in parts along a dimension, of which there is a given number, or which end at given positions.
#include "ops/ops.h"
#include "ops/shape/parts.h"

typedef struct tensor_split_options {
  sg_ints sections;
  sg_int_list indices;
  int64_t dim;
} tensor_split_options;

// The first ones have an element more where they cannot all have as many.
static sg_status split_evenly(sg_plan *plan, int64_t extent, int64_t sections) {
  if (sg_plan_outputs(plan, sections)) return sg_error_status(plan->context);
  for (int i = 0; i < plan->output_count; i++) sg_parts_set(plan, i, extent / sections + (i < extent % sections));
  return SG_OK;
}

// How many positions come before a cut, of at most `extent`; negative ones are counted from the end.
static int64_t before_cut(int64_t index, int64_t extent) {
  if (index < 0) index = index < -extent ? 0 : index + extent;
  return index < extent ? index : extent;
}

static sg_status split_at(sg_plan *plan, int64_t extent, const sg_int_list *indices) {
  if (sg_plan_outputs(plan, indices->count + 1)) return sg_error_status(plan->context);
  int64_t start = 0;
  for (int i = 0; i <= indices->count; i++) {
    const int64_t stop = i < indices->count ? before_cut(indices->value[i], extent) : extent;
    if (stop < start)
      return sg_reject(plan, "indices are not in order: a cut after %lld positions follows one after %lld",
                       (long long)stop, (long long)start);
    sg_parts_set(plan, i, stop - start);
    start = stop;
  }
  return SG_OK;
}

static sg_status prepare(sg_plan *plan) {
  const tensor_split_options *options = plan->options;
  const sg_ints *sections = &options->sections;
  const bool at_indices = options->indices.count > 0;
  int64_t extent;
  if (sg_parts_open(plan, options->dim, &extent)) return sg_error_status(plan->context);
  if (sections->count != (at_indices ? 0 : 1))
    return sg_reject(plan, "expected either sections, one number, or indices: sections has %d values, indices %s",
                     sections->count, at_indices ? "are given" : "are not given");
  return at_indices ? split_at(plan, extent, &options->indices) : split_evenly(plan, extent, sections->value[0]);
}

#define NEITHER (&(const tensor_split_options){{0}, {0, NULL}, 0})
#define INTO(sections, dim) (&(const tensor_split_options){SG_DIMS(sections), {0, NULL}, dim})
#define AT(dim, ...) (&(const tensor_split_options){{0}, SG_INTEGERS(__VA_ARGS__), dim})
#define MATRIX SG_VALUES(SG_NUMBERS(1, 2, 3, 4, 5, 6), SG_DIMS(2, 3))

const sg_op op_tensor_split = {
    SG_MEMBER_OF(tensor_split, sg_parts_family),
    SG_WORDS("Cuts a tensor along a dimension into a number of parts, or at positions.",
             "y1, y2, ... of extent extent / sections along dim, the first of them one larger where that leaves a "
             "rest; or y1 = x[:i1], y2 = x[i1:i2], ... for indices i1, i2, ...",
             "NumPy's array_split"),
    .outputs = SG_PORTS(
        {"y", SG_ANY_DTYPE | SG_VARIADIC, "the parts; views of x where nothing but extents of 1 comes before dim"}),
    SG_OPTIONS(
        tensor_split_options, NEITHER,
        SG_OPTION(tensor_split_options, sections, INTS, "how many parts", SG_AT_LEAST | SG_OR_LIST, 1),
        SG_OPTION(tensor_split_options, indices, INT_LIST,
                  "instead of them: how many positions come before each cut, in order; negative from the end"),
        SG_OPTION(tensor_split_options, dim, DIM, "dimension to cut; default the first")),
    .prepare = prepare,
    .samples = SG_SAMPLES(
        {"columns", SG_ON(MATRIX), INTO(2, 1), SG_GIVES(1, 2, 4, 5)}, {"rows", SG_ON(SG_RANDN(7, 2)), INTO(3, 0)},
        {"more than positions", SG_ON(SG_RANDN(2, 2)), INTO(3, 1)}, {"one", SG_ON(SG_RANDN(3)), INTO(1, 0)},
        {"at positions", SG_ON(SG_RANDN(2, 6)), AT(-1, 1, 4)}, {"at a position", SG_ON(SG_RANDN(5, 2)), AT(0, 3)},
        {"from the end, and beyond it", SG_ON(SG_RANDN(5, 2)), AT(0, -9, -4, -1, 5, 9)},
        {"empty", SG_ON(SG_RANDN(0, 2)), INTO(2, 0)}, {"integers", SG_ON(SG_RANDINT(-9, 9, SG_DIMS(3))), AT(0, 1)},
        {"mask", SG_ON(SG_MASK(SG_DIMS(2, 5))), INTO(2, 1)}),
    .bad_samples = SG_SAMPLES(
        {"no sections", SG_ON(MATRIX), INTO(0, 0), .error = "sections is 0, expected a value of at least 1"},
        {"neither", SG_ON(MATRIX), NEITHER, .error = "are not given"},
        {"both", SG_ON(MATRIX), SG_WITH(tensor_split_options, SG_DIMS(2), SG_INTEGERS(1), 0),
         .error = "sections has 1 values, indices are given"},
        {"backwards", SG_ON(MATRIX), AT(1, 2, 1), .error = "a cut after 1 positions follows one after 2"},
        {"too many", SG_ON(SG_RANDN(0)), INTO(INT64_MAX, 0), .error = "tensors, at most"},
        {"scalar", SG_ON(SG_NORMAL(0, 1, SG_SCALAR)), INTO(1, 0), .error = "outside"}),
};

sg_tensors sg_tensor_split(sg_context *context, sg_tensor *x, int64_t sections, int64_t dim) {
  sg_tensors parts;
  sg_apply_list(context, &op_tensor_split, 1, &x, INTO(sections, dim), &parts);
  return parts;
}

sg_tensors sg_tensor_split_at(sg_context *context, sg_tensor *x, int count, const int64_t *indices, int64_t dim) {
  sg_tensors parts;
  const tensor_split_options options = {.indices = {count, indices}, .dim = dim};
  sg_apply_list(context, &op_tensor_split, 1, &x, &options, &parts);
  return parts;
}
