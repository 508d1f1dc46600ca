// SPDX-License-Identifier: GPL-3.0-or-later
#include "ops/kernels/bounds.h"
#include "ops/ops.h"
#include "ops/reduce/bounds.h"
#include "ops/select_kernels.h"

enum { SEQUENCE, VALUES };

static bool same_lines(const sg_shape *a, const sg_shape *b) {
  if (a->rank != b->rank) return false;
  for (int d = 0; d + 1 < a->rank; d++)
    if (a->size[d] != b->size[d]) return false;
  return true;
}

static sg_status prepare(sg_plan *plan) {
  const sg_shape *sequence = sg_plan_shape(plan, SEQUENCE), *values = sg_plan_shape(plan, VALUES);
  if (sequence->rank == 0) return sg_reject(plan, "sorted_sequence is a scalar, expected a dimension at least");
  if (sequence->rank > 1 && !same_lines(sequence, values))
    return sg_reject(plan, "values has shape %s, expected that of sorted_sequence %s but for the last dimension",
                     sg_shape_text(values).text, sg_shape_text(sequence).text);
  plan->output_shape[0] = *values;
  plan->output_dtype[0] = SG_I64;
  return SG_OK;
}

static void forward(const sg_call *call) {
  const sg_shape *sequence = sg_tensor_shape(call->inputs[SEQUENCE]),
                 *values = sg_tensor_shape(call->inputs[VALUES]);
  const int64_t elements = sg_tensor_elements(call->inputs[VALUES]);
  const bounds_arguments a = {.count = sequence->size[sequence->rank - 1],
                              .each = sequence->rank > 1 ? values->size[values->rank - 1] : elements,
                              .base = sg_index_base(call->context),
                              .right = ((const sg_bounds_options *)call->options)->right,
                              .boundaries = sg_input_data(call, SEQUENCE),
                              .values = sg_input_data(call, VALUES),
                              .y = sg_output_data(call->outputs[0])};
  sg_parallel(call->context, elements, sg_grain(64), sg_kernels_for(call->context, call->dtype)->bounds->find, &a);
}

#define ROWS SG_VALUES(SG_NUMBERS(-1, 0, 2, 5, -3, -3, 1, 1), SG_DIMS(2, 4))

const sg_op op_searchsorted = {
    SG_COMPUTED(searchsorted, prepare, forward, NULL),
    SG_WORDS("Where values belong in lines that are in ascending order, before equal elements or behind them.",
             "y = the first i with sequence_i >= value, with right: with sequence_i > value; one behind the last\n"
             "where there is none, and for NaN",
             "Knuth, The Art of Computer Programming 3, 6.2.1 (binary search)"),
    .cost = "log n comparisons for each value, n boundaries",
    .inputs = SG_PORTS({"sorted_sequence", SG_STEP | SG_NUMERIC, "(..., n), the last dimension in order"},
                       {"values", SG_STEP | SG_NUMERIC, "(..., m), or any shape for one line"}),
    SG_BOUNDS("values"),
    .samples = SG_SAMPLES(
        {"by hand", SG_ON(SG_VECTOR(1, 3, 3, 5), SG_VECTOR(3, 0, 6, 5)), SG_RIGHT(false), SG_GIVES(1, 0, 4, 3)},
        {"by hand, right", SG_ON(SG_VECTOR(1, 3, 3, 5), SG_VECTOR(3, 0, 6, 5)), SG_RIGHT(true),
         SG_GIVES(3, 0, 4, 4)},
        {"matrix of values", SG_ON(SG_VECTOR(-1, 0, 0.5, 1), SG_RANDN(3, 5)), SG_RIGHT(false)},
        {"rows", SG_ON(ROWS, SG_RANDINT(-4, 6, SG_DIMS(2, 7))), SG_RIGHT(true)},
        {"integers",
         SG_ON(SG_VALUES_OF(SG_I64, SG_NUMBERS(-2, 0, 0, 7), SG_DIMS(4)), SG_RANDINT(-4, 9, SG_DIMS(9))),
         SG_RIGHT(false)},
        {"scalar", SG_ON(SG_VECTOR(-1, 0, 1), SG_NORMAL(0, 1, SG_SCALAR)), SG_RIGHT(false)},
        {"in nothing", SG_ON(SG_RANDN(0), SG_RANDN(2)), SG_RIGHT(false), SG_GIVES(0, 0)},
        {"of nothing", SG_ON(ROWS, SG_RANDN(2, 0)), SG_RIGHT(false)}),
    .bad_samples = SG_SAMPLES(
        {"scalar", SG_ON(SG_NORMAL(0, 1, SG_SCALAR), SG_RANDN(2)), .error = "sorted_sequence is a scalar"},
        {"lines", SG_ON(ROWS, SG_RANDN(3, 4)), .error = "values has shape [3, 4]"},
        {"rank", SG_ON(ROWS, SG_RANDN(4)), .error = "values has shape [4]"}),
};

sg_tensor *sg_searchsorted(sg_context *context, sg_tensor *sorted_sequence, sg_tensor *values, bool right) {
  return sg_apply_one(context, &op_searchsorted, 2, (sg_tensor *[]){sorted_sequence, values},
                      &(sg_bounds_options){right});
}
