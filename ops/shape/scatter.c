// SPDX-License-Identifier: GPL-3.0-or-later
//
// y = x, with source[..., i, ...], or one number, at [..., index[..., i, ...], ...]. Where a place is named twice
// the last one stays, and has the gradient. Or added there, or put together with what is there as scatter_reduce
// does.
#include "ops/ops.h"
#include "ops/shape/indices.h"
#include "ops/shape/merging.h"
#include "ops/shape/spots.h"

typedef struct scatter_options {
  int64_t dim;
  int reduce;
} scatter_options;

enum { NONE, ADD, MULTIPLY, LARGEST, SMALLEST };
static const char *const ways[] = {"none", "add", "multiply", "amax", "amin", NULL};
static const merge_kind kinds[] = {
    [MULTIPLY] = MERGE_PRODUCT, [LARGEST] = MERGE_LARGEST, [SMALLEST] = MERGE_SMALLEST};

typedef union scatter_plan {
  sg_spots spots; // of NONE and ADD
  sg_merging merging;
} scatter_plan;

static sg_status plan_lines(sg_plan *plan, sg_spots *spots) {
  const scatter_options *options = plan->options;
  const sg_shape *x = sg_plan_shape(plan, SG_SPOTS_X), *index = sg_plan_shape(plan, SG_SPOTS_INDEX);
  const sg_shape *source = sg_plan_shape(plan, SG_SPOTS_SOURCE);
  if (sg_index_plan_lines(plan, options->dim, &spots->dim, &spots->lines)) return sg_error_status(plan->context);
  spots->extent = sg_shape_elements(x);
  spots->inner = 1;
  spots->count = sg_shape_elements(index);
  spots->add = options->reduce == ADD;
  spots->single = source->rank == 0;
  if (spots->single || sg_shape_equal(source, index)) return SG_OK;
  return sg_reject(plan, "source has shape %s, expected that of index %s, or a single number",
                   sg_shape_text(source).text, sg_shape_text(index).text);
}

static int64_t find_lines(const sg_call *call, const sg_spots *spots, int64_t *place) {
  const int64_t *index = sg_input_data(call, SG_SPOTS_INDEX), base = sg_index_base(call->context);
  const line_arguments *a = &spots->lines;
  for (int64_t line = 0; line < a->lines; line++) {
    int64_t in_lines, in_grid;
    line_offsets(a, line, &in_lines, &in_grid);
    for (int64_t i = 0; i < a->count; i++, in_lines += a->line_step)
      place[in_lines] = in_grid + (index[in_lines] - base) * a->grid_step + base;
  }
  return spots->count;
}

static int way_of(const void *options) { return ((const scatter_options *)options)->reduce; }

static sg_status prepare(sg_plan *plan) {
  const scatter_options *options = plan->options;
  scatter_plan *own = plan->own;
  if (options->reduce <= ADD) return sg_spots_family.prepare(plan);
  return sg_merging_prepare(plan, &own->merging, options->dim, kinds[options->reduce], true);
}

static sg_status check(const sg_call *call) {
  const scatter_plan *own = call->plan;
  const int dim = way_of(call->options) <= ADD ? own->spots.dim : own->merging.dim;
  return sg_index_check(call, SG_SPOTS_INDEX, SG_SPOTS_X, dim);
}

static void forward(const sg_call *call) {
  const scatter_plan *own = call->plan;
  if (way_of(call->options) <= ADD)
    sg_spots_family.forward(call);
  else
    sg_merging_forward(call, &own->merging);
}

static void vjp(const sg_call *call) {
  const scatter_plan *own = call->plan;
  if (way_of(call->options) <= ADD)
    sg_spots_family.vjp(call);
  else
    sg_merging_vjp(call, &own->merging);
}

#define ALONG(dim, reduce) (&(const scatter_options){dim, reduce})
#define NUMBER SG_NORMAL(0, 1, SG_SCALAR)

