// SPDX-License-Identifier: GPL-3.0-or-later
//
// x[start1 + i step1, start2 + j step2, ...] = value: one number for all that slice would take.
#include "ops/ops.h"
#include "ops/shape/range.h"

#include <math.h>
#include <string.h>

// Begins as sg_slice_options does.
typedef struct slice_fill_options {
  sg_ints start, stop, step;
  sg_number value;
} slice_fill_options;

_Static_assert(offsetof(slice_fill_options, value) == sizeof(sg_slice_options), "a range, then the value");

static sg_status prepare(sg_plan *plan) {
  const slice_fill_options *options = plan->options;
  const sg_dtype dtype = sg_tensor_dtype(plan->inputs[0]);
  slice_range range;
  if (sg_range_resolve(plan, sg_plan_shape(plan, 0), plan->options, &range) ||
      sg_number_check(plan->context, dtype, options->value))
    return sg_error_status(plan->context);
  sg_range_put(sg_plan_shape(plan, 0), &range, &(const sg_shape){0}, plan->own);
  return SG_OK;
}

static void forward(const sg_call *call) {
  const slice_fill_options *options = call->options;
  int64_t element; // of any dtype
  sg_number_fill(sg_tensor_dtype(call->outputs[0]), &element, 1, options->value);
  sg_range_copy(call, &element);
}

#define FILL(number, ...) SG_WITH(slice_fill_options, .value = number, __VA_ARGS__)

const sg_op op_slice_fill_ = {
    SG_COMPUTED(slice_fill_, prepare, forward, NULL),
    SG_WORDS("Writes one number into a range of every dimension of a tensor, in its dtype.",
             "x[start1 + i step1, start2 + j step2, ...] = value"),
    .inputs = SG_PORTS({"x", SG_ANY_DTYPE, "what is written"}),
    .outputs = SG_PORTS({"x", SG_WRITTEN, "x itself"}),
    SG_OPTIONS(slice_fill_options, SG_CONSTANT(slice_fill_options, .start = {0}),
               SG_OPTION(slice_fill_options, value, NUMBER, "of every element", SG_REQUIRED),
               SG_RANGE_OPTIONS(slice_fill_options)),
    .plan_bytes = sizeof(range_copy),
    .samples = SG_SAMPLES(
        {"column", SG_ON(SG_VALUES(SG_NUMBERS(1, 2, 3, 4, 5, 6), SG_DIMS(2, 3))),
         FILL(SG_WHOLE(7), .start = SG_DIMS(0, 1), .stop = SG_DIMS(2, 2)), SG_GIVES(1, 7, 3, 4, 7, 6)},
        {"steps", SG_ON(SG_RANDN(5, 4, 2)),
         FILL(SG_WHOLE(-2), .start = SG_DIMS(1, -3), .stop = SG_DIMS(5, -1), .step = SG_DIMS(2, 2))},
        {"all of it", SG_ON(SG_RANDN(3, 2)), FILL(SG_WHOLE(7)), SG_GIVES(7, 7, 7, 7, 7, 7)},
        {"nothing", SG_ON(SG_RANDN(3, 2)), FILL(SG_WHOLE(7), .start = SG_DIMS(0, 2), .stop = SG_DIMS(3, 1))},
        {"scalar", SG_ON(SG_NORMAL(0, 1, SG_SCALAR)), FILL(SG_WHOLE(7)), SG_GIVES(7)},
        {"empty", SG_ON(SG_RANDN(0, 2)), FILL(SG_WHOLE(7))},
        {"a large integer", SG_ON(SG_INDICES(3, SG_DIMS(3))),
         FILL(SG_WHOLE(INT64_C(9007199254740993)), .start = SG_DIMS(1))},
        {"bytes", SG_ON(SG_BYTES(0, 9, SG_DIMS(3))), FILL(SG_WHOLE(255), .stop = SG_DIMS(1))},
        {"a mask", SG_ON(SG_MASK(SG_DIMS(4))), FILL(SG_REAL(0.5), .step = SG_DIMS(2))}),
    .bad_samples = SG_SAMPLES(
        {"no integer", SG_ON(SG_INDICES(3, SG_DIMS(2))), FILL(SG_REAL(2.5)),
         .error = "an i64 tensor cannot hold the value 2.5"},
        {"NaN", SG_ON(SG_MASK(SG_DIMS(2))), FILL(SG_REAL((double)NAN)), .error = "cannot hold the value nan"},
        {"too many", SG_ON(SG_RANDN(3)), FILL(SG_WHOLE(0), .start = SG_DIMS(0, 1)),
         .error = "start has 2 values for the 1 dimensions"}),
};

sg_status sg_slice_fill_(sg_context *context, sg_tensor *x, sg_number value, const sg_slice_options *range) {
  slice_fill_options options = {.value = value};
  if (range) memcpy(&options, range, sizeof *range);
  sg_apply_one(context, &op_slice_fill_, 1, &x, &options);
  return sg_error_status(context);
}
