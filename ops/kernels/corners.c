// SPDX-License-Identifier: GPL-3.0-or-later
#include "ops/kernels/corners.h"
#include "ops/kernels/real.h"

#include <math.h>
#include <string.h>

static int64_t smaller(int64_t a, int64_t b) { return a < b ? a : b; }

// ---- Sums over corners ------------------------------------------------------------------------------

// A tile of points, corner by corner.
typedef struct tile {
  int64_t image, first, count;
  int32_t at[CORNERS_AT_MOST][CORNERS_TILE];
  real weight[CORNERS_AT_MOST][CORNERS_TILE];
} tile;

static void read_tile(const corners_arguments *a, int64_t item, bool with_weights, tile *t) {
  t->image = item / a->tiles;
  t->first = item % a->tiles * CORNERS_TILE;
  t->count = smaller(a->points - t->first, CORNERS_TILE);
  const int64_t start = (t->image * a->points + t->first) * a->corners;
  const real *weight = (const real *)a->weight + start;
  for (int64_t k = 0; k < a->corners; k++)
    for (int64_t p = 0; p < t->count; p++) {
      t->at[k][p] = (int32_t)(a->index[start + p * a->corners + k] - a->base);
      if (with_weights) t->weight[k][p] = weight[p * a->corners + k];
    }
}

ALWAYS_INLINE void gather_line(const tile *t, int corners, const real *restrict x, real *restrict y) {
#pragma omp simd
  for (int64_t p = 0; p < t->count; p++) {
    real sum = 0;
    for (int k = 0; k < corners; k++) {
      const real term = t->weight[k][p] * x[t->at[k][p]];
      sum += t->weight[k][p] == 0 ? 0 : term;
    }
    y[p] = sum;
  }
}

static void gather_channel(const tile *t, int corners, const real *x, real *y) {
  if (corners == 1)
    gather_line(t, 1, x, y);
  else if (corners == 4)
    gather_line(t, 4, x, y);
  else
    gather_line(t, corners, x, y);
}

static void gather(const void *arguments, int64_t begin, int64_t end) {
  const corners_arguments *a = arguments;
  tile t;
  for (int64_t item = begin; item < end; item++) {
    read_tile(a, item, true, &t);
    for (int64_t c = 0; c < a->channels; c++) {
      const real *x = (const real *)a->x + (t.image * a->channels + c) * a->extent;
      real *y = (real *)a->y + (t.image * a->channels + c) * a->points + t.first;
      gather_channel(&t, (int)a->corners, x, y);
    }
  }
}

static void add_products(const int32_t *restrict at, int64_t count, const real *restrict x, const real *restrict y,
                         double *restrict sum) {
#pragma omp simd
  for (int64_t p = 0; p < count; p++) sum[p] += (double)y[p] * (double)x[at[p]];
}

static void weigh(const void *arguments, int64_t begin, int64_t end) {
  const corners_arguments *a = arguments;
  tile t;
  for (int64_t item = begin; item < end; item++) {
    double sums[CORNERS_AT_MOST][CORNERS_TILE] = {{0}};
    read_tile(a, item, false, &t);
    for (int64_t c = 0; c < a->channels; c++) {
      const real *restrict x = (const real *)a->x + (t.image * a->channels + c) * a->extent;
      const real *restrict y = (const real *)a->y + (t.image * a->channels + c) * a->points + t.first;
      for (int64_t k = 0; k < a->corners; k++) add_products(t.at[k], t.count, x, y, sums[k]);
    }
    real *weight = (real *)a->weight + (t.image * a->points + t.first) * a->corners;
    for (int64_t p = 0; p < t.count; p++)
      for (int64_t k = 0; k < a->corners; k++) weight[p * a->corners + k] = (real)sums[k][p];
  }
}

