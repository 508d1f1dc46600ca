// SPDX-License-Identifier: GPL-3.0-or-later
//
// What the analytic derivative does with the cotangent, found by asking it again with other ones.
#include "autograd/gradcheck/diagnosis/evidence/evidence.h"

#include <math.h>
#include <string.h>

// ---- Asking again -----------------------------------------------------------------------------------------

typedef struct inquiry {
  const diagnosis *d;
  double *weight;               // as they were
  double *gradient[MAX_INPUTS]; // as they were
  double *answer;               // the analytic gradient of the input in question
  int64_t elements;
} inquiry;

static bool open_inquiry(inquiry *q, const diagnosis *d) {
  point *p = d->point;
  *q = (inquiry){.d = d, .elements = sg_shape_elements(&d->found->shape)};
  q->weight = diagnosis_room(d, p->output_elements + 1, sizeof(double));
  q->answer = diagnosis_room(d, q->elements + 1, sizeof(double));
  if (!q->weight || !q->answer) return false;
  memcpy(q->weight, p->weight, (size_t)p->output_elements * sizeof(double));
  for (int i = 0; i < p->input_count; i++) {
    if (!p->checked[i]) continue;
    const size_t bytes = sg_tensor_bytes(p->gradient[i]);
    q->gradient[i] = diagnosis_room(d, (int64_t)bytes + 1, 1);
    if (!q->gradient[i]) return false;
    if (bytes) memcpy(q->gradient[i], sg_tensor_data(p->gradient[i]), bytes);
  }
  return true;
}

// Puts everything back.
static void close_inquiry(const inquiry *q) {
  point *p = q->d->point;
  if (!q->weight) return;
  memcpy(p->weight, q->weight, (size_t)p->output_elements * sizeof(double));
  for (int i = 0; i < p->input_count; i++) {
    if (!p->checked[i] || !q->gradient[i]) continue;
    const size_t bytes = sg_tensor_bytes(p->gradient[i]);
    double *gradient = bytes ? sg_tensor_write(p->gradient[i], "gradcheck") : NULL;
    if (gradient) memcpy(gradient, q->gradient[i], bytes);
  }
}

// The analytic gradient under the weights that now lie in the point. A derivative that refuses them is no answer.
static bool ask(const inquiry *q) {
  function_defect defect = {.text = ""};
  if (point_differentiate(q->d->point, &defect) != SG_OK || defect.text[0]) return false;
  const double *gradient = sg_tensor_data(q->d->point->gradient[q->d->position]);
  memcpy(q->answer, gradient, (size_t)q->elements * sizeof(double));
  return true;
}

// Whether the answer is `factor` times the gradient under the original weights.
static bool answer_is(const inquiry *q, double factor) {
  const double *before = q->gradient[q->d->position];
  double size = 0, error = 0;
  for (int64_t i = 0; i < q->elements; i++) {
    const double wrong = fabs(q->answer[i] - factor * before[i]);
    size = fmax(size, fabs(before[i]));
    if (!(wrong <= 1e-6 * size) && !(wrong <= error)) error = wrong;
  }
  return error <= 1e-9 * size;
}

// ---- Not linear in the cotangent --------------------------------------------------------------------------

typedef double change(double weight);

static double same(double w) { return w; }
static double twice(double w) { return 2 * w; }
static double negative(double w) { return -w; }
static double one(double w) { return 0 * w + 1; }
static double other_size(double w) { return 1.7 * w + (w > 0 ? 0.3 : -0.3); }
static double clipped(double w) { return fmax(-1, fmin(1, w)); }

static bool ask_with(const inquiry *q, change *to) {
  point *p = q->d->point;
  for (int64_t j = 0; j < p->output_elements; j++) p->weight[j] = to(q->weight[j]);
  return ask(q);
}

static bool say_use(const inquiry *q) {
  const diagnosis *d = q->d;
  if (ask_with(q, one) && answer_is(q, 1))
    return diagnosis_say(d, "The cotangent is ignored: this is the gradient of the plain sum of the outputs.");
  if (ask_with(q, negative) && answer_is(q, 1)) {
    if (ask_with(q, twice) && answer_is(q, 4)) return diagnosis_say(d, "The cotangent enters squared.");
    if (answer_is(q, 2)) return diagnosis_say(d, "The absolute value of the cotangent is used, its sign is lost.");
  }
  if (ask_with(q, other_size) && answer_is(q, 1))
    return diagnosis_say(d, "Only the sign of the cotangent is used.");
  if (ask_with(q, clipped) && answer_is(q, 1)) return diagnosis_say(d, "The cotangent is clipped to [-1, 1].");
  return false;
}

// Asks whether the analytic gradient is linear, and whether asking makes sense: the same cotangent must give the
// same gradient.
static bool is_nonlinear(const inquiry *q) {
  if (!ask_with(q, same) || !answer_is(q, 1)) return false;
  const bool linear = ask_with(q, twice) && answer_is(q, 2) && ask_with(q, negative) && answer_is(q, -1);
  return !linear && ask_with(q, same);
}

