// SPDX-License-Identifier: GPL-3.0-or-later
//
// All structural checks in order.
#include "autograd/gradcheck/structure/structure.h"
#include "autograd/gradcheck/common/memory.h"
#include "autograd/gradcheck/common/random.h"
#include "autograd/gradcheck/structure/trial.h"

#include <math.h>

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
    s->mixed[j] = STRUCTURE_A * s->cotangent[j] + STRUCTURE_B * s->other[j];
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
  sg_status (*const checks[])(structure *) = {
      structure_check_determinism,  structure_check_zero,    structure_check_linearity, structure_check_dual,
      structure_check_accumulation, structure_check_subsets, structure_check_aliasing,  structure_check_steps};
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
