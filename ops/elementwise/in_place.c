// SPDX-License-Identifier: GPL-3.0-or-later
#include "ops/elementwise/in_place.h"
#include "autograd/custom.h"
#include "ops/ops.h"
#include "ops/rows.h"
#include "ops/select_kernels.h"

static sg_status check(sg_context *context, const char *name, sg_tensor *target, const sg_tensor *source) {
  if (sg_error_status(context)) return sg_error_status(context);
  if (!target || !source)
    return sg_error(context, SG_INVALID_ARGUMENT, "%s: %s is missing", name, target ? "source" : "target");
  if (sg_tensor_context(target) != context || sg_tensor_context(source) != context)
    return sg_error(context, SG_INVALID_ARGUMENT, "%s: a tensor belongs to another context", name);
  sg_dtype dtype = sg_tensor_dtype(target), given = sg_tensor_dtype(source);
  if (!sg_dtype_is_floating(dtype))
    return sg_error(context, SG_INVALID_ARGUMENT, "%s: target has dtype %s, expected f32 or f64", name,
                    sg_dtype_name(dtype));
  if (given != dtype)
    return sg_error(context, SG_INVALID_ARGUMENT, "%s: source has dtype %s, expected %s", name,
                    sg_dtype_name(given), sg_dtype_name(dtype));
  if (sg_tensor_requires_grad(source) && sg_grad_enabled(context))
    return sg_error(context, SG_INVALID_STATE,
                    "%s: the source requires a gradient, which an in-place write would lose; detach it first",
                    name);
  const sg_shape *to = sg_tensor_shape(target), *from = sg_tensor_shape(source);
  sg_shape both;
  if (!sg_shape_broadcast(to, from, &both) || !sg_shape_equal(to, &both))
    return sg_error(context, SG_INVALID_ARGUMENT,
                    "%s: source has shape %s, which does not broadcast to the target's %s", name,
                    sg_shape_text(from).text, sg_shape_text(to).text);
  return sg_tensor_may_receive(target, source, name);
}

// Whether writing the target would change elements of the source that are still to be read. Elements that stand in
// the same place are read before they are written.
static bool disturbs(const sg_tensor *target, const sg_tensor *source) {
  const char *t = sg_tensor_data(target), *s = sg_tensor_data(source);
  if (t == s && sg_shape_equal(sg_tensor_shape(target), sg_tensor_shape(source))) return false;
  return t < s + sg_tensor_bytes(source) && s < t + sg_tensor_bytes(target);
}

static sg_status update(sg_context *context, const char *name, sg_tensor *target, sg_tensor *source, double alpha,
                        sg_row_name row) {
  if (check(context, name, target, source)) return sg_error_status(context);
  sg_scope scope = sg_scope_open(context);
  if (disturbs(target, source)) source = sg_tensor_copy(context, source);
  if (source && sg_tensor_write(target, name)) {
    sg_rows_layout layout;
    const sg_shape *operands[] = {sg_tensor_shape(target), sg_tensor_shape(source)};
    sg_rows_lay_out(&layout, operands[0], 2, operands);
    sg_rows_run(
        context, sg_row_for(context, sg_tensor_dtype(target), row),
        &(sg_rows){.layout = &layout, .operand = {target, source}, .result = {target}, .parameter = &alpha});
  }
  sg_scope_close(context, scope);
  return sg_error_status(context);
}

sg_status sg_add_in_place(sg_context *context, sg_tensor *target, sg_tensor *source, double alpha) {
  return update(context, "add_", target, source, alpha, sg_row_add_scaled);
}

sg_status sg_mul_in_place(sg_context *context, sg_tensor *target, sg_tensor *source) {
  return update(context, "mul_", target, source, 1, sg_row_mul);
}

sg_status sg_div_in_place(sg_context *context, sg_tensor *target, sg_tensor *source) {
  return update(context, "div_", target, source, 1, sg_row_div);
}

sg_status sg_scale_in_place(sg_context *context, sg_tensor *target, double factor) {
  sg_scope scope = sg_scope_open(context);
  sg_status status = sg_mul_in_place(context, target, sg_scalar_like(context, target, factor));
  sg_scope_close(context, scope);
  return status;
}
