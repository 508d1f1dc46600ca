// SPDX-License-Identifier: GPL-3.0-or-later
//
// y = x + value tensor1 / tensor2.  d_x = d_y, d_tensor1 = d_y value / tensor2, and the divisor's is that of div.
#include "ops/elementwise/ternary.h"

typedef struct addcdiv_options {
  double value;
} addcdiv_options;

static const addcdiv_options defaults = {1};

static sg_tensor *scaled(const sg_triple *t) {
  return sg_mul_scalar(t->context, t->d_y, ((const addcdiv_options *)t->options)->value);
}
static sg_tensor *d_1(const sg_triple *t) { return sg_div(t->context, scaled(t), t->c); }
static sg_tensor *d_2(const sg_triple *t) { return sg_div_derivative(t->context, scaled(t), t->b, t->c, 1); }

const sg_op op_addcdiv = {
    SG_TERNARY(addcdiv, {NULL, 0}, {d_1, SG_READS_C}, {d_2, SG_READS_B | SG_READS_C}),
    SG_WORDS("A tensor and a scaled quotient of two.", "y = x + value * tensor1 / tensor2",
             "PyTorch, torch.addcdiv"),
    .inputs = SG_PORTS({"x", SG_SAME_PLACE, "tensor of any shape"},
                       {"tensor1", SG_SAME_PLACE, "tensor whose shape broadcasts with that of x"},
                       {"tensor2", SG_SAME_PLACE, "the divisor; broadcasts with them"}),
    SG_OPTIONS(addcdiv_options, &defaults, SG_OPTION(addcdiv_options, value, FLOAT, "factor of the quotient")),
    .domain = {0.5, 2},
    .samples = SG_SAMPLES({"by hand", SG_ON(SG_VECTOR(1, 2), SG_VECTOR(3, -2), SG_VECTOR(4, 5)),
                           SG_WITH(addcdiv_options, 2), SG_GIVES(2.5, 1.2)}),
};

sg_tensor *sg_addcdiv(sg_context *context, sg_tensor *x, sg_tensor *tensor1, sg_tensor *tensor2, double value) {
  return sg_apply_one(context, &op_addcdiv, 3, (sg_tensor *[]){x, tensor1, tensor2}, &(addcdiv_options){value});
}
