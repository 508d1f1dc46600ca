// SPDX-License-Identifier: GPL-3.0-or-later
//
// Gradients of several arguments add up where these are one tensor.
#include "autograd/gradcheck/structure/trial.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

// Swaps which tensor every input is: its own, or that of its lead.
static void share(structure *s, sg_tensor **own, bool shared) {
  point *p = s->point;
  for (int i = 0; i < p->input_count; i++) {
    if (!shared)
      p->inputs[i] = own[i];
    else if (s->lead[i] != i)
      p->inputs[i] = own[s->lead[i]];
  }
}

static sg_status aliasing(structure *s, double scale, double *residual, double *size) {
  point *p = s->point;
  sg_tensor *own[SG_GRADCHECK_MAX_INPUTS];
  int lead[SG_GRADCHECK_MAX_INPUTS];
  memcpy(own, p->inputs, sizeof own);
  memcpy(lead, s->lead, sizeof lead);
  for (int i = 0; i < p->input_count; i++) {
    if (lead[i] != i && sg_tensor_assign(own[i], own[lead[i]]) != SG_OK) return sg_error_status(p->context);
    s->lead[i] = i;
  }
  sg_status status = structure_take(s, s->cotangent, scale, s->first);
  memcpy(s->lead, lead, sizeof lead);
  if (status != SG_OK || s->refused) return status;
  share(s, own, true);
  status = structure_take(s, s->cotangent, scale, s->second);
  share(s, own, false);
  if (status != SG_OK || s->refused) return status;
  memset(residual, 0, (size_t)s->elements * sizeof *residual);
  memset(size, 0, (size_t)s->elements * sizeof *size);
  for (int i = 0; i < p->input_count; i++) {
    if (!p->checked[i]) continue;
    for (int64_t j = 0; j < sg_tensor_elements(own[i]); j++) {
      const int64_t at = s->start[lead[i]] + j;
      const double apart = s->first[s->start[i] + j], together = lead[i] == i ? s->second[at] : 0;
      if (!isfinite(apart)) {
        s->refused = true;
        snprintf(s->refusal, sizeof s->refusal, "the gradient is not finite where arguments are equal");
        return SG_OK;
      }
      residual[at] += (together - apart) / scale;
      size[at] += (fabs(together) + fabs(apart)) / scale;
    }
  }
  return SG_OK;
}

// Groups of checked inputs of one shape; false when there is none.
static bool find_groups(structure *s) {
  const point *p = s->point;
  bool found = false;
  for (int i = 0; i < p->input_count; i++)
    for (int k = 0; k < i && s->lead[i] == i && p->checked[i]; k++) {
      const bool same =
          p->checked[k] && sg_shape_equal(sg_tensor_shape(p->inputs[k]), sg_tensor_shape(p->inputs[i]));
      if (!same || sg_tensor_elements(p->inputs[i]) == 0) continue;
      s->lead[i] = s->lead[k];
      found = true;
    }
  return found;
}

sg_status structure_check_aliasing(structure *s) {
  int64_t where;
  if (!find_groups(s)) return SG_OK;
  s->tolerant = true;
  sg_status status = structure_try(s, aliasing, s->elements, &where);
  s->tolerant = false;
  if (status == SG_OK) status = structure_return(s);
  for (int i = 0; i < s->point->input_count; i++) s->lead[i] = i;
  if (status != SG_OK) return status;
  if (structure_is_settled(s, "aliasing", where)) return SG_OK;
  return report_enter(s->report, "aliasing", SG_GRADCHECK_FAIL,
                      "one tensor given for several arguments of its shape does not get the sum of their "
                      "gradients: at %s it is off by %.4g",
                      structure_place(s, where).text, gradcheck_shown(s->low[where]));
}
