// SPDX-License-Identifier: GPL-3.0-or-later
//
//   columns[n, (c kh + i) kw + j, p W' + q] = x[n, c, p stride - padding + i dilation, q stride - ... + j dilation]
//
// and the sum over all columns that a pixel is in. Channels of all images lie one behind the other, and so do their
// rows of columns. Each is the other's derivative.
#include "ops/nn/patches.h"
#include "ops/kernels/im2col.h"
#include "ops/ops.h"
#include "ops/select_kernels.h"

#include <string.h>

enum {
  PLANE = 2,           // spatial dimensions
  BLOCKS_AT_MOST = 16, // of work in double
  TAPS_OF_PIXEL = 255, // terms of f32 that meet at a pixel, before they pass on to a double
};

typedef struct patches {
  windows windows;
  int64_t channels, pixels, taps, positions;
  int64_t blocks; // 0: sums in the dtype
  size_t block_bytes;
} patches;

static bool is_fold(const sg_op *op) { return *(const sg_patches_member *)op->member == SG_PATCHES_TO_IMAGE; }

static const sg_im2col_options *options_of(const sg_op *op, const void *options) {
  return is_fold(op) ? &((const sg_fold_options *)options)->patches : options;
}

// ---- prepare ----------------------------------------------------------------------------------------

static sg_status plan_windows(sg_plan *plan, patches *own) {
  const sg_im2col_options *o = options_of(plan->op, plan->options);
  windows *w = &own->windows;
  if (!sg_windows_list(plan, "kernel_size", &o->kernel_size, PLANE, 1, w->kernel) ||
      !sg_windows_list(plan, "dilation", &o->dilation, PLANE, 1, w->dilation) ||
      !sg_windows_list(plan, "padding", &o->padding, PLANE, 0, w->padding) ||
      !sg_windows_list(plan, "stride", &o->stride, PLANE, 1, w->stride))
    return sg_error_status(plan->context);
  for (int d = 0; d < SPATIAL; d++) {
    w->out[d] = sg_windows_fitting(w->in[d], w->kernel[d], w->stride[d], w->padding[d], w->dilation[d]);
    if (w->in[d] < 1 || w->in[d] > INT32_MAX || w->out[d] < 1)
      return sg_reject(plan, "kernel_size %s with dilation %s and padding %s does not fit into an image of %s",
                       sg_windows_text(w->kernel, PLANE).text, sg_windows_text(w->dilation, PLANE).text,
                       sg_windows_text(w->padding, PLANE).text, sg_windows_text(w->in, PLANE).text);
  }
  if (!sg_windows_count(w->in, INT64_MAX / 64, &own->pixels) ||
      !sg_windows_count(w->kernel, INT64_MAX / 64, &own->taps) ||
      !sg_windows_count(w->out, INT64_MAX / 64, &own->positions))
    return sg_reject(plan, "x has shape %s, which is too large", sg_shape_text(sg_plan_shape(plan, 0)).text);
  return SG_OK;
}

// The sizes are those of x, or of what is not empty in it; then they do not overflow.
static int64_t product(const sg_shape *shape, int count) {
  int64_t result = 1;
  for (int d = 0; d < count; d++)
    if (__builtin_mul_overflow(result, shape->size[d], &result)) return 0;
  return result;
}

static sg_status prepare_columns(sg_plan *plan, patches *own) {
  const sg_shape *x = sg_plan_shape(plan, 0);
  sg_shape *y = &plan->output_shape[0];
  if (x->rank != 3 && x->rank != 4)
    return sg_reject(plan, "x has shape %s, expected %s", sg_shape_text(x).text, sg_op_inputs(plan->op)[0].doc);
  sg_windows_last(x, PLANE, own->windows.in);
  if (plan_windows(plan, own)) return sg_error_status(plan->context);
  own->channels = product(x, x->rank - PLANE);
  *y = *x;
  y->rank = x->rank - 1;
  y->size[y->rank - 1] = own->positions;
  if (__builtin_mul_overflow(x->size[x->rank - 3], own->taps, &y->size[y->rank - 2]))
    return sg_reject(plan, "kernel_size %s is too large", sg_windows_text(own->windows.kernel, PLANE).text);
  return SG_OK;
}

static sg_status prepare_image(sg_plan *plan, patches *own) {
  const sg_shape *x = sg_plan_shape(plan, 0);
  sg_shape *y = &plan->output_shape[0];
  if (x->rank != 2 && x->rank != 3)
    return sg_reject(plan, "x has shape %s, expected %s", sg_shape_text(x).text, sg_op_inputs(plan->op)[0].doc);
  if (!sg_windows_list(plan, "output_size", &((const sg_fold_options *)plan->options)->output_size, PLANE, 1,
                       own->windows.in) ||
      plan_windows(plan, own))
    return sg_error_status(plan->context);
  if (x->size[x->rank - 2] % own->taps != 0 || x->size[x->rank - 1] != own->positions)
    return sg_reject(plan, "x has shape %s, expected a multiple of %lld rows (kernel_size %s) and %lld columns",
                     sg_shape_text(x).text, (long long)own->taps, sg_windows_text(own->windows.kernel, PLANE).text,
                     (long long)own->positions);
  *y = *x;
  y->rank = x->rank + 1;
  y->size[y->rank - 3] = x->size[x->rank - 2] / own->taps;
  for (int d = 0; d < PLANE; d++) y->size[y->rank - PLANE + d] = own->windows.in[SPATIAL - PLANE + d];
  own->channels = product(y, y->rank - PLANE);
  if (plan->output_dtype[0] == SG_F32 && own->taps > TAPS_OF_PIXEL) { // an image in the dtype and one in double
    own->blocks = own->channels < BLOCKS_AT_MOST ? own->channels : BLOCKS_AT_MOST;
    own->block_bytes = (size_t)own->pixels * (sizeof(float) + sizeof(double));
    plan->scratch_bytes = (size_t)own->blocks * own->block_bytes;
  }
  return SG_OK;
}

