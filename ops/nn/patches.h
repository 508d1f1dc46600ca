// SPDX-License-Identifier: GPL-3.0-or-later
//
// The family of im2col and fold, which are adjoint: the patches of an image that the windows of a kernel see, as
// columns of a matrix, and images as sums of such patches. Columns lie as those of a convolution do
// (ops/kernels/im2col.h).
#ifndef SELENOGRAD_PATCHES_H
#define SELENOGRAD_PATCHES_H

#include "autograd/op.h"
#include "ops/nn/nn.h"
#include "ops/nn/windows.h"

extern const sg_op sg_patches_family; // `member`: an sg_patches_member

typedef enum sg_patches_member { SG_PATCHES_OF_IMAGE, SG_PATCHES_TO_IMAGE } sg_patches_member;

// fold has output_size in front of the options of im2col.
typedef struct sg_fold_options {
  sg_ints output_size;
  sg_im2col_options patches;
} sg_fold_options;

#define SG_PATCHES(op, which)                                                                                      \
  .name = #op, .family = &sg_patches_family, .member = &(const sg_patches_member) { which }

// The options that both have, as fields of a struct.
#define SG_PATCHES_LIST(options, field, name, words, flags, least)                                                 \
  {                                                                                                                \
#name, SG_ATTRIBUTE_INTS, offsetof(options, field name), words, (flags) | SG_AT_LEAST | SG_AT_MOST, least,     \
        INT32_MAX, NULL                                                                                            \
  }
#define SG_PATCHES_LISTS(options, field)                                                                           \
  SG_PATCHES_LIST(options, field, kernel_size, "extents of a window", SG_REQUIRED, 1),                             \
      SG_PATCHES_LIST(options, field, dilation, "distance of the pixels in a window; default 1", 0, 1),            \
      SG_PATCHES_LIST(options, field, padding, "zeros on every side of the image; default 0", 0, 0),               \
      SG_PATCHES_LIST(options, field, stride, "distance of neighbouring windows; default 1", 0, 1)
#define SG_PATCHES_NUMBERS(kernel, apart, pad, step)                                                               \
  {                                                                                                                \
    .kernel_size = {1, {kernel}}, .dilation = {1, {apart}}, .padding = {1, {pad}}, .stride = { 1, {step} }         \
  }

#endif
