// SPDX-License-Identifier: GPL-3.0-or-later
//
// Calls of the function under test.
#include "autograd/gradcheck/point/op_function.h"

#include <string.h>

static sg_status check_output(point *p, int i, const sg_tensor *output, bool first) {
  const int number = i + sg_index_base(p->context);
  if (!output) return sg_error(p->context, SG_INVALID_ARGUMENT, "gradcheck: output %d is not a tensor", number);
  const sg_dtype dtype = sg_tensor_dtype(output);
  const sg_shape *shape = sg_tensor_shape(output);
  if (!sg_dtype_is_floating(dtype))
    return sg_error(p->context, SG_INVALID_ARGUMENT, "gradcheck: output %d has dtype %s, expected f64", number,
                    sg_dtype_name(dtype));
  if (first) {
    p->output_dtype[i] = dtype;
    p->output_shape[i] = *shape;
  } else if (dtype != p->output_dtype[i] || !sg_shape_equal(shape, &p->output_shape[i])) {
    return sg_error(p->context, SG_INVALID_ARGUMENT,
                    "gradcheck: output %d has shape %s, expected %s %s as in the first call of the function",
                    number, sg_shape_text(shape).text, sg_dtype_name(p->output_dtype[i]),
                    sg_shape_text(&p->output_shape[i]).text);
  }
  return SG_OK;
}

// With no others the integers stay.
static void keep_floating_outputs(int *count, sg_tensor **outputs) {
  int kept = 0;
  for (int i = 0; i < *count; i++)
    if (!outputs[i] || sg_dtype_is_floating(sg_tensor_dtype(outputs[i]))) outputs[kept++] = outputs[i];
  if (kept > 0) *count = kept;
}

sg_status point_take_outputs(point *p, int count, sg_tensor **outputs) {
  const bool first = p->output_count == 0;
  if (count < 1 || count > p->output_limit)
    return sg_error(p->context, SG_INVALID_ARGUMENT, "gradcheck: the function gives %d outputs, expected 1 to %d",
                    count, p->output_limit);
  keep_floating_outputs(&count, outputs);
  if (!first && count != p->output_count)
    return sg_error(p->context, SG_INVALID_ARGUMENT,
                    "gradcheck: the function gives %d outputs, expected %d as in its first call", count,
                    p->output_count);
  for (int i = 0; i < count; i++)
    if (check_output(p, i, outputs[i], first) != SG_OK) return sg_error_status(p->context);
  p->output_count = count;
  return SG_OK;
}

sg_status point_poll(point *p) {
  if (!p->poll || sg_error_status(p->context) != SG_OK) return sg_error_status(p->context);
  const sg_status status = p->poll(p->context, p->poll_user);
  if (status != SG_OK) sg_error(p->context, status, "gradcheck: stopped by its caller");
  p->stopped = sg_error_status(p->context) != SG_OK;
  return sg_error_status(p->context);
}

bool point_is_stopped(const point *p) {
  while (p && !p->stopped) p = p->lower;
  return p;
}

sg_status point_call(point *p, bool recording, sg_tensor **outputs) {
  int count = 0;
  if (point_poll(p) != SG_OK) return sg_error_status(p->context);
  p->evaluations++;
  sg_random_set_state(p->context, p->random);
  const bool before = sg_set_grad_enabled(p->context, recording);
  const sg_status status = p->function(p->context, p->user, p->input_count, p->inputs, &count, outputs);
  p->mode_changed = p->mode_changed || sg_set_grad_enabled(p->context, before) != recording;
  sg_set_grad_enabled(p->context, before);
  if (status != SG_OK) return sg_error(p->context, status, "gradcheck: the function under test failed");
  if (sg_error_status(p->context) != SG_OK) return sg_error_status(p->context);
  return point_take_outputs(p, count, outputs);
}

void point_read_outputs(const point *p, sg_tensor *const *outputs, double *into) {
  for (int i = 0; i < p->output_count; i++) {
    const int64_t count = sg_tensor_elements(outputs[i]);
    if (count == 0) continue;
    if (sg_tensor_dtype(outputs[i]) == SG_F64)
      memcpy(into, sg_tensor_data(outputs[i]), (size_t)count * sizeof(double));
    else
      for (int64_t j = 0; j < count; j++) into[j] = sg_tensor_value(outputs[i], j);
    into += count;
  }
}

bool point_is_exhausted(point *p) {
  if (p->evaluation_limit == 0 || p->evaluations < p->evaluation_limit) return false;
  return p->exhausted = true;
}

sg_status point_evaluate(point *p) {
  if (p->prepared) {
    p->evaluations++;
    op_function_compute(p);
    return SG_OK;
  }
  sg_tensor *outputs[MAX_OUTPUTS] = {NULL};
  const sg_scope scope = sg_scope_open(p->context);
  const sg_status status = point_call(p, false, outputs);
  if (status == SG_OK) point_read_outputs(p, outputs, p->value);
  sg_scope_close(p->context, scope);
  return status;
}