static sg_status prepare(sg_plan *plan) {
  if ((is_fold(plan->op) ? prepare_image : prepare_columns)(plan, plan->own)) return sg_error_status(plan->context);
  if (sg_shape_count(&plan->output_shape[0], &(int64_t){0})) return SG_OK;
  return sg_reject(plan, "the result would have the shape %s", sg_shape_text(&plan->output_shape[0]).text);
}

// ---- forward, vjp -----------------------------------------------------------------------------------

typedef struct work {
  const patches *plan;
  const im2col_kernels *kernels;
  const char *columns;
  char *image;
  size_t bytes;
  char *scratch;
} work;

static im2col_arguments arguments_of(const work *w, int64_t channel, char *image) {
  const patches *p = w->plan;
  return (im2col_arguments){.windows = &p->windows,
                            .last = p->positions,
                            .image = image,
                            .columns = (char *)w->columns + (size_t)(channel * p->taps * p->positions) * w->bytes,
                            .keep = true};
}

static void fold_channels(const void *arguments, int64_t begin, int64_t end) {
  const work *w = arguments;
  const size_t bytes = (size_t)w->plan->pixels * w->bytes;
  for (int64_t channel = begin; channel < end; channel++) {
    char *image = w->image + (size_t)channel * bytes;
    const im2col_arguments a = arguments_of(w, channel, image);
    memset(image, 0, bytes);
    w->kernels->scatter(&a, 0, w->plan->taps);
  }
}

static void fold_channel_wide(const work *w, int64_t channel, char *scratch) {
  const patches *p = w->plan;
  double *sums = (double *)(void *)scratch;
  char *part = scratch + (size_t)p->pixels * sizeof(double);
  const im2col_arguments a = arguments_of(w, channel, part);
  memset(sums, 0, (size_t)p->pixels * sizeof(double));
  for (int64_t tap = 0; tap < p->taps; tap += TAPS_OF_PIXEL) {
    const int64_t end = tap + TAPS_OF_PIXEL < p->taps ? tap + TAPS_OF_PIXEL : p->taps;
    memset(part, 0, (size_t)p->pixels * w->bytes);
    w->kernels->scatter(&a, tap, end);
    w->kernels->flush(&(im2col_flush_arguments){part, sums}, 0, p->pixels);
  }
  w->kernels->sum(&(im2col_sum_arguments){.parts = 1,
                                          .elements = p->pixels,
                                          .from = sums,
                                          .wide = true,
                                          .to = w->image + (size_t)(channel * p->pixels) * w->bytes},
                  0, p->pixels);
}

static void fold_blocks(const void *arguments, int64_t begin, int64_t end) {
  const work *w = arguments;
  const patches *p = w->plan;
  for (int64_t block = begin; block < end; block++)
    for (int64_t i = block * p->channels / p->blocks; i < (block + 1) * p->channels / p->blocks; i++)
      fold_channel_wide(w, i, w->scratch + (size_t)block * p->block_bytes);
}

static void forward(const sg_call *call) {
  const patches *p = call->plan;
  const im2col_kernels *kernels = sg_kernels_for(call->context, call->dtype)->im2col;
  const bool fold = is_fold(call->op);
  void *x = (void *)sg_input_data(call, 0), *y = sg_output_data(call->outputs[0]);
  work w = {.plan = p,
            .kernels = kernels,
            .columns = fold ? x : y,
            .image = fold ? y : x,
            .bytes = sg_dtype_bytes(call->dtype),
            .scratch = call->scratch};
  if (!fold) {
    const im2col_arguments a = arguments_of(&w, 0, w.image);
    sg_parallel(call->context, p->channels * p->taps, sg_grain(p->positions), kernels->gather, &a);
  } else if (p->blocks > 0) {
    sg_parallel(call->context, p->blocks, 1, fold_blocks, &w);
  } else {
    sg_parallel(call->context, p->channels, sg_grain(p->taps * p->positions), fold_channels, &w);
  }
}

static void vjp(const sg_call *call) {
  sg_context *c = call->context;
  const sg_im2col_options *o = options_of(call->op, call->options);
  const windows *w = &((const patches *)call->plan)->windows;
  sg_ints size = {PLANE, {w->in[HEIGHT], w->in[WIDTH]}};
  sg_tensor *d_y = call->d_outputs[0];
  call->d_inputs[0] = is_fold(call->op) ? sg_im2col(c, d_y, o) : sg_fold(c, d_y, &size, o);
}

const sg_op sg_patches_family = {
    SG_PLANNED(patches, prepare, forward, vjp),
};
