// SPDX-License-Identifier: GPL-3.0-or-later
//
// The types of elements, for the engine and the ops: what they can hold, and how one becomes another. The public
// part is in selenograd.h.
#ifndef SELENOGRAD_DTYPE_H
#define SELENOGRAD_DTYPE_H

#include "autograd/op.h"

// The dtype that numbers of two dtypes meet in, the first of floating, i64, u8, bool that is there; 0 for f32 and
// f64, where none is meant.
sg_dtype sg_dtype_promoted(sg_dtype a, sg_dtype b);

// The first element, from `begin` on and before `end`, that `to` cannot hold, or -1. A floating number becomes an
// integer towards zero; NaN, infinities and what is out of range cannot. A bool can hold everything: whether it is
// not zero. Floating types can, too: they round.
int64_t sg_dtype_first_outside(sg_dtype to, sg_dtype from, const void *source, int64_t begin, int64_t end);

// The elements [begin, end) of `source` as those of `target`, which can hold them. f64 to f32 rounds to the
// nearest, which from about 3.4028236e38 on is infinity; no i64 passes through a double on its way to an f32.
typedef struct sg_conversion {
  sg_dtype to, from;
  void *target;
  const void *source;
} sg_conversion;
void sg_dtype_convert(const void *conversion, int64_t begin, int64_t end); // an sg_kernel

// `count` elements of one value, given in both forms: the dtype takes the one that it can hold exactly.
void sg_dtype_fill(sg_dtype dtype, void *data, int64_t count, double value, int64_t integer);

// `count` times the first element.
void sg_dtype_repeat(sg_dtype dtype, void *data, int64_t count);

// One element. Integers and bools as they are; a floating one through `sg_dtype_real`.
double sg_dtype_real(sg_dtype dtype, const void *data, int64_t position);
int64_t sg_dtype_integer(sg_dtype dtype, const void *data, int64_t position);

#endif
