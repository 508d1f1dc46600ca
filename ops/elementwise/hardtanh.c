// SPDX-License-Identifier: GPL-3.0-or-later
//
// min(max(x, min_val), max_val).  d_x = d_y in between, 0 beyond and at the bounds themselves. Where min_val >=
// max_val, y is max_val everywhere, and d_x is 0.
#include "ops/elementwise/unary.h"

typedef struct hardtanh_options {
  double min_val, max_val;
} hardtanh_options;

static const hardtanh_options defaults = {-1, 1};

static sg_tensor *d_x(const sg_single *s) {
  const hardtanh_options *options = s->options;
  return sg_within(s->context, s->d_y, s->x, options->min_val, options->max_val);
}

const sg_op op_hardtanh = {
    SG_FUSED_UNARY(hardtanh, .d_x = {d_x, SG_READS_X}),
    SG_WORDS("Limits every element to [min_val, max_val].", "y = min(max(x, min_val), max_val)",
             "Collobert 2004; PyTorch, torch.nn.functional.hardtanh"),
    .subgradient = "0 at the bounds",
    SG_OPTIONS(hardtanh_options, &defaults, SG_OPTION(hardtanh_options, min_val, FLOAT, "lower bound"),
               SG_OPTION(hardtanh_options, max_val, FLOAT, "upper bound")),
    .samples = SG_SAMPLES(
        {"by hand", SG_ON(SG_VECTOR(3, -2, 0.5)), SG_GIVES(1, -1, 0.5)},
        {"other bounds", SG_ON(SG_DISTINCT(-2, 2.1, SG_DIMS(3, 4))), SG_WITH(hardtanh_options, -0.5, 1.25)},
        {"bounds crossed", SG_ON(SG_VECTOR(3, -2, 0.5)), SG_WITH(hardtanh_options, 1, -1), SG_GIVES(-1, -1, -1)}),
};

sg_tensor *sg_hardtanh(sg_context *context, sg_tensor *x, double min_val, double max_val) {
  return sg_apply_one(context, &op_hardtanh, 1, &x, &(hardtanh_options){min_val, max_val});
}
