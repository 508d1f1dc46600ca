// SPDX-License-Identifier: GPL-3.0-or-later
//
// Determinism, zero cotangent, linearity; the order of all structural checks.
#include "autograd/gradcheck/structure/structure.h"
#include "autograd/gradcheck/common/memory.h"
#include "autograd/gradcheck/common/random.h"
#include "autograd/gradcheck/structure/trial.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

// ---- Words -----------------------------------------------------------------------------------------------

sg_status structure_enter_pass(structure *s, const char *name) {
  return report_enter(s->report, name, SG_GRADCHECK_PASS, "%s", "");
}

sg_status structure_enter_refused(structure *s, const char *name) {
  s->refused = false;
  return report_enter(s->report, name, SG_GRADCHECK_INCONCLUSIVE, "could not be tried: %s", s->refusal);
}

sg_text structure_place(const structure *s, int64_t flat) {
  const point *p = s->point;
  const int base = sg_index_base(p->context);
  int input = 0;
  for (int i = 0; i < p->input_count; i++)
    if (p->checked[i] && s->start[i] <= flat && sg_tensor_elements(p->inputs[i]) > 0) input = i;
  const sg_shape *shape = sg_tensor_shape(p->inputs[input]);
  int64_t rest = flat - s->start[input], index[SG_MAX_RANK];
  for (int d = shape->rank - 1; d >= 0; d--) {
    index[d] = rest % shape->size[d] + base;
    rest /= shape->size[d];
  }
  sg_text text;
  gradcheck_name_input(text.text, 48, s->options, input, base);
  for (int d = 0; d < shape->rank; d++) {
    const size_t length = strlen(text.text);
    snprintf(text.text + length, sizeof text.text - length, "%s%lld%s", d ? ", " : "[", (long long)index[d],
             d == shape->rank - 1 ? "]" : "");
  }
  return text;
}

// ---- Determinism, zero -----------------------------------------------------------------------------------

static bool same_value(double a, double b) { return a == b || (isnan(a) && isnan(b)); }

// Takes the gradient again; *changed: it is another one, and that was entered.
static sg_status take_again(structure *s, const char *name, bool *changed) {
  *changed = false;
  if (structure_take(s, s->cotangent, 1, s->first) != SG_OK || s->refused)
    return sg_error_status(s->point->context);
  for (int64_t i = 0; i < s->elements && !*changed; i++) {
    if (same_value(s->first[i], s->gradient[i])) continue;
    *changed = true;
    report_enter(s->report, name, SG_GRADCHECK_FAIL,
                 "the gradient is another one when it is taken again: at %s %.17g, then %.17g",
                 structure_place(s, i).text, s->gradient[i], s->first[i]);
  }
  return SG_OK;
}

static sg_status check_determinism(structure *s) {
  bool changed;
  if (take_again(s, "determinism", &changed) != SG_OK || changed) return sg_error_status(s->point->context);
  return s->refused ? structure_enter_refused(s, "determinism") : structure_enter_pass(s, "determinism");
}

static sg_status check_zero(structure *s) {
  if (structure_take(s, s->cotangent, 0, s->first) != SG_OK) return sg_error_status(s->point->context);
  if (s->refused) return structure_enter_refused(s, "zero cotangent");
  for (int64_t i = 0; i < s->elements; i++)
    if (!(s->first[i] == 0) && s->ignored[i] == 0)
      return report_enter(s->report, "zero cotangent", SG_GRADCHECK_FAIL,
                          "a cotangent of zeros gives a gradient of %.10g at %s, expected 0",
                          gradcheck_shown(s->first[i]), structure_place(s, i).text);
  return structure_enter_pass(s, "zero cotangent");
}

// ---- Linearity -------------------------------------------------------------------------------------------

