// SPDX-License-Identifier: GPL-3.0-or-later
//
// The order of the hypotheses, and what they share.
#include "autograd/gradcheck/diagnosis/evidence/evidence.h"

#include <float.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

// ---- Text -------------------------------------------------------------------------------------------------

bool diagnosis_say(const diagnosis *d, const char *format, ...) {
  char *text = d->found->diagnosis;
  const size_t length = strlen(text);
  va_list arguments;
  va_start(arguments, format);
  vsnprintf(text + length, sizeof d->found->diagnosis - length, format, arguments);
  va_end(arguments);
  return true;
}

sg_text diagnosis_name(const diagnosis *d, int position) {
  sg_text name;
  for (int i = 0, n = 0; i < d->point->input_count; i++) {
    if (!d->point->checked[i]) continue;
    if (i == position) {
      snprintf(name.text, sizeof name.text, "%s", d->inputs[n].name);
      return name;
    }
    n++;
  }
  const bool named = d->found->order == 1 && d->options->names && d->options->names[position];
  if (named)
    snprintf(name.text, sizeof name.text, "%.47s", d->options->names[position]);
  else
    snprintf(name.text, sizeof name.text, "input %d", position + d->base);
  return name;
}

sg_text diagnosis_index(const diagnosis *d, int64_t place) {
  sg_text text = {"["};
  size_t length = 1;
  for (int i = 0; i < d->found->shape.rank; i++)
    length += (size_t)snprintf(text.text + length, sizeof text.text - length, "%s%lld", i ? ", " : "",
                               (long long)diagnosis_along(&d->found->shape, i, place) + d->base);
  snprintf(text.text + length, sizeof text.text - length, "]");
  return text;
}

sg_text diagnosis_dimensions(const diagnosis *d, unsigned mask) {
  sg_text text = {""};
  size_t length = 0;
  for (int i = 0; i < SG_MAX_RANK; i++)
    if (mask >> i & 1)
      length +=
          (size_t)snprintf(text.text + length, sizeof text.text - length, "%s%d", length ? ", " : "", i + d->base);
  return text;
}

int64_t diagnosis_along(const sg_shape *shape, int dimension, int64_t place) {
  for (int i = shape->rank - 1; i > dimension; i--) place /= shape->size[i];
  return place % shape->size[dimension];
}

// ---- Evidence ---------------------------------------------------------------------------------------------

const interval diagnosis_everything = {-(double)INFINITY, (double)INFINITY};

void diagnosis_narrow(interval *c, double u, double u_bar, double t, double t_bar) {
  if (!(fabs(t) > t_bar)) return;
  const double slack = 8 * DBL_EPSILON;
  double low = (double)INFINITY, high = -(double)INFINITY;
  for (int corner = 0; corner < 4; corner++) {
    const double ratio = (u + (corner & 1 ? u_bar : -u_bar)) / (t + (corner & 2 ? t_bar : -t_bar));
    low = fmin(low, ratio - slack * fabs(ratio));
    high = fmax(high, ratio + slack * fabs(ratio));
  }
  c->low = fmax(c->low, low);
  c->high = fmin(c->high, high);
}

double diagnosis_middle(const interval *c) { return 0.5 * c->low + 0.5 * c->high; }
bool diagnosis_holds(const interval *c, double value) { return value >= c->low && value <= c->high; }

bool diagnosis_explains(const diagnosis *d, diagnosis_misfit *misfit, const void *model) {
  long double left = 0, error = 0;
  for (int64_t k = 0; k < d->count; k++) {
    double bar = 0;
    const double rest = misfit(d, model, k, &bar);
    const double rounding = 16 * DBL_EPSILON * (fabs(d->analytic[k]) + fabs(d->numeric[k]));
    if (!(fabs(rest) <= bar + rounding)) return false;
    const long double wrong = (long double)d->analytic[k] - (long double)d->numeric[k];
    left += (long double)rest * (long double)rest;
    error += wrong * wrong;
  }
  return error > 0 && left <= 1e-3L * error;
}

void *diagnosis_room(const diagnosis *d, int64_t count, size_t bytes) {
  sg_tensor *owner;
  return gradcheck_memory(d->point->context, (size_t)count * bytes, &owner);
}

// ---- Other tensors ----------------------------------------------------------------------------------------

static bool align(const sg_shape *target, const sg_shape *shape, int shift, diagnosis_view *view) {
  int64_t stride = 1;
  memset(view->stride, 0, sizeof view->stride);
  for (int i = shape->rank - 1; i >= 0; i--) {
    const int to = i + shift;
    if (to < 0 || to >= target->rank) return false;
    if (shape->size[i] != 1 && shape->size[i] != target->size[to]) return false;
    view->stride[to] = shape->size[i] == 1 ? 0 : stride;
    stride *= shape->size[i];
  }
  return true;
}

int diagnosis_views(const diagnosis *d, const sg_shape *target, const sg_tensor *tensor, diagnosis_view views[2]) {
  (void)d;
  const sg_shape *shape = sg_tensor_shape(tensor);
  int count = 0;
  if (sg_tensor_dtype(tensor) != SG_F64 || sg_tensor_elements(tensor) == 0) return 0;
  views[0].data = views[1].data = sg_tensor_data(tensor);
  if (shape->rank <= target->rank && align(target, shape, target->rank - shape->rank, &views[count])) count++;
  if (shape->rank == 1 && target->rank > 2 && align(target, shape, 1, &views[count])) count++;
  return count;
}

