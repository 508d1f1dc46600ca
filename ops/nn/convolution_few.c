// SPDX-License-Identifier: GPL-3.0-or-later
//
// y of a convolution with few filters, line by line from x itself (ops/kernels/stencil.h). A tile is some lines of
// y, or planes of them, or a part of one line. What its windows see is copied with the padding around it, so that
// no window has a special place; without padding they see x.
#include "ops/kernels/im2col.h"
#include "ops/kernels/stencil.h"
#include "ops/nn/convolution.h"
#include "ops/select_kernels.h"

enum {
  FEW_FILTERS = 8,
  FEW_TAPS = 1024,     // terms of f32 that are added one after another
  TILE_WORK = 1 << 21, // multiplications of a tile, about
  TILE_WINDOWS_AT_LEAST = 256,
  TILE_WINDOWS_AT_MOST = 8192,
  COPY_AT_MOST = 1 << 18, // elements
};

typedef struct tiling {
  int64_t width, lines, planes; // windows of a tile, at most
  int64_t across, down, deep;   // tiles of an image
  bool copies;
  int64_t line, channel, plane; // distances in what the windows see
  windows whole;                // of a kernel of one: they see x with its padding, pixel by pixel
} tiling;

static int64_t at_most(int64_t value, int64_t bound) { return value > bound ? bound : value; }
static int64_t at_least(int64_t value, int64_t bound) { return value < bound ? bound : value; }
static int64_t divided(int64_t value, int64_t by) { return (value + by - 1) / by; }

// The pixels from the first to the last that neighbouring windows see.
static int64_t spanned(const windows *w, int d, int64_t count) {
  return (count - 1) * w->stride[d] + w->dilation[d] * (w->kernel[d] - 1) + 1;
}

// ---- Tiles --------------------------------------------------------------------------------------------

static void cut(const sg_convolution *v, tiling *t) {
  const int64_t *out = v->windows.out;
  const bool one_line = out[HEIGHT] == 1 && v->windows.kernel[HEIGHT] == 1;
  const int64_t wanted = at_most(TILE_WORK / (v->taps * v->filters), TILE_WINDOWS_AT_MOST);
  const int64_t size = at_least(wanted, TILE_WINDOWS_AT_LEAST);
  t->across = one_line ? divided(out[WIDTH], size) : 1;
  t->width = divided(out[WIDTH], t->across);
  t->lines = at_least(at_most(size / t->width, out[HEIGHT]), 1);
  t->down = divided(out[HEIGHT], t->lines);
  t->lines = divided(out[HEIGHT], t->down);
  t->planes = t->across * t->down > 1 ? 1 : at_least(at_most(size / (t->lines * t->width), out[DEPTH]), 1);
  t->deep = divided(out[DEPTH], t->planes);
}

// Whether some window sees beyond x, on a side or on both.
static bool is_padded(const windows *w) {
  for (int d = 0; d < SPATIAL; d++)
    if (w->padding[d] > 0 || spanned(w, d, w->out[d]) > w->in[d]) return true;
  return false;
}

static tiling tiling_of(const sg_convolution *v) {
  const windows *w = &v->windows;
  tiling t = {.copies = is_padded(w), .line = w->in[WIDTH], .channel = v->pixels};
  t.plane = w->in[HEIGHT] * w->in[WIDTH];
  cut(v, &t);
  if (!t.copies) return t;
  for (int d = 0; d < SPATIAL; d++) {
    t.whole.in[d] = w->in[d];
    t.whole.out[d] = spanned(w, d, w->out[d]);
    t.whole.padding[d] = w->padding[d];
    t.whole.kernel[d] = t.whole.stride[d] = t.whole.dilation[d] = 1;
  }
  t.line = t.whole.out[WIDTH];
  t.channel = (spanned(w, HEIGHT, t.lines) - 1) * t.line + spanned(w, WIDTH, t.width);
  t.plane = t.channel * v->channels;
  return t;
}

