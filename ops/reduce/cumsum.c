// SPDX-License-Identifier: GPL-3.0-or-later
//
// The adjoint runs the other way.
#include "ops/ops.h"
#include "ops/reduce/scan.h"

static void vjp(const sg_call *call) {
  const sg_scan_options *o = call->options;
  call->d_inputs[0] = sg_cumsum(call->context, call->d_outputs[0], o->dim, !o->reverse);
}

const sg_op op_cumsum = {
    SG_SCAN(cumsum, SCAN_SUM),
    SG_WORDS("Sums what came so far along a dimension; the error does not grow with the number of terms.",
             "y_i = x_1 + x_2 + ... + x_i",
             "Knuth, The Art of Computer Programming 2, 4.2.2, for what an addition in f64 rounds away"),
    .inputs = SG_PORTS({"x", SG_NUMERIC, "tensor of any shape and dtype"}),
    .outputs = SG_PORTS({"y", 0, "the sums; of integers and bools i64, modulo 2^64"}),
    .vjp = vjp,
    .samples = SG_SAMPLES(
        {"by hand", SG_ON(SG_VECTOR(1, -2, 4, 0.5)), SG_ALONG(0, false), SG_GIVES(1, -1, 3, 3.5)},
        {"by hand, from the end", SG_ON(SG_VECTOR(1, -2, 4, 0.5)), SG_ALONG(0, true), SG_GIVES(3.5, 2.5, 4.5, 0.5)},
        {"integers", SG_ON(SG_RANDINT(0x1p53, 0x1p53 + 4, SG_DIMS(3, 5))), SG_ALONG(1, false)},
        {"bytes, columns", SG_ON(SG_BYTES(100, 256, SG_DIMS(7, 3))), SG_ALONG(0, true)},
        {"mask", SG_ON(SG_MASK(SG_DIMS(3, 50))), SG_ALONG(-1, false)}),
};

sg_tensor *sg_cumsum(sg_context *context, sg_tensor *x, int64_t dim, bool reverse) {
  return sg_scan_apply(context, &op_cumsum, x, dim, reverse);
}
