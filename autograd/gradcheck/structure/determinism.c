// SPDX-License-Identifier: GPL-3.0-or-later
//
// The gradient is the same when it is taken again.
#include "autograd/gradcheck/structure/trial.h"

#include <math.h>

static bool same_value(double a, double b) { return a == b || (isnan(a) && isnan(b)); }

sg_status structure_take_again(structure *s, const char *name, bool *changed) {
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

sg_status structure_check_determinism(structure *s) {
  bool changed;
  if (structure_take_again(s, "determinism", &changed) != SG_OK || changed)
    return sg_error_status(s->point->context);
  return s->refused ? structure_enter_refused(s, "determinism") : structure_enter_pass(s, "determinism");
}
