// SPDX-License-Identifier: GPL-3.0-or-later
//
// y = evenly spaced numbers, both ends among them.
#include <math.h>

#include "ops/create/sequence.h"
#include "ops/create/shaped.h"
#include "ops/ops.h"

static int64_t count(const sg_plan *plan, const sg_sequence_options *o) {
  (void)plan;
  return o->count;
}

// From either end to the middle, so that both ends are exact and the reverse sequence has the same elements. Where
// a sum of the ends overflows, each is divided by itself.
static sg_number real_element(const sg_sequence_options *o, int64_t elements, int64_t i) {
  const int64_t last = elements - 1;
  if (i == 0) return o->start;
  if (i == last) return o->stop;
  double sum = o->start.value + o->stop.value;
  if (2 * i == last) return sg_real(isfinite(sum) ? sum / 2 : o->start.value / 2 + o->stop.value / 2);
  double width = o->stop.value - o->start.value, steps = (double)last;
  double step = isfinite(width) ? width / steps : o->stop.value / steps - o->start.value / steps;
  bool first_half = i < elements / 2;
  return sg_real(first_half ? o->start.value + (double)i * step : o->stop.value - (double)(last - i) * step);
}

// For integers, between integers: exactly, or a number that is not whole, which no such tensor takes.
static sg_number element(const sg_sequence_options *o, int64_t elements, int64_t i) {
  if (sg_dtype_is_floating(o->dtype) || o->dtype == SG_BOOL || !sg_is_integer(o->start) ||
      !sg_is_integer(o->stop) || elements < 2)
    return real_element(o, elements, i);
  __int128 width = (__int128)o->stop.integer - o->start.integer, last = elements - 1;
  if (width * i % last != 0) return (sg_number){.value = real_element(o, elements, i).value};
  return sg_whole((int64_t)(o->start.integer + width * i / last));
}

#define OF(start, stop, count, dtype) SG_WITH(sg_sequence_options, start, stop, SG_WHOLE(0), count, dtype)

const sg_op op_linspace = {
    SG_MEMBER(linspace, sg_sequence_family, sg_sequence_member, count, element),
    SG_WORDS("Evenly spaced numbers from one end to the other, both exact.",
             "y[i] = start + i (stop - start) / (count - 1)"),
    SG_OPTIONS(sg_sequence_options, SG_CONSTANT(sg_sequence_options, .dtype = SG_F32),
               SG_OPTION(sg_sequence_options, start, NUMBER, "the first", SG_REQUIRED),
               SG_OPTION(sg_sequence_options, stop, NUMBER, "the last", SG_REQUIRED),
               SG_OPTION(sg_sequence_options, count, INT, "how many", SG_REQUIRED | SG_AT_LEAST, 0),
               SG_DTYPE_OPTION(sg_sequence_options)),
    .samples = SG_SAMPLES({"quarters", OF(SG_WHOLE(0), SG_WHOLE(1), 5, SG_F64), SG_GIVES(0, 0.25, 0.5, 0.75, 1)},
                          {"sevenths", OF(SG_REAL(-1), SG_REAL(0.1), 8, SG_F64)},
                          {"integers", OF(SG_WHOLE(9), SG_WHOLE(3), 4, SG_I64), SG_GIVES(9, 7, 5, 3)},
                          {"one", OF(SG_WHOLE(5), SG_WHOLE(9), 1, SG_F32), SG_GIVES(5)},
                          {"none", OF(SG_WHOLE(5), SG_WHOLE(9), 0, SG_F32)}),
    .bad_samples = SG_SAMPLES({"no integers", OF(SG_WHOLE(0), SG_WHOLE(10), 5, SG_I64),
                               .error = "is 2.5, expected an integer for dtype i64"},
                              {"no end", OF(SG_WHOLE(0), SG_REAL(HUGE_VAL), 5, SG_F32), .error = "the end is inf"}),
};

sg_tensor *sg_linspace(sg_context *context, sg_dtype dtype, sg_number start, sg_number stop, int64_t elements) {
  return sg_apply_one(context, &op_linspace, 0, NULL,
                      SG_CONSTANT(sg_sequence_options, start, stop, sg_whole(0), elements, dtype));
}
