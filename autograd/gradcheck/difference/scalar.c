// SPDX-License-Identifier: GPL-3.0-or-later
#include "autograd/gradcheck/difference/scalar.h"

#include <float.h>
#include <math.h>
#include <string.h>

static const move outside = {.change = (double)NAN, .magnitude = (double)NAN};

// Sums of what changed.
typedef struct sums {
  long double change, magnitude, noise, size;
} sums;

static void compare_block(const point *p, int64_t begin, int64_t end, sums *total, double *hidden) {
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
static move compare_outputs(const point *p) {
  sums total = {0};
  double hidden = 0;
  for (int64_t begin = 0, block = 0; begin < p->output_elements; begin += outputs_per_block, block++) {
    const int64_t left = p->output_elements - begin, count = left < outputs_per_block ? left : outputs_per_block;
    if (memcmp(p->value + begin, p->base + begin, (size_t)count * sizeof(double)) == 0)
      hidden = fmax(hidden, p->hidden[block]);
    else
      compare_block(p, begin, begin + count, &total, &hidden);
  }
  return (move){.change = (double)total.change,
                .magnitude = (double)total.magnitude,
                .size = (double)sqrtl(total.size),
                .noise = (double)sqrtl(total.noise),
                .hidden = hidden};
}

static double evaluate_along(scalar *f, double step) {
  const int64_t count = sg_tensor_elements(f->input);
  double *data = sg_tensor_write(f->input, "gradcheck");
  if (!data) return (double)NAN;
  for (int64_t j = 0; j < count; j++) data[j] = f->origin[j] + step * f->direction[j];
  const sg_status status = point_evaluate(f->point);
  memcpy(data, f->origin, (size_t)count * sizeof *data);
  return status == SG_OK ? 1 : (double)NAN;
}

// Leaves the outputs in point->value. The ratio of the step asked for and the step made is returned.
static double evaluate_at(scalar *f, double step) {
  if (point_is_exhausted(f->point)) return (double)NAN;
  if (f->direction) return evaluate_along(f, step);
  const volatile double moved = f->x + step;
  const double made = moved - f->x;
  if (!(fabs(made) >= 4 * DBL_EPSILON * fabs(f->x)) || made == 0) return (double)NAN;
  double *data = sg_tensor_write(f->input, "gradcheck");
  if (!data) return (double)NAN;
  data[f->position] = moved;
  const sg_status status = point_evaluate(f->point);
  data[f->position] = f->x;
  return status == SG_OK ? step / made : (double)NAN;
}

// Where the outputs at this step are kept.
static int outputs_at(scalar *f, double step) {
  shared_outputs *v = f->shared;
  const size_t outputs = (size_t)f->point->output_elements;
  for (int i = 0; i < v->count && i < v->capacity; i++)
    if (v->step[i] == step) return i;
  const int place = v->count++ % v->capacity;
  v->ratio[place] = evaluate_at(f, step);
  v->step[place] = step;
  memcpy(v->outputs + (size_t)place * outputs, f->point->value, outputs * sizeof(double));
  return place;
}

static move compare_row(const scalar *f, int place) {
  const point *p = f->point;
  const double value = f->shared->outputs[(int64_t)place * p->output_elements + f->row], base = p->base[f->row];
  const double change = value - base, noise = p->noise[f->row];
  if (change == 0) return (move){.hidden = noise};
  return (move){.change = change, .magnitude = fabs(change), .size = fmax(fabs(value), fabs(base)), .noise = noise};
}

static move make_move(scalar *f, double step) {
  const int place = f->shared ? outputs_at(f, step) : -1;
  const double ratio = f->shared ? f->shared->ratio[place] : evaluate_at(f, step);
  move m = outside;
  if (isfinite(ratio)) m = f->shared ? compare_row(f, place) : compare_outputs(f->point);
  if (!isfinite(m.change)) m = outside;
  m.change *= ratio;
  return m;
}

move scalar_move(scalar *f, double step) {
  for (int i = 0; i < f->move_count && i < remembered; i++)
    if (f->moves[i].step == step) return f->moves[i];
  move m = make_move(f, step);
  m.step = step;
  if (f->slack > 0) m.noise = hypot(m.noise, f->slack);
  f->moves[f->move_count++ % remembered] = m;
  return m;
}

interval scalar_subgradients(scalar *f, double step) {
  const interval unknown = {(double)NAN, (double)NAN};
  const point *p = f->point;
  if (f->shared) {
    const double after = scalar_move(f, step).change / step, before = -scalar_move(f, -step).change / step;
    return isfinite(after) && isfinite(before) ? (interval){fmin(after, before), fmax(after, before)} : unknown;
  }
  const double right = evaluate_at(f, step);
  if (!isfinite(right)) return unknown;
  memcpy(p->side, p->value, (size_t)p->output_elements * sizeof(double));
  const double left = evaluate_at(f, -step);
  if (!isfinite(left)) return unknown;
  interval range = {0, 0};
  for (int64_t j = 0; j < p->output_elements; j++) {
    const double d_right = p->weight[j] * (p->side[j] - p->base[j]) * right / step;
    const double d_left = p->weight[j] * (p->base[j] - p->value[j]) * left / step;
    range.low += fmin(d_right, d_left);
    range.high += fmax(d_right, d_left);
  }
  return range;
}
