// SPDX-License-Identifier: GPL-3.0-or-later
//
// The function under test sees copies, but a closure can reach the caller's own tensors. Their values and
// gradients are watched and put back.
#include "autograd/gradcheck/check.h"

#include <string.h>

sg_status gradcheck_watch(sg_check_purity *w, sg_context *context, int input_count, sg_tensor *const *inputs) {
  *w = (sg_check_purity){.context = context, .inputs = inputs};
  for (int i = 0; i < input_count; i++) {
    w->values[i] = sg_tensor_copy(context, inputs[i]);
    w->grads[i] = sg_tensor_grad(inputs[i]);
    if (!w->values[i]) break;
    sg_retain(w->grads[i]);
    w->input_count = i + 1;
  }
  if (w->input_count < input_count) {
    sg_check_defect ignored = {.text = ""};
    gradcheck_restore(w, &ignored);
  }
  return sg_error_status(context);
}

// A failure that is pending must not keep the caller's data from being put back: memory is written directly.
static void restore_value(sg_check_purity *w, int i, sg_check_defect *defect) {
  const size_t bytes = sg_tensor_bytes(w->inputs[i]);
  if (bytes == 0 || memcmp(sg_tensor_data(w->inputs[i]), sg_tensor_data(w->values[i]), bytes) == 0) return;
  gradcheck_find_defect(defect, "purity", "the function writes the tensor that was given as input %d",
                        i + sg_index_base(w->context));
  void *data = sg_tensor_write(w->inputs[i], "gradcheck");
  if (data) memcpy(data, sg_tensor_data(w->values[i]), bytes);
}

void gradcheck_restore(sg_check_purity *w, sg_check_defect *defect) {
  for (int i = 0; i < w->input_count; i++) {
    restore_value(w, i, defect);
    if (sg_tensor_grad(w->inputs[i]) != w->grads[i]) sg_tensor_set_grad(w->inputs[i], w->grads[i]);
    sg_release(w->grads[i]);
  }
}