static int64_t copied_elements(const sg_convolution *v, const tiling *t) {
  return t->copies ? divided(spanned(&v->windows, DEPTH, t->planes) * t->plane, 16) * 16 : 0;
}

// Whether what a tile sees is little, so that it can be copied, whatever the padding and the distances of taps.
static bool sees_little(const sg_convolution *v) {
  const windows *w = &v->windows;
  tiling t;
  cut(v, &t);
  const int64_t lines = spanned(w, HEIGHT, t.lines), width = lines > 1 ? w->out[WIDTH] : t.width;
  const int64_t factors[] = {lines, spanned(w, WIDTH, width), v->channels, spanned(w, DEPTH, t.planes)};
  int64_t elements = 1;
  for (int i = 0; i < 4; i++) {
    if (factors[i] > COPY_AT_MOST / elements) return false;
    elements *= factors[i];
  }
  return true;
}

bool sg_convolution_has_few_filters(const sg_convolution *v) {
  const windows *w = &v->windows;
  if (v->direct || v->filters < 1 || v->filters > FEW_FILTERS || v->taps < 1 || v->taps > FEW_TAPS) return false;
  return w->stride[WIDTH] == 1 && w->out[WIDTH] >= STENCIL_WIDTH && (!is_padded(w) || sees_little(v));
}

// ---- The loops ----------------------------------------------------------------------------------------

typedef struct work {
  const sg_convolution *v;
  const sg_kernels *kernels;
  tiling tiling;
  int64_t bytes; // of an element
  int64_t items, blocks;
  const char *x, *weight, *bias;
  char *y, *copies;
  const int64_t *offset;
} work;

static int64_t items_of(const sg_convolution *v, const tiling *t) {
  return v->batch * v->groups * t->deep * t->down * t->across;
}

static size_t offset_bytes(const sg_convolution *v) { return ((size_t)v->taps * sizeof(int64_t) + 63) / 64 * 64; }

static int64_t blocks_of(const sg_convolution *v, const tiling *t) {
  return sg_convolution_blocks(items_of(v, t), copied_elements(v, t));
}

size_t sg_convolution_few_scratch(const sg_convolution *v, sg_dtype dtype) {
  const tiling t = tiling_of(v);
  return offset_bytes(v) + (size_t)(blocks_of(v, &t) * copied_elements(v, &t)) * sg_dtype_bytes(dtype);
}

static void fill_offsets(const sg_convolution *v, const tiling *t, int64_t *offset) {
  const windows *w = &v->windows;
  for (int64_t c = 0; c < v->channels; c++)
    for (int64_t d = 0; d < w->kernel[DEPTH]; d++)
      for (int64_t i = 0; i < w->kernel[HEIGHT]; i++)
        for (int64_t j = 0; j < w->kernel[WIDTH]; j++)
          *offset++ = c * t->channel + d * w->dilation[DEPTH] * t->plane + i * w->dilation[HEIGHT] * t->line +
                      j * w->dilation[WIDTH];
}

// A tile: its first windows, and how many there are.
typedef struct tile {
  int64_t image, group; // image: of the batch
  int64_t plane, planes, line, lines, column, width;
} tile;

static tile tile_of(const work *w, int64_t item) {
  const sg_convolution *v = w->v;
  const tiling *t = &w->tiling;
  const int64_t *out = v->windows.out;
  const int64_t across = item % t->across, down = item / t->across % t->down, rest = item / t->across / t->down;
  tile at = {.group = rest / t->deep % v->groups,
             .image = rest / t->deep / v->groups,
             .plane = rest % t->deep * t->planes,
             .line = down * t->lines,
             .column = out[WIDTH] * across / t->across};
  at.planes = at_most(t->planes, out[DEPTH] - at.plane);
  at.lines = at_most(t->lines, out[HEIGHT] - at.line);
  at.width = out[WIDTH] * (across + 1) / t->across - at.column;
  return at;
}

