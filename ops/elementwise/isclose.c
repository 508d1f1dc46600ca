// SPDX-License-Identifier: GPL-3.0-or-later
//
// |a - b| <= atol + rtol |b|, or a = b, which infinities may be; not symmetric. Integers are compared in f64, and
// equal ones exactly.
#include "ops/ops.h"

#include <math.h>

static const sg_isclose_options defaults = {1e-5, 1e-8, false};

static sg_tensor *floating(sg_context *c, sg_tensor *x) {
  return sg_dtype_is_floating(sg_tensor_dtype(x)) ? x : sg_to(c, x, SG_F64);
}

static void compose(const sg_call *call, sg_tensor **outputs) {
  sg_context *c = call->context;
  const sg_isclose_options *options = call->options;
  sg_tensor *a = call->inputs[0], *b = call->inputs[1], *equal = sg_eq(c, a, b);
  a = floating(c, a);
  b = floating(c, b);
  if (sg_error_status(c)) return;
  sg_tensor *distance = sg_abs(c, sg_sub(c, a, b));
  sg_tensor *allowed = sg_add_scalar(c, sg_mul_scalar(c, sg_abs(c, b), options->rtol), options->atol);
  sg_tensor *near = sg_logical_and(c, sg_isfinite(c, distance), sg_le(c, distance, allowed));
  outputs[0] = sg_logical_or(c, equal, near);
  if (options->equal_nan)
    outputs[0] = sg_logical_or(c, outputs[0], sg_logical_and(c, sg_isnan(c, a), sg_isnan(c, b)));
}

const sg_op op_isclose = {
    SG_COMPOSED(isclose, NULL, compose),
    SG_WORDS("Whether elements of two tensors are close, by the size of those of b.",
             "y = |a - b| <= atol + rtol |b|", "PyTorch, torch.isclose"),
    .inputs = SG_PORTS({"a", SG_NUMERIC, "any shape"}, {"b", SG_NUMERIC, "broadcasts with a"}),
    .outputs = SG_PORTS({"y", SG_STEP | SG_ANY_DTYPE, "bools, in the broadcast shape"}),
    SG_OPTIONS(sg_isclose_options, &defaults,
               SG_OPTION(sg_isclose_options, rtol, FLOAT, "allowed, by |b|; default 1e-5", SG_AT_LEAST, 0),
               SG_OPTION(sg_isclose_options, atol, FLOAT, "allowed beside it; default 1e-8", SG_AT_LEAST, 0),
               SG_OPTION(sg_isclose_options, equal_nan, BOOL, "NaN is close to NaN; default false")),
    .samples =
        SG_SAMPLES({"by hand",
                    SG_ON(SG_VECTOR(1, 1, HUGE_VAL, HUGE_VAL, (double)NAN, 0),
                          SG_VECTOR(1.000009, 1.00002, HUGE_VAL, 1, (double)NAN, 2e-8)),
                    SG_GIVES(1, 0, 1, 0, 0, 0)},
                   {"NaN", SG_ON(SG_VECTOR((double)NAN, 1), SG_VECTOR((double)NAN, (double)NAN)),
                    SG_WITH(sg_isclose_options, 0, 0, true), SG_GIVES(1, 0)},
                   {"integers",
                    SG_ON(SG_VALUES_OF(SG_I64, SG_NUMBERS(100, 100), SG_DIMS(2)),
                          SG_VALUES_OF(SG_I64, SG_NUMBERS(101, 102), SG_DIMS(2))),
                    SG_WITH(sg_isclose_options, 0.02, 0, false), SG_GIVES(1, 1)},
                   {"broadcast", SG_ON(SG_RANDN(2, 3), SG_RANDN(3)), SG_WITH(sg_isclose_options, 0.5, 0.5, false)},
                   {"empty", SG_ON(SG_RANDN(0), SG_RANDN(1))}),
    .bad_samples = SG_SAMPLES({"shapes", SG_ON(SG_RANDN(2), SG_RANDN(3)), .error = "do not broadcast"},
                              {"tolerance", SG_ON(SG_RANDN(2), SG_RANDN(2)),
                               SG_WITH(sg_isclose_options, -1, 0, false), .error = "rtol is -1"}),
};

sg_tensor *sg_isclose(sg_context *context, sg_tensor *a, sg_tensor *b, const sg_isclose_options *options) {
  return sg_apply_one(context, &op_isclose, 2, (sg_tensor *[]){a, b}, options);
}
