// SPDX-License-Identifier: GPL-3.0-or-later
//
// Counted in whole numbers; a place is worked out in double whatever x is.
#include <math.h>
#include <string.h>

#include "ops/ops.h"
#include "ops/reduce/reduce.h"

static const sg_histc_options defaults = {.bins = 100};

typedef struct range {
  double low, high;
} range;

static double element(const sg_tensor *x, int64_t i) {
  return sg_tensor_dtype(x) == SG_F32 ? (double)((const float *)sg_tensor_data(x))[i]
                                      : ((const double *)sg_tensor_data(x))[i];
}

// That of the options, or where they name none that of x; of equal ends one wider by 1 on both sides.
static range range_of(const sg_call *call) {
  const sg_histc_options *o = call->options;
  const sg_tensor *x = call->inputs[0];
  range r = {o->min, o->max};
  if (o->min == o->max && sg_tensor_elements(x) > 0) {
    r = (range){HUGE_VAL, -HUGE_VAL};
    for (int64_t i = 0; i < sg_tensor_elements(x); i++) {
      const double value = element(x, i);
      if (!isfinite(value)) return (range){value, value};
      r.low = value < r.low ? value : r.low;
      r.high = value > r.high ? value : r.high;
    }
  }
  return r.low == r.high ? (range){r.low - 1, r.high + 1} : r;
}

static sg_status prepare(sg_plan *plan) {
  const sg_histc_options *o = plan->options;
  if (o->max < o->min) return sg_reject(plan, "min is %g, above max, %g", o->min, o->max);
  plan->output_shape[0] = (sg_shape)SG_DIMS(o->bins);
  plan->scratch_bytes = (size_t)o->bins * sizeof(int64_t);
  return SG_OK;
}

static sg_status check(const sg_call *call) {
  const range r = range_of(call);
  if (isfinite(r.high - r.low)) return SG_OK;
  return sg_refuse(call, "the range from %g to %g is not finite", r.low, r.high);
}

static void forward(const sg_call *call) {
  const sg_histc_options *o = call->options;
  const range r = range_of(call);
  const double scale = (double)o->bins / (r.high - r.low);
  int64_t *count = call->scratch;
  memset(count, 0, (size_t)o->bins * sizeof *count);
  for (int64_t i = 0; i < sg_tensor_elements(call->inputs[0]); i++) {
    const double value = element(call->inputs[0], i);
    if (!(value >= r.low && value <= r.high)) continue;
    const int64_t place = (int64_t)((value - r.low) * scale);
    count[place < o->bins ? place : o->bins - 1]++;
  }
  void *y = sg_output_data(call->outputs[0]);
  for (int64_t k = 0; k < o->bins; k++) {
    if (call->dtype == SG_F32)
      ((float *)y)[k] = (float)count[k];
    else
      ((double *)y)[k] = (double)count[k];
  }
}

#define BETWEEN(...) SG_WITH(sg_histc_options, __VA_ARGS__)

const sg_op op_histc = {
    SG_COMPUTED(histc, prepare, forward, NULL),
    SG_WORDS(
        "How many elements lie in each of some intervals of equal width.",
        "y_k = how many x lie in [min + (k - 1) w, min + k w), w = (max - min) / bins; max is in the last one,\n"
        "what is outside, or NaN, in none"),
    .inputs = SG_PORTS({"x", SG_UNDIFFERENTIABLE, "tensor of any shape"}),
    .outputs = SG_PORTS({"y", SG_STEP, "the numbers, in the dtype of x"}),
    SG_OPTIONS(sg_histc_options, &defaults,
               SG_OPTION(sg_histc_options, bins, INT, "how many intervals", SG_AT_LEAST, 1),
               SG_OPTION(sg_histc_options, min, FLOAT, "where the first one begins"),
               SG_OPTION(sg_histc_options, max, FLOAT, "where the last one ends; equal to min: both those of x")),
    .check = check,
    .samples = SG_SAMPLES(
        {"by hand", SG_ON(SG_VECTOR(0, 1.25, 2.5, 2.75, 3, 9)), BETWEEN(4, 0, 4), SG_GIVES(1, 1, 2, 1)},
        {"the range of x", SG_ON(SG_VECTOR(1, 2, 1, 3)), BETWEEN(4, 0, 0), SG_GIVES(2, 0, 1, 1)},
        {"matrix", SG_ON(SG_RANDN(10, 7)), BETWEEN(5, -1.5, 2)}, {"many", SG_ON(SG_RANDN(300)), BETWEEN(7, 0, 0)},
        {"one value", SG_ON(SG_VECTOR(3, 3)), BETWEEN(3, 0, 0), SG_GIVES(0, 2, 0)},
        {"scalar", SG_ON(SG_NORMAL(0, 1, SG_SCALAR)), BETWEEN(2, -8, 8)},
        {"empty", SG_ON(SG_RANDN(0)), BETWEEN(2, 0, 0), SG_GIVES(0, 0)}),
    .bad_samples =
        SG_SAMPLES({"order", SG_ON(SG_RANDN(2)), BETWEEN(2, 1, 0), .error = "min is 1, above max, 0"},
                   {"infinite", SG_ON(SG_VECTOR(0, HUGE_VAL)), BETWEEN(2, 0, 0), .error = "is not finite"},
                   {"infinite range", SG_ON(SG_RANDN(2)), BETWEEN(2, 0, HUGE_VAL), .error = "is not finite"}),
};

sg_tensor *sg_histc(sg_context *context, sg_tensor *x, const sg_histc_options *options) {
  return sg_apply_one(context, &op_histc, 1, &x, options);
}
