// SPDX-License-Identifier: GPL-3.0-or-later
#include "ops/nn/patches.h"
#include "ops/ops.h"

#define TO(size, ...)                                                                                              \
  SG_WITH(sg_fold_options, .output_size = SG_DIMS size, .patches = SG_PATCHES_NUMBERS(__VA_ARGS__))

const sg_op op_fold = {
    SG_PATCHES(fold, SG_PATCHES_TO_IMAGE),
    SG_WORDS("Images from patches: every pixel is the sum of what windows hold of it. The adjoint of im2col.",
             "y[n, c, p*stride - padding + i*dilation, q*stride - padding + j*dilation] += "
             "x[n, (c kh + i) kw + j, p W' + q]",
             "Dumoulin and Visin, A guide to convolution arithmetic for deep learning, 2016"),
    .inputs = SG_PORTS({"x", 0, "(N, C kh kw, L) or (C kh kw, L)"}),
    .outputs = SG_PORTS({"y", 0, "(N, C, H, W) or (C, H, W) with the extents of output_size"}),
    SG_OPTIONS(
        sg_fold_options,
        SG_CONSTANT(sg_fold_options, .patches = {.dilation = {1, {1}}, .padding = {1, {0}}, .stride = {1, {1}}}),
        SG_OPTION(sg_fold_options, output_size, INTS, "extents of the images",
                  SG_REQUIRED | SG_AT_LEAST | SG_AT_MOST, 1, INT32_MAX),
        SG_PATCHES_LISTS(sg_fold_options, patches.)),
    .samples = SG_SAMPLES({"by hand", SG_ON(SG_VALUES(SG_NUMBERS(1, 2, 3, 4, 5, 6, 7, 8), SG_DIMS(4, 2))),
                           TO((2, 3), 2, 1, 0, 1), SG_GIVES(1, 5, 4, 5, 13, 8)},
                          {"padded", SG_ON(SG_RANDN(2, 18, 20)), TO((4, 5), 3, 1, 1, 1)},
                          {"strided, dilated", SG_ON(SG_RANDN(2, 8, 6)), TO((6, 7), 2, 2, 1, 3)},
                          {"large windows", SG_ON(SG_RANDN(256, 2)), TO((16, 17), 16, 1, 0, 1)},
                          {"no images", SG_ON(SG_RANDN(0, 8, 4)), TO((3, 3), 2, 1, 0, 1)}),
    .bad_samples = SG_SAMPLES(
        {"rank", SG_ON(SG_RANDN(4)), TO((3, 3), 2, 1, 0, 1), .error = "fold: x has shape [4], expected"},
        {"rows", SG_ON(SG_RANDN(6, 4)), TO((3, 3), 2, 1, 0, 1), .error = "expected a multiple of 4 rows"},
        {"columns", SG_ON(SG_RANDN(4, 5)), TO((3, 3), 2, 1, 0, 1), .error = "and 4 columns"},
        {"kernel too large", SG_ON(SG_RANDN(16, 1)), TO((3, 3), 4, 1, 0, 1),
         .error = "does not fit into an image of (3, 3)"},
        {"sizes", SG_ON(SG_RANDN(4, 4)), TO((3, 3, 3), 2, 1, 0, 1),
         .error = "output_size has 3 values, expected one or two"}),
};

sg_tensor *sg_fold(sg_context *context, sg_tensor *x, const sg_ints *output_size,
                   const sg_im2col_options *options) {
  return sg_apply_one(context, &op_fold, 1, &x, &(sg_fold_options){*output_size, *options});
}
