// SPDX-License-Identifier: GPL-3.0-or-later
//
// How a dimension is continued beyond its ends (pad.c).
#ifndef SELENOGRAD_PAD_H
#define SELENOGRAD_PAD_H

#include <stdbool.h>
#include <stdint.h>

typedef enum sg_pad_mode { SG_PAD_CONSTANT, SG_PAD_REFLECT, SG_PAD_REPLICATE, SG_PAD_CIRCULAR } sg_pad_mode;

// One dimension of x and of y. Position i of y is that of x at i - low, if there is one; `low` and `high` may be
// negative and cut positions off.
typedef struct sg_padding {
  int64_t low, high, extent; // of x
} sg_padding;

static inline int64_t sg_padding_cut(int64_t pad) { return pad < 0 ? -pad : 0; }

// The position of x whose element stands at position i of y. What is continued circularly is what is left of x
// where it is cut.
static inline int64_t sg_padding_source(const sg_padding *p, sg_pad_mode mode, int64_t i) {
  const int64_t at = i - p->low, last = p->extent - 1;
  if (mode == SG_PAD_CIRCULAR) {
    const int64_t first = sg_padding_cut(p->low), left = p->extent - first - sg_padding_cut(p->high);
    return first + ((at - first) % left + left) % left;
  }
  if (mode == SG_PAD_REPLICATE) return at < 0 ? 0 : at > last ? last : at;
  return at < 0 ? -at : at > last ? 2 * last - at : at;
}

#endif
