// SPDX-License-Identifier: GPL-3.0-or-later
#include "ops/kernels/im2col.h"
#include "ops/kernels/real.h"

#include <stdbool.h>
#include <string.h>

static int64_t at_least(int64_t value, int64_t bound) { return value < bound ? bound : value; }
static int64_t at_most(int64_t value, int64_t bound) { return value > bound ? bound : value; }

// Rows of the matrix are worked on slab by slab: windows of one depth see one plane of a channel.
typedef struct slab {
  const windows *w;
  int64_t down, right; // of the tap's pixel from p * stride
  int64_t first, last; // which windows of the slab
} slab;

// The windows of a line whose pixel lies in the image are [*begin, *end): 0 <= ow * stride + right < in.
static void inside(const slab *s, int64_t *begin, int64_t *end) {
  int64_t stride = s->w->stride[WIDTH], width = s->w->in[WIDTH], out = s->w->out[WIDTH];
  *begin = s->right >= 0 ? 0 : at_most((-s->right + stride - 1) / stride, out);
  *end = s->right >= width ? 0 : at_most((width - s->right + stride - 1) / stride, out);
  *end = at_least(*end, *begin);
}

// ---- Any geometry: one line of windows after another -------------------------------------------------

static void gather_lines(const slab *s, const real *restrict plane, real *restrict columns) {
  const windows *w = s->w;
  int64_t begin, end, out = w->out[WIDTH], stride = w->stride[WIDTH];
  inside(s, &begin, &end);
  int64_t oh = s->first / out, start = s->first - oh * out;
  for (int64_t p = s->first; p < s->last; oh++, start = 0) {
    int64_t stop = at_most(out, start + s->last - p);
    int64_t ih = oh * w->stride[HEIGHT] + s->down;
    real *restrict to = columns + (p - s->first) - start;
    bool outside = ih < 0 || ih >= w->in[HEIGHT];
    int64_t from = outside ? stop : at_most(at_least(begin, start), stop);
    int64_t until = outside ? stop : at_least(at_most(end, stop), from);
    const real *restrict line = plane + (outside ? 0 : ih * w->in[WIDTH] + s->right);
    for (int64_t ow = start; ow < from; ow++) to[ow] = 0;
    if (stride == 1)
      for (int64_t ow = from; ow < until; ow++) to[ow] = line[ow];
    else
      for (int64_t ow = from; ow < until; ow++) to[ow] = line[ow * stride];
    for (int64_t ow = until; ow < stop; ow++) to[ow] = 0;
    p += stop - start;
  }
}

static void scatter_lines(const slab *s, real *restrict plane, const real *restrict columns) {
  const windows *w = s->w;
  int64_t begin, end, out = w->out[WIDTH], stride = w->stride[WIDTH];
  inside(s, &begin, &end);
  int64_t oh = s->first / out, start = s->first - oh * out;
  for (int64_t p = s->first; p < s->last; oh++, start = 0) {
    int64_t stop = at_most(out, start + s->last - p);
    int64_t ih = oh * w->stride[HEIGHT] + s->down;
    if (ih >= 0 && ih < w->in[HEIGHT]) {
      const real *restrict from = columns + (p - s->first) - start;
      real *restrict line = plane + ih * w->in[WIDTH] + s->right;
      int64_t low = at_least(begin, start), high = at_most(end, stop);
      if (stride == 1)
        for (int64_t ow = low; ow < high; ow++) line[ow] += from[ow];
      else
        for (int64_t ow = low; ow < high; ow++) line[ow * stride] += from[ow];
    }
    p += stop - start;
  }
}

// ---- Stride 1 and lines of windows as wide as the image: window p sees pixel p + shift -----------------

static bool is_shift(const windows *w) {
  return w->stride[HEIGHT] == 1 && w->stride[WIDTH] == 1 && w->out[WIDTH] == w->in[WIDTH];
}

// The windows that see a line of the plane, as far as they are wanted, and of these only those whose shifted pixel
// lies in the plane: the first and the last few may look before or behind it, and are zeros as they are at a side.
static void shifted(const slab *s, int64_t *from, int64_t *until, int64_t *shift) {
  int64_t width = s->w->in[WIDTH], height = s->w->in[HEIGHT];
  *shift = s->down * width + s->right;
  int64_t low = at_most(at_least(-s->down * width, s->first), s->last);
  int64_t high = at_least(at_most((height - s->down) * width, s->last), low);
  *from = at_most(at_least(low, -*shift), high);
  *until = at_least(at_most(high, height * width - *shift), *from);
}

// Clears what a shift carries over from the end of one line to the start of another.
static void clear_sides(const slab *s, int64_t low, int64_t high, real *restrict columns) {
  int64_t out = s->w->out[WIDTH], begin = at_most(at_least(-s->right, 0), out);
  int64_t end = at_least(at_most(out - s->right, out), begin);
  if (s->right == 0) return;
  for (int64_t line = low / out * out; line < high; line += out) {
    for (int64_t p = at_least(line, low); p < at_most(line + begin, high); p++) columns[p - s->first] = 0;
    for (int64_t p = at_least(line + end, low); p < at_most(line + out, high); p++) columns[p - s->first] = 0;
  }
}

