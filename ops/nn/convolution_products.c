// SPDX-License-Identifier: GPL-3.0-or-later
//
// The three products of a convolution. Per image and group, y = W cols(x) with W of filters x taps and cols(x) of
// taps x positions (im2col). The columns are made tile by tile, so that a tile is still in the cache when it is
// multiplied; the adjoints use the same tiles. Blocks of work, their scratch and the partial sums of the weight's
// gradient follow from the sizes only.
#include "ops/kernels/bias.h"
#include "ops/kernels/im2col.h"
#include "ops/linalg/gemm.h"
#include "ops/nn/convolution.h"
#include "ops/select_kernels.h"

#include <string.h>

enum {
  TILE_ELEMENTS = 64 * 1024,     // of a tile of columns, about
  TILE_POSITIONS_AT_LEAST = 128, // narrower tiles make slow products
  BLOCKS_AT_MOST = 32,
  PARTS_AT_MOST = 16,
  TAPS_OF_PIXEL = 255, // terms of f32 that meet at a pixel, before they pass on to a double
  STRETCH = 64,        // tiles added up in the dtype, before the sum passes on to a double
};
static const int64_t scratch_elements_at_most = INT64_C(16) * 1024 * 1024;

static int64_t smaller(int64_t a, int64_t b) { return a < b ? a : b; }

// ---- Tiles --------------------------------------------------------------------------------------------

// A kernel of one with stride 1 and no padding, and a window for each pixel: a transposed convolution with
// output_padding has fewer.
static bool is_direct(const windows *w) {
  for (int d = 0; d < SPATIAL; d++)
    if (w->kernel[d] != 1 || w->stride[d] != 1 || w->padding[d] != 0 || w->in[d] != w->out[d]) return false;
  return true;
}

static void plan_tiles(sg_convolution *v) {
  v->tile = TILE_ELEMENTS / (v->taps > 0 ? v->taps : 1);
  if (v->tile < TILE_POSITIONS_AT_LEAST) v->tile = TILE_POSITIONS_AT_LEAST;
  v->tiles = (v->positions + v->tile - 1) / v->tile;
  if (v->tiles > 1) { // of equal size, but for rounding
    v->tile = (v->positions + v->tiles - 1) / v->tiles;
    v->tile = (v->tile + 15) / 16 * 16;
    v->tiles = (v->positions + v->tile - 1) / v->tile;
  } else if (v->positions > 0) {
    v->tile = v->positions;
  }
}

bool sg_convolution_plan_tiles(sg_convolution *v) {
  const windows *w = &v->windows;
  int64_t taps, parts;
  if (!sg_windows_count(w->in, INT64_MAX / 64, &v->pixels)) return false;
  if (!sg_windows_count(w->kernel, SG_GEMM_MAXIMUM, &taps)) return false;
  if (__builtin_mul_overflow(taps, v->channels, &v->taps) || v->taps > SG_GEMM_MAXIMUM) return false;
  if (!sg_windows_count(w->out, SG_GEMM_MAXIMUM, &v->positions)) return false;
  v->direct = is_direct(w);
  plan_tiles(v);
  v->few = sg_convolution_has_few_filters(v);
  // Empty tensors may claim any number of images: the count of tiles stays within what a loop can do.
  return !__builtin_mul_overflow(v->batch, v->groups, &parts) && !__builtin_mul_overflow(parts, v->tiles, &parts) &&
         parts <= SG_GEMM_MAXIMUM;
}

// ---- Blocks of work -----------------------------------------------------------------------------------

// Elements of one tile of columns, in whole cache lines.
static int64_t tile_elements(const sg_convolution *v) { return v->direct ? 0 : (v->taps * v->tile + 15) / 16 * 16; }

static int64_t limited(int64_t wanted, int64_t items, int64_t elements) {
  int64_t count = smaller(wanted, items);
  if (elements > 0) count = smaller(count, scratch_elements_at_most / elements);
  return count < 1 ? 1 : count;
}

int64_t sg_convolution_blocks(int64_t items, int64_t elements) { return limited(BLOCKS_AT_MOST, items, elements); }

static int64_t forward_blocks(const sg_convolution *v) {
  return sg_convolution_blocks(v->batch * v->groups * v->tiles, tile_elements(v));
}

// Whether so many taps meet at a pixel of dx that the image is summed in double.
static bool is_wide(const sg_convolution *v, sg_dtype dtype) {
  return dtype == SG_F32 && v->channels > 0 && v->taps / v->channels > TAPS_OF_PIXEL;
}

