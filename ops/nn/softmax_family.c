// SPDX-License-Identifier: GPL-3.0-or-later
#include "ops/nn/softmax_family.h"
#include "ops/ops.h"
#include "ops/reduce/lines.h"
#include "ops/select_kernels.h"

static sg_status prepare(sg_plan *plan) {
  plan->output_shape[0] = *sg_plan_shape(plan, 0);
  return sg_lines_prepare(plan, ((const sg_softmax_options *)plan->options)->dim, plan->own);
}

int sg_softmax_dimension(const sg_call *call) { return ((const sg_lines *)call->plan)->dimension; }

static void run(const sg_call *call, sg_kernel *kernel, softmax_arguments a) {
  const sg_lines *plan = call->plan;
  a.outer = plan->outer;
  a.count = plan->count;
  a.inner = plan->inner;
  int64_t strips = (a.inner + SOFTMAX_STRIP - 1) / SOFTMAX_STRIP;
  int64_t width = a.inner < SOFTMAX_STRIP ? a.inner : SOFTMAX_STRIP;
  sg_parallel(call->context, a.outer * strips, sg_grain(4 * a.count * width), kernel, &a);
}

static const softmax_kernels *kernels_of(const sg_call *call) {
  return sg_kernels_for(call->context, call->dtype)->softmax;
}

static void forward(const sg_call *call) {
  const sg_softmax_member *member = call->op->member;
  run(call, kernels_of(call)->forward[member->kind],
      (softmax_arguments){.x = sg_tensor_data(call->inputs[0]), .y = sg_output_data(call->outputs[0])});
}

static void backward(const sg_call *call) {
  const sg_softmax_member *member = call->op->member;
  run(call, kernels_of(call)->backward[member->kind],
      (softmax_arguments){.y = (void *)sg_tensor_data(call->outputs[0]),
                          .d_y = sg_tensor_data(call->d_outputs[0]),
                          .d_x = sg_output_data(call->d_inputs[0])});
}

sg_tensor *sg_softmax_largest(sg_context *context, sg_tensor *y, int dimension) {
  return sg_argmax(context, y, &(sg_reduce_options){.dim = {1, {dimension}}, .keepdim = true});
}

// With p = exp(y), m the position apart, and ^ for "with 0 at m",
//
//   dx = g - p sum of g = (g^ - p sum of g^) + g[m] r,   r = -p, at m sum of p^
//
// since 1 - p[m] = sum of p^, which keeps its digits where p[m] has been rounded to 1. All factors are functions of
// y and g, so this holds for derivatives of every order.
sg_tensor *sg_log_softmax_gradient(sg_context *context, sg_tensor *y, sg_tensor *d_y, sg_tensor *position,
                                   int dimension) {
  if (!y || !d_y) return NULL;
  sg_context *c = context;
  sg_tensor *p = sg_exp(c, y);
  sg_shape sums = *sg_tensor_shape(y);
  if (sums.rank == 0 || sg_shape_elements(&sums) == 0) return sg_sub(c, d_y, sg_mul(c, p, d_y));
  sums.size[dimension] = 1;
  sg_dtype dtype = sg_tensor_dtype(y);
  sg_tensor *zero = sg_scalar_like(c, y, 0);
  if (!position) position = sg_softmax_largest(c, y, dimension);
  sg_tensor *apart = sg_scatter_add(c, sg_tensor_full(c, dtype, sg_tensor_shape(y), 0), position,
                                    sg_tensor_full(c, dtype, &sums, 1), dimension);
  sg_tensor *other_p = sg_where(c, apart, zero, p), *other_g = sg_where(c, apart, zero, d_y);
  sg_tensor *r = sg_where(c, apart, sg_sum_to(c, other_p, &sums), sg_neg(c, p));
  sg_tensor *of_others = sg_sub(c, other_g, sg_mul(c, p, sg_sum_to(c, other_g, &sums)));
  return sg_add(c, of_others, sg_mul(c, sg_gather(c, d_y, position, dimension), r));
}

// ---- The family -------------------------------------------------------------------------------------

const sg_op sg_softmax_family = {
    .inputs = SG_PORTS({"x", 0, "any shape"}),
    .outputs = SG_PORTS({"y", 0, "the shape of x"}),
    SG_OPTIONS(sg_softmax_options, SG_CONSTANT(sg_softmax_options, -1),
               SG_OPTION(sg_softmax_options, dim, DIM, "the dimension of the sum; default the last")),
    .save_outputs = 1,
    SG_PLANNED(sg_lines, prepare, forward, NULL),
    .backward = backward,
    .samples = SG_SAMPLES(
        {"rows", SG_ON(SG_NORMAL(0, 2, SG_DIMS(3, 5)))},
        {"columns", SG_ON(SG_NORMAL(0, 2, SG_DIMS(4, 3))), SG_WITH(sg_softmax_options, 0)},
        {"between", SG_ON(SG_NORMAL(0, 2, SG_DIMS(2, 3, 4))), SG_WITH(sg_softmax_options, 1)},
        {"large values", SG_ON(SG_NORMAL(1000, 2, SG_DIMS(2, 3)))},
        {"one value", SG_ON(SG_NORMAL(0, 2, SG_DIMS(3, 1)))}, {"scalar", SG_ON(SG_NORMAL(0, 2, SG_SCALAR))},
        {"empty", SG_ON(SG_NORMAL(0, 2, SG_DIMS(2, 0)))}, {"no rows", SG_ON(SG_NORMAL(0, 2, SG_DIMS(0, 2)))}),
};
