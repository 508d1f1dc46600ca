// SPDX-License-Identifier: GPL-3.0-or-later
//
// One recorded call and its gradient, watched for what it must not touch.
#include "autograd/gradcheck/structure/trial.h"

#include <stdio.h>
#include <string.h>

int structure_targets(const structure *s, sg_tensor **inputs, int64_t *starts) {
  const point *p = s->point;
  int count = 0;
  for (int i = 0; i < p->input_count; i++) {
    if (!p->checked[i] || s->lead[i] != i) continue;
    inputs[count] = p->inputs[i];
    starts[count++] = s->start[i];
  }
  return count;
}

sg_status structure_refuse(structure *s) {
  sg_context *c = s->point->context;
  const sg_status status = sg_error_status(c);
  if (status == SG_OK || status == SG_OUT_OF_MEMORY || point_is_stopped(s->point)) return status;
  if (!s->tolerant && status != SG_INVALID_ARGUMENT && status != SG_INVALID_STATE) return status;
  s->refused = true;
  s->raised = status == SG_CALLBACK_FAILED;
  snprintf(s->refusal, sizeof s->refusal, "%.150s", sg_error_message(c));
  if (s->raised) snprintf(s->error, sizeof s->error, "%s", sg_error_message(c));
  sg_error_clear(c);
  return SG_OK;
}

sg_status structure_record(structure *s, const double *cotangent, double scale, int *count, sg_tensor **outputs,
                           sg_tensor **cotangents) {
  point *p = s->point;
  sg_tensor *all[MAX_OUTPUTS] = {NULL};
  *count = 0;
  s->refused = false;
  if (point_call(p, true, all) != SG_OK) return s->tolerant ? structure_refuse(s) : sg_error_status(p->context);
  for (int i = 0; i < p->output_count; i++) {
    const int64_t elements = sg_tensor_elements(all[i]);
    p->output_constant[i] = sg_tensor_is_constant(all[i]);
    if (sg_tensor_requires_grad(all[i])) {
      sg_tensor *v = sg_tensor_from(p->context, SG_F64, &p->output_shape[i], cotangent);
      double *data = v ? sg_tensor_write(v, "gradcheck") : NULL;
      for (int64_t j = 0; data && j < elements; j++) data[j] *= scale;
      if (p->output_dtype[i] != SG_F64) v = sg_tensor_to(p->context, v, p->output_dtype[i]);
      outputs[*count] = all[i];
      cotangents[(*count)++] = v;
    }
    cotangent += elements;
  }
  return sg_error_status(p->context);
}

// ---- Watching -----------------------------------------------------------------------------------------------

typedef struct watched {
  sg_tensor *inputs[SG_GRADCHECK_MAX_INPUTS];
  sg_tensor *outputs[SG_GRADCHECK_MAX_OUTPUTS], *cotangents[SG_GRADCHECK_MAX_OUTPUTS];
} watched;

static bool same_bits(const sg_tensor *a, const sg_tensor *b) {
  const size_t bytes = sg_tensor_bytes(a);
  return bytes == 0 || memcmp(sg_tensor_data(a), sg_tensor_data(b), bytes) == 0;
}

static void accuse(structure *s, const char *culprit, const char *deed, const char *victim) {
  if (s->impure[0]) return;
  snprintf(s->impure, sizeof s->impure, "%s %s %s", culprit, deed, victim);
}

static void look_at_inputs(structure *s, const watched *w, const char *culprit) {
  point *p = s->point;
  for (int i = 0; i < p->input_count; i++) {
    char name[48];
    gradcheck_name_input(name, sizeof name, s->options, i, sg_index_base(p->context));
    if (!same_bits(p->inputs[i], w->inputs[i])) {
      accuse(s, culprit, "writes", name);
      defect_keep(s->defect, "purity", "%s writes %s in place", culprit, name);
    }
    if (!sg_tensor_grad(p->inputs[i])) continue;
    accuse(s, culprit, "changes the gradient of", name);
    sg_tensor_set_grad(p->inputs[i], NULL);
  }
  if (p->mode_changed) accuse(s, "the function", "leaves recording", "switched otherwise than it found it");
}