// Of a tile of columns and an image in double.
static int64_t input_grad_elements(const sg_convolution *v, sg_dtype dtype) {
  int64_t doubles = (int64_t)(sizeof(double) / sizeof(float)), image;
  if (!is_wide(v, dtype)) return tile_elements(v);
  if (__builtin_mul_overflow(v->pixels, doubles * v->channels, &image)) image = INT64_MAX;
  return tile_elements(v) + smaller(image, INT64_MAX / 64) / 16 * 16 + 16; // more than any tensor that can be had
}

static int64_t input_grad_blocks(const sg_convolution *v, sg_dtype dtype) {
  return sg_convolution_blocks(v->batch * v->groups, input_grad_elements(v, dtype));
}

static int64_t weight_elements(const sg_convolution *v) {
  return (v->groups * v->filters * v->taps + 15) / 16 * 16;
}

static int64_t weight_grad_parts(const sg_convolution *v) {
  return limited(PARTS_AT_MOST, v->batch * v->tiles, tile_elements(v) + 3 * weight_elements(v));
}

// Whether a part of the weight's gradient is more than one stretch.
static bool has_stretches(const sg_convolution *v) { return v->batch * v->tiles > STRETCH * weight_grad_parts(v); }

size_t sg_convolution_scratch(const sg_convolution *v, sg_convolution_tensor result, sg_dtype dtype) {
  size_t bytes = sg_dtype_bytes(dtype);
  if (result == CONVOLUTION_Y && v->few) return sg_convolution_few_scratch(v, dtype);
  if (result == CONVOLUTION_Y) return (size_t)(forward_blocks(v) * tile_elements(v)) * bytes;
  if (result == CONVOLUTION_X) return (size_t)(input_grad_blocks(v, dtype) * input_grad_elements(v, dtype)) * bytes;
  // Of every part a stretch in the dtype, with a tile behind it, and where there are several their sum in double.
  size_t part = (has_stretches(v) ? (size_t)weight_elements(v) * sizeof(double) : 0) +
                (size_t)(tile_elements(v) + weight_elements(v)) * bytes;
  return (size_t)weight_grad_parts(v) * part;
}

// What the three loops work on; which of x, weight and y is written differs.
typedef struct work {
  const sg_convolution *v;
  const sg_kernels *kernels, *loops; // loops: of sg_gemm
  sg_dtype dtype;
  int64_t bytes;  // of an element
  int64_t blocks; // block b does the items [b * items / blocks, (b + 1) * items / blocks)
  int64_t items;
  char *x, *weight, *y, *scratch;
  const char *bias;
} work;

static char *image_of(const work *w, int64_t image, int64_t group) {
  const sg_convolution *v = w->v;
  return w->x + (image * v->groups + group) * v->channels * v->pixels * w->bytes;
}

static char *weight_of(const work *w, int64_t group) {
  return w->weight + group * w->v->filters * w->v->taps * w->bytes;
}

static char *output_of(const work *w, int64_t image, int64_t group, int64_t position) {
  const sg_convolution *v = w->v;
  return w->y + ((image * v->groups + group) * v->filters * v->positions + position) * w->bytes;
}

static im2col_arguments tile_arguments(const sg_convolution *v, int64_t tile, char *image, char *columns) {
  int64_t first = tile * v->tile;
  return (im2col_arguments){.windows = &v->windows,
                            .first = first,
                            .last = smaller(first + v->tile, v->positions),
                            .image = image,
                            .columns = columns};
}

// The columns of a tile: made in `scratch`, or the image itself. Returns them and their row distance.
static char *columns_of(const work *w, int64_t image, int64_t group, int64_t tile, char *scratch,
                        int64_t *distance) {
  const sg_convolution *v = w->v;
  char *pixels = image_of(w, image, group);
  if (v->direct) {
    *distance = v->positions;
    return pixels + tile * v->tile * w->bytes;
  }
  im2col_arguments a = tile_arguments(v, tile, pixels, scratch);
  w->kernels->im2col->gather(&a, 0, v->taps);
  *distance = a.last - a.first;
  return scratch;
}

// ---- y = W cols(x) + bias -----------------------------------------------------------------------------

// Gives every channel of a group its bias: `count` elements of each, which are `distance` apart.
static void fill_bias(const work *w, int64_t group, int64_t channels, int64_t distance, int64_t count, char *data) {
  for (int64_t channel = 0; channel < channels; channel++) {
    bias_arguments a = {1, 1, count, data + channel * distance * w->bytes,
                        (void *)(w->bias + (group * channels + channel) * w->bytes)};
    w->kernels->bias->fill(&a, 0, 1);
  }
}

