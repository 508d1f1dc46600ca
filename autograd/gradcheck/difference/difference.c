// SPDX-License-Identifier: GPL-3.0-or-later
//
// The error model.
//
// GSL's gsl_deriv_central compares a 3-point and a 5-point rule for the truncation error, and takes every
// function value f to be wrong by eps |f|; from both it chooses a better step and an error bar. Two things
// are wrong with giving it s(x) = sum(w * y) as it is: outputs that do not depend on the element add noise,
// and the values of the others are usually wrong by more than eps |s|, or by less. So GSL is given
//
//   F(t) = offset + sum_j w_j (y_j(x + t) - y_j(x)),   offset = N / eps,
//   N    = root of sum (w_j noise_j)^2 over the outputs that change,
//
// where noise_j was measured (problem.c). Outputs that do not change contribute exactly nothing, the
// derivative is the same, and eps |F| is the noise N: GSL's own model is true again, both for the choice
// of the step and for the bar. Errors of different outputs are independent of each other and of the random
// signs of w, hence the root of the sum of squares.
//
// x + t is rounded. The step really made, (x + t) - x, differs from t, and F(t) is scaled by the ratio of
// the two, which leaves an error of second order. GSL sees an abscissa of 0 and adds no error for it.
//
// A bar is k times GSL's estimate: the raw one is exceeded by one to three correct elements in a hundred.
#include "autograd/gradcheck/difference/difference.h"

#include <float.h>
#include <gsl/gsl_deriv.h>
#include <math.h>
#include <string.h>

static const sample outside = {.change = (double)NAN, .magnitude = (double)NAN};

// Sums of what changed.
typedef struct sums {
  long double change, magnitude, noise, size;
} sums;

static void compare_block(const sg_check_problem *p, int64_t begin, int64_t end, sums *total, double *hidden) {
  for (int64_t j = begin; j < end; j++) {
    const double difference = p->value[j] - p->base[j];
    const double wrong = p->weight[j] * p->noise[j];
    if (difference == 0) {
      *hidden = fmax(*hidden, fabs(wrong));
      continue;
    }
    const long double part = (long double)p->weight[j] * (long double)difference;
    total->change += part;
    total->magnitude += fabsl(part);
    total->noise += (long double)wrong * (long double)wrong;
    const long double output = (long double)(p->weight[j] * fmax(fabs(p->value[j]), fabs(p->base[j])));
    total->size += output * output;
  }
}

// Most elements reach few outputs: blocks in which nothing has changed cost a comparison of memory.
static sample compare_outputs(const sg_check_problem *p) {
  sums total = {0};
  double hidden = 0;
  for (int64_t begin = 0, block = 0; begin < p->output_elements; begin += gradcheck_block, block++) {
    const int64_t left = p->output_elements - begin, count = left < gradcheck_block ? left : gradcheck_block;
    if (memcmp(p->value + begin, p->base + begin, (size_t)count * sizeof(double)) == 0)
      hidden = fmax(hidden, p->hidden[block]);
    else
      compare_block(p, begin, begin + count, &total, &hidden);
  }
  return (sample){.change = (double)total.change,
                  .magnitude = (double)total.magnitude,
                  .size = (double)sqrtl(total.size),
                  .noise = (double)sqrtl(total.noise),
                  .hidden = hidden};
}

static double evaluate_along(element *e, double step) {
  const int64_t count = sg_tensor_elements(e->input);
  double *data = sg_tensor_write(e->input, "gradcheck");
  if (!data) return (double)NAN;
  for (int64_t j = 0; j < count; j++) data[j] = e->origin[j] + step * e->direction[j];
  const sg_status status = gradcheck_evaluate(e->problem);
  memcpy(data, e->origin, (size_t)count * sizeof *data);
  return status == SG_OK ? 1 : (double)NAN;
}

// Leaves the outputs in problem->value. The ratio of the step asked for and the step made is returned.
static double evaluate_at(element *e, double step) {
  if (gradcheck_exhausted(e->problem)) return (double)NAN;
  if (e->direction) return evaluate_along(e, step);
  const volatile double moved = e->x + step;
  const double made = moved - e->x;
  if (!(fabs(made) >= 4 * DBL_EPSILON * fabs(e->x)) || made == 0) return (double)NAN;
  double *data = sg_tensor_write(e->input, "gradcheck");
  if (!data) return (double)NAN;
  data[e->position] = moved;
  const sg_status status = gradcheck_evaluate(e->problem);
  data[e->position] = e->x;
  return status == SG_OK ? step / made : (double)NAN;
}

