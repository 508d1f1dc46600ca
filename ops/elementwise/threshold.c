// SPDX-License-Identifier: GPL-3.0-or-later
//
// x above the threshold, else value.  d_x = d_y above, else 0.
#include "ops/elementwise/unary.h"

typedef struct threshold_options {
  double threshold, value;
} threshold_options;

static const threshold_options defaults = {0, 0};

static sg_tensor *d_x(const sg_single *s) {
  sg_context *c = s->context;
  sg_tensor *bound = sg_scalar_like(c, s->x, ((const threshold_options *)s->options)->threshold);
  return sg_where(c, sg_le(c, s->x, bound), sg_scalar_like(c, s->x, 0), s->d_y);
}

const sg_op op_threshold = {
    SG_FUSED_UNARY(threshold, .d_x = {d_x, SG_READS_X}),
    SG_WORDS("Sets what is not above a threshold to a value.", "y = x where x > threshold, else value",
             "PyTorch, torch.nn.functional.threshold"),
    .subgradient = "0 at the threshold",
    SG_OPTIONS(threshold_options, &defaults,
               SG_OPTION(threshold_options, threshold, FLOAT, "what x must be above; default 0"),
               SG_OPTION(threshold_options, value, FLOAT, "what it is replaced by; default 0")),
    .samples =
        SG_SAMPLES({"by hand", SG_ON(SG_VECTOR(3, -2, 0.5)), SG_WITH(threshold_options, 1, 7), SG_GIVES(3, 7, 7)},
                   {"negative", SG_ON(SG_DISTINCT(-2, 2.1, SG_DIMS(3, 4))), SG_WITH(threshold_options, -0.5, -3)}),
};

sg_tensor *sg_threshold(sg_context *context, sg_tensor *x, double threshold, double value) {
  return sg_apply_one(context, &op_threshold, 1, &x, &(threshold_options){threshold, value});
}
