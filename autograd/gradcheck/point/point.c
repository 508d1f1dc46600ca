// SPDX-License-Identifier: GPL-3.0-or-later
#include "autograd/gradcheck/point/point.h"
#include "autograd/gradcheck/common/words.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

// ---- The point ----------------------------------------------------------------------------------------------

static sg_status lay_out(point *p) {
  p->output_elements = 0;
  for (int i = 0; i < p->output_count; i++) p->output_elements += sg_shape_elements(&p->output_shape[i]);
  const int64_t blocks = (p->output_elements + outputs_per_block - 1) / outputs_per_block;
  const sg_shape shape = {1, {5 * p->output_elements + blocks}};
  sg_tensor *room = sg_tensor_full(p->context, SG_F64, &shape, 0);
  if (!room) return sg_error_status(p->context);
  double *data = sg_tensor_write(room, "gradcheck");
  if (!data) return sg_error_status(p->context);
  double **const arrays[] = {&p->base, &p->value, &p->noise, &p->weight, &p->side};
  for (int i = 0; i < 5; i++) *arrays[i] = data + i * p->output_elements;
  p->hidden = data + 5 * p->output_elements;
  return SG_OK;
}

static bool same_inputs(const point *p, sg_tensor *const *before, int *changed) {
  for (*changed = 0; *changed < p->input_count; ++*changed) {
    const size_t bytes = sg_tensor_bytes(p->inputs[*changed]);
    if (bytes && memcmp(sg_tensor_data(p->inputs[*changed]), sg_tensor_data(before[*changed]), bytes) != 0)
      return false;
  }
  return true;
}

// The first call: learns the shapes and sees whether the inputs survive it.
static sg_status first_call(point *p, function_defect *defect) {
  sg_tensor *outputs[MAX_OUTPUTS] = {NULL}, *before[MAX_INPUTS] = {NULL};
  for (int i = 0; i < p->input_count; i++) {
    before[i] = sg_tensor_copy(p->context, p->inputs[i]);
    if (!before[i]) return sg_error_status(p->context);
  }
  if (point_call(p, false, outputs) != SG_OK) return sg_error_status(p->context);
  int changed;
  if (!same_inputs(p, before, &changed))
    defect_keep(defect, "purity", "the function writes its input %d", changed + sg_index_base(p->context));
  return SG_OK;
}

// A function may be finite at an infinite input; a derivative it has not.
static void look_for_non_finite_inputs(const point *p, function_defect *defect) {
  const int base = sg_index_base(p->context);
  for (int i = 0; i < p->input_count; i++) {
    const double *x = p->checked[i] ? sg_tensor_data(p->inputs[i]) : NULL;
    for (int64_t j = 0; x && j < sg_tensor_elements(p->inputs[i]); j++) {
      if (isfinite(x[j]) || (p->skip[i] && sg_tensor_value(p->skip[i], j) != 0)) continue;
      defect_keep(defect, NULL, "input %d is not finite: element %lld is %g", i + base, (long long)j + base,
                  gradcheck_shown(x[j]));
      return;
    }
  }
}

static void look_for_non_finite_outputs(const point *p, function_defect *defect) {
  for (int64_t j = 0; j < p->output_elements; j++)
    if (!isfinite(p->base[j])) {
      snprintf(defect->text, sizeof defect->text, "the function is not finite: element %lld of its outputs is %g",
               (long long)j + sg_index_base(p->context), gradcheck_shown(p->base[j]));
      return;
    }
}

int point_checked_count(const point *p) {
  int count = 0;
  for (int i = 0; i < p->input_count; i++) count += p->checked[i];
  return count;
}

bool point_compares(const point *p, int i, int64_t j) {
  if (p->skip[i] && sg_tensor_value(p->skip[i], j) != 0) return false;
  return !(p->order > 1 && p->kinks[i] && sg_tensor_value(p->kinks[i], j) != 0);
}

// ---- Measuring ----------------------------------------------------------------------------------------------

static sg_status run_twice(point *p, function_defect *defect) {
  const size_t bytes = (size_t)p->output_elements * sizeof(double);
  if (point_evaluate(p) != SG_OK) return sg_error_status(p->context);
  if (bytes == 0 || !p->base || !p->value) return SG_OK;
  memcpy(p->base, p->value, bytes);
  if (point_evaluate(p) != SG_OK) return sg_error_status(p->context);
  if (bytes && memcmp(p->base, p->value, bytes) != 0)
    defect_keep(defect, "determinism",
                "the function is not deterministic: two calls with the same inputs and random numbers differ");
  else
    look_for_non_finite_outputs(p, defect);
  return SG_OK;
}

sg_status point_measure(point *p, uint64_t seed, function_defect *defect) {
  look_for_non_finite_inputs(p, defect);
  if (defect->text[0]) return SG_OK;
  const sg_scope scope = sg_scope_open(p->context);
  sg_status status = first_call(p, defect);
  sg_scope_close(p->context, scope);
  if (status == SG_OK && !defect->text[0]) status = lay_out(p);
  if (status == SG_OK && !defect->text[0]) status = run_twice(p, defect);
  if (status == SG_OK && !defect->text[0]) status = point_measure_noise(p, seed);
  return status;
}

sg_status point_measure_again(point *p, function_defect *defect) {
  if (defect->text[0] || point_evaluate(p) != SG_OK) return sg_error_status(p->context);
  for (int64_t j = 0; j < p->output_elements; j++) {
    if (memcmp(&p->base[j], &p->value[j], sizeof *p->base) == 0) continue;
    defect_keep(defect, "determinism",
                "the function is not deterministic: after %llu calls element %lld of its outputs is "
                "%.17g, at first it was %.17g",
                (unsigned long long)p->evaluations, (long long)j + sg_index_base(p->context), p->value[j],
                p->base[j]);
    break;
  }
  return SG_OK;
}