// Where the outputs at this step are kept.
static int vector_at(element *e, double step) {
  sg_check_vectors *v = e->vectors;
  const size_t outputs = (size_t)e->problem->output_elements;
  for (int i = 0; i < v->count && i < v->capacity; i++)
    if (v->step[i] == step) return i;
  const int place = v->count++ % v->capacity;
  v->ratio[place] = evaluate_at(e, step);
  v->step[place] = step;
  memcpy(v->outputs + (size_t)place * outputs, e->problem->value, outputs * sizeof(double));
  return place;
}

static sample compare_row(const element *e, int place) {
  const sg_check_problem *p = e->problem;
  const double value = e->vectors->outputs[(int64_t)place * p->output_elements + e->row], base = p->base[e->row];
  const double change = value - base, noise = p->noise[e->row];
  if (change == 0) return (sample){.hidden = noise};
  return (sample){
      .change = change, .magnitude = fabs(change), .size = fmax(fabs(value), fabs(base)), .noise = noise};
}

static sample take_sample(element *e, double step) {
  const int place = e->vectors ? vector_at(e, step) : -1;
  const double ratio = e->vectors ? e->vectors->ratio[place] : evaluate_at(e, step);
  sample s = outside;
  if (isfinite(ratio)) s = e->vectors ? compare_row(e, place) : compare_outputs(e->problem);
  if (!isfinite(s.change)) s = outside;
  s.change *= ratio;
  return s;
}

sample gradcheck_sample(element *e, double step) {
  for (int i = 0; i < e->sample_count && i < remembered; i++)
    if (e->samples[i].step == step) return e->samples[i];
  sample s = take_sample(e, step);
  s.step = step;
  if (e->slack > 0) s.noise = hypot(s.noise, e->slack);
  e->samples[e->sample_count++ % remembered] = s;
  return s;
}

// GSL's better step is huge where it sees no truncation error, as in a function whose derivative is lost in noise.
// Far away that function is another one. NaN makes GSL keep its first step.
static double offset_change(double step, void *user) {
  element *e = user;
  if (step == 0) return e->offset;
  if (fabs(step) > e->reach) return (double)NAN;
  return e->offset + gradcheck_sample(e, step).change;
}

// The noise of what moves. An output that is all noise may come back to exactly its value at the point by chance,
// so more than one step is looked at.
static double noise_at(element *e, sg_check_direction direction, double step) {
  const double first = direction == BACKWARD ? -step : step, second = direction == CENTRAL ? -step : first;
  return fmax(fmax(gradcheck_sample(e, first).noise, gradcheck_sample(e, second).noise),
              fmax(gradcheck_sample(e, first / 2).noise, gradcheck_sample(e, second / 2).noise));
}

// The second differences S(h) = F(h) + F(-h) - 2 F(0) of a smooth function shrink by 4 when h is halved, at a kink
// by 2.
static bool looks_kinked(const element *e, const sample *right, const sample *left, const sample *half_right,
                         const sample *half_left) {
  const double noise = e->k * DBL_EPSILON * e->offset;
  const double whole = fabs(right->change + left->change), half = fabs(half_right->change + half_left->change);
  return half > noise && half > 0.3 * whole && half > 1e-6 * (half_right->magnitude + half_left->magnitude);
}

static void describe(element *e, estimate *d, sg_check_direction direction, double step) {
  const double sign = direction == BACKWARD ? -1 : 1;
  const sample one = gradcheck_sample(e, sign * step);
  const sample half = gradcheck_sample(e, sign * step / 2);
  const double size = fabs(half.step);
  d->step = step;
  d->scale = half.magnitude / size;
  d->hidden = e->k * one.hidden / step;
  d->rounding = e->k * 6 * DBL_EPSILON * e->offset / step;
  d->erratic = one.noise > 1e-4 * one.size;
  d->flat = one.magnitude == 0 && half.magnitude == 0;
  if (direction != CENTRAL) return;
  const sample opposite = gradcheck_sample(e, -step), half_opposite = gradcheck_sample(e, -step / 2);
  d->flat = d->flat && opposite.magnitude == 0 && half_opposite.magnitude == 0;
  d->scale = fmax(d->scale, half_opposite.magnitude / size);
  d->kinked = looks_kinked(e, &one, &opposite, &half, &half_opposite);
}

