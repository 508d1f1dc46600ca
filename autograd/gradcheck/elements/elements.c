// SPDX-License-Identifier: GPL-3.0-or-later
//
// One input: all its elements compared, counted and summed up.
#include "autograd/gradcheck/elements/elements.h"
#include "autograd/gradcheck/common/memory.h"
#include "autograd/gradcheck/report/report.h"

// For the next order, which has nothing to compare where a derivative jumps.
static void remember_kinks(point *p, int i, const comparison *results, int64_t count) {
  double *kinks = p->kinks[i] ? sg_tensor_write(p->kinks[i], "gradcheck") : NULL;
  for (int64_t j = 0; kinks && j < count; j++)
    kinks[j] = results[j].verdict == SG_GRADCHECK_NONDIFFERENTIABLE || results[j].cause == CAUSE_SUBGRADIENT;
}

static sg_status check_in_scope(point *p, int i, const sg_gradcheck_options *o, sg_gradcheck_input *input,
                                bool *revealing) {
  const int64_t count = sg_tensor_elements(p->inputs[i]);
  sg_tensor *owner;
  comparison *results = gradcheck_memory(p->context, (size_t)count * sizeof *results, &owner);
  sg_gradcheck_value *values = report_keep(p->context, input, (size_t)count * sizeof *values);
  input->values = values;
  if (!results || !values) return sg_error_status(p->context);
  elements_sweep(p, i, o, results);
  remember_kinks(p, i, results, count);
  if (sg_error_status(p->context) != SG_OK) return sg_error_status(p->context);
  *revealing = elements_summarize(input, results, NULL, sg_tensor_data(p->gradient[i]), count, values);
  elements_bound_error(input);
  return SG_OK;
}

sg_status elements_check(point *p, int i, const sg_gradcheck_options *o, sg_gradcheck_input *input,
                         bool *revealing) {
  input->mode = SG_GRADCHECK_FULL;
  *revealing = true;
  if (sg_tensor_elements(p->inputs[i]) == 0) return SG_OK;
  const sg_scope scope = sg_scope_open(p->context);
  const sg_status status = check_in_scope(p, i, o, input, revealing);
  sg_scope_close(p->context, scope);
  return status;
}
