// SPDX-License-Identifier: GPL-3.0-or-later
#include "autograd/gradcheck/common/words.h"

#include <math.h>
#include <stdio.h>

void gradcheck_name_input(char *name, size_t size, const sg_gradcheck_options *o, int i, int base) {
  if (o->names && o->names[i])
    snprintf(name, size, "%s", o->names[i]);
  else
    snprintf(name, size, "input %d", i + base);
}

void gradcheck_split_position(const sg_shape *shape, int64_t position, int64_t index[SG_MAX_RANK]) {
  for (int d = shape->rank - 1; d >= 0; d--) {
    index[d] = position % shape->size[d];
    position /= shape->size[d];
  }
}

sg_text gradcheck_index_text(const sg_shape *shape, int64_t position, int base) {
  sg_text text = {""};
  int64_t index[SG_MAX_RANK];
  size_t length = 0;
  gradcheck_split_position(shape, position, index);
  for (int d = 0; d < shape->rank && length < sizeof text.text; d++)
    length += (size_t)snprintf(text.text + length, sizeof text.text - length, "%s%lld", d ? ", " : "",
                               (long long)index[d] + base);
  return text;
}

double gradcheck_shown(double value) { return isnan(value) ? fabs(value) : value; }