// Which of GSL's two steps gave its result: the first, or the one it chose.
static double step_used(element *e, sg_check_direction direction, double first, double result) {
  if (e->sample_count < 1 || direction != CENTRAL) return first;
  const double last = 2 * fabs(e->samples[(e->sample_count - 1) % remembered].step);
  if (last >= first) return first;
  const sample right = gradcheck_sample(e, last), left = gradcheck_sample(e, -last);
  const sample half_right = gradcheck_sample(e, last / 2), half_left = gradcheck_sample(e, -last / 2);
  const double rule3 = 0.5 * (right.change - left.change);
  const double rule5 = 4.0 / 3 * (half_right.change - half_left.change) - rule3 / 3;
  const double tolerance = 16 * DBL_EPSILON * (e->offset / last + fabs(result));
  return fabs(rule5 / last - result) <= tolerance ? last : first;
}

estimate gradcheck_difference(element *e, sg_check_direction direction, double step) {
  estimate d = {.step = step, .value = (double)NAN, .bar = (double)NAN};
  const sample right = gradcheck_sample(e, direction == BACKWARD ? -step : step);
  const sample left = direction == CENTRAL ? gradcheck_sample(e, -step) : right;
  d.right_dead = isnan(right.change);
  d.left_dead = isnan(left.change);
  if (d.right_dead || d.left_dead) return d;
  e->offset = noise_at(e, direction, step) / DBL_EPSILON;
  gsl_function function = {offset_change, e};
  double value = (double)NAN, error = (double)NAN;
  if (direction == CENTRAL)
    gsl_deriv_central(&function, 0, step, &value, &error);
  else if (direction == FORWARD)
    gsl_deriv_forward(&function, 0, step, &value, &error);
  else
    gsl_deriv_backward(&function, 0, step, &value, &error);
  if (!isfinite(value) || !isfinite(error)) return d;
  describe(e, &d, direction, step_used(e, direction, step, value));
  d.value = value;
  d.bar = e->k * (error + DBL_EPSILON * fabs(value)) + e->floor;
  return d;
}

// Central differences D(h) = D + a h^2 + b h^4 + ..., extrapolated twice from h, h/2 and h/4 (Romberg). The error
// of the last but one stage, which is of order h^4, stands for that of the last; each of the six values is
// wrong by the noise N, which the coefficients make 6.6 N / h.
estimate gradcheck_extrapolate(element *e, double step) {
  estimate d = {.step = step, .value = (double)NAN, .bar = (double)NAN};
  double central[3];
  for (int i = 0; i < 3; i++) {
    const double h = ldexp(step, -i);
    central[i] = (gradcheck_sample(e, h).change - gradcheck_sample(e, -h).change) / (2 * h);
  }
  const double first = (4 * central[1] - central[0]) / 3, second = (4 * central[2] - central[1]) / 3;
  const double value = (16 * second - first) / 15;
  const double noise = noise_at(e, CENTRAL, step);
  if (!isfinite(value)) return d;
  e->offset = noise / DBL_EPSILON;
  describe(e, &d, CENTRAL, step);
  d.value = value;
  d.bar = e->k * (fabs(value - second) + 6.6 * noise / step + 4 * DBL_EPSILON * d.scale);
  return d;
}

sg_check_range gradcheck_subgradient_range(element *e, double step) {
  const sg_check_range unknown = {(double)NAN, (double)NAN};
  const sg_check_problem *p = e->problem;
  if (e->vectors) {
    const double after = gradcheck_sample(e, step).change / step,
                 before = -gradcheck_sample(e, -step).change / step;
    return isfinite(after) && isfinite(before) ? (sg_check_range){fmin(after, before), fmax(after, before)}
                                               : unknown;
  }
  const double right = evaluate_at(e, step);
  if (!isfinite(right)) return unknown;
  memcpy(p->side, p->value, (size_t)p->output_elements * sizeof(double));
  const double left = evaluate_at(e, -step);
  if (!isfinite(left)) return unknown;
  sg_check_range range = {0, 0};
  for (int64_t j = 0; j < p->output_elements; j++) {
    const double d_right = p->weight[j] * (p->side[j] - p->base[j]) * right / step;
    const double d_left = p->weight[j] * (p->base[j] - p->value[j]) * left / step;
    range.low += fmin(d_right, d_left);
    range.high += fmax(d_right, d_left);
  }
  return range;
}