static void look_at_others(structure *s, const watched *w, int count, sg_tensor *const *outputs,
                           sg_tensor *const *cotangents) {
  for (int i = 0; i < count; i++) {
    if (!same_bits(outputs[i], w->outputs[i])) accuse(s, "its derivative", "writes", "an output of the function");
    if (!same_bits(cotangents[i], w->cotangents[i])) accuse(s, "its derivative", "writes", "its cotangent");
  }
}

static void copy_all(sg_context *c, int count, sg_tensor *const *tensors, sg_tensor **copies) {
  for (int i = 0; i < count; i++) copies[i] = sg_tensor_copy(c, tensors[i]);
}

// ---- The run ------------------------------------------------------------------------------------------------

static void read_gradient(structure *s, const sg_tensor *input, const sg_tensor *gradient, double *into) {
  const size_t bytes = sg_tensor_bytes(input);
  if (!gradient || bytes == 0) return;
  const bool right =
      sg_tensor_dtype(gradient) == SG_F64 && sg_shape_equal(sg_tensor_shape(gradient), sg_tensor_shape(input));
  if (right)
    memcpy(into, sg_tensor_data(gradient), bytes);
  else if (!s->misshapen[0])
    snprintf(s->misshapen, sizeof s->misshapen, "a gradient is %s %.90s where the input is f64 %.90s",
             sg_dtype_name(sg_tensor_dtype(gradient)), sg_shape_text(sg_tensor_shape(gradient)).text,
             sg_shape_text(sg_tensor_shape(input)).text);
}

static sg_status run_in_scope(structure *s, const double *cotangent, double scale, double *gradient) {
  sg_context *c = s->point->context;
  sg_tensor *outputs[SG_GRADCHECK_MAX_OUTPUTS], *cotangents[SG_GRADCHECK_MAX_OUTPUTS];
  sg_tensor *inputs[SG_GRADCHECK_MAX_INPUTS], *gradients[SG_GRADCHECK_MAX_INPUTS] = {NULL};
  int64_t starts[SG_GRADCHECK_MAX_INPUTS];
  int count;
  watched w;
  copy_all(c, s->point->input_count, s->point->inputs, w.inputs);
  if (sg_error_status(c) != SG_OK) return sg_error_status(c);
  if (structure_record(s, cotangent, scale, &count, outputs, cotangents) != SG_OK) return sg_error_status(c);
  look_at_inputs(s, &w, "the function");
  copy_all(c, count, outputs, w.outputs);
  copy_all(c, count, cotangents, w.cotangents);
  if (sg_error_status(c) != SG_OK || count == 0 || s->refused) return sg_error_status(c);
  const int targets = structure_targets(s, inputs, starts);
  const sg_backward_options options = {.allow_unused = true};
  sg_set_grad_enabled(c, true);
  const sg_status status = sg_grad(c, count, outputs, cotangents, targets, inputs, &options, gradients);
  sg_set_grad_enabled(c, false);
  look_at_inputs(s, &w, "its derivative");
  look_at_others(s, &w, count, outputs, cotangents);
  if (status != SG_OK) return structure_refuse(s);
  for (int i = 0; i < targets; i++) read_gradient(s, inputs[i], gradients[i], gradient + starts[i]);
  return sg_error_status(c);
}

sg_status structure_take(structure *s, const double *cotangent, double scale, double *gradient) {
  memset(gradient, 0, (size_t)s->elements * sizeof *gradient);
  const sg_scope scope = sg_scope_open(s->point->context);
  const sg_status status = run_in_scope(s, cotangent, scale, gradient);
  sg_scope_close(s->point->context, scope);
  return status;
}