static bool all_finite(const diagnosis *d) {
  for (int64_t i = 0; i < sg_shape_elements(&d->found->shape); i++)
    if (!isfinite(d->gradient[i])) return false;
  return true;
}

bool diagnose_cotangent(const diagnosis *d) {
  inquiry q;
  if (!d->gradient || d->found->checked == 0 || !all_finite(d)) return false;
  const bool told = open_inquiry(&q, d) && is_nonlinear(&q) && say_use(&q);
  close_inquiry(&q);
  return told;
}

bool diagnose_nonlinear(const diagnosis *d) {
  inquiry q;
  if (!d->gradient || d->found->checked == 0 || !all_finite(d)) return false;
  const bool nonlinear = open_inquiry(&q, d) && is_nonlinear(&q);
  close_inquiry(&q);
  return nonlinear &&
         diagnosis_say(d, "The analytic gradient is not linear in the cotangent: twice the cotangent does "
                          "not give twice the gradient.");
}

// ---- Only a part of the outputs is summed over ------------------------------------------------------------

// Whether element j of an output is in a slice of it; dimension -1: nothing is.
static bool in_slice(const sg_shape *shape, int dimension, int64_t index, int64_t j) {
  return dimension >= 0 && diagnosis_along(shape, dimension, j) == index;
}

static void keep_slice(const inquiry *q, int output, int64_t offset, int dimension, int64_t index) {
  point *p = q->d->point;
  const sg_shape *shape = &p->output_shape[output];
  memcpy(p->weight, q->weight, (size_t)p->output_elements * sizeof(double));
  for (int64_t j = 0; j < sg_shape_elements(shape); j++)
    if (!in_slice(shape, dimension, index, j)) p->weight[offset + j] = 0;
}

// Whether the input moves outputs outside of the slice.
static bool others_depend(const diagnosis *d, int output, int64_t offset, int dimension, int64_t index) {
  point *p = d->point;
  const sg_shape *shape = &p->output_shape[output];
  const int64_t count = sg_shape_elements(&d->found->shape);
  sg_tensor *before = sg_tensor_copy(p->context, p->inputs[d->position]);
  double *x = before ? sg_tensor_write(p->inputs[d->position], "gradcheck") : NULL;
  if (!x) return false;
  const double length = gradcheck_typical_length(x, count);
  for (int64_t i = 0; i < count; i++) x[i] += 1e-3 * fmin(length, x[i] == 0 ? length : fabs(x[i]));
  const bool evaluated = point_evaluate(p) == SG_OK;
  memcpy(x, sg_tensor_data(before), (size_t)count * sizeof *x);
  if (!evaluated) return false;
  for (int64_t j = 0; j < sg_shape_elements(shape); j++)
    if (!in_slice(shape, dimension, index, j) &&
        !(fabs(p->value[offset + j] - p->base[offset + j]) <= 8 * p->noise[offset + j]))
      return true;
  return false;
}

static bool only_slice(const inquiry *q, int output, int64_t offset, int dimension, int64_t index) {
  const diagnosis *d = q->d;
  keep_slice(q, output, offset, dimension, index);
  if (!ask(q) || !answer_is(q, 1) || !others_depend(d, output, offset, dimension, index)) return false;
  return diagnosis_say(d,
                       "Only the %s slice along dimension %d of the output enters the gradient: the sum over a "
                       "broadcast dimension is missing, or the rest of the output is forgotten.",
                       index == 0 ? "first" : "last", dimension + d->base);
}

static bool say_forgotten(const diagnosis *d, int output) {
  return diagnosis_say(
      d,
      "The cotangent of output %d does not enter the gradient, although that output depends on this "
      "input.",
      output + d->base);
}

// An output of whose cotangent nothing matters has no slice that matters alone.
static bool only_some_slice(const inquiry *q) {
  const point *p = q->d->point;
  int64_t offset = 0;
  for (int i = 0; i < p->output_count; i++) {
    const sg_shape *shape = &p->output_shape[i];
    keep_slice(q, i, offset, -1, 0);
    const bool matters = !ask(q) || !answer_is(q, 1);
    if (!matters && others_depend(q->d, i, offset, -1, 0)) return say_forgotten(q->d, i);
    for (int j = 0; j < shape->rank && matters; j++) {
      if (shape->size[j] < 2) continue;
      if (only_slice(q, i, offset, j, 0) || only_slice(q, i, offset, j, shape->size[j] - 1)) return true;
      if (sg_error_status(p->context) != SG_OK) return false;
    }
    offset += sg_shape_elements(shape);
  }
  return false;
}

bool diagnose_reduction(const diagnosis *d) {
  inquiry q;
  const bool one_output = d->point->output_count == 1;
  if (!d->gradient || d->failed_count == 0) return false;
  if (one_output && sg_shape_elements(&d->found->shape) >= d->point->output_elements) return false;
  const bool told = open_inquiry(&q, d) && only_some_slice(&q);
  close_inquiry(&q);
  return told;
}
