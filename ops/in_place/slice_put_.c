// SPDX-License-Identifier: GPL-3.0-or-later
//
// x[start1 + i step1, start2 + j step2, ...] = source[i, j, ...]: what slice would take is written.
#include "autograd/dtype.h"
#include "ops/ops.h"
#include "ops/shape/range.h"

#include <math.h>

enum { X, SOURCE };

typedef struct slice_put_plan {
  range_copy range; // first: what sg_range_copy reads
  bool convert;
} slice_put_plan;

static sg_status prepare(sg_plan *plan) {
  const sg_shape *x = sg_plan_shape(plan, X), *source = sg_plan_shape(plan, SOURCE);
  slice_put_plan *own = plan->own;
  slice_range range;
  sg_shape both;
  if (sg_range_resolve(plan, x, plan->options, &range)) return sg_error_status(plan->context);
  if (!sg_shape_broadcast(&range.shape, source, &both) || !sg_shape_equal(&range.shape, &both))
    return sg_reject(plan, "source has shape %s, which does not broadcast to the range's %s",
                     sg_shape_text(source).text, sg_shape_text(&range.shape).text);
  sg_range_put(x, &range, source, &own->range);
  own->convert =
      own->range.copy.rank > 0 && sg_tensor_dtype(plan->inputs[X]) != sg_tensor_dtype(plan->inputs[SOURCE]);
  if (own->convert)
    plan->scratch_bytes =
        (size_t)sg_tensor_elements(plan->inputs[SOURCE]) * sg_dtype_bytes(sg_tensor_dtype(plan->inputs[X]));
  return SG_OK;
}

static sg_status check(const sg_call *call) {
  const slice_put_plan *plan = call->plan;
  if (!plan->convert) return SG_OK;
  return sg_tensor_check_range(call->inputs[SOURCE], sg_tensor_dtype(call->inputs[X]), call->op->name, "source");
}

static void forward(const sg_call *call) {
  const slice_put_plan *plan = call->plan;
  const sg_tensor *source = call->inputs[SOURCE];
  if (plan->convert) {
    const sg_conversion conversion = {sg_tensor_dtype(call->outputs[0]), sg_tensor_dtype(source), call->scratch,
                                      sg_tensor_data(source)};
    sg_parallel(call->context, sg_tensor_elements(source), sg_grain(1), sg_dtype_convert, &conversion);
  }
  sg_range_copy(call, plan->convert ? call->scratch : sg_tensor_data(source));
}

#define RANGE(...) (&(const sg_slice_options){__VA_ARGS__})

const sg_op op_slice_put_ = {
    SG_COMPUTED(slice_put_, prepare, forward, NULL),
    SG_WORDS("Writes a tensor into a range of every dimension of another one, in its dtype.",
             "x[start1 + i step1, start2 + j step2, ...] = source[i, j, ...]"),
    .inputs = SG_PORTS({"x", SG_ANY_DTYPE, "what is written"},
                       {"source", SG_ANY_DTYPE, "the shape of the range, or one that broadcasts to it"}),
    .outputs = SG_PORTS({"x", SG_WRITTEN, "x itself"}),
    .attributes = sg_range_attributes,
    .options_bytes = sizeof(sg_slice_options),
    .defaults = RANGE(.start = {0}),
    .plan_bytes = sizeof(slice_put_plan),
    .check = check,
    .samples = SG_SAMPLES(
        {"columns",
         SG_ON(SG_VALUES(SG_NUMBERS(1, 2, 3, 4, 5, 6), SG_DIMS(2, 3)), SG_VALUES(SG_NUMBERS(7, 8), SG_DIMS(2, 1))),
         RANGE(.start = SG_DIMS(0, 1)), SG_GIVES(1, 7, 7, 4, 8, 8)},
        {"steps", SG_ON(SG_RANDN(5, 4, 2), SG_RANDN(2, 1, 2)),
         RANGE(.start = SG_DIMS(1, -3), .stop = SG_DIMS(5, -1), .step = SG_DIMS(2, 2))},
        {"one number", SG_ON(SG_RANDN(3, 2), SG_NORMAL(0, 1, SG_SCALAR))},
        {"nothing", SG_ON(SG_RANDN(3, 2), SG_NORMAL(0, 1, SG_SCALAR)),
         RANGE(.start = SG_DIMS(0, 2), .stop = SG_DIMS(3, 1))},
        {"scalar", SG_ON(SG_NORMAL(0, 1, SG_SCALAR), SG_NORMAL(0, 1, SG_SCALAR))},
        {"empty", SG_ON(SG_RANDN(0, 2), SG_RANDN(2))},
        {"integers", SG_ON(SG_INDICES(3, SG_DIMS(3)), SG_VALUES(SG_NUMBERS(-1.75), SG_SCALAR)),
         RANGE(.start = SG_DIMS(1))}),
    .bad_samples =
        SG_SAMPLES({"larger than the range", SG_ON(SG_RANDN(3, 2), SG_RANDN(3, 2)), RANGE(.start = SG_DIMS(1)),
                    .error = "source has shape [3, 2], which does not broadcast to the range's [2, 2]"},
                   {"NaN among integers", SG_ON(SG_INDICES(3, SG_DIMS(2)), SG_VALUES(SG_NUMBERS(NAN), SG_SCALAR)),
                    .error = "holds nan"},
                   {"too many", SG_ON(SG_RANDN(3), SG_NORMAL(0, 1, SG_SCALAR)), RANGE(.start = SG_DIMS(0, 1)),
                    .error = "start has 2 values for the 1 dimensions"}),
};

sg_status sg_slice_put_(sg_context *context, sg_tensor *x, sg_tensor *source, const sg_slice_options *range) {
  sg_apply_one(context, &op_slice_put_, 2, (sg_tensor *[]){x, source}, range);
  return sg_error_status(context);
}
