// SPDX-License-Identifier: GPL-3.0-or-later
//
// What pools read of their options, and the means.
#include "ops/nn/pool.h"
#include "ops/ops.h"

#define OP(name) extern const sg_op op_##name;
#include "ops/op_list.h"
#undef OP

sg_status sg_pool_check_rank(const sg_plan *plan, int spatial) {
  const sg_shape *x = sg_plan_shape(plan, 0);
  if (x->rank == 1 + spatial || x->rank == 2 + spatial) return SG_OK;
  return sg_reject(plan, "x has shape %s, expected %s", sg_shape_text(x).text, sg_op_inputs(plan->op)[0].doc);
}

bool sg_pool_read_windows(const sg_plan *plan, int spatial, const sg_ints *kernel_size, const sg_ints *stride,
                          windows *w) {
  *w = (windows){.dilation = {1, 1, 1}};
  sg_windows_last(sg_plan_shape(plan, 0), spatial, w->in);
  return sg_windows_list(plan, "kernel_size", kernel_size, spatial, 1, w->kernel) &&
         sg_windows_list(plan, "stride", stride->count > 0 ? stride : kernel_size, spatial, 1, w->stride);
}

sg_status sg_pool_fit_windows(const sg_plan *plan, int spatial, bool ceil_mode, windows *w) {
  const sg_shape *x = sg_plan_shape(plan, 0);
  bool fits = true;
  for (int d = 0; d < SPATIAL; d++) {
    if (w->in[d] > INT32_MAX)
      return sg_reject(plan, "x has shape %s: images are limited to %d pixels a side", sg_shape_text(x).text,
                       INT32_MAX);
    if (w->padding[d] > w->kernel[d] / 2)
      return sg_reject(plan, "padding %s is more than half of kernel_size %s",
                       sg_windows_text(w->padding, spatial).text, sg_windows_text(w->kernel, spatial).text);
    w->out[d] = sg_windows_pooled(w, d, ceil_mode);
    fits &= w->out[d] > 0 && w->in[d] > 0;
  }
  if (fits) return SG_OK;
  return sg_reject(plan, "kernel_size %s with dilation %s and padding %s does not fit into x %s",
                   sg_windows_text(w->kernel, spatial).text, sg_windows_text(w->dilation, spatial).text,
                   sg_windows_text(w->padding, spatial).text, sg_shape_text(x).text);
}

sg_status sg_pool_read_output_size(const sg_plan *plan, int spatial, int64_t extents[SPATIAL]) {
  const sg_adaptive_pool_options *o = plan->options;
  const sg_shape *x = sg_plan_shape(plan, 0);
  int64_t in[SPATIAL];
  sg_windows_last(x, spatial, in);
  if (!sg_windows_list(plan, "output_size", &o->output_size, spatial, 1, extents))
    return sg_error_status(plan->context);
  for (int d = 0; d < SPATIAL; d++) {
    if (in[d] < 1 || in[d] > INT32_MAX)
      return sg_reject(plan, "x has shape %s, expected 1 to %d pixels a side", sg_shape_text(x).text, INT32_MAX);
    if (extents[d] == -1) extents[d] = in[d];
    if (extents[d] == 0)
      return sg_reject(plan, "output_size is %s, expected extents of at least 1, or -1",
                       sg_windows_text(extents, spatial).text);
  }
  return SG_OK;
}

// ---- Means ------------------------------------------------------------------------------------------

sg_status sg_avg_pool_describe(sg_plan *plan, sg_resampling *r) {
  const sg_avg_pool_options *o = plan->options;
  const int spatial = r->spatial;
  windows w;
  if (sg_pool_check_rank(plan, spatial) || !sg_pool_read_windows(plan, spatial, &o->kernel_size, &o->stride, &w) ||
      !sg_windows_list(plan, "padding", &o->padding, spatial, 0, w.padding) ||
      sg_pool_fit_windows(plan, spatial, o->ceil_mode, &w))
    return sg_error_status(plan->context);
  *r = (sg_resampling){.kind = SG_RESAMPLING_WINDOWS,
                       .spatial = spatial,
                       .include_padding = o->count_include_pad,
                       .divisor = o->divisor_override};
  for (int d = 0; d < SPATIAL; d++) {
    r->fine[d] = w.in[d];
    r->coarse[d] = w.out[d];
    r->kernel[d] = w.kernel[d];
    r->stride[d] = w.stride[d];
    r->padding[d] = w.padding[d];
  }
  return SG_OK;
}

sg_status sg_adaptive_avg_pool_describe(sg_plan *plan, sg_resampling *r) {
  r->kind = SG_RESAMPLING_AREA;
  if (sg_pool_check_rank(plan, r->spatial)) return sg_error_status(plan->context);
  sg_windows_last(sg_plan_shape(plan, 0), r->spatial, r->fine);
  return sg_pool_read_output_size(plan, r->spatial, r->coarse);
}

sg_tensor *sg_avg_pool(sg_context *context, int spatial, sg_tensor *x, const sg_avg_pool_options *options) {
  static const sg_op *const pools[SPATIAL] = {&op_avg_pool1d, &op_avg_pool2d, &op_avg_pool3d};
  return sg_apply_one(context, pools[spatial - 1], 1, &x, options);
}

sg_tensor *sg_adaptive_avg_pool(sg_context *context, int spatial, sg_tensor *x, const sg_ints *output_size) {
  static const sg_op *const pools[SPATIAL] = {&op_adaptive_avg_pool1d, &op_adaptive_avg_pool2d,
                                              &op_adaptive_avg_pool3d};
  return sg_apply_one(context, pools[spatial - 1], 1, &x, &(sg_adaptive_pool_options){.output_size = *output_size});
}
