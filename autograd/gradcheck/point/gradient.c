// SPDX-License-Identifier: GPL-3.0-or-later
//
// The weights that turn the outputs into one scalar, and the analytic gradient of that scalar.
#include "autograd/gradcheck/common/length.h"
#include "autograd/gradcheck/common/memory.h"
#include "autograd/gradcheck/common/random.h"
#include "autograd/gradcheck/point/point.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

void point_draw_weights(point *p, uint64_t seed) {
  for (int64_t j = 0; j < p->output_elements; j++) p->weight[j] = gradcheck_random_weight(&seed);
  point_weights_changed(p);
}

void point_weights_changed(point *p) {
  for (int64_t j = 0; j < p->output_elements; j++) {
    double *hidden = &p->hidden[j / outputs_per_block];
    if (j % outputs_per_block == 0) *hidden = 0;
    *hidden = fmax(*hidden, fabs(p->weight[j] * p->noise[j]));
  }
}

static sg_tensor *cotangent(point *p, int output, const double *weight) {
  sg_tensor *w = sg_tensor_from(p->context, SG_F64, &p->output_shape[output], weight);
  return p->output_dtype[output] == SG_F64 ? w : sg_tensor_to(p->context, w, p->output_dtype[output]);
}

bool point_output_is_constant(const point *p, int64_t j) {
  int i = 0;
  for (int64_t end = sg_shape_elements(&p->output_shape[0]); j >= end && i + 1 < p->output_count;)
    end += sg_shape_elements(&p->output_shape[++i]);
  return p->output_constant[i];
}

// Outputs that their op declares constant are not differentiated: their weights become zero.
static sg_status find_constant_outputs(point *p, sg_tensor *const *outputs) {
  double *weight = p->weight;
  int found = 0;
  for (int i = 0; i < p->output_count; i++) {
    const int64_t count = sg_tensor_elements(outputs[i]);
    p->output_constant[i] = sg_tensor_is_constant(outputs[i]);
    if (p->output_constant[i]) memset(weight, 0, (size_t)count * sizeof *weight);
    found += p->output_constant[i];
    weight += count;
  }
  if (found > 0) point_weights_changed(p);
  if (found < p->output_count) return SG_OK;
  return sg_error(p->context, SG_INVALID_ARGUMENT,
                  "gradcheck: every output of the function is a step by its op's declaration: there is "
                  "nothing to differentiate");
}

// What the function returned may have no graph at all: then every gradient is zero, and the differences
// tell whether that is right.
static sg_status take_gradients(point *p, sg_tensor *const *outputs, sg_tensor **gradients, int count,
                                sg_tensor *const *inputs) {
  sg_tensor *recorded[MAX_OUTPUTS], *cotangents[MAX_OUTPUTS];
  int recorded_count = 0;
  const double *weight = p->weight;
  for (int i = 0; i < p->output_count; i++) {
    if (sg_tensor_requires_grad(outputs[i])) {
      recorded[recorded_count] = outputs[i];
      cotangents[recorded_count++] = cotangent(p, i, weight);
    }
    weight += sg_tensor_elements(outputs[i]);
  }
  if (sg_error_status(p->context) != SG_OK || recorded_count == 0) return sg_error_status(p->context);
  const sg_backward_options options = {.allow_unused = true};
  return sg_grad(p->context, recorded_count, recorded, cotangents, count, inputs, &options, gradients);
}

static sg_status keep_gradient(point *p, int input, sg_tensor *gradient, function_defect *defect) {
  const sg_shape *shape = sg_tensor_shape(p->inputs[input]);
  p->without_gradient[input] = !gradient;
  if (!gradient) return sg_tensor_fill(p->gradient[input], 0);
  if (sg_shape_equal(sg_tensor_shape(gradient), shape) && sg_tensor_dtype(gradient) == SG_F64)
    return sg_tensor_assign(p->gradient[input], gradient);
  defect_keep(defect, "shapes", "the gradient of input %d is %s %s, expected f64 %s",
              input + sg_index_base(p->context), sg_dtype_name(sg_tensor_dtype(gradient)),
              sg_shape_text(sg_tensor_shape(gradient)).text, sg_shape_text(shape).text);
  return SG_OK;
}

// A derivative that the engine refuses (wrong shape, a saved value overwritten) is a defect of the function;
// lack of memory and a failing callback end the check.
static sg_status refused_or_failed(point *p, function_defect *defect) {
  const sg_status status = sg_error_status(p->context);
  if (status != SG_INVALID_ARGUMENT && status != SG_INVALID_STATE) return status;
  snprintf(defect->text, sizeof defect->text, "the derivative was refused: %.460s", sg_error_message(p->context));
  sg_error_clear(p->context);
  return SG_OK;
}

// What is differentiated is what is differenced only if recording changes nothing. (At higher orders the recorded
// derivative is another composition, with roundings of its own.)
static void compare_recorded(point *p, sg_tensor *const *outputs, function_defect *defect) {
  if (p->order > 1) return;
  point_read_outputs(p, outputs, p->side);
  for (int64_t j = 0; j < p->output_elements; j++) {
    if (fabs(p->side[j] - p->base[j]) <= 16 * p->noise[j]) continue;
    defect_keep(defect, "determinism",
                "the function computes something else while it is recorded: element %lld of its outputs "
                "is %.10g, without recording %.10g",
                (long long)j + sg_index_base(p->context), p->side[j], p->base[j]);
    return;
  }
}

