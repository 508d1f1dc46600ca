// SPDX-License-Identifier: GPL-3.0-or-later
//
// y = x, with source[..., i, ...], or one number, at [..., index[..., i, ...], ...]; or added there. Where a place
// is named twice the last one stays, and has the gradient.
#include "ops/ops.h"
#include "ops/shape/indices.h"
#include "ops/shape/spots.h"

typedef struct scatter_options {
  int64_t dim;
  int reduce; // NONE or ADD
} scatter_options;

enum { NONE, ADD };
static const char *const ways[] = {"none", "add", NULL};

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

#define ALONG(dim, reduce) (&(const scatter_options){dim, reduce})
#define NUMBER SG_NORMAL(0, 1, SG_SCALAR)

const sg_op op_scatter = {
    SG_SPOTS(scatter, plan_lines, find_lines),
    SG_WORDS("Puts elements, or one number, at a position of their own along a dimension, or adds them there.",
             "y = x, then y[..., index[..., i, ...], ...] = source[..., i, ...], or += with reduce = add"),
    .inputs = SG_PORTS({"x", SG_ANY_DTYPE, "what to put into"},
                       {"index", SG_INDEX, "positions in dim; in the other dimensions no larger than x"},
                       {"source", SG_ANY_DTYPE, "what to put there, in the shape of index, or a single number"}),
    SG_OPTIONS(scatter_options, ALONG(0, NONE),
               SG_OPTION(scatter_options, dim, DIM, "dimension of the positions", SG_REQUIRED),
               SG_CHOICE(scatter_options, reduce, ways,
                         "what becomes of the element that is there: replaced, or added "
                         "to")),
    .check = sg_spots_check,
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
        {"another way", SG_ON(SG_RANDN(3), SG_INDICES(3, SG_DIMS(1)), SG_RANDN(1)), ALONG(0, 2),
         .error = "reduce has no choice number 2"}),
};

sg_tensor *sg_scatter(sg_context *context, sg_tensor *x, sg_tensor *index, sg_tensor *source, int64_t dim) {
  return sg_apply_one(context, &op_scatter, 3, (sg_tensor *[]){x, index, source}, ALONG(dim, NONE));
}