static void scatter_channel(const corners_arguments *a, int64_t channel, double *restrict sums) {
  const int64_t first = channel / a->channels * a->points;
  const int64_t *restrict index = a->index + first * a->corners;
  const real *restrict weight = (const real *)a->weight + first * a->corners;
  const real *restrict y = (const real *)a->y + channel * a->points;
  real *restrict x = (real *)a->x + channel * a->extent;
  memset(sums, 0, (size_t)a->extent * sizeof(double));
  for (int64_t p = 0; p < a->points; p++)
    for (int64_t k = p * a->corners; k < (p + 1) * a->corners; k++)
      if (weight[k] != 0) sums[index[k] - a->base] += (double)weight[k] * (double)y[p];
  for (int64_t i = 0; i < a->extent; i++) x[i] = (real)sums[i];
}

static void scatter(const void *arguments, int64_t begin, int64_t end) {
  const corners_arguments *a = arguments;
  const int64_t channels = a->batch * a->channels;
  for (int64_t block = begin; block < end; block++)
    for (int64_t i = block * channels / a->blocks; i < (block + 1) * channels / a->blocks; i++)
      scatter_channel(a, i, a->sums + block * a->extent);
}

// ---- Where the points of a grid lie -----------------------------------------------------------------

// Where a point lies along an axis, counted in pixels, and the derivative of that in the grid.
typedef struct place {
  double at, slope;
} place;

static inline double limited(double value, double last) { return value > 0 ? (value < last ? value : last) : 0; }

// There and back again between two walls, which PyTorch's slope has at the walls themselves too.
static inline place reflected(place p, bool corners, double size) {
  const double low = corners ? 0 : -0.5, span = corners ? size - 1 : size;
  const double from = fabs(p.at - low), turns = floor(from / span), rest = from - turns * span;
  const bool back = turns - 2 * floor(turns / 2) > 0;
  if (span <= 0) return (place){p.at - p.at, 0};
  const double sign = p.at - low < 0 ? -1 : 1;
  return (place){back ? low + (span - rest) : low + rest, back ? -sign * p.slope : sign * p.slope};
}

static inline place place_of(const grid_arguments *a, double grid, double size) {
  place p = a->corners ? (place){(grid + 1) / 2 * (size - 1), (size - 1) / 2}
                       : (place){((grid + 1) * size - 1) / 2, size / 2};
  if (a->border == GRID_ZEROS) return p;
  if (a->border == GRID_REFLECTION) p = reflected(p, a->corners, size);
  if (p.at <= 0 || p.at >= size - 1) p = (place){limited(p.at, size - 1), 0};
  return p;
}

// The weight of a pixel that may lie outside; where the point is no number, it is none.
static inline double inside(double weight, double pixel, double size) {
  return pixel >= 0 && pixel <= size - 1 ? weight : pixel - pixel == 0 || pixel == pixel ? 0 : pixel;
}

// A tile of points along one axis, pixel by pixel.
typedef struct placed {
  int32_t pixel[2][CORNERS_TILE];
  double weight[2][CORNERS_TILE], slope[2][CORNERS_TILE];
} placed;

static void place_axis(const grid_arguments *a, int axis, const real *restrict grid, int64_t count, placed *on) {
  const double size = (double)a->size[axis];
  for (int64_t i = 0; i < count; i++) {
    const place p = place_of(a, (double)grid[i * a->axes + axis], size);
    if (a->taps == 1) {
      const double nearest = rint(p.at);
      on->weight[0][i] = inside(1, nearest, size);
      on->slope[0][i] = 0;
      on->pixel[0][i] = (int32_t)limited(nearest, size - 1);
      continue;
    }
    const double first = floor(p.at), rest = p.at - first;
    for (int tap = 0; tap < 2; tap++) {
      on->weight[tap][i] = inside(tap ? rest : 1 - rest, first + tap, size);
      on->slope[tap][i] = inside(tap ? p.slope : -p.slope, first + tap, size);
      on->pixel[tap][i] = (int32_t)limited(first + tap, size - 1);
    }
  }
}

static void place_axes(const grid_arguments *a, const real *grid, int64_t count, placed *on) {
  for (int axis = 0; axis < a->axes; axis++) place_axis(a, axis, grid, count, &on[axis]);
}