static sg_status differentiate_in_scope(point *p, function_defect *defect) {
  sg_tensor *outputs[MAX_OUTPUTS] = {NULL}, *gradients[MAX_INPUTS] = {NULL}, *inputs[MAX_INPUTS];
  int positions[MAX_INPUTS], count = 0;
  for (int i = 0; i < p->input_count; i++)
    if (p->checked[i]) {
      inputs[count] = p->inputs[i];
      positions[count++] = i;
    }
  if (point_call(p, true, outputs) != SG_OK || find_constant_outputs(p, outputs) != SG_OK)
    return sg_error_status(p->context);
  compare_recorded(p, outputs, defect);
  sg_set_grad_enabled(p->context, true);
  const sg_status status = take_gradients(p, outputs, gradients, count, inputs);
  sg_set_grad_enabled(p->context, false);
  if (status != SG_OK) return refused_or_failed(p, defect);
  for (int i = 0; i < count; i++)
    if (keep_gradient(p, positions[i], gradients[i], defect) != SG_OK) return sg_error_status(p->context);
  return SG_OK;
}

sg_status point_differentiate(point *p, function_defect *defect) {
  for (int i = 0; i < p->input_count; i++)
    if (p->checked[i] && !p->gradient[i]) {
      const sg_shape *shape = sg_tensor_shape(p->inputs[i]);
      p->gradient[i] = sg_tensor_new(p->context, SG_F64, shape);
      if (!p->kinks[i]) p->kinks[i] = sg_tensor_full(p->context, SG_F64, shape, 0);
      if (sg_error_status(p->context) != SG_OK) return sg_error_status(p->context);
    }
  const sg_scope scope = sg_scope_open(p->context);
  const sg_status status = differentiate_in_scope(p, defect);
  sg_scope_close(p->context, scope);
  return status;
}

// ---- Other weights, other inputs ----------------------------------------------------------------------------

// On a copy of the point, with weights and gradients of its own.
static bool gradient_in_scope(point *p, const double *weight, int i, double *gradient) {
  point other = *p;
  sg_tensor *owner;
  const size_t outputs = (size_t)p->output_elements;
  const size_t blocks = (outputs + outputs_per_block - 1) / outputs_per_block;
  function_defect defect = {.text = ""};
  other.weight = gradcheck_memory(p->context, (outputs + blocks + 1) * sizeof(double), &owner);
  if (!other.weight) return false;
  other.hidden = other.weight + outputs;
  memcpy(other.weight, weight, outputs * sizeof(double));
  memset(other.gradient, 0, sizeof other.gradient);
  const sg_status status = point_differentiate(&other, &defect);
  p->evaluations = other.evaluations;
  p->mode_changed = other.mode_changed;
  if (status != SG_OK || defect.text[0]) return false;
  memcpy(gradient, sg_tensor_data(other.gradient[i]), sg_tensor_bytes(other.gradient[i]));
  return true;
}

bool point_gradient_under(point *p, const double *weight, int i, double *gradient) {
  const sg_scope scope = sg_scope_open(p->context);
  const bool answered = gradient_in_scope(p, weight, i, gradient);
  sg_scope_close(p->context, scope);
  return answered;
}

static bool outputs_in_scope(point *p, int i) {
  const sg_tensor *before = sg_tensor_copy(p->context, p->inputs[i]);
  double *x = before ? sg_tensor_write(p->inputs[i], "gradcheck") : NULL;
  if (!x) return false;
  const int64_t count = sg_tensor_elements(before);
  const double length = gradcheck_typical_length(x, count);
  for (int64_t j = 0; j < count; j++) x[j] += 1e-3 * fmin(length, x[j] == 0 ? length : fabs(x[j]));
  const bool evaluated = point_evaluate(p) == SG_OK;
  memcpy(x, sg_tensor_data(before), (size_t)count * sizeof *x);
  return evaluated;
}

bool point_outputs_after_move(point *p, int i, double *outputs) {
  const sg_scope scope = sg_scope_open(p->context);
  const bool evaluated = outputs_in_scope(p, i);
  sg_scope_close(p->context, scope);
  if (evaluated) memcpy(outputs, p->value, (size_t)p->output_elements * sizeof *outputs);
  return evaluated;
}

// As if the point were there.
static bool gradient_there(point *p, int i, double *outputs, double *gradient) {
  point there = *p;
  there.base = outputs;
  const bool answered = point_gradient_under(&there, p->weight, i, gradient);
  p->evaluations = there.evaluations;
  p->mode_changed = there.mode_changed;
  p->stopped = there.stopped;
  return answered;
}

static bool at_in_scope(point *p, int i, const double *x, double *outputs, double *gradient) {
  const sg_tensor *before = sg_tensor_copy(p->context, p->inputs[i]);
  double *data = before ? sg_tensor_write(p->inputs[i], "gradcheck") : NULL;
  if (!data) return false;
  memcpy(data, x, sg_tensor_bytes(before));
  bool answered = point_evaluate(p) == SG_OK;
  if (answered) memcpy(outputs, p->value, (size_t)p->output_elements * sizeof *outputs);
  if (gradient) answered = answered && gradient_there(p, i, outputs, gradient);
  memcpy(data, sg_tensor_data(before), sg_tensor_bytes(before));
  return answered;
}

bool point_at(point *p, int i, const double *x, double *outputs, double *gradient) {
  const sg_scope scope = sg_scope_open(p->context);
  const bool answered = at_in_scope(p, i, x, outputs, gradient);
  sg_scope_close(p->context, scope);
  const sg_status status = sg_error_status(p->context);
  if (status != SG_OK && status != SG_OUT_OF_MEMORY && !point_is_stopped(p)) sg_error_clear(p->context);
  return answered;
}
