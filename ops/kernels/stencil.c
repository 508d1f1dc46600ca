// SPDX-License-Identifier: GPL-3.0-or-later
#include "ops/kernels/stencil.h"
#include "ops/kernels/real.h"

typedef real lanes __attribute__((vector_size(16 << SG_KERNEL_ISA_LEVEL), aligned(sizeof(real)), may_alias));
enum { WIDTH = sizeof(lanes) / sizeof(real), FILTERS = 4, VECTORS = 4 };
_Static_assert((int)WIDTH <= (int)STENCIL_WIDTH, "a line is a vector or more");

// `vectors` vectors of windows of a line, from x on, for `filters` filters.
ALWAYS_INLINE void sum_windows(const stencil_arguments *s, const real *x, int64_t filter, real *y,
                               const int filters, const int vectors) {
  const real *weight = (const real *)s->weight + filter * s->taps, *bias = s->bias;
  lanes sums[FILTERS][VECTORS];
  for (int f = 0; f < filters; f++)
    for (int v = 0; v < vectors; v++) sums[f][v] = (lanes){0} + (bias ? bias[filter + f] : 0);
  for (int64_t t = 0; t < s->taps; t++) {
    const real *from = x + s->offset[t];
    lanes pixels[VECTORS];
    for (int v = 0; v < vectors; v++) pixels[v] = *(const lanes *)(from + v * WIDTH);
    for (int f = 0; f < filters; f++)
      for (int v = 0; v < vectors; v++) sums[f][v] += weight[f * s->taps + t] * pixels[v];
  }
  for (int f = 0; f < filters; f++)
    for (int v = 0; v < vectors; v++) *(lanes *)(y + f * s->y_step + v * WIDTH) = sums[f][v];
}

// A line; the last vector begins early where windows are left over, and repeats some.
ALWAYS_INLINE void sum_line(const stencil_arguments *s, const real *x, int64_t filter, real *y, const int filters,
                            const int vectors) {
  int64_t j = 0;
  y += filter * s->y_step;
  for (; j + vectors * WIDTH <= s->width; j += vectors * WIDTH)
    sum_windows(s, x + j, filter, y + j, filters, vectors);
  for (; j + WIDTH <= s->width; j += WIDTH) sum_windows(s, x + j, filter, y + j, filters, 1);
  j = s->width - WIDTH;
  if (s->width % WIDTH) sum_windows(s, x + j, filter, y + j, filters, 1);
}

// As many vectors as leave room in the registers for the sums of all filters.
static void apply(const void *arguments, int64_t begin, int64_t end) {
  const stencil_arguments *s = arguments;
  for (int64_t line = begin; line < end; line++) {
    const real *x = (const real *)s->x + line * s->x_step;
    real *y = (real *)s->y + line * s->width;
    int64_t filter = 0;
    for (; filter + FILTERS <= s->filters; filter += FILTERS) sum_line(s, x, filter, y, FILTERS, 2);
    switch (s->filters - filter) {
    case 3:
      sum_line(s, x, filter, y, 3, 2);
      break;
    case 2:
      sum_line(s, x, filter, y, 2, VECTORS);
      break;
    case 1:
      sum_line(s, x, filter, y, 1, VECTORS);
    }
  }
}

extern const stencil_kernels VARIANT(stencil);
const stencil_kernels VARIANT(stencil) = {.apply = apply};
