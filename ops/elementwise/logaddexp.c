// SPDX-License-Identifier: GPL-3.0-or-later
//
// log(exp(a) + exp(b)) = m + log(1 + exp(-|a - b|)), m the larger one, which overflows nowhere.
// d_a = d_y sigmoid(a - b), d_b = d_y sigmoid(b - a).
#include "ops/elementwise/binary.h"

static sg_tensor *share(const sg_pair *p, sg_tensor *a, sg_tensor *b) {
  return sg_mul(p->context, p->d_y, sg_sigmoid(p->context, sg_sub(p->context, a, b)));
}
static sg_tensor *d_a(const sg_pair *p) { return share(p, p->a, p->b); }
static sg_tensor *d_b(const sg_pair *p) { return share(p, p->b, p->a); }

const sg_op op_logaddexp = {
    SG_BINARY(logaddexp, .d_a = {d_a, SG_READS_A | SG_READS_B}, .d_b = {d_b, SG_READS_A | SG_READS_B}),
    SG_WORDS("The logarithm of the sum of exponentials.", "y = log(exp(a) + exp(b))", "PyTorch, torch.logaddexp"),
    .samples = SG_SAMPLES({"by hand", SG_ON(SG_VECTOR(0, 1000, -1000), SG_VECTOR(0, 1000, 5)),
                           SG_GIVES(0.69314718055994530942, 1000.69314718055994530942, 5)},
                          {"wide", SG_ON(SG_NORMAL(0, 5, SG_DIMS(3, 4)), SG_NORMAL(0, 5, SG_DIMS(3, 4)))}),
};

sg_tensor *sg_logaddexp(sg_context *context, sg_tensor *a, sg_tensor *b) {
  return sg_apply_one(context, &op_logaddexp, 2, (sg_tensor *[]){a, b}, NULL);
}
