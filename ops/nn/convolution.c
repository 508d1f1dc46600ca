// SPDX-License-Identifier: GPL-3.0-or-later
//
// Per image and group, y = W cols(x) with W of filters x taps and cols(x) of taps x positions (im2col). The columns
// are made tile by tile, so that a tile is still in the cache when it is multiplied; the adjoints use the same
// tiles. Blocks of work, their scratch and the partial sums of the weight's gradient follow from the sizes only.
#include "ops/nn/convolution.h"
#include "ops/kernels/bias.h"
#include "ops/kernels/im2col.h"
#include "ops/linalg/gemm.h"
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

// ---- Geometry ---------------------------------------------------------------------------------------

void sg_pair(const sg_ints *ints, int64_t *first, int64_t *second) {
  *first = ints->value[0];
  *second = ints->value[ints->count > 1 ? 1 : 0];
}

sg_status sg_pair_check(const sg_plan *plan, const char *name, const sg_ints *ints) {
  if (ints->count == 1 || ints->count == 2) return SG_OK;
  return sg_reject(plan, "%s has %d values, expected one or two", name, ints->count);
}

static int64_t smaller(int64_t a, int64_t b) { return a < b ? a : b; }

static int64_t output_extent(int64_t in, int64_t kernel, int64_t stride, int64_t padding, int64_t dilation) {
  int64_t room = in + 2 * padding - dilation * (kernel - 1) - 1;
  return room < 0 ? 0 : room / stride + 1;
}

