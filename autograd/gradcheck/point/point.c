// SPDX-License-Identifier: GPL-3.0-or-later
#include "autograd/gradcheck/point/op_function.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

// splitmix64: Steele, Lea and Flood, "Fast splittable pseudorandom number generators", OOPSLA 2014.
uint64_t gradcheck_random_bits(uint64_t *state) {
  uint64_t z = (*state += 0x9e3779b97f4a7c15u);
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
  z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
  return z ^ (z >> 31);
}

double gradcheck_shown(double value) { return isnan(value) ? fabs(value) : value; }

// ---- Calling the function ------------------------------------------------------------------------

static sg_status check_output(sg_check_problem *p, int i, const sg_tensor *output, bool first) {
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

sg_status gradcheck_take_outputs(sg_check_problem *p, int count, sg_tensor **outputs) {
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

sg_status gradcheck_poll(sg_check_problem *p) {
  if (!p->poll || sg_error_status(p->context) != SG_OK) return sg_error_status(p->context);
  const sg_status status = p->poll(p->context, p->poll_user);
  if (status != SG_OK) return sg_error(p->context, status, "gradcheck: stopped by its caller");
  return sg_error_status(p->context);
}

sg_status gradcheck_call(sg_check_problem *p, bool recording, sg_tensor **outputs) {
  int count = 0;
  if (gradcheck_poll(p) != SG_OK) return sg_error_status(p->context);
  p->evaluations++;
  sg_random_set_state(p->context, p->random);
  const bool before = sg_set_grad_enabled(p->context, recording);
  const sg_status status = p->function(p->context, p->user, p->input_count, p->inputs, &count, outputs);
  p->mode_changed = p->mode_changed || sg_set_grad_enabled(p->context, before) != recording;
  sg_set_grad_enabled(p->context, before);
  if (status != SG_OK) return sg_error(p->context, status, "gradcheck: the function under test failed");
  if (sg_error_status(p->context) != SG_OK) return sg_error_status(p->context);
  return gradcheck_take_outputs(p, count, outputs);
}

void gradcheck_read_outputs(const sg_check_problem *p, sg_tensor *const *outputs, double *into) {
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

bool gradcheck_exhausted(sg_check_problem *p) {
  if (p->evaluation_limit == 0 || p->evaluations < p->evaluation_limit) return false;
  return p->exhausted = true;
}

sg_status gradcheck_evaluate(sg_check_problem *p) {
  if (p->prepared) {
    p->evaluations++;
    gradcheck_compute(p);
    return SG_OK;
  }
  sg_tensor *outputs[MAX_OUTPUTS] = {NULL};
  const sg_scope scope = sg_scope_open(p->context);
  const sg_status status = gradcheck_call(p, false, outputs);
  if (status == SG_OK) gradcheck_read_outputs(p, outputs, p->value);
  sg_scope_close(p->context, scope);
  return status;
}

// ---- The point -----------------------------------------------------------------------------------

static sg_status lay_out(sg_check_problem *p) {
  p->output_elements = 0;
  for (int i = 0; i < p->output_count; i++) p->output_elements += sg_shape_elements(&p->output_shape[i]);
  const int64_t blocks = (p->output_elements + gradcheck_block - 1) / gradcheck_block;
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

static bool same_inputs(const sg_check_problem *p, sg_tensor *const *before, int *changed) {
  for (*changed = 0; *changed < p->input_count; ++*changed) {
    const size_t bytes = sg_tensor_bytes(p->inputs[*changed]);
    if (bytes && memcmp(sg_tensor_data(p->inputs[*changed]), sg_tensor_data(before[*changed]), bytes) != 0)
      return false;
  }
  return true;
}

// The first call: learns the shapes and sees whether the inputs survive it.
static sg_status first_call(sg_check_problem *p, sg_check_defect *defect) {
  sg_tensor *outputs[MAX_OUTPUTS] = {NULL}, *before[MAX_INPUTS] = {NULL};
  for (int i = 0; i < p->input_count; i++) {
    before[i] = sg_tensor_copy(p->context, p->inputs[i]);
    if (!before[i]) return sg_error_status(p->context);
  }
  if (gradcheck_call(p, false, outputs) != SG_OK) return sg_error_status(p->context);
  int changed;
  if (!same_inputs(p, before, &changed))
    gradcheck_find_defect(defect, "purity", "the function writes its input %d",
                          changed + sg_index_base(p->context));
  return SG_OK;
}

void gradcheck_find_defect(sg_check_defect *defect, const char *structure, const char *format, ...) {
  if (defect->text[0]) return;
  va_list arguments;
  va_start(arguments, format);
  vsnprintf(defect->text, sizeof defect->text, format, arguments);
  va_end(arguments);
  defect->structure = structure;
}

// A function may be finite at an infinite input; a derivative it has not.
static void look_at_inputs(const sg_check_problem *p, sg_check_defect *defect) {
  const int base = sg_index_base(p->context);
  for (int i = 0; i < p->input_count; i++) {
    const double *x = p->checked[i] ? sg_tensor_data(p->inputs[i]) : NULL;
    for (int64_t j = 0; x && j < sg_tensor_elements(p->inputs[i]); j++) {
      if (isfinite(x[j]) || (p->skip[i] && sg_tensor_value(p->skip[i], j) != 0)) continue;
      gradcheck_find_defect(defect, NULL, "input %d is not finite: element %lld is %g", i + base,
                            (long long)j + base, gradcheck_shown(x[j]));
      return;
    }
  }
}

static void look_for_non_finite(const sg_check_problem *p, sg_check_defect *defect) {
  for (int64_t j = 0; j < p->output_elements; j++)
    if (!isfinite(p->base[j])) {
      snprintf(defect->text, sizeof defect->text, "the function is not finite: element %lld of its outputs is %g",
               (long long)j + sg_index_base(p->context), gradcheck_shown(p->base[j]));
      return;
    }
}

void *gradcheck_room(sg_context *context, size_t bytes, sg_tensor **owner) {
  const sg_shape shape = {1, {(int64_t)((bytes + sizeof(double) - 1) / sizeof(double))}};
  *owner = sg_tensor_full(context, SG_F64, &shape, 0);
  return *owner ? sg_tensor_write(*owner, "gradcheck") : NULL;
}

// ---- Measuring -------------------------------------------------------------------------------------

static sg_status run_twice(sg_check_problem *p, sg_check_defect *defect) {
  const size_t bytes = (size_t)p->output_elements * sizeof(double);
  if (gradcheck_evaluate(p) != SG_OK) return sg_error_status(p->context);
  if (bytes == 0 || !p->base || !p->value) return SG_OK;
  memcpy(p->base, p->value, bytes);
  if (gradcheck_evaluate(p) != SG_OK) return sg_error_status(p->context);
  if (bytes && memcmp(p->base, p->value, bytes) != 0)
    gradcheck_find_defect(
        defect, "determinism",
        "the function is not deterministic: two calls with the same inputs and random numbers differ");
  else
    look_for_non_finite(p, defect);
  return SG_OK;
}

sg_status gradcheck_measure(sg_check_problem *p, uint64_t seed, sg_check_defect *defect) {
  look_at_inputs(p, defect);
  if (defect->text[0]) return SG_OK;
  const sg_scope scope = sg_scope_open(p->context);
  sg_status status = first_call(p, defect);
  sg_scope_close(p->context, scope);
  if (status == SG_OK && !defect->text[0]) status = lay_out(p);
  if (status == SG_OK && !defect->text[0]) status = run_twice(p, defect);
  if (status == SG_OK && !defect->text[0]) status = gradcheck_measure_noise(p, seed);
  return status;
}

sg_status gradcheck_measure_again(sg_check_problem *p, sg_check_defect *defect) {
  if (defect->text[0] || gradcheck_evaluate(p) != SG_OK) return sg_error_status(p->context);
  for (int64_t j = 0; j < p->output_elements; j++) {
    if (memcmp(&p->base[j], &p->value[j], sizeof *p->base) == 0) continue;
    gradcheck_find_defect(defect, "determinism",
                          "the function is not deterministic: after %llu calls element %lld of its outputs is "
                          "%.17g, at first it was %.17g",
                          (unsigned long long)p->evaluations, (long long)j + sg_index_base(p->context), p->value[j],
                          p->base[j]);
    break;
  }
  return SG_OK;
}

// ---- The analytic gradient -------------------------------------------------------------------------

void gradcheck_draw_weights(sg_check_problem *p, uint64_t seed) {
  for (int64_t j = 0; j < p->output_elements; j++) {
    const uint64_t bits = gradcheck_random_bits(&seed);
    const double magnitude = 0.5 + 1.5 * ldexp((double)(bits >> 12), -52);
    p->weight[j] = bits & 1 ? magnitude : -magnitude;
  }
  gradcheck_weights_changed(p);
}

void gradcheck_weights_changed(sg_check_problem *p) {
  for (int64_t j = 0; j < p->output_elements; j++) {
    double *hidden = &p->hidden[j / gradcheck_block];
    if (j % gradcheck_block == 0) *hidden = 0;
    *hidden = fmax(*hidden, fabs(p->weight[j] * p->noise[j]));
  }
}

static sg_tensor *cotangent(sg_check_problem *p, int output, const double *weight) {
  sg_tensor *w = sg_tensor_from(p->context, SG_F64, &p->output_shape[output], weight);
  return p->output_dtype[output] == SG_F64 ? w : sg_tensor_to(p->context, w, p->output_dtype[output]);
}

bool gradcheck_is_constant(const sg_check_problem *p, int64_t j) {
  int i = 0;
  for (int64_t end = sg_shape_elements(&p->output_shape[0]); j >= end && i + 1 < p->output_count;)
    end += sg_shape_elements(&p->output_shape[++i]);
  return p->output_constant[i];
}

// Outputs that their op declares constant are not differentiated: their weights become zero.
static sg_status find_constant_outputs(sg_check_problem *p, sg_tensor *const *outputs) {
  double *weight = p->weight;
  int found = 0;
  for (int i = 0; i < p->output_count; i++) {
    const int64_t count = sg_tensor_elements(outputs[i]);
    p->output_constant[i] = sg_tensor_is_constant(outputs[i]);
    if (p->output_constant[i]) memset(weight, 0, (size_t)count * sizeof *weight);
    found += p->output_constant[i];
    weight += count;
  }
  if (found > 0) gradcheck_weights_changed(p);
  if (found < p->output_count) return SG_OK;
  return sg_error(p->context, SG_INVALID_ARGUMENT,
                  "gradcheck: every output of the function is a step by its op's declaration: there is "
                  "nothing to differentiate");
}

// What the function returned may have no graph at all: then every gradient is zero, and the differences
// tell whether that is right.
static sg_status take_gradients(sg_check_problem *p, sg_tensor *const *outputs, sg_tensor **gradients, int count,
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

static sg_status keep_gradient(sg_check_problem *p, int input, sg_tensor *gradient, sg_check_defect *defect) {
  const sg_shape *shape = sg_tensor_shape(p->inputs[input]);
  p->without_gradient[input] = !gradient;
  if (!gradient) return sg_tensor_fill(p->gradient[input], 0);
  if (sg_shape_equal(sg_tensor_shape(gradient), shape) && sg_tensor_dtype(gradient) == SG_F64)
    return sg_tensor_assign(p->gradient[input], gradient);
  gradcheck_find_defect(defect, "shapes", "the gradient of input %d is %s %s, expected f64 %s",
                        input + sg_index_base(p->context), sg_dtype_name(sg_tensor_dtype(gradient)),
                        sg_shape_text(sg_tensor_shape(gradient)).text, sg_shape_text(shape).text);
  return SG_OK;
}

// A derivative that the engine refuses (wrong shape, a saved value overwritten) is a defect of the function;
// lack of memory and a failing callback end the check.
static sg_status refused_or_failed(sg_check_problem *p, sg_check_defect *defect) {
  const sg_status status = sg_error_status(p->context);
  if (status != SG_INVALID_ARGUMENT && status != SG_INVALID_STATE) return status;
  snprintf(defect->text, sizeof defect->text, "the derivative was refused: %.460s", sg_error_message(p->context));
  sg_error_clear(p->context);
  return SG_OK;
}

// What is differentiated is what is differenced only if recording changes nothing. (At higher orders the recorded
// derivative is another composition, with roundings of its own.)
static void compare_recorded(sg_check_problem *p, sg_tensor *const *outputs, sg_check_defect *defect) {
  if (p->kinks_known) return;
  gradcheck_read_outputs(p, outputs, p->side);
  for (int64_t j = 0; j < p->output_elements; j++) {
    if (fabs(p->side[j] - p->base[j]) <= 16 * p->noise[j]) continue;
    gradcheck_find_defect(defect, "determinism",
                          "the function computes something else while it is recorded: element %lld of its outputs "
                          "is %.10g, without recording %.10g",
                          (long long)j + sg_index_base(p->context), p->side[j], p->base[j]);
    return;
  }
}

static sg_status differentiate_in_scope(sg_check_problem *p, sg_check_defect *defect) {
  sg_tensor *outputs[MAX_OUTPUTS] = {NULL}, *gradients[MAX_INPUTS] = {NULL}, *inputs[MAX_INPUTS];
  int positions[MAX_INPUTS], count = 0;
  for (int i = 0; i < p->input_count; i++)
    if (p->checked[i]) {
      inputs[count] = p->inputs[i];
      positions[count++] = i;
    }
  if (gradcheck_call(p, true, outputs) != SG_OK || find_constant_outputs(p, outputs) != SG_OK)
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

sg_status gradcheck_differentiate(sg_check_problem *p, sg_check_defect *defect) {
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
