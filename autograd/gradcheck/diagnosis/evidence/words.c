// SPDX-License-Identifier: GPL-3.0-or-later
#include "autograd/gradcheck/common/words.h"
#include "autograd/gradcheck/diagnosis/evidence/evidence.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

bool diagnosis_say(const diagnosis *d, const char *format, ...) {
  char *text = d->findings->inputs[d->position].diagnosis;
  const size_t length = strlen(text);
  va_list arguments;
  va_start(arguments, format);
  vsnprintf(text + length, sizeof d->found->diagnosis - length, format, arguments);
  va_end(arguments);
  return true;
}

sg_text diagnosis_index(const diagnosis *d, int64_t place) {
  sg_text text;
  snprintf(text.text, sizeof text.text, "[%.189s]", gradcheck_index_text(&d->found->shape, place, d->base).text);
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