static void gather_shift(const slab *s, const real *restrict plane, real *restrict columns) {
  int64_t from, until, shift;
  shifted(s, &from, &until, &shift);
  for (int64_t p = s->first; p < from; p++) columns[p - s->first] = 0;
  memcpy(columns + (from - s->first), plane + (from + shift), (size_t)(until - from) * sizeof(real));
  for (int64_t p = until; p < s->last; p++) columns[p - s->first] = 0;
  clear_sides(s, from, until, columns);
}

static void scatter_shift(const slab *s, real *restrict plane, real *restrict columns) {
  int64_t from, until, shift;
  shifted(s, &from, &until, &shift);
  clear_sides(s, from, until, columns);
  real *restrict to = plane + shift;
  for (int64_t p = from; p < until; p++) to[p] += columns[p - s->first];
}

// ---- The kernels ------------------------------------------------------------------------------------

// A row of the matrix: a tap of the kernel in one channel. Rows are gone through without divisions.
typedef struct tap {
  int64_t channel, at[SPATIAL];
} tap;

static tap tap_of(const windows *w, int64_t row) {
  tap t;
  for (int d = WIDTH; d >= DEPTH; row /= w->kernel[d--]) t.at[d] = row % w->kernel[d];
  t.channel = row;
  return t;
}

static inline void next_tap(const windows *w, tap *t) {
  for (int d = WIDTH; d >= DEPTH; d--) {
    if (++t->at[d] < w->kernel[d]) return;
    t->at[d] = 0;
  }
  t->channel++;
}

// Calls `each` for every slab of the rows [begin, end) of the matrix, with the plane that it sees or NULL.
ALWAYS_INLINE void over_slabs(const im2col_arguments *a, bool scatters, int64_t begin, int64_t end,
                              void each(const slab *s, bool shift, real *plane, real *columns)) {
  const windows *w = a->windows;
  int64_t pixels = w->in[HEIGHT] * w->in[WIDTH], size = w->out[HEIGHT] * w->out[WIDTH];
  int64_t first_slab = a->first / size, start = a->first - first_slab * size;
  bool shift = is_shift(w) && !(scatters && a->keep);
  tap t = tap_of(w, begin);
  real *columns = (real *)a->columns + begin * (a->last - a->first);
  for (int64_t row = begin; row < end; row++, next_tap(w, &t)) {
    real *channel = (real *)a->image + t.channel * w->in[DEPTH] * pixels;
    slab s = {.w = w,
              .down = t.at[HEIGHT] * w->dilation[HEIGHT] - w->padding[HEIGHT],
              .right = t.at[WIDTH] * w->dilation[WIDTH] - w->padding[WIDTH],
              .first = start};
    int64_t id = first_slab * w->stride[DEPTH] - w->padding[DEPTH] + t.at[DEPTH] * w->dilation[DEPTH];
    for (int64_t left = a->last - a->first; left > 0; left -= s.last - s.first, s.first = 0) {
      s.last = at_most(size, s.first + left);
      each(&s, shift, id < 0 || id >= w->in[DEPTH] ? NULL : channel + id * pixels, columns);
      columns += s.last - s.first;
      id += w->stride[DEPTH];
    }
  }
}

static inline void gather_slab(const slab *s, bool shift, real *plane, real *columns) {
  if (!plane)
    memset(columns, 0, (size_t)(s->last - s->first) * sizeof(real));
  else if (shift)
    gather_shift(s, plane, columns);
  else
    gather_lines(s, plane, columns);
}

static inline void scatter_slab(const slab *s, bool shift, real *plane, real *columns) {
  if (!plane) return;
  if (shift)
    scatter_shift(s, plane, columns);
  else
    scatter_lines(s, plane, columns);
}

static void gather(const void *arguments, int64_t begin, int64_t end) {
  over_slabs(arguments, false, begin, end, gather_slab);
}

static void scatter(const void *arguments, int64_t begin, int64_t end) {
  over_slabs(arguments, true, begin, end, scatter_slab);
}

static void flush(const void *arguments, int64_t begin, int64_t end) {
  const im2col_flush_arguments *a = arguments;
  const real *restrict from = a->from;
  double *restrict to = a->to;
#pragma omp simd
  for (int64_t i = begin; i < end; i++) to[i] += (double)from[i];
}

enum { RUN = 256 }; // sums that stay in the cache over all parts

static void sum(const void *arguments, int64_t begin, int64_t end) {
  const im2col_sum_arguments *a = arguments;
  for (int64_t first = begin; first < end; first += RUN) {
    int64_t width = at_most(end - first, RUN);
    double sums[RUN] = {0};
    for (int64_t part = 0; part < a->parts; part++) {
      const double *restrict wide = (const double *)a->from + part * a->elements + first;
      const real *restrict from = (const real *)a->from + part * a->elements + first;
      if (a->wide) {
#pragma omp simd
        for (int64_t i = 0; i < width; i++) sums[i] += wide[i];
      } else {
#pragma omp simd
        for (int64_t i = 0; i < width; i++) sums[i] += (double)from[i];
      }
    }
    for (int64_t i = 0; i < width; i++) ((real *)a->to)[first + i] = (real)sums[i];
  }
}

extern const im2col_kernels VARIANT(im2col);
const im2col_kernels VARIANT(im2col) = {.gather = gather, .scatter = scatter, .flush = flush, .sum = sum};
