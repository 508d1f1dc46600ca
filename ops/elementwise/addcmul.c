// SPDX-License-Identifier: GPL-3.0-or-later
//
// y = x + value tensor1 tensor2.  d_x = d_y, and each factor gets d_y value times the other.
#include "ops/elementwise/ternary.h"

typedef struct addcmul_options {
  double value;
} addcmul_options;

static const addcmul_options defaults = {1};

static sg_tensor *scaled(const sg_triple *t) {
  return sg_mul_scalar(t->context, t->d_y, ((const addcmul_options *)t->options)->value);
}
static sg_tensor *d_1(const sg_triple *t) { return sg_mul(t->context, scaled(t), t->c); }
static sg_tensor *d_2(const sg_triple *t) { return sg_mul(t->context, scaled(t), t->b); }

const sg_op op_addcmul = {
    SG_TERNARY(addcmul, {NULL, 0}, {d_1, SG_READS_C}, {d_2, SG_READS_B}),
    SG_WORDS("A tensor and a scaled product of two.", "y = x + value * tensor1 * tensor2",
             "PyTorch, torch.addcmul"),
    .inputs = SG_PORTS({"x", SG_SAME_PLACE, "tensor of any shape"},
                       {"tensor1", SG_SAME_PLACE, "tensor whose shape broadcasts with that of x"},
                       {"tensor2", SG_SAME_PLACE, "the other factor; broadcasts with them"}),
    SG_OPTIONS(addcmul_options, &defaults, SG_OPTION(addcmul_options, value, FLOAT, "factor of the product")),
    .domain = {0.5, 2},
    .samples = SG_SAMPLES({"by hand", SG_ON(SG_VECTOR(1, 2), SG_VECTOR(3, -2), SG_VECTOR(5, 4)),
                           SG_WITH(addcmul_options, 2), SG_GIVES(31, -14)}),
};

sg_tensor *sg_addcmul(sg_context *context, sg_tensor *x, sg_tensor *tensor1, sg_tensor *tensor2, double value) {
  return sg_apply_one(context, &op_addcmul, 3, (sg_tensor *[]){x, tensor1, tensor2}, &(addcmul_options){value});
}