const sg_op op_scatter = {
    SG_SPOTS(scatter, plan_lines, find_lines),
    SG_WORDS("Puts elements, or one number, at a position of their own along a dimension, or adds them there.",
             "y = x, then y[..., index[..., i, ...], ...] = source[..., i, ...], or += with reduce = add, *= with "
             "multiply, the largest with amax, the smallest with amin"),
    .inputs = SG_PORTS({"x", SG_ANY_DTYPE, "what to put into"},
                       {"index", SG_INDEX, "positions in dim; in the other dimensions no larger than x"},
                       {"source", SG_ANY_DTYPE, "what to put there, in the shape of index, or a single number"}),
    SG_OPTIONS(scatter_options, ALONG(0, NONE),
               SG_OPTION(scatter_options, dim, DIM, "dimension of the positions", SG_REQUIRED),
               SG_CHOICE(scatter_options, reduce, ways,
                         "what becomes of the element that is there: replaced, added to, multiplied, or the larger "
                         "or smaller of both, which share the gradient where they are equal")),
    SG_PLANNED(scatter_plan, prepare, forward, vjp),
    .check = check,
    .samples = SG_SAMPLES(
        {"rows", SG_ON(SG_RANDN(3, 4), SG_INDICES(4, SG_DIMS(3, 6)), SG_RANDN(3, 6)), ALONG(1, NONE)},
        {"rows, added", SG_ON(SG_RANDN(3, 4), SG_INDICES(4, SG_DIMS(3, 6)), SG_RANDN(3, 6)), ALONG(1, ADD)},
        {"by hand",
         SG_ON(SG_VECTOR(1, 2, 3), SG_VALUES_OF(SG_I64, SG_NUMBERS(0, 2, 0), SG_DIMS(3)), SG_VECTOR(10, 20, 30)),
         ALONG(0, NONE), SG_GIVES(30, 2, 20)},
        {"fewer lines", SG_ON(SG_RANDN(3, 4, 2), SG_INDICES(4, SG_DIMS(2, 3, 1)), SG_RANDN(2, 3, 1)),
         ALONG(-2, NONE)},
        {"a number", SG_ON(SG_RANDN(3, 4), SG_INDICES(3, SG_DIMS(2, 4)), NUMBER), ALONG(0, NONE)},
        {"a number, added", SG_ON(SG_RANDN(3, 4), SG_INDICES(3, SG_DIMS(2, 4)), NUMBER), ALONG(0, ADD)},
        {"multiplied", SG_ON(SG_RANDN(3, 4), SG_INDICES(4, SG_DIMS(3, 6)), SG_RANDN(3, 6)), ALONG(1, MULTIPLY)},
        {"multiplied by a number", SG_ON(SG_RANDN(3, 4), SG_INDICES(3, SG_DIMS(2, 4)), NUMBER), ALONG(0, MULTIPLY)},
        {"the larger", SG_ON(SG_RANDN(3, 4), SG_INDICES(3, SG_DIMS(4, 3)), SG_RANDN(4, 3)), ALONG(0, LARGEST)},
        {"the smaller", SG_ON(SG_RANDN(3, 4), SG_INDICES(4, SG_DIMS(3, 6)), SG_RANDN(3, 6)), ALONG(-1, SMALLEST)},
        {"no index", SG_ON(SG_RANDN(3), SG_INDICES(3, SG_DIMS(0)), SG_RANDN(0)), ALONG(0, NONE)},
        {"empty", SG_ON(SG_RANDN(0, 2), SG_INDICES(2, SG_DIMS(0, 3)), NUMBER), ALONG(1, NONE)},
        {"integers, added",
         SG_ON(SG_RANDINT(-9, 9, SG_DIMS(3)), SG_INDICES(3, SG_DIMS(5)), SG_RANDINT(-9, 9, SG_DIMS(5))),
         ALONG(0, ADD)},
        {"masks", SG_ON(SG_MASK(SG_DIMS(2, 3)), SG_INDICES(3, SG_DIMS(2, 2)), SG_MASK(SG_DIMS(2, 2))),
         ALONG(1, NONE)}),
    .bad_samples = SG_SAMPLES(
        {"source", SG_ON(SG_RANDN(3), SG_INDICES(3, SG_DIMS(2)), SG_RANDN(3)), ALONG(0, NONE),
         .error = "source has shape [3], expected that of index [2]"},
        {"rank", SG_ON(SG_RANDN(3, 2), SG_INDICES(2, SG_DIMS(3)), NUMBER), ALONG(0, NONE),
         .error = "index has shape [3]"},
        {"too many lines", SG_ON(SG_RANDN(3, 2), SG_INDICES(2, SG_DIMS(3, 3)), NUMBER), ALONG(0, NONE),
         .error = "index has shape [3, 3]"},
        {"out of range", SG_ON(SG_RANDN(3), SG_VALUES_OF(SG_I64, SG_NUMBERS(9), SG_DIMS(1)), SG_RANDN(1)),
         ALONG(0, NONE), .error = "holds 9"},
        {"bools that are added", SG_ON(SG_MASK(SG_DIMS(3)), SG_INDICES(3, SG_DIMS(2)), SG_MASK(SG_DIMS(2))),
         ALONG(0, ADD), .error = "x has dtype bool, expected numbers that can be added"},
        {"another way", SG_ON(SG_RANDN(3), SG_INDICES(3, SG_DIMS(1)), SG_RANDN(1)), ALONG(0, 5),
         .error = "reduce has no choice number 5"}),
};

sg_tensor *sg_scatter(sg_context *context, sg_tensor *x, sg_tensor *index, sg_tensor *source, int64_t dim) {
  return sg_apply_one(context, &op_scatter, 3, (sg_tensor *[]){x, index, source}, ALONG(dim, NONE));
}