static void forward_block(const void *arguments, int64_t begin, int64_t end) {
  const work *w = arguments;
  const sg_convolution *v = w->v;
  for (int64_t block = begin; block < end; block++) {
    char *scratch = w->scratch + block * tile_elements(v) * w->bytes;
    for (int64_t item = block * w->items / w->blocks; item < (block + 1) * w->items / w->blocks; item++) {
      int64_t tile = item % v->tiles, group = item / v->tiles % v->groups, image = item / v->tiles / v->groups;
      int64_t distance, first = tile * v->tile, count = smaller(v->tile, v->positions - first);
      char *columns = columns_of(w, image, group, tile, scratch, &distance);
      char *y = output_of(w, image, group, first);
      if (w->bias) fill_bias(w, group, v->filters, v->positions, count, y);
      sg_gemm gemm = {.dtype = w->dtype,
                      .loops = w->loops,
                      .m = v->filters,
                      .n = count,
                      .k = v->taps,
                      .ld_a = v->taps,
                      .ld_b = distance,
                      .ld_c = v->positions,
                      .beta = w->bias ? 1 : 0};
      sg_gemm_serial(&gemm, weight_of(w, group), columns, y);
    }
  }
}

// ---- dx = scatter(W' dy): every image is written by one block -------------------------------------------

// The rows of a tile are added to the image, or by way of it, in stretches, to sums in double.
static void scatter_rows(const work *w, const im2col_arguments *a, double *sums) {
  const sg_convolution *v = w->v;
  const im2col_kernels *kernels = w->kernels->im2col;
  if (!sums) {
    kernels->scatter(a, 0, v->taps);
    return;
  }
  int64_t taps = v->taps / v->channels;
  for (int64_t channel = 0; channel < v->channels; channel++)
    for (int64_t tap = 0; tap < taps; tap += TAPS_OF_PIXEL) {
      im2col_flush_arguments flush = {(char *)a->image + channel * v->pixels * w->bytes,
                                      sums + channel * v->pixels};
      kernels->scatter(a, channel * taps + tap, channel * taps + smaller(tap + TAPS_OF_PIXEL, taps));
      kernels->flush(&flush, 0, v->pixels);
      memset((char *)a->image + channel * v->pixels * w->bytes, 0, (size_t)(v->pixels * w->bytes));
    }
}

// What the products are added to: the bias, or nothing. Through dx, which is clear afterwards, into sums in double.
static void begin_image(const work *w, int64_t group, char *dx, double *sums) {
  const sg_convolution *v = w->v;
  int64_t pixels = v->channels * v->pixels;
  if (w->bias)
    fill_bias(w, group, v->channels, v->pixels, v->pixels, dx);
  else if (!v->direct)
    memset(dx, 0, (size_t)(pixels * w->bytes));
  if (!sums) return;
  im2col_flush_arguments flush = {dx, sums};
  memset(sums, 0, (size_t)pixels * sizeof(double));
  w->kernels->im2col->flush(&flush, 0, pixels);
  memset(dx, 0, (size_t)(pixels * w->bytes));
}

static void input_grad_image(const work *w, int64_t image, int64_t group, char *scratch) {
  const sg_convolution *v = w->v;
  char *dx = image_of(w, image, group);
  double *sums = is_wide(v, w->dtype) ? (double *)(void *)(scratch + tile_elements(v) * w->bytes) : NULL;
  begin_image(w, group, dx, sums);
  for (int64_t tile = 0; tile < v->tiles; tile++) {
    im2col_arguments a = tile_arguments(v, tile, dx, scratch);
    int64_t count = a.last - a.first;
    sg_gemm gemm = {.dtype = w->dtype,
                    .loops = w->loops,
                    .transpose_a = true,
                    .m = v->taps,
                    .n = count,
                    .k = v->filters,
                    .ld_a = v->taps,
                    .ld_b = v->positions,
                    .ld_c = v->direct ? v->positions : count,
                    .beta = v->direct && w->bias ? 1 : 0};
    char *columns = v->direct ? dx + a.first * w->bytes : scratch;
    sg_gemm_serial(&gemm, weight_of(w, group), output_of(w, image, group, a.first), columns);
    if (!v->direct) scatter_rows(w, &a, sums);
  }
  if (!sums) return;
  im2col_sum_arguments whole = {1, v->channels * v->pixels, sums, true, dx};
  w->kernels->im2col->sum(&whole, 0, v->channels * v->pixels);
}

static void input_grad_block(const void *arguments, int64_t begin, int64_t end) {
  const work *w = arguments;
  for (int64_t block = begin; block < end; block++) {
    char *scratch = w->scratch + block * input_grad_elements(w->v, w->dtype) * w->bytes;
    for (int64_t item = block * w->items / w->blocks; item < (block + 1) * w->items / w->blocks; item++)
      input_grad_image(w, item / w->v->groups, item % w->v->groups, scratch);
  }
}

// ---- dW = sum over images of dy cols(x)': a fixed number of partial sums ----------------------------------

