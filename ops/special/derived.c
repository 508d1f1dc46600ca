// SPDX-License-Identifier: GPL-3.0-or-later
#include "ops/special/derived.h"
#include "ops/ops.h"

sg_tensor *sg_derived_d_x(const sg_single *s) {
  const sg_derived *o = s->options;
  return sg_mul(s->context, s->d_y, o->derivative(s->context, s->x, o->order + 1));
}