// What the windows of a tile see, from the first one's first pixel on. A copy always holds as many lines: that of
// the last tile begins earlier.
static const char *pixels_of(const work *w, const tile *at, char *copy) {
  const sg_convolution *v = w->v;
  const tiling *t = &w->tiling;
  const int64_t *stride = v->windows.stride, *out = v->windows.out;
  const char *image = w->x + (at->image * v->groups + at->group) * v->channels * v->pixels * w->bytes;
  const int64_t first_plane = at->plane * stride[DEPTH], first_line = at->line * stride[HEIGHT];
  if (!t->copies) return image + (first_plane * t->plane + first_line * t->line + at->column) * w->bytes;
  const int64_t line = at_most(at->line, out[HEIGHT] - t->lines);
  const int64_t column = at_most(at->column, out[WIDTH] - t->width);
  for (int64_t p = 0; p < spanned(&v->windows, DEPTH, at->planes); p++) {
    const int64_t first = ((first_plane + p) * t->whole.out[HEIGHT] + line * stride[HEIGHT]) * t->line + column;
    const im2col_arguments a = {.windows = &t->whole,
                                .first = first,
                                .last = first + t->channel,
                                .image = (char *)image,
                                .columns = copy + p * t->plane * w->bytes};
    w->kernels->im2col->gather(&a, 0, v->channels);
  }
  return copy + ((at->line - line) * stride[HEIGHT] * t->line + at->column - column) * w->bytes;
}

static void run_tile(const work *w, const tile *at, char *copy) {
  const sg_convolution *v = w->v;
  const int64_t *out = v->windows.out, filter = at->group * v->filters;
  const char *x = pixels_of(w, at, copy);
  char *y = w->y + (at->image * v->groups * v->filters + filter) * v->positions * w->bytes;
  for (int64_t p = 0; p < at->planes; p++) {
    const stencil_arguments a = {.filters = v->filters,
                                 .taps = v->taps,
                                 .width = at->width,
                                 .offset = w->offset,
                                 .weight = w->weight + filter * v->taps * w->bytes,
                                 .bias = w->bias ? w->bias + filter * w->bytes : NULL,
                                 .x = x + p * v->windows.stride[DEPTH] * w->tiling.plane * w->bytes,
                                 .x_step = v->windows.stride[HEIGHT] * w->tiling.line,
                                 .y = y + (((at->plane + p) * out[HEIGHT] + at->line) * out[WIDTH] + at->column) *
                                              w->bytes,
                                 .y_step = v->positions};
    w->kernels->stencil->apply(&a, 0, at->lines);
  }
}

static void run_blocks(const void *arguments, int64_t begin, int64_t end) {
  const work *w = arguments;
  for (int64_t block = begin; block < end; block++) {
    char *copy = w->copies + block * copied_elements(w->v, &w->tiling) * w->bytes;
    for (int64_t item = block * w->items / w->blocks; item < (block + 1) * w->items / w->blocks; item++) {
      const tile at = tile_of(w, item);
      run_tile(w, &at, copy);
    }
  }
}

void sg_convolution_run_few(sg_context *context, const sg_convolution *v, sg_dtype dtype, const void *x,
                            const void *weight, const void *bias, void *y, void *scratch) {
  work w = {.v = v,
            .kernels = sg_kernels_for(context, dtype),
            .tiling = tiling_of(v),
            .bytes = (int64_t)sg_dtype_bytes(dtype),
            .x = x,
            .weight = weight,
            .bias = bias,
            .y = y,
            .copies = (char *)scratch + offset_bytes(v),
            .offset = scratch};
  w.items = items_of(v, &w.tiling);
  w.blocks = blocks_of(v, &w.tiling);
  fill_offsets(v, &w.tiling, scratch);
  sg_parallel(context, w.blocks, 1, run_blocks, &w);
}
