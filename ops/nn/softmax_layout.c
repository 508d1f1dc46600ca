// SPDX-License-Identifier: GPL-3.0-or-later
#include "ops/nn/softmax_layout.h"
#include "ops/ops.h"

const sg_softmax_options sg_softmax_defaults = {-1};

static bool is_scalar_dimension(const sg_shape *shape, int64_t dim) {
  return shape->rank == 0 && (dim == 0 || dim == -1);
}

sg_status sg_softmax_prepare(sg_plan *plan) {
  const sg_softmax_options *options = plan->options;
  const sg_shape *x = sg_plan_shape(plan, 0);
  int dimension;
  plan->output_shape[0] = *x;
  if (is_scalar_dimension(x, options->dim)) return SG_OK;
  return sg_plan_dimension(plan, 0, options->dim, &dimension);
}

int sg_softmax_dimension(const sg_call *call, const sg_shape *shape) {
  const sg_softmax_options *options = call->options;
  return shape->rank == 0 ? 0 : sg_shape_dimension(shape, options->dim);
}

void sg_softmax_run(const sg_call *call, const sg_shape *shape, sg_kernel *kernel, softmax_arguments a) {
  int dimension = sg_softmax_dimension(call, shape);
  a.outer = a.count = a.inner = 1;
  for (int i = 0; i < shape->rank; i++) {
    if (i < dimension) a.outer *= shape->size[i];
    if (i == dimension) a.count = shape->size[i];
    if (i > dimension) a.inner *= shape->size[i];
  }
  if (sg_shape_elements(shape) == 0) return;
  int64_t strips = (a.inner + SOFTMAX_STRIP - 1) / SOFTMAX_STRIP;
  int64_t width = a.inner < SOFTMAX_STRIP ? a.inner : SOFTMAX_STRIP;
  sg_parallel(call->context, a.outer * strips, sg_grain(4 * a.count * width), kernel, &a);
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
