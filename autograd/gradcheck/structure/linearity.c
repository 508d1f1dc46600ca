// SPDX-License-Identifier: GPL-3.0-or-later
//
// The gradient is linear in the cotangent.
#include "autograd/gradcheck/structure/trial.h"

#include <math.h>

sg_status structure_check_zero(structure *s) {
  if (structure_take(s, s->cotangent, 0, s->first) != SG_OK) return sg_error_status(s->point->context);
  if (s->refused) return structure_enter_refused(s, "zero cotangent");
  for (int64_t i = 0; i < s->elements; i++)
    if (!(s->first[i] == 0) && s->ignored[i] == 0)
      return report_enter(s->report, "zero cotangent", SG_GRADCHECK_FAIL,
                          "a cotangent of zeros gives a gradient of %.10g at %s, expected 0",
                          gradcheck_shown(s->first[i]), structure_place(s, i).text);
  return structure_enter_pass(s, "zero cotangent");
}

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
    if (structure_take_again(s, "linearity", &changed) != SG_OK || changed)
      return sg_error_status(s->point->context);
    s->refused = false;
    return report_enter(s->report, "linearity", SG_GRADCHECK_FAIL,
                        "with the cotangent times %g the gradient at %s is %.10g, expected %.10g: the derivative "
                        "clips its cotangent, loses its sign or size, or adds something",
                        factor, structure_place(s, i).text, gradcheck_shown(got), expected);
  }
  return SG_OK;
}

// (a v + b w)'J - a v'J - b w'J, for v of moderate sizes and w of very different ones.
static const double a = STRUCTURE_A, b = STRUCTURE_B;

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
sg_status structure_check_linearity(structure *s) {
  static const double factors[] = {-0x1p20, 0x1p-20, 0x1p40};
  bool failed = false;
  int64_t where = -1;
  for (size_t k = 0; k < sizeof factors / sizeof *factors && !s->refused; k++)
    if (check_homogeneity(s, factors[k], &failed) != SG_OK || failed) return sg_error_status(s->point->context);
  if (s->refused) return structure_enter_refused(s, "linearity");
  if (structure_try(s, additivity, s->elements, &where) != SG_OK) return sg_error_status(s->point->context);
  if (structure_is_settled(s, "linearity", where)) return SG_OK;
  return report_enter(s->report, "linearity", SG_GRADCHECK_FAIL,
                      "the gradient for a sum of two cotangents is not the sum of the two gradients: at %s it is "
                      "off by %.4g",
                      structure_place(s, where).text, gradcheck_shown(s->low[where]));
}
