// SPDX-License-Identifier: GPL-3.0-or-later
//
// The function under test sees copies, but a closure can reach the caller's own tensors. Their values and
// gradients are watched and put back.
#include "autograd/gradcheck/purity.h"
#include "autograd/untraced.h"

#include <stdio.h>
#include <string.h>

sg_status purity_watch(purity *w, sg_context *context, int input_count, sg_tensor *const *inputs) {
  *w = (purity){.context = context, .inputs = inputs};
  for (int i = 0; i < input_count; i++) {
    sg_tensor *grad = sg_tensor_grad(inputs[i]);
    w->values[i] = sg_tensor_copy(context, inputs[i]);
    w->grad_values[i] = grad ? sg_tensor_copy(context, grad) : NULL;
    if (!w->values[i] || (grad && !w->grad_values[i])) break;
    w->grads[i] = sg_retain(grad);
    w->input_count = i + 1;
  }
  if (w->input_count < input_count) {
    function_defect ignored = {.text = ""};
    purity_restore(w, &ignored);
  }
  return sg_error_status(context);
}

// Moved and put back without a trace in the tensor's version: graphs that saved it stay valid.
static void move_original(sg_tensor *tensor) {
  const bool is_double = sg_tensor_dtype(tensor) == SG_F64, is_float = sg_tensor_dtype(tensor) == SG_F32;
  double *x = is_double ? sg_untraced_data(tensor) : NULL;
  float *y = is_float ? sg_untraced_data(tensor) : NULL;
  for (int64_t j = 0; j < sg_tensor_elements(tensor); j++) {
    if (x) x[j] = x[j] == 0 ? 1e-3 : x[j] * 1.001;
    if (y) y[j] = y[j] == 0 ? 1e-3F : y[j] * 1.001F;
  }
}

// Whether the function fails, or gives something else than at its inputs. An error that does not come again was
// none of the function's (an interrupt): it ends the check.
static sg_status gives_another_result(point *p, bool *other) {
  sg_context *c = p->context;
  char error[SG_MESSAGE_BYTES];
  sg_status status = point_evaluate(p);
  if (status == SG_CALLBACK_FAILED && !point_is_stopped(p)) {
    snprintf(error, sizeof error, "%s", sg_error_message(c));
    sg_error_clear(c);
    if (point_evaluate(p) == SG_OK) return sg_error(c, status, "%s", error);
    status = sg_error_status(c);
  }
  if (status == SG_OUT_OF_MEMORY || point_is_stopped(p)) return status;
  *other = status != SG_OK || memcmp(p->base, p->value, (size_t)p->output_elements * sizeof *p->base) != 0;
  sg_error_clear(c);
  return SG_OK;
}

sg_status purity_uses_original(purity *w, point *p, int i, bool *used) {
  sg_tensor *tensor = w->inputs[i];
  const size_t bytes = sg_tensor_bytes(tensor);
  *used = false;
  const void *before = sg_tensor_data(w->values[i]);
  if (bytes == 0 || p->output_elements == 0 || memcmp(sg_tensor_data(tensor), before, bytes) != 0) return SG_OK;
  move_original(tensor);
  const sg_status status = gives_another_result(p, used);
  memcpy(sg_untraced_data(tensor), before, bytes);
  return status;
}

// Whether the tensor had to be put back.
static bool put_back(sg_tensor *tensor, const sg_tensor *before) {
  const size_t bytes = sg_tensor_bytes(tensor);
  if (bytes == 0 || memcmp(sg_tensor_data(tensor), sg_tensor_data(before), bytes) == 0) return false;
  void *data = sg_tensor_write(tensor, "gradcheck");
  if (data) memcpy(data, sg_tensor_data(before), bytes);
  return true;
}

static void restore_one(purity *w, int i, function_defect *defect) {
  const int position = i + sg_index_base(w->context);
  sg_tensor *input = w->inputs[i];
  if (put_back(input, w->values[i]))
    defect_keep(defect, "purity", "the function writes the tensor that was given as input %d", position);
  const bool written = w->grads[i] && put_back(w->grads[i], w->grad_values[i]);
  if (written || sg_tensor_grad(input) != w->grads[i])
    defect_keep(defect, "purity", "the function changes the gradient of the tensor that was given as input %d",
                position);
  sg_release(sg_untraced_exchange_grad(input, w->grads[i]));
}

// A failure that is pending must not keep the caller's data from being put back: it waits meanwhile.
void purity_restore(purity *w, function_defect *defect) {
  sg_context *c = w->context;
  const sg_status status = sg_error_status(c);
  char message[SG_MESSAGE_BYTES];
  snprintf(message, sizeof message, "%s", sg_error_message(c));
  sg_error_clear(c);
  for (int i = 0; i < w->input_count; i++) restore_one(w, i, defect);
  if (status != SG_OK) {
    sg_error_clear(c);
    sg_error(c, status, "%s", message);
  }
}
