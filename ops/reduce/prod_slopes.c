// SPDX-License-Identifier: GPL-3.0-or-later
//
// y_i = the product of all x_j but x_i. Factors that are 0, infinite or NaN are counted and not divided by, the
// others are divided by, in f64 and with their exponents apart.
//
// For cotangents g, with A_k the product of all x before x_k, and A'_k what g adds to A_k by one factor,
//
//   A'_k = sum over i < k of g_i (product of x_j, j < k, j not i),   A'_{k+1} = x_k A'_k + g_k A_k
//
// and B, B' the same from the end, d_x_k = A'_k B_k + A_k B'_k: nothing is divided by in derivatives of any order.
// They are taken in f64, as A and B may leave the range of f32 where their product does not.
#include "ops/ops.h"
#include "ops/reduce/reduction.h"
#include "ops/reduce/scan.h"

static sg_status prepare(sg_plan *plan) {
  if (sg_reduction_prepare(plan, &((const sg_group_options *)plan->options)->dim, true))
    return sg_error_status(plan->context);
  plan->output_shape[0] = *sg_plan_shape(plan, 0);
  plan->scratch_bytes = sg_reduction_product_scratch(&((const sg_reduction_plan *)plan->own)->layout);
  return SG_OK;
}

static void forward(const sg_call *call) {
  sg_reduction_others(call->context, call->dtype, &((const sg_reduction_plan *)call->plan)->layout,
                      sg_input_data(call, 0), NULL, sg_output_data(call->outputs[0]), call->scratch);
}

typedef struct one_side {
  sg_tensor *product, *added; // A, A'
} one_side;

static one_side side(sg_context *c, sg_tensor *x, sg_tensor *g, bool reverse) {
  sg_tensor *product = sg_scan_before(c, sg_cumprod(c, x, -1, reverse), 1, -1, reverse);
  sg_tensor *next = sg_linear_recurrence(c, x, sg_mul(c, g, product), -1, reverse);
  return (one_side){product, sg_scan_before(c, next, 0, -1, reverse)};
}

static void vjp(const sg_call *call) {
  sg_context *c = call->context;
  sg_tensor *x = sg_reduction_lines(call, sg_to(c, call->inputs[0], SG_F64));
  sg_tensor *g = sg_reduction_lines(call, sg_to(c, call->d_outputs[0], SG_F64));
  const one_side a = side(c, x, g, false), b = side(c, x, g, true);
  sg_tensor *d_x = sg_add(c, sg_mul(c, a.added, b.product), sg_mul(c, a.product, b.added));
  call->d_inputs[0] = sg_to(c, sg_reduction_unlines(call, d_x), call->dtype);
}

#define SOME_ZEROS SG_VALUES(SG_NUMBERS(2, 0, 3, -0.5, 0, 2, 3, 0, 1.5, -2, -1, 0.5), SG_DIMS(3, 4))

const sg_op op_prod_slopes = {
    SG_PLANNED_OP(prod_slopes, sg_reduction_plan, prepare, forward, vjp),
    SG_WORDS("For each element the product of all others over dimensions: the derivatives of prod.",
             "y_i = product of x_j over dim, j not i",
             "Griewank, Walther, Evaluating Derivatives, 2008, section 3.3"),
    SG_GROUPED("the products, in the shape of x", "dimensions to multiply over; default all"),
    .save_inputs = 1 << 0,
    .domain = {0.5, 1.5},
    .samples = SG_SAMPLES({"by hand", SG_ON(SG_VECTOR(1, -2, 4, 0.5)), SG_GIVES(-4, 2, -1, -8)},
                          {"rows with a zero, two, and none", SG_ON(SOME_ZEROS), SG_GROUP(1),
                           SG_GIVES(0, -3, 0, 0, 0, 0, 0, 0, 1, -0.75, -1.5, 3)},
                          {"zeros, columns", SG_ON(SOME_ZEROS), SG_GROUP(0)},
                          {"columns", SG_ON(SG_DOMAIN(SG_DIMS(5, 3))), SG_GROUP(0)},
                          {"all but the channels", SG_ON(SG_DOMAIN(SG_DIMS(2, 3, 2, 4))), SG_GROUP(0, 2, -1)},
                          {"middle", SG_ON(SG_DOMAIN(SG_DIMS(3, 4, 2))), SG_GROUP(-2)},
                          {"one element", SG_ON(SG_DOMAIN(SG_DIMS(1, 1)))}, {"scalar", SG_ON(SG_DOMAIN(SG_SCALAR))},
                          {"empty", SG_ON(SG_RANDN(0, 2)), SG_GROUP(0)}),
    .bad_samples = SG_SAMPLES({"dimension twice", SG_ON(SG_RANDN(2, 3)), SG_GROUP(1, -1), .error = "named twice"}),
};

sg_tensor *sg_prod_slopes(sg_context *context, sg_tensor *x, const sg_ints *dim) {
  return sg_apply_one(context, &op_prod_slopes, 1, &x, dim ? &(sg_group_options){.dim = *dim} : NULL);
}
