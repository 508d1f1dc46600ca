// SPDX-License-Identifier: GPL-3.0-or-later
//
// What the caller asks for: options checked, inputs chosen, named and copied.
#include "autograd/gradcheck/options.h"
#include "autograd/gradcheck/common/words.h"
#include "autograd/gradcheck/point/op_function.h"
#include "autograd/gradcheck/report/report.h"

#include <math.h>
#include <stdio.h>

sg_status options_check(sg_context *c, sg_gradcheck_function *function, int input_count, sg_tensor *const *inputs,
                        const sg_gradcheck_options *o) {
  if (sg_error_status(c) != SG_OK) return sg_error_status(c);
  if (!function) return sg_error(c, SG_INVALID_ARGUMENT, "gradcheck: there is no function to check");
  if (input_count < 1 || input_count > SG_GRADCHECK_MAX_INPUTS)
    return sg_error(c, SG_INVALID_ARGUMENT, "gradcheck: got %d inputs, expected 1 to %d", input_count,
                    SG_GRADCHECK_MAX_INPUTS);
  for (int i = 0; i < input_count; i++)
    if (!inputs[i])
      return sg_error(c, SG_INVALID_ARGUMENT, "gradcheck: input %d is not a tensor", i + sg_index_base(c));
  if (o->mode != SG_GRADCHECK_FULL && o->mode != SG_GRADCHECK_AUTO && o->mode != SG_GRADCHECK_DIRECTIONAL)
    return sg_error(c, SG_INVALID_ARGUMENT, "gradcheck: mode is %d, expected auto, full or directional",
                    (int)o->mode);
  if (o->detached != SG_GRADCHECK_FOLLOW && o->detached != SG_GRADCHECK_CONSTANT)
    return sg_error(c, SG_INVALID_ARGUMENT, "gradcheck: detached is %d, expected follow or constant",
                    (int)o->detached);
  if (o->order < 0 || o->order > 3)
    return sg_error(c, SG_INVALID_ARGUMENT, "gradcheck: order is %d, expected 1, 2 or 3", o->order);
  if (!(o->step >= 0) || !isfinite(o->step))
    return sg_error(c, SG_INVALID_ARGUMENT, "gradcheck: step is %g, expected a finite number >= 0", o->step);
  if (!(o->k == 0 || o->k >= 1) || !isfinite(o->k))
    return sg_error(c, SG_INVALID_ARGUMENT, "gradcheck: k is %g, expected a finite number >= 1", o->k);
  if (o->miss != 0 && !(o->miss > 0 && o->miss < 1))
    return sg_error(c, SG_INVALID_ARGUMENT, "gradcheck: miss is %g, expected a probability above 0 and below 1",
                    o->miss);
  return SG_OK;
}

sg_status options_choose_inputs(sg_context *c, int count, sg_tensor *const *inputs, const sg_gradcheck_options *o,
                                bool *checked) {
  int chosen = 0;
  for (int i = 0; i < count; i++) {
    const bool floating = sg_dtype_is_floating(sg_tensor_dtype(inputs[i]));
    checked[i] = o->check ? o->check[i] : floating && sg_tensor_requires_grad(inputs[i]);
    if (checked[i] && !floating)
      return sg_error(c, SG_INVALID_ARGUMENT, "gradcheck: input %d has dtype %s, only f32 and f64 have derivatives",
                      i + sg_index_base(c), sg_dtype_name(sg_tensor_dtype(inputs[i])));
    chosen += checked[i];
  }
  if (chosen > 0) return SG_OK;
  return sg_error(c, SG_INVALID_ARGUMENT,
                  "gradcheck: none of the %d inputs is floating and requires a gradient: nothing to check", count);
}

// One line for all inputs that are marked: by name when they are few.
static void note_inputs(point *p, const bool *marked, const sg_gradcheck_options *o, const char *one,
                        const char *several, sg_gradcheck_report *report) {
  enum { few = 3 };
  char text[256] = "", name[48];
  size_t length = 0;
  int count = 0;
  for (int i = 0; i < p->input_count; i++) {
    if (!marked[i] || ++count > few) continue;
    gradcheck_name_input(name, sizeof name, o, i, sg_index_base(p->context));
    length += (size_t)snprintf(text + length, sizeof text - length, "%s%s", count > 1 ? ", " : "", name);
  }
  if (count == 0) return;
  if (count > few) length = (size_t)snprintf(text, sizeof text, "%d inputs", count);
  snprintf(text + length, sizeof text - length, " %s", count > 1 ? several : one);
  report_note(report, text);
}

sg_status options_copy_inputs(point *p, int count, sg_tensor *const *inputs, const sg_gradcheck_options *o,
                              sg_gradcheck_report *report) {
  bool promoted[SG_GRADCHECK_MAX_INPUTS], left_out[SG_GRADCHECK_MAX_INPUTS], constant[SG_GRADCHECK_MAX_INPUTS];
  p->input_count = count;
  for (int i = 0; i < count; i++) {
    const sg_dtype dtype = sg_tensor_dtype(inputs[i]);
    promoted[i] = dtype == SG_F32;
    constant[i] = !p->checked[i] && sg_dtype_is_floating(dtype) && op_function_lacks_derivative(p->op, i);
    left_out[i] = !p->checked[i] && sg_dtype_is_floating(dtype) && !sg_tensor_requires_grad(inputs[i]);
    left_out[i] = left_out[i] && !constant[i];
    p->inputs[i] = sg_tensor_to(p->context, inputs[i], sg_dtype_is_floating(dtype) ? SG_F64 : dtype);
    if (!p->inputs[i]) return sg_error_status(p->context);
    if (p->checked[i] && sg_tensor_set_requires_grad(p->inputs[i], true) != SG_OK)
      return sg_error_status(p->context);
  }
  note_inputs(p, promoted, o, "is f32 and was checked in f64", "are f32 and were checked in f64", report);
  // Whoever forgot to mark an input beside others that are must not take the verdict for its own.
  note_inputs(p, left_out, o, "was not checked: requires_grad is false", "were not checked: requires_grad is false",
              report);
  note_inputs(p, constant, o, "was not checked: the op declares no derivative in it",
              "were not checked: the op declares no derivative in them", report);
  return SG_OK;
}

sg_status options_copy_masks(point *p, int count, sg_tensor *const *inputs, const sg_gradcheck_options *o) {
  for (int i = 0; o->skip && i < count; i++) {
    if (!o->skip[i] || !p->checked[i]) continue;
    const sg_shape *shape = sg_tensor_shape(o->skip[i]), *expected = sg_tensor_shape(inputs[i]);
    if (!sg_shape_equal(shape, expected)) {
      char name[48];
      gradcheck_name_input(name, sizeof name, o, i, sg_index_base(p->context));
      return sg_error(p->context, SG_INVALID_ARGUMENT, "gradcheck: skip has shape %s, expected %s (shape of %s)",
                      sg_shape_text(shape).text, sg_shape_text(expected).text, name);
    }
    p->skip[i] = sg_tensor_to(p->context, o->skip[i], SG_F64);
    if (!p->skip[i]) return sg_error_status(p->context);
  }
  return SG_OK;
}
