// SPDX-License-Identifier: GPL-3.0-or-later
#include "autograd/gradcheck/structure/trial.h"

#include <stdio.h>
#include <string.h>

sg_status structure_enter_pass(structure *s, const char *name) {
  return report_enter(s->report, name, SG_GRADCHECK_PASS, "%s", "");
}

sg_status structure_enter_refused(structure *s, const char *name) {
  s->refused = false;
  return report_enter(s->report, name, SG_GRADCHECK_INCONCLUSIVE, "could not be tried: %s", s->refusal);
}

bool structure_is_settled(structure *s, const char *name, int64_t where) {
  if (s->refused)
    structure_enter_refused(s, name);
  else if (where < 0)
    structure_enter_pass(s, name);
  else
    return false;
  return true;
}

sg_text structure_place(const structure *s, int64_t flat) {
  const point *p = s->point;
  const int base = sg_index_base(p->context);
  int input = 0;
  for (int i = 0; i < p->input_count; i++)
    if (p->checked[i] && s->start[i] <= flat && sg_tensor_elements(p->inputs[i]) > 0) input = i;
  const sg_shape *shape = sg_tensor_shape(p->inputs[input]);
  sg_text text;
  gradcheck_name_input(text.text, 48, s->options, input, base);
  const size_t length = strlen(text.text);
  if (shape->rank > 0)
    snprintf(text.text + length, sizeof text.text - length, "[%.140s]",
             gradcheck_index_text(shape, flat - s->start[input], base).text);
  return text;
}