// Multiplying a cotangent by a power of two and by -1 changes no rounding, so that even where all digits are noise
// (s v)'J = s (v'J). Clipping, thresholds, signs, absolute values and added constants do not keep that.
static sg_status check_homogeneity(structure *s, double factor, bool *failed) {
  if (structure_take(s, s->cotangent, factor, s->first) != SG_OK) return sg_error_status(s->point->context);
  for (int64_t i = 0; i < s->elements && !s->refused; i++) {
    const double expected = factor * s->gradient[i], got = s->first[i];
    const bool large = fabs(factor) > 0x1p20 || fabs(expected) > 1e200;
    if (s->ignored[i] != 0 || (large && !isfinite(got))) continue;
    if (fabs(got - expected) <= s->tolerance * (fabs(got) + fabs(expected)) + 1e-280) continue;
    bool changed; // with the number of calls, and not with the cotangent
    *failed = true;
    if (take_again(s, "linearity", &changed) != SG_OK || changed) return sg_error_status(s->point->context);
    s->refused = false;
    return report_enter(s->report, "linearity", SG_GRADCHECK_FAIL,
                        "with the cotangent times %g the gradient at %s is %.10g, expected %.10g: the derivative "
                        "clips its cotangent, loses its sign or size, or adds something",
                        factor, structure_place(s, i).text, gradcheck_shown(got), expected);
  }
  return SG_OK;
}

// (a v + b w)'J - a v'J - b w'J, for v of moderate sizes and w of very different ones.
static const double a = -1.25, b = 0.75;

static sg_status additivity(structure *s, double scale, double *residual, double *size) {
  const double *one = s->gradient;
  if (structure_take(s, s->other, scale, s->first) != SG_OK || s->refused ||
      structure_take(s, s->mixed, scale, s->second) != SG_OK || s->refused)
    return sg_error_status(s->point->context);
  for (int64_t i = 0; i < s->elements; i++) {
    residual[i] = (s->second[i] - b * s->first[i]) / scale;
    size[i] = (fabs(s->second[i]) + fabs(b * s->first[i])) / scale;
  }
  if (scale != 1) {
    if (structure_take(s, s->cotangent, scale, s->first) != SG_OK) return sg_error_status(s->point->context);
    one = s->first;
  }
  for (int64_t i = 0; i < s->elements; i++) {
    residual[i] -= a * one[i] / scale;
    size[i] += fabs(a * one[i]) / scale;
    if (s->ignored[i] != 0) residual[i] = 0;
  }
  return SG_OK;
}

// The cotangents themselves are between 2^-2 and 2^6. Smaller factors would leave the range of f32, in which a
// function may compute on its way; what overflows with a large one has told nothing, for clipping does not.
static sg_status check_linearity(structure *s) {
  static const double factors[] = {-0x1p20, 0x1p-20, 0x1p40};
  bool failed = false;
  int64_t where = -1;
  for (size_t k = 0; k < sizeof factors / sizeof *factors && !s->refused; k++)
    if (check_homogeneity(s, factors[k], &failed) != SG_OK || failed) return sg_error_status(s->point->context);
  if (s->refused) return structure_enter_refused(s, "linearity");
  if (structure_try(s, additivity, s->elements, &where) != SG_OK) return sg_error_status(s->point->context);
  if (s->refused) return structure_enter_refused(s, "linearity");
  if (where < 0) return structure_enter_pass(s, "linearity");
  return report_enter(s->report, "linearity", SG_GRADCHECK_FAIL,
                      "the gradient for a sum of two cotangents is not the sum of the two gradients: at %s it is "
                      "off by %.4g",
                      structure_place(s, where).text, gradcheck_shown(s->low[where]));
}

// ---- The whole -------------------------------------------------------------------------------------------

// Signed, between 2^low and 2^(high + 1) in size.
static double draw(uint64_t *random, int low, int high) {
  const uint64_t bits = gradcheck_random_bits(random);
  const int exponent = low + (int)(gradcheck_random_bits(random) % (uint64_t)(high - low + 1));
  const double size = ldexp(1 + ldexp((double)(bits >> 12), -52), exponent);
  return bits & 1 ? size : -size;
}

