// SPDX-License-Identifier: GPL-3.0-or-later
//
// What the analytic derivative does with the cotangent, found by asking it again with other ones.
#include "autograd/gradcheck/diagnosis/hypotheses.h"

#include <math.h>
#include <string.h>

// ---- Asking again -------------------------------------------------------------------------------------------

typedef struct inquiry {
  const diagnosis *d;
  double *weight; // to ask with
  double *answer; // the analytic gradient of the input in question
  double *moved;  // outputs after a move of the input
  int64_t elements;
} inquiry;

static bool open_inquiry(inquiry *q, const diagnosis *d) {
  *q = (inquiry){.d = d, .elements = sg_shape_elements(&d->found->shape)};
  q->weight = diagnosis_memory(d, d->findings->output_elements + 1, sizeof(double));
  q->answer = diagnosis_memory(d, q->elements + 1, sizeof(double));
  q->moved = diagnosis_memory(d, d->findings->output_elements + 1, sizeof(double));
  return q->weight && q->answer && q->moved;
}

// A derivative that refuses the weights is no answer.
static bool ask(const inquiry *q) {
  const findings *f = q->d->findings;
  return f->gradient_under(f->checker, q->weight, q->d->position, q->answer);
}

// Whether the answer is `factor` times the gradient under the original weights.
static bool answer_is(const inquiry *q, double factor) {
  const double *before = q->d->gradient;
  double size = 0, error = 0;
  for (int64_t i = 0; i < q->elements; i++) {
    const double wrong = fabs(q->answer[i] - factor * before[i]);
    size = fmax(size, fabs(before[i]));
    if (!(wrong <= 1e-6 * size) && !(wrong <= error)) error = wrong;
  }
  return error <= 1e-9 * size;
}

// ---- Not linear in the cotangent ----------------------------------------------------------------------------

typedef double change(double weight);

static double same(double w) { return w; }
static double twice(double w) { return 2 * w; }
static double negative(double w) { return -w; }
static double one(double w) { return 0 * w + 1; }
static double other_size(double w) { return 1.7 * w + (w > 0 ? 0.3 : -0.3); }
static double clipped(double w) { return fmax(-1, fmin(1, w)); }

static bool ask_with(const inquiry *q, change *to) {
  const findings *f = q->d->findings;
  for (int64_t j = 0; j < f->output_elements; j++) q->weight[j] = to(f->weights[j]);
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

bool diagnose_cotangent(const diagnosis *d) {
  inquiry q;
  if (d->found->checked == 0 || !diagnosis_knows_gradient(d)) return false;
  return open_inquiry(&q, d) && is_nonlinear(&q) && say_use(&q);
}

bool diagnose_nonlinear(const diagnosis *d) {
  inquiry q;
  if (d->found->checked == 0 || !diagnosis_knows_gradient(d)) return false;
  return open_inquiry(&q, d) && is_nonlinear(&q) &&
         diagnosis_say(d, "The analytic gradient is not linear in the cotangent: twice the cotangent does "
                          "not give twice the gradient.");
}

// ---- Only a part of the outputs is summed over --------------------------------------------------------------

// Whether element j of an output is in a slice of it; dimension -1: nothing is.
static bool in_slice(const sg_shape *shape, int dimension, int64_t index, int64_t j) {
  return dimension >= 0 && diagnosis_along(shape, dimension, j) == index;
}

// The weights of the slice alone, or of everything else.
static void weigh(const inquiry *q, const found_output *output, int dimension, int64_t index, bool slice) {
  const findings *f = q->d->findings;
  memcpy(q->weight, f->weights, (size_t)f->output_elements * sizeof(double));
  for (int64_t j = 0; j < sg_shape_elements(output->shape); j++)
    if (in_slice(output->shape, dimension, index, j) != slice) q->weight[output->start + j] = 0;
}

// Whether the input moves outputs in the slice, or outside of it.
static bool depends(const inquiry *q, const found_output *output, int dimension, int64_t index, bool slice) {
  const findings *f = q->d->findings;
  if (!f->outputs_after_move(f->checker, q->d->position, q->moved)) return false;
  for (int64_t j = 0; j < sg_shape_elements(output->shape); j++)
    if (in_slice(output->shape, dimension, index, j) == slice &&
        !(fabs(q->moved[output->start + j] - output->values[j]) <= 8 * output->noise[j]))
      return true;
  return false;
}

static bool only_slice(const inquiry *q, const found_output *output, int dimension, int64_t index) {
  const diagnosis *d = q->d;
  weigh(q, output, dimension, index, true);
  if (!ask(q) || !answer_is(q, 1) || !depends(q, output, dimension, index, false)) return false;
  return diagnosis_say(d,
                       "Only the %s slice along dimension %d of the output enters the gradient: the sum over a "
                       "broadcast dimension is missing, or the rest of the output is forgotten.",
                       index == 0 ? "first" : "last", dimension + d->base);
}

// Whether one slice of many takes no part.
static bool all_but_slice(const inquiry *q, const found_output *output, int dimension) {
  enum { most = 32 };
  const diagnosis *d = q->d;
  const int64_t size = output->shape->size[dimension];
  if (size < 2 || size > most) return false;
  for (int64_t index = 0; index < size; index++) {
    weigh(q, output, dimension, index, false);
    if (!ask(q) || !answer_is(q, 1) || !depends(q, output, dimension, index, true)) continue;
    return diagnosis_say(
        d,
        "What has index %lld along dimension %d of the output does not enter the gradient: the sum "
        "over that dimension leaves it out.",
        (long long)index + d->base, dimension + d->base);
  }
  return false;
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
  const findings *f = q->d->findings;
  for (int i = 0; i < f->output_count; i++) {
    const found_output *output = &f->outputs[i];
    const sg_shape *shape = output->shape;
    weigh(q, output, -1, 0, true);
    const bool matters = !ask(q) || !answer_is(q, 1);
    if (!matters && depends(q, output, -1, 0, false)) return say_forgotten(q->d, i);
    for (int j = 0; j < shape->rank && matters; j++) {
      if (shape->size[j] < 2) continue;
      if (only_slice(q, output, j, 0) || only_slice(q, output, j, shape->size[j] - 1)) return true;
      if (sg_error_status(f->context) != SG_OK) return false;
    }
    for (int j = 0; j < shape->rank && matters; j++)
      if (all_but_slice(q, output, j)) return true;
  }
  return false;
}

bool diagnose_reduction(const diagnosis *d) {
  inquiry q;
  const findings *f = d->findings;
  if (!d->gradient || d->failed_count == 0) return false;
  if (f->output_count == 1 && sg_shape_elements(&d->found->shape) >= f->output_elements) return false;
  return open_inquiry(&q, d) && only_some_slice(&q);
}
