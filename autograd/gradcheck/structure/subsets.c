// SPDX-License-Identifier: GPL-3.0-or-later
//
// The gradient of an input is the same whichever other inputs want one: derivatives skip what nobody asked for, and
// that is a branch like any other. Tried are each input alone and all but each one.
#include "autograd/gradcheck/structure/trial.h"

#include <math.h>
#include <string.h>

// From now on only these inputs want a gradient.
static sg_status choose(point *p, const bool *wanted) {
  for (int i = 0; i < p->input_count; i++)
    if (p->checked[i] != wanted[i] && sg_tensor_set_requires_grad(p->inputs[i], wanted[i]) != SG_OK) break;
  memcpy(p->checked, wanted, (size_t)p->input_count * sizeof *wanted);
  return sg_error_status(p->context);
}

// Compares the gradients in s->first, those of a subset, with those of all in s->second.
static void compare(const structure *s, double scale, double *residual, double *size) {
  const point *p = s->point;
  for (int i = 0; i < p->input_count; i++) {
    if (!p->checked[i]) continue;
    for (int64_t k = s->start[i]; k < s->start[i] + sg_tensor_elements(p->inputs[i]); k++) {
      const double off = (s->first[k] - s->second[k]) / scale;
      if (s->ignored[k] != 0 || fabs(off) <= fabs(residual[k])) continue;
      residual[k] = off;
      size[k] = (fabs(s->first[k]) + fabs(s->second[k])) / scale;
    }
  }
}

static sg_status subsets(structure *s, double scale, double *residual, double *size) {
  point *p = s->point;
  bool all[SG_GRADCHECK_MAX_INPUTS], wanted[SG_GRADCHECK_MAX_INPUTS];
  const size_t bytes = (size_t)s->elements * sizeof *residual;
  const int count = point_checked_count(p);
  memset(residual, 0, bytes);
  memset(size, 0, bytes);
  memcpy(all, p->checked, sizeof all);
  if (structure_take(s, s->cotangent, scale, s->second) != SG_OK || s->refused) return sg_error_status(p->context);
  for (int i = 0; i < p->input_count; i++) {
    if (!all[i]) continue;
    for (int alone = count > 2 ? 0 : 1; alone < 2; alone++) {
      for (int k = 0; k < p->input_count; k++) wanted[k] = all[k] && (alone ? k == i : k != i);
      if (choose(p, wanted) == SG_OK && structure_take(s, s->cotangent, scale, s->first) == SG_OK && !s->refused)
        compare(s, scale, residual, size);
      if (sg_error_status(p->context) != SG_OK || choose(p, all) != SG_OK || s->refused)
        return sg_error_status(p->context);
    }
  }
  return SG_OK;
}

sg_status structure_check_subsets(structure *s) {
  int64_t where;
  if (point_checked_count(s->point) < 2) return SG_OK;
  s->tolerant = true;
  const sg_status status = structure_try(s, subsets, s->elements, &where);
  s->tolerant = false;
  if (status != SG_OK) return status;
  if (structure_is_settled(s, "subsets", where)) return SG_OK;
  return report_enter(s->report, "subsets", SG_GRADCHECK_FAIL,
                      "a gradient depends on which other inputs want one: at %s it is off by %.4g when some do "
                      "not",
                      structure_place(s, where).text, gradcheck_shown(s->low[where]));
}