static void draw_cotangents(structure *s, bool narrow) {
  uint64_t random = s->options->seed ^ 0xd1b54a32d192ed03u;
  for (int64_t j = 0; j < s->point->output_elements; j++) {
    s->cotangent[j] = draw(&random, -2, 5);
    s->other[j] = draw(&random, -12, 12);
    if (narrow) {
      s->cotangent[j] = (double)(float)s->cotangent[j];
      s->other[j] = (double)(float)s->other[j];
    }
    s->mixed[j] = a * s->cotangent[j] + b * s->other[j];
  }
}

static sg_status lay_out(structure *s) {
  point *p = s->point;
  bool narrow = false;
  for (int i = 0; i < p->input_count; i++) {
    s->lead[i] = i;
    s->start[i] = s->elements;
    if (p->checked[i]) s->elements += sg_tensor_elements(p->inputs[i]);
    s->origin[i] = sg_tensor_copy(p->context, p->inputs[i]);
  }
  for (int i = 0; i < p->output_count; i++) narrow = narrow || p->output_dtype[i] != SG_F64;
  s->tolerance = narrow ? 0x1p-16 : 0x1p-26;
  const int64_t at_least_one = s->elements > 0 ? s->elements : 1;
  double **const arrays[] = {&s->gradient, &s->first, &s->second, &s->residual,
                             &s->size,     &s->low,   &s->high,   &s->ignored};
  double **const outputs[] = {&s->cotangent, &s->other, &s->mixed};
  sg_tensor *owner;
  double *room =
      gradcheck_memory(p->context, (size_t)(8 * at_least_one + 3 * p->output_elements) * sizeof(double), &owner);
  if (!room) return sg_error_status(p->context);
  for (int k = 0; k < 8; k++, room += at_least_one) *arrays[k] = room;
  for (int k = 0; k < 3; k++, room += p->output_elements) *outputs[k] = room;
  draw_cotangents(s, narrow);
  return sg_error_status(p->context);
}

// Sums and multiples of larger gradients overflow, which tells nothing of the derivative.
static void mark_ignored(structure *s) {
  static const double most = 1e280;
  const point *p = s->point;
  for (int i = 0; i < p->input_count; i++) {
    if (!p->checked[i]) continue;
    const sg_tensor *skip = p->skip[i];
    for (int64_t j = 0; j < sg_tensor_elements(p->inputs[i]); j++) {
      const int64_t k = s->start[i] + j;
      s->ignored[k] = !(fabs(s->gradient[k]) < most) || (skip && sg_tensor_value(skip, j) != 0);
    }
  }
}

static void enter_watched(structure *s, const char *name, const char *text) {
  report_enter(s->report, name, text[0] ? SG_GRADCHECK_FAIL : SG_GRADCHECK_PASS, "%s", text);
}

static sg_status check_all(structure *s) {
  sg_status (*const checks[])(structure *) = {check_determinism,
                                              check_zero,
                                              check_linearity,
                                              structure_check_dual,
                                              structure_check_accumulation,
                                              structure_check_subsets,
                                              structure_check_aliasing,
                                              structure_check_steps};
  if (lay_out(s) != SG_OK || structure_take(s, s->cotangent, 1, s->gradient) != SG_OK)
    return sg_error_status(s->point->context);
  if (s->refused) { // the comparison of elements meets the same refusal and reports it
    s->refused = false;
    return SG_OK;
  }
  mark_ignored(s);
  for (size_t k = 0; k < sizeof checks / sizeof *checks && !s->defect->text[0]; k++)
    if (checks[k](s) != SG_OK) return sg_error_status(s->point->context);
  enter_watched(s, "shapes", s->misshapen);
  enter_watched(s, "purity", s->impure);
  return structure_return(s);
}

sg_status structure_check(point *p, const sg_gradcheck_options *o, sg_gradcheck_report *report,
                          function_defect *defect) {
  structure s = {.point = p, .options = o, .report = report, .defect = defect};
  const sg_scope scope = sg_scope_open(p->context);
  const sg_status status = check_all(&s);
  sg_scope_close(p->context, scope);
  return status;
}