double diagnosis_look(const sg_shape *target, const diagnosis_view *view, int64_t place) {
  int64_t offset = 0;
  for (int i = target->rank - 1; i >= 0; i--) {
    offset += place % target->size[i] * view->stride[i];
    place /= target->size[i];
  }
  return view->data[offset];
}

void diagnosis_offsets(const sg_shape *target, const diagnosis_view *view, int64_t *offset) {
  const int last = target->rank - 1;
  const int64_t count = sg_shape_elements(target), length = last < 0 ? 1 : target->size[last];
  for (int64_t start = 0; start < count; start += length) {
    int64_t row = last < 0 ? 0 : start / length, from = 0;
    for (int k = last - 1; k >= 0; k--) {
      from += row % target->size[k] * view->stride[k];
      row /= target->size[k];
    }
    for (int64_t j = 0; j < length; j++) offset[start + j] = from + (last < 0 ? 0 : j * view->stride[last]);
  }
}

int diagnosis_output_like(const diagnosis *d, const sg_shape *shape, int64_t *offset) {
  *offset = 0;
  for (int i = 0; i < d->point->output_count; i++) {
    if (sg_shape_equal(&d->point->output_shape[i], shape)) return i;
    *offset += sg_shape_elements(&d->point->output_shape[i]);
  }
  return -1;
}

// ---- The order --------------------------------------------------------------------------------------------

static bool usable(const diagnosis *d, const sg_gradcheck_value *v) {
  const sg_tensor *kinks = d->point->kinks[d->position];
  if (v->verdict != SG_GRADCHECK_PASS && v->verdict != SG_GRADCHECK_FAIL) return false;
  if (kinks && sg_tensor_value(kinks, v->position) != 0) return false;
  return isfinite(v->analytic) && isfinite(v->numeric) && isfinite(v->error_bar);
}

static bool collect(diagnosis *d) {
  const sg_gradcheck_input *in = d->found;
  const int64_t room = in->checked > 0 ? in->checked : 1;
  d->element = diagnosis_room(d, room, sizeof *d->element);
  d->analytic = diagnosis_room(d, 3 * room, sizeof *d->analytic);
  d->failed = diagnosis_room(d, room, sizeof *d->failed);
  if (!d->element || !d->analytic || !d->failed) return false;
  d->numeric = d->analytic + room;
  d->bar = d->numeric + room;
  const double *gradient = sg_tensor_data(d->point->gradient[d->position]);
  d->gradient = gradient;
  for (int64_t i = 0; i < in->checked; i++) {
    const sg_gradcheck_value *v = &in->values[i];
    if (memcmp(&gradient[v->position], &v->analytic, sizeof v->analytic) != 0) d->gradient = NULL;
    if (!usable(d, v)) continue;
    d->element[d->count] = v->position;
    d->analytic[d->count] = v->analytic;
    d->numeric[d->count] = v->numeric;
    d->bar[d->count] = v->error_bar;
    d->failed[d->count] = v->verdict == SG_GRADCHECK_FAIL;
    d->failed_count += d->failed[d->count++];
  }
  return true;
}

static bool tell(const diagnosis *d) {
  static bool (*const hypotheses[])(const diagnosis *) = {
      diagnose_not_finite,     diagnose_kink,        diagnose_zero,           diagnose_cotangent,
      diagnose_factor,         diagnose_layout,      diagnose_swapped_inputs, diagnose_place,
      diagnose_normalization,  diagnose_other_input, diagnose_reduction,      diagnose_normalization_sizes,
      diagnose_varying_factor, diagnose_passed_on,   diagnose_extra_term,     diagnose_nonlinear,
      diagnose_in_general,
  };
  for (size_t i = 0; i < sizeof hypotheses / sizeof *hypotheses; i++) {
    if (hypotheses[i](d)) return true;
    if (sg_error_status(d->point->context) != SG_OK) return false;
  }
  return false;
}

static void diagnose(diagnosis *d) {
  const sg_gradcheck_input *in = d->found;
  const sg_scope scope = sg_scope_open(d->point->context);
  const bool known = (in->values || in->checked == 0) && d->point->gradient[d->position];
  if (known && collect(d) && tell(d) && in->mode == SG_GRADCHECK_DIRECTIONAL && d->count > 0)
    diagnosis_say(d, " (Seen in the %lld elements sampled.)", (long long)d->count);
  sg_scope_close(d->point->context, scope);
}

sg_status diagnosis_tell(point *p, const sg_gradcheck_options *o, sg_gradcheck_input *inputs, const bool *current) {
  for (int i = 0, n = 0; i < p->input_count; i++) {
    if (!p->checked[i]) continue;
    if (current[n] && inputs[n].verdict == SG_GRADCHECK_FAIL) {
      diagnosis d = {.point = p, .options = o, .position = i, .found = &inputs[n], .inputs = inputs};
      d.current = current;
      d.base = sg_index_base(p->context);
      diagnose(&d);
    }
    n++;
  }
  return sg_error_status(p->context);
}