static void plan_tiles(sg_convolution *v) {
  v->direct = v->kernel_h == 1 && v->kernel_w == 1 && v->stride_h == 1 && v->stride_w == 1 && v->padding_h == 0 &&
              v->padding_w == 0;
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

sg_convolution sg_convolution_of(const sg_shape *x, const sg_shape *weight, const sg_conv2d_options *options) {
  sg_convolution v = {.batch = x->size[0],
                      .groups = options->groups,
                      .channels = weight->size[1],
                      .filters = weight->size[0] / options->groups,
                      .height = x->size[2],
                      .width = x->size[3],
                      .kernel_h = weight->size[2],
                      .kernel_w = weight->size[3]};
  sg_pair(&options->stride, &v.stride_h, &v.stride_w);
  sg_pair(&options->padding, &v.padding_h, &v.padding_w);
  sg_pair(&options->dilation, &v.dilation_h, &v.dilation_w);
  v.out_h = output_extent(v.height, v.kernel_h, v.stride_h, v.padding_h, v.dilation_h);
  v.out_w = output_extent(v.width, v.kernel_w, v.stride_w, v.padding_w, v.dilation_w);
  // Checked by prepare: an unlucky product of untrusted extents ends as a value above every limit.
  if (__builtin_mul_overflow(v.kernel_h * v.kernel_w, v.channels, &v.taps)) v.taps = INT64_MAX;
  if (__builtin_mul_overflow(v.out_h, v.out_w, &v.positions)) v.positions = INT64_MAX;
  if (v.taps <= SG_GEMM_MAXIMUM && v.positions <= SG_GEMM_MAXIMUM) plan_tiles(&v);
  return v;
}

static bool check_options(sg_plan *plan, const sg_conv2d_options *o) {
  return sg_pair_check(plan, "stride", &o->stride) == SG_OK &&
         sg_pair_check(plan, "padding", &o->padding) == SG_OK &&
         sg_pair_check(plan, "dilation", &o->dilation) == SG_OK;
}

static bool check_shapes(sg_plan *plan, const sg_shape *x, const sg_shape *weight, int64_t groups) {
  sg_text text_x = sg_shape_text(x), text_w = sg_shape_text(weight);
  if (x->rank != 4) return sg_reject(plan, "x has shape %s, expected (N, C, H, W)", text_x.text), false;
  if (weight->rank != 4)
    return sg_reject(plan, "weight has shape %s, expected (O, C / groups, kh, kw)", text_w.text), false;
  if (weight->size[2] < 1 || weight->size[3] < 1)
    return sg_reject(plan, "weight has shape %s: its kernel is empty", text_w.text), false;
  if (weight->size[0] % groups != 0)
    return sg_reject(plan, "weight has shape %s: its %lld filters do not divide into %lld groups", text_w.text,
                     (long long)weight->size[0], (long long)groups),
           false;
  if (x->size[1] % groups != 0 || weight->size[1] != x->size[1] / groups)
    return sg_reject(plan,
                     "weight has shape %s, x has shape %s: %lld channels in %lld groups need a weight (O, C / "
                     "groups, kh, kw)",
                     text_w.text, text_x.text, (long long)x->size[1], (long long)groups),
           false;
  for (int i = 0; i < 4; i++)
    if (x->size[i] > SG_GEMM_MAXIMUM || weight->size[i] > SG_GEMM_MAXIMUM)
      return sg_reject(plan, "x %s and weight %s: extents are limited to %lld", text_x.text, text_w.text,
                       (long long)SG_GEMM_MAXIMUM),
             false;
  return true;
}

bool sg_convolution_prepare(sg_plan *plan, const sg_shape *x, const sg_shape *weight,
                            const sg_conv2d_options *options, sg_convolution *v) {
  if (!check_options(plan, options) || !check_shapes(plan, x, weight, options->groups)) return false;
  *v = sg_convolution_of(x, weight, options);
  if (v->out_h < 1 || v->out_w < 1)
    return sg_reject(plan,
                     "the kernel of weight %s does not fit into x %s with padding (%lld, %lld) and dilation "
                     "(%lld, %lld)",
                     sg_shape_text(weight).text, sg_shape_text(x).text, (long long)v->padding_h,
                     (long long)v->padding_w, (long long)v->dilation_h, (long long)v->dilation_w),
           false;
  if (v->taps > SG_GEMM_MAXIMUM || v->positions > SG_GEMM_MAXIMUM)
    return sg_reject(plan, "x %s and weight %s make a matrix of more than %lld rows or columns",
                     sg_shape_text(x).text, sg_shape_text(weight).text, (long long)SG_GEMM_MAXIMUM),
           false;
  // Empty tensors may claim any number of images: the count of tiles stays within what a loop can do.
  int64_t parts;
  if (__builtin_mul_overflow(v->batch, v->groups, &parts) || __builtin_mul_overflow(parts, v->tiles, &parts) ||
      parts > SG_GEMM_MAXIMUM)
    return sg_reject(plan, "x %s and weight %s are too many images", sg_shape_text(x).text,
                     sg_shape_text(weight).text),
           false;
  return true;
}

sg_shape sg_convolution_output_shape(const sg_convolution *v) {
  return (sg_shape)SG_DIMS(v->batch, v->filters * v->groups, v->out_h, v->out_w);
}

// ---- Blocks of work -----------------------------------------------------------------------------------

// Elements of one tile of columns, in whole cache lines.
static int64_t tile_elements(const sg_convolution *v) { return v->direct ? 0 : (v->taps * v->tile + 15) / 16 * 16; }

static int64_t limited(int64_t wanted, int64_t items, int64_t elements) {
  int64_t count = smaller(wanted, items);
  if (elements > 0) count = smaller(count, scratch_elements_at_most / elements);
  return count < 1 ? 1 : count;
}

static int64_t forward_blocks(const sg_convolution *v) {
  return limited(BLOCKS_AT_MOST, v->batch * v->groups * v->tiles, tile_elements(v));
}

// Whether so many taps meet at a pixel of dx that the image is summed in double.
static bool is_wide(const sg_convolution *v, sg_dtype dtype) {
  return dtype == SG_F32 && v->kernel_h * v->kernel_w > TAPS_OF_PIXEL;
}

// Of a tile of columns and an image in double.
static int64_t input_grad_elements(const sg_convolution *v, sg_dtype dtype) {
  int64_t doubles = (int64_t)(sizeof(double) / sizeof(float)), image;
  if (!is_wide(v, dtype)) return tile_elements(v);
  if (__builtin_mul_overflow(v->height * v->width, doubles * v->channels, &image)) image = INT64_MAX;
  return tile_elements(v) + smaller(image, INT64_MAX / 64) / 16 * 16 + 16; // more than any tensor that can be had
}

static int64_t input_grad_blocks(const sg_convolution *v, sg_dtype dtype) {
  return limited(BLOCKS_AT_MOST, v->batch * v->groups, input_grad_elements(v, dtype));
}

static int64_t weight_elements(const sg_convolution *v) {
  return (v->groups * v->filters * v->taps + 15) / 16 * 16;
}

static int64_t weight_grad_parts(const sg_convolution *v) {
  return limited(PARTS_AT_MOST, v->batch * v->tiles, tile_elements(v) + 3 * weight_elements(v));
}

size_t sg_convolution_forward_scratch(const sg_convolution *v, sg_dtype dtype) {
  return (size_t)(forward_blocks(v) * tile_elements(v)) * sg_dtype_bytes(dtype);
}

size_t sg_convolution_input_grad_scratch(const sg_convolution *v, sg_dtype dtype) {
  return (size_t)(input_grad_blocks(v, dtype) * input_grad_elements(v, dtype)) * sg_dtype_bytes(dtype);
}

// Whether a part of the weight's gradient is more than one stretch.
static bool has_stretches(const sg_convolution *v) { return v->batch * v->tiles > STRETCH * weight_grad_parts(v); }

// Of every part a stretch in the dtype, with a tile behind it, and where there are several their sum in double.
size_t sg_convolution_weight_grad_scratch(const sg_convolution *v, sg_dtype dtype) {
  size_t part = (has_stretches(v) ? (size_t)weight_elements(v) * sizeof(double) : 0) +
                (size_t)(tile_elements(v) + weight_elements(v)) * sg_dtype_bytes(dtype);
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
  return w->x + (image * v->groups + group) * v->channels * v->height * v->width * w->bytes;
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
  return (im2col_arguments){.height = v->height,
                            .width = v->width,
                            .kernel_h = v->kernel_h,
                            .kernel_w = v->kernel_w,
                            .stride_h = v->stride_h,
                            .stride_w = v->stride_w,
                            .padding_h = v->padding_h,
                            .padding_w = v->padding_w,
                            .dilation_h = v->dilation_h,
                            .dilation_w = v->dilation_w,
                            .out_w = v->out_w,
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

static void fill_bias(const work *w, int64_t group, int64_t count, char *y) {
  const sg_convolution *v = w->v;
  for (int64_t filter = 0; filter < v->filters; filter++) {
    bias_arguments a = {1, 1, count, y + filter * v->positions * w->bytes,
                        (void *)(w->bias + (group * v->filters + filter) * w->bytes)};
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
      if (w->bias) fill_bias(w, group, count, y);
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

static work work_of(sg_context *context, const sg_convolution *v, sg_dtype dtype, const void *x, const void *weight,
                    const void *y, void *scratch) {
  return (work){.v = v,
                .kernels = sg_kernels_for(context, dtype),
                .loops = sg_gemm_loops(context, dtype),
                .dtype = dtype,
                .bytes = (int64_t)sg_dtype_bytes(dtype),
                .x = (char *)x,
                .weight = (char *)weight,
                .y = (char *)y,
                .scratch = scratch};
}

void sg_convolution_forward(sg_context *context, const sg_convolution *v, sg_dtype dtype, const void *x,
                            const void *weight, const void *bias, void *y, void *scratch) {
  work w = work_of(context, v, dtype, x, weight, y, scratch);
  w.bias = bias;
  w.items = v->batch * v->groups * v->tiles;
  w.blocks = forward_blocks(v);
  sg_parallel(context, w.blocks, 1, forward_block, &w);
}

// ---- dx = scatter(W' dy): every image is written by one block -------------------------------------------

// The rows of a tile are added to the image, or by way of it, in stretches, to sums in double.
static void scatter_rows(const work *w, const im2col_arguments *a, double *sums) {
  const sg_convolution *v = w->v;
  const im2col_kernels *kernels = w->kernels->im2col;
  int64_t pixels = v->height * v->width, taps = v->kernel_h * v->kernel_w;
  if (!sums) kernels->scatter(a, 0, v->taps);
  for (int64_t channel = 0; sums && channel < v->channels; channel++)
    for (int64_t tap = 0; tap < taps; tap += TAPS_OF_PIXEL) {
      im2col_flush_arguments flush = {(char *)a->image + channel * pixels * w->bytes, sums + channel * pixels};
      kernels->scatter(a, channel * taps + tap, channel * taps + smaller(tap + TAPS_OF_PIXEL, taps));
      kernels->flush(&flush, 0, pixels);
      memset((char *)a->image + channel * pixels * w->bytes, 0, (size_t)(pixels * w->bytes));
    }
}

static void input_grad_image(const work *w, int64_t image, int64_t group, char *scratch) {
  const sg_convolution *v = w->v;
  char *dx = image_of(w, image, group);
  int64_t pixels = v->channels * v->height * v->width;
  double *sums = is_wide(v, w->dtype) ? (double *)(void *)(scratch + tile_elements(v) * w->bytes) : NULL;
  if (!v->direct) memset(dx, 0, (size_t)(pixels * w->bytes));
  if (sums) memset(sums, 0, (size_t)pixels * sizeof(double));
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
                    .ld_c = v->direct ? v->positions : count};
    char *columns = v->direct ? dx + a.first * w->bytes : scratch;
    sg_gemm_serial(&gemm, weight_of(w, group), output_of(w, image, group, a.first), columns);
    if (!v->direct) scatter_rows(w, &a, sums);
  }
  if (!sums) return;
  im2col_sum_arguments whole = {1, pixels, sums, true, dx};
  w->kernels->im2col->sum(&whole, 0, pixels);
}

static void input_grad_block(const void *arguments, int64_t begin, int64_t end) {
  const work *w = arguments;
  for (int64_t block = begin; block < end; block++) {
    char *scratch = w->scratch + block * input_grad_elements(w->v, w->dtype) * w->bytes;
    for (int64_t item = block * w->items / w->blocks; item < (block + 1) * w->items / w->blocks; item++)
      input_grad_image(w, item / w->v->groups, item % w->v->groups, scratch);
  }
}

void sg_convolution_input_grad(sg_context *context, const sg_convolution *v, sg_dtype dtype, const void *dy,
                               const void *weight, void *dx, void *scratch) {
  work w = work_of(context, v, dtype, dx, weight, dy, scratch);
  w.items = v->batch * v->groups;
  w.blocks = input_grad_blocks(v, dtype);
  sg_parallel(context, w.blocks, 1, input_grad_block, &w);
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

void sg_convolution_weight_grad(sg_context *context, const sg_convolution *v, sg_dtype dtype, const void *dy,
                                const void *x, void *dweight, void *scratch) {
  if (weight_elements(v) == 0) return;
  work w = work_of(context, v, dtype, x, NULL, dy, scratch);
  w.items = v->batch * v->tiles;
  w.blocks = weight_grad_parts(v);
  sg_parallel(context, w.blocks, 1, weight_grad_part, &w);
  const char *tiles = (const char *)scratch + w.blocks * weight_elements(v) * w.bytes;
  bool wide = has_stretches(v);
  const void *parts = wide ? tiles + w.blocks * tile_elements(v) * w.bytes : scratch;
  im2col_sum_arguments sum = {w.blocks, weight_elements(v), parts, wide, dweight};
  sg_parallel(context, v->groups * v->filters * v->taps, sg_grain(w.blocks), w.kernels->im2col->sum, &sum);
}
