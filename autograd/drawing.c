// SPDX-License-Identifier: GPL-3.0-or-later
#include "autograd/drawing.h"

#include <math.h>

#include "autograd/random.h"

// What rounds up to the open end of the range becomes the number below it.
static void draw_uniform(const sg_drawing *d, int64_t begin, int64_t end) {
  const double width = d->b - d->a;
  for (int64_t i = begin; i < end; i++) {
    const double exact = d->a + width * sg_philox_uniform(d->start, i);
    if (d->dtype == SG_F32) {
      const float value = (float)exact;
      ((float *)d->target)[i] = value < (float)d->b || width <= 0 ? value : nextafterf((float)d->b, (float)d->a);
    } else {
      ((double *)d->target)[i] = exact < d->b || width <= 0 ? exact : nextafter(d->b, d->a);
    }
  }
}

static void store(const sg_drawing *d, int64_t i, double value) {
  if (d->dtype == SG_F32) {
    ((float *)d->target)[i] = (float)value;
  } else {
    ((double *)d->target)[i] = value;
  }
}

// Box and Muller's pair: sqrt(-2 log u) (cos 2 pi v, sin 2 pi v), u in (0, 1]. A range may begin and end inside
// one.
static void draw_normal(const sg_drawing *d, int64_t begin, int64_t end) {
  const double two_pi = 6.283185307179586;
  for (int64_t i = begin - begin % 2; i < end; i += 2) {
    const double radius = sqrt(-2 * log(1 - sg_philox_uniform(d->start, i)));
    const double angle = two_pi * sg_philox_uniform(d->start, i + 1);
    if (i >= begin) store(d, i, d->a + d->b * radius * cos(angle));
    if (i + 1 < end) store(d, i + 1, d->a + d->b * radius * sin(angle));
  }
}

// A number in [0, bound) by the high half of a product (Lemire 2019); the bias is below bound / 2^64.
static uint64_t below(uint64_t bits, uint64_t bound) { return (uint64_t)(((unsigned __int128)bits * bound) >> 64); }

static void draw_integers(const sg_drawing *d, int64_t begin, int64_t end) {
  int64_t *target = d->target;
  for (int64_t i = begin; i < end; i++)
    target[i] = (int64_t)((uint64_t)d->low + below(sg_philox_bits(d->start, i), d->bound));
}

// Fisher and Yates, inside out.
static void draw_permutation(const sg_drawing *d, int64_t begin, int64_t end) {
  int64_t *target = d->target;
  for (int64_t i = begin; i < end; i++) {
    const int64_t j = (int64_t)below(sg_philox_bits(d->start, i), (uint64_t)i + 1);
    target[i] = target[j];
    target[j] = i + d->low;
  }
}

void sg_draw(const void *drawing, int64_t begin, int64_t end) {
  static void (*const draw[])(const sg_drawing *, int64_t, int64_t) = {
      [SG_UNIFORM] = draw_uniform,
      [SG_NORMAL] = draw_normal,
      [SG_INTEGERS] = draw_integers,
      [SG_PERMUTATION] = draw_permutation,
  };
  const sg_drawing *d = drawing;
  draw[d->distribution](d, begin, end);
}

int64_t sg_drawing_numbers(sg_distribution distribution, int64_t elements) {
  return distribution == SG_NORMAL ? elements + elements % 2 : elements;
}