static int corners_of(const grid_arguments *a) { return a->taps == 1 ? 1 : 1 << a->axes; }

// Corner k is pixel k % taps of axis 0, pixel k / taps % taps of axis 1, and so on.
static inline int tap_of(const grid_arguments *a, int corner, int axis) {
  return a->taps == 1 ? 0 : corner >> axis & 1;
}

static void find_pixels(const grid_arguments *a, const placed *on, int corner, int64_t count,
                        int32_t *restrict at) {
  memset(at, 0, (size_t)count * sizeof *at);
  for (int axis = a->axes - 1; axis >= 0; axis--) {
    const int32_t *restrict pixel = on[axis].pixel[tap_of(a, corner, axis)];
    const int32_t size = (int32_t)a->size[axis];
    for (int64_t i = 0; i < count; i++) at[i] = at[i] * size + pixel[i];
  }
}

static void place_tile(const grid_arguments *a, int64_t begin, int64_t count) {
  placed on[SPATIAL];
  int32_t at[CORNERS_TILE];
  const int corners = corners_of(a);
  place_axes(a, (const real *)a->grid + begin * a->axes, count, on);
  for (int axis = 0; axis < a->axes; axis++) {
    real *weight = (real *)a->weight + (axis * a->points + begin) * a->taps;
    real *slope = (real *)a->slope + (axis * a->points + begin) * a->taps;
    for (int64_t i = 0; i < count * a->taps; i++) {
      weight[i] = (real)on[axis].weight[i % a->taps][i / a->taps];
      slope[i] = (real)on[axis].slope[i % a->taps][i / a->taps];
    }
  }
  for (int k = 0; k < corners; k++) {
    find_pixels(a, on, k, count, at);
    for (int64_t i = 0; i < count; i++) a->index[(begin + i) * corners + k] = at[i] + a->base;
  }
}

static void place_points(const void *arguments, int64_t begin, int64_t end) {
  for (int64_t first = begin; first < end; first += CORNERS_TILE)
    place_tile(arguments, first, smaller(end - first, CORNERS_TILE));
}

// ---- Sampling -----------------------------------------------------------------------------------------

static void begin_tile(const sampling_arguments *a, int64_t image, int64_t number, placed *on, tile *t) {
  t->image = image;
  t->first = number * CORNERS_TILE;
  t->count = smaller(a->points - t->first, CORNERS_TILE);
  place_axes(&a->at, (const real *)a->at.grid + (image * a->points + t->first) * a->at.axes, t->count, on);
  for (int k = 0; k < corners_of(&a->at); k++) find_pixels(&a->at, on, k, t->count, t->at[k]);
}

// Of every point the product over the axes of its weights, but along one axis, if there is one, of its slope.
static void multiply_axes(const grid_arguments *a, const placed *on, int corner, int sloping, int64_t count,
                          double *restrict product) {
  for (int64_t i = 0; i < count; i++) product[i] = 1;
  for (int axis = 0; axis < a->axes; axis++) {
    const int tap = tap_of(a, corner, axis);
    const double *restrict factor = axis == sloping ? on[axis].slope[tap] : on[axis].weight[tap];
    for (int64_t i = 0; i < count; i++) product[i] *= factor[i];
  }
}

static void weigh_tile(const sampling_arguments *a, const placed *on, tile *t) {
  double product[CORNERS_TILE];
  for (int k = 0; k < corners_of(&a->at); k++) {
    multiply_axes(&a->at, on, k, -1, t->count, product);
    for (int64_t i = 0; i < t->count; i++) t->weight[k][i] = (real)product[i];
  }
}

static void sample(const void *arguments, int64_t begin, int64_t end) {
  const sampling_arguments *a = arguments;
  placed on[SPATIAL];
  tile t;
  for (int64_t item = begin; item < end; item++) {
    begin_tile(a, item / a->tiles, item % a->tiles, on, &t);
    weigh_tile(a, on, &t);
    for (int64_t c = t.image * a->channels; c < (t.image + 1) * a->channels; c++)
      gather_channel(&t, corners_of(&a->at), (const real *)a->x + c * a->extent,
                     (real *)a->y + c * a->points + t.first);
  }
}

