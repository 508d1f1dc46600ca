// SPDX-License-Identifier: GPL-3.0-or-later
//
// y = start, start + step, ... below stop.
#include <math.h>

#include "ops/create/sequence.h"
#include "ops/create/shaped.h"
#include "ops/ops.h"

// ceil((stop - start) / step), exactly for integers; less than 0 where the step leads away from stop.
static double length(const sg_sequence_options *o) {
  if (o->step.value == 0) return HUGE_VAL;
  if (!sg_is_integer(o->start) || !sg_is_integer(o->stop) || !sg_is_integer(o->step))
    return ceil((o->stop.value - o->start.value) / o->step.value);
  __int128 width = (__int128)o->stop.integer - o->start.integer, step = o->step.integer;
  __int128 count = width / step + ((width % step != 0) && (width < 0) == (step < 0));
  return (double)count;
}

static int64_t count(const sg_plan *plan, const sg_sequence_options *o) {
  const double elements = length(o);
  if (!(elements < 0x1p62)) return sg_reject(plan, "start, stop and step do not make a finite list"), -1;
  if (o->step.value > 0 ? o->start.value > o->stop.value : o->start.value < o->stop.value)
    return sg_reject(plan, "step %.14g leads from %.14g away from %.14g", o->step.value, o->start.value,
                     o->stop.value),
           -1;
  return (int64_t)elements;
}

// Element i is start + i step, in integers (modulo 2^64, which every element of the sequence lies within) or f64.
static sg_number element(const sg_sequence_options *o, int64_t elements, int64_t i) {
  (void)elements;
  if (sg_is_integer(o->start) && sg_is_integer(o->step))
    return sg_whole((int64_t)((uint64_t)o->start.integer + (uint64_t)i * (uint64_t)o->step.integer));
  return sg_real(o->start.value + (double)i * o->step.value);
}

#define LARGE INT64_C(9007199254740993) // 2^53 + 1
#define OF(start, stop, step, dtype) SG_WITH(sg_sequence_options, start, stop, step, 0, dtype)

const sg_op op_arange = {
    SG_MEMBER(arange, sg_sequence_family, sg_sequence_member, count, element),
    SG_WORDS("Numbers at equal distances, up to an end that is not among them.",
             "y[i] = start + i step, i = 0 .. ceil((stop - start) / step) - 1"),
    SG_OPTIONS(sg_sequence_options,
               SG_CONSTANT(sg_sequence_options, SG_WHOLE(0), SG_WHOLE(0), SG_WHOLE(1), 0, SG_F32),
               SG_OPTION(sg_sequence_options, start, NUMBER, "the first; left out where one number is given",
                         SG_UNLESS_ALONE),
               SG_OPTION(sg_sequence_options, stop, NUMBER, "where they end", SG_REQUIRED),
               SG_OPTION(sg_sequence_options, step, NUMBER, "from one to the next; default 1"),
               SG_DTYPE_OPTION(sg_sequence_options)),
    .samples = SG_SAMPLES({"integers", OF(SG_WHOLE(2), SG_WHOLE(9), SG_WHOLE(3), SG_I64), SG_GIVES(2, 5, 8)},
                          {"quarters", OF(SG_REAL(0.5), SG_WHOLE(-1), SG_REAL(-0.25), SG_F64),
                           SG_GIVES(0.5, 0.25, 0, -0.25, -0.5, -0.75)},
                          {"tenths", OF(SG_WHOLE(0), SG_WHOLE(1), SG_REAL(0.1), SG_F64)},
                          {"large integers", OF(SG_WHOLE(LARGE), SG_WHOLE(LARGE + 4), SG_WHOLE(2), SG_I64)},
                          {"none", OF(SG_WHOLE(2), SG_WHOLE(2), SG_WHOLE(1), SG_F32)}),
    .bad_samples = SG_SAMPLES(
        {"no step", OF(SG_WHOLE(0), SG_WHOLE(5), SG_WHOLE(0), SG_F32), .error = "do not make a finite list"},
        {"no step down", OF(SG_REAL(1.5), SG_WHOLE(0), SG_WHOLE(0), SG_F32), .error = "do not make a finite list"},
        {"away from the end", OF(SG_WHOLE(0), SG_WHOLE(-3), SG_WHOLE(1), SG_F32),
         .error = "step 1 leads from 0 away from -3"},
        {"no end", OF(SG_WHOLE(0), SG_REAL(HUGE_VAL), SG_WHOLE(1), SG_F32),
         .error = "the end is inf, expected a finite number"},
        {"no start", OF(SG_REAL((double)NAN), SG_WHOLE(5), SG_WHOLE(1), SG_F32), .error = "the start is nan"},
        {"no integers", OF(SG_WHOLE(0), SG_WHOLE(2), SG_REAL(0.5), SG_I64), .error = "is 0.5, expected an integer"},
        {"no bytes", OF(SG_WHOLE(254), SG_WHOLE(258), SG_WHOLE(1), SG_U8),
         .error = "is 256, expected an integer for dtype u8"}),
};

sg_tensor *sg_arange(sg_context *context, sg_dtype dtype, sg_number start, sg_number stop, sg_number step) {
  return sg_apply_one(context, &op_arange, 0, NULL, SG_CONSTANT(sg_sequence_options, start, stop, step, 0, dtype));
}
