// SPDX-License-Identifier: GPL-3.0-or-later
//
// x multiplied by itself n times, by squaring: x^13 = x^8 x^4 x.
#include "ops/ops.h"

typedef struct matrix_power_options {
  int64_t n;
} matrix_power_options;

static const matrix_power_options defaults = {1};

static sg_status prepare(sg_plan *plan) {
  const sg_shape *x = sg_plan_shape(plan, 0);
  if (x->rank >= 2 && x->size[x->rank - 1] == x->size[x->rank - 2]) return SG_OK;
  return sg_reject(plan, "x has shape %s, expected square matrices (..., n, n)", sg_shape_text(x).text);
}

// x^0; with the history of x, as a power with derivative 0.
static sg_tensor *identity(sg_context *c, sg_tensor *x) {
  const sg_shape *shape = sg_tensor_shape(x);
  const int64_t n = shape->size[shape->rank - 1];
  sg_tensor *zero = sg_scalar_like(c, x, 0);
  return sg_add(c, sg_where(c, zero, x, zero), sg_eye(c, sg_tensor_dtype(x), n, n));
}

static void compose(const sg_call *call, sg_tensor **outputs) {
  sg_context *c = call->context;
  const matrix_power_options *options = call->options;
  sg_tensor *square = call->inputs[0], *power = NULL;
  for (int64_t n = options->n; n > 0 && !sg_error_status(c); n /= 2) {
    if (n % 2 == 1) power = power ? sg_matmul(c, power, square) : square;
    if (n > 1) square = sg_matmul(c, square, square);
  }
  if (options->n == 0) power = identity(c, call->inputs[0]);
  outputs[0] = power == call->inputs[0] ? sg_reshape(c, power, sg_tensor_shape(power)) : power;
}

const sg_op op_matrix_power = {
    SG_COMPOSED(matrix_power, prepare, compose),
    SG_WORDS("Square matrices multiplied by themselves.", "y = x x ... x, n times",
             "Knuth, The Art of Computer Programming 2, section 4.6.3"),
    .cost = "2 log n products of matrices for the power n",
    .inputs = SG_PORTS({"x", 0, "(..., n, n)"}),
    .outputs = SG_PORTS({"y", 0, "the shape of x"}),
    SG_OPTIONS(matrix_power_options, &defaults,
               SG_OPTION(matrix_power_options, n, INT, "the exponent, 0 or more", SG_REQUIRED | SG_AT_LEAST, 0)),
    .samples = SG_SAMPLES({"cube", SG_ON(SG_RANDN(3, 3)), SG_WITH(matrix_power_options, 3)},
                          {"itself", SG_ON(SG_RANDN(2, 2)), SG_WITH(matrix_power_options, 1)},
                          {"identity", SG_ON(SG_RANDN(2, 2, 2)), SG_WITH(matrix_power_options, 0)},
                          {"batch", SG_ON(SG_NORMAL(0, 0.7, SG_DIMS(2, 2, 2))), SG_WITH(matrix_power_options, 6)},
                          {"by hand", SG_ON(SG_VALUES(SG_NUMBERS(1, 1, 1, 2), SG_DIMS(2, 2))),
                           SG_WITH(matrix_power_options, 3), SG_GIVES(5, 8, 8, 13)}),
    .bad_samples =
        SG_SAMPLES({"not square", SG_ON(SG_RANDN(2, 3)), SG_WITH(matrix_power_options, 2),
                    .error = "x has shape [2, 3], expected square matrices (..., n, n)"},
                   {"negative", SG_ON(SG_RANDN(2, 2)), SG_WITH(matrix_power_options, -1), .error = "n is -1"}),
};

sg_tensor *sg_matrix_power(sg_context *context, sg_tensor *x, int64_t n) {
  return sg_apply_one(context, &op_matrix_power, 1, &x, &(matrix_power_options){n});
}
