// SPDX-License-Identifier: GPL-3.0-or-later
//
// What was found at a point, laid open for a diagnosis.
#include "autograd/gradcheck/explain.h"
#include "autograd/gradcheck/common/memory.h"
#include "autograd/gradcheck/common/words.h"
#include "autograd/gradcheck/diagnosis/diagnosis.h"

#include <stdio.h>

static bool gradient_under(void *checker, const double *weights, int input, double *gradient) {
  return point_gradient_under(checker, weights, input, gradient);
}

static bool outputs_after_move(void *checker, int input, double *outputs) {
  return point_outputs_after_move(checker, input, outputs);
}

static bool at(void *checker, int input, const double *x, double *outputs, double *gradient) {
  return point_at(checker, input, x, outputs, gradient);
}

static const double *data_of(const sg_tensor *tensor) { return tensor ? sg_tensor_data(tensor) : NULL; }

// The names that the caller gave are those of the inputs of order 1.
static sg_text name_of(const point *p, const sg_gradcheck_options *o, const sg_gradcheck_input *found, int i) {
  sg_text name;
  if (found)
    snprintf(name.text, sizeof name.text, "%s", found->name);
  else
    gradcheck_name_input(name.text, 48, p->order > 1 ? &(sg_gradcheck_options){0} : o, i,
                         sg_index_base(p->context));
  return name;
}

static sg_status explain_in_scope(point *p, const sg_gradcheck_options *o, sg_gradcheck_input *found,
                                  const bool *current) {
  sg_tensor *owner;
  found_input *inputs = gradcheck_memory(p->context, (size_t)p->input_count * sizeof *inputs, &owner);
  found_output *outputs = gradcheck_memory(p->context, (size_t)p->output_count * sizeof *outputs, &owner);
  if (!inputs || !outputs) return sg_error_status(p->context);
  for (int i = 0, n = 0; i < p->input_count; i++) {
    found_input *input = &inputs[i];
    if (p->checked[i]) {
      input->checked = &found[n];
      input->diagnosis = found[n].diagnosis;
      input->current = current[n++];
    }
    input->x = p->inputs[i];
    input->name = name_of(p, o, input->checked, i);
    input->gradient = data_of(p->gradient[i]);
    input->kinks = data_of(p->kinks[i]);
  }
  int64_t start = 0;
  for (int i = 0; i < p->output_count; i++) {
    outputs[i] = (found_output){.shape = &p->output_shape[i], .dtype = p->output_dtype[i], .start = start};
    outputs[i].values = p->base + start;
    outputs[i].noise = p->noise + start;
    outputs[i].weights = p->weight + start;
    start += sg_shape_elements(&p->output_shape[i]);
  }
  const findings f = {.context = p->context,
                      .input_count = p->input_count,
                      .output_count = p->output_count,
                      .inputs = inputs,
                      .outputs = outputs,
                      .output_elements = p->output_elements,
                      .weights = p->weight,
                      .checker = p,
                      .gradient_under = gradient_under,
                      .outputs_after_move = outputs_after_move,
                      .at = at};
  return diagnosis_tell(&f);
}

sg_status gradcheck_explain(point *p, const sg_gradcheck_options *o, sg_gradcheck_input *found,
                            const bool *current) {
  bool failed = false;
  for (int i = 0, n = 0; i < p->input_count; i++)
    if (p->checked[i]) {
      failed = failed || (current[n] && found[n].verdict == SG_GRADCHECK_FAIL);
      n++;
    }
  if (!failed) return sg_error_status(p->context);
  const sg_scope scope = sg_scope_open(p->context);
  const sg_status status = explain_in_scope(p, o, found, current);
  sg_scope_close(p->context, scope);
  return status;
}