// stretch += dy cols(x)' of one tile of one image.
static void weight_grad_tile(const work *w, int64_t image, int64_t tile, bool first_of_stretch, char *stretch,
                             char *scratch) {
  const sg_convolution *v = w->v;
  int64_t first = tile * v->tile;
  for (int64_t group = 0; group < v->groups; group++) {
    int64_t distance;
    char *columns = columns_of(w, image, group, tile, scratch, &distance);
    sg_gemm gemm = {.dtype = w->dtype,
                    .loops = w->loops,
                    .transpose_b = true,
                    .m = v->filters,
                    .n = v->taps,
                    .k = smaller(v->tile, v->positions - first),
                    .ld_a = v->positions,
                    .ld_b = distance,
                    .ld_c = v->taps,
                    .beta = first_of_stretch ? 0 : 1};
    sg_gemm_serial(&gemm, output_of(w, image, group, first), columns,
                   stretch + group * v->filters * v->taps * w->bytes);
  }
}

// The scratch holds the parts' stretches, their tiles, and the sums in double if there are any.
static void weight_grad_part(const void *arguments, int64_t begin, int64_t end) {
  const work *w = arguments;
  const sg_convolution *v = w->v;
  int64_t elements = weight_elements(v), used = v->groups * v->filters * v->taps;
  char *tiles = w->scratch + w->blocks * elements * w->bytes;
  double *sums = (double *)(void *)(tiles + w->blocks * tile_elements(v) * w->bytes);
  bool wide = has_stretches(v);
  for (int64_t part = begin; part < end; part++) {
    im2col_flush_arguments flush = {w->scratch + part * elements * w->bytes, sums + part * elements};
    if (wide) memset(flush.to, 0, (size_t)elements * sizeof(double));
    int64_t length = 0;
    for (int64_t item = part * w->items / w->blocks; item < (part + 1) * w->items / w->blocks; item++) {
      weight_grad_tile(w, item / v->tiles, item % v->tiles, length == 0, w->scratch + part * elements * w->bytes,
                       tiles + part * tile_elements(v) * w->bytes);
      if (++length < STRETCH || !wide) continue;
      w->kernels->im2col->flush(&flush, 0, used);
      length = 0;
    }
    if (length > 0 && wide) w->kernels->im2col->flush(&flush, 0, used);
    if (part * w->items / w->blocks == (part + 1) * w->items / w->blocks)
      memset(w->scratch + part * elements * w->bytes, 0, (size_t)(elements * w->bytes));
  }
}

static void add_parts(sg_context *context, const work *w) {
  const sg_convolution *v = w->v;
  bool wide = has_stretches(v);
  const char *tiles = w->scratch + w->blocks * weight_elements(v) * w->bytes;
  const void *parts = wide ? tiles + w->blocks * tile_elements(v) * w->bytes : w->scratch;
  im2col_sum_arguments sum = {w->blocks, weight_elements(v), parts, wide, w->weight};
  sg_parallel(context, v->groups * v->filters * v->taps, sg_grain(w->blocks), w->kernels->im2col->sum, &sum);
}

// ---- The products -------------------------------------------------------------------------------------

void sg_convolution_run(sg_context *context, const sg_convolution *v, sg_dtype dtype, sg_convolution_tensor result,
                        void *const tensors[3], const void *bias, void *scratch) {
  if (result == CONVOLUTION_Y && v->few) {
    sg_convolution_run_few(context, v, dtype, tensors[CONVOLUTION_X], tensors[CONVOLUTION_WEIGHT], bias,
                           tensors[CONVOLUTION_Y], scratch);
    return;
  }
  work w = {.v = v,
            .kernels = sg_kernels_for(context, dtype),
            .loops = sg_gemm_loops(context, dtype),
            .dtype = dtype,
            .bytes = (int64_t)sg_dtype_bytes(dtype),
            .x = tensors[CONVOLUTION_X],
            .weight = tensors[CONVOLUTION_WEIGHT],
            .y = tensors[CONVOLUTION_Y],
            .scratch = scratch,
            .bias = bias};
  switch (result) {
  case CONVOLUTION_Y:
    w.items = v->batch * v->groups * v->tiles;
    w.blocks = forward_blocks(v);
    sg_parallel(context, w.blocks, 1, forward_block, &w);
    break;
  case CONVOLUTION_X:
    w.items = v->batch * v->groups;
    w.blocks = input_grad_blocks(v, dtype);
    sg_parallel(context, w.blocks, 1, input_grad_block, &w);
    break;
  case CONVOLUTION_WEIGHT:
    if (weight_elements(v) == 0) break;
    w.items = v->batch * v->tiles;
    w.blocks = weight_grad_parts(v);
    sg_parallel(context, w.blocks, 1, weight_grad_part, &w);
    add_parts(context, &w);
    break;
  }
}
