// SPDX-License-Identifier: GPL-3.0-or-later
#include "ops/nn/softmax_layout.h"

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