// Sums over the channels of d_y times each pixel, in double as what comes next takes their differences.
static void sum_channels(const sampling_arguments *a, const tile *t, double sums[][CORNERS_TILE]) {
  const int corners = corners_of(&a->at);
  memset(sums, 0, (size_t)corners * sizeof *sums);
  for (int64_t c = t->image * a->channels; c < (t->image + 1) * a->channels; c++) {
    const real *restrict x = (const real *)a->x + c * a->extent;
    const real *restrict d_y = (const real *)a->d_y + c * a->points + t->first;
    for (int k = 0; k < corners; k++) add_products(t->at[k], t->count, x, d_y, sums[k]);
  }
}

static void sample_d_grid(const void *arguments, int64_t begin, int64_t end) {
  const sampling_arguments *a = arguments;
  placed on[SPATIAL];
  double sums[CORNERS_AT_MOST][CORNERS_TILE], product[CORNERS_TILE], d[CORNERS_TILE];
  tile t;
  for (int64_t item = begin; item < end; item++) {
    begin_tile(a, item / a->tiles, item % a->tiles, on, &t);
    sum_channels(a, &t, sums);
    real *d_grid = (real *)a->d_grid + (t.image * a->points + t.first) * a->at.axes;
    for (int axis = 0; axis < a->at.axes; axis++) {
      memset(d, 0, sizeof d);
      for (int k = 0; a->at.taps > 1 && k < corners_of(&a->at); k++) {
        multiply_axes(&a->at, on, k, axis, t.count, product);
        for (int64_t i = 0; i < t.count; i++) d[i] += product[i] * sums[k][i];
      }
      for (int64_t i = 0; i < t.count; i++) d_grid[i * a->at.axes + axis] = (real)d[i];
    }
  }
}

static void scatter_line(const tile *t, int corners, const real *restrict d_y, double *restrict sums) {
  for (int64_t i = 0; i < t->count; i++)
    for (int k = 0; k < corners; k++)
      if (t->weight[k][i] != 0) sums[t->at[k][i]] += (double)t->weight[k][i] * (double)d_y[i];
}

// The gradient of the channels [first, first + count) of an image.
static void scatter_group(const sampling_arguments *a, int64_t image, int64_t first, int64_t count, double *sums) {
  placed on[SPATIAL];
  tile t;
  memset(sums, 0, (size_t)(count * a->extent) * sizeof *sums);
  for (int64_t number = 0; number < a->tiles; number++) {
    begin_tile(a, image, number, on, &t);
    weigh_tile(a, on, &t);
    for (int64_t c = 0; c < count; c++)
      scatter_line(&t, corners_of(&a->at),
                   (const real *)a->d_y + (image * a->channels + first + c) * a->points + t.first,
                   sums + c * a->extent);
  }
  real *d_x = (real *)a->d_x + (image * a->channels + first) * a->extent;
  for (int64_t i = 0; i < count * a->extent; i++) d_x[i] = (real)sums[i];
}

static void sample_d_x(const void *arguments, int64_t begin, int64_t end) {
  const sampling_arguments *a = arguments;
  const int64_t groups = (a->channels + SAMPLING_GROUP - 1) / SAMPLING_GROUP, all = a->batch * groups;
  for (int64_t block = begin; block < end; block++)
    for (int64_t i = block * all / a->blocks; i < (block + 1) * all / a->blocks; i++) {
      const int64_t first = i % groups * SAMPLING_GROUP;
      scatter_group(a, i / groups, first, smaller(a->channels - first, SAMPLING_GROUP),
                    a->sums + block * SAMPLING_GROUP * a->extent);
    }
}

extern const corners_kernels VARIANT(corners);
const corners_kernels VARIANT(corners) = {.gather = gather,
                                          .scatter = scatter,
                                          .weigh = weigh,
                                          .place = place_points,
                                          .sample = sample,
                                          .sample_d_grid = sample_d_grid,
                                          .sample_d_x = sample_d_x};
