// SPDX-License-Identifier: GPL-3.0-or-later
#include "ops/nn/patches.h"
#include "ops/ops.h"

#define PATCHES(...) (&(const sg_im2col_options)SG_PATCHES_NUMBERS(__VA_ARGS__))

const sg_op op_im2col = {
    SG_PATCHES(im2col, SG_PATCHES_OF_IMAGE),
    SG_WORDS(
        "The patches of images that the windows of a kernel see, as columns; torch.nn.functional.unfold.",
        "y[n, (c kh + i) kw + j, p W' + q] = x[n, c, p*stride - padding + i*dilation, "
        "q*stride - padding + j*dilation]",
        "Chellapilla, Puri and Simard, High Performance Convolutional Neural Networks for Document Processing, "
        "2006"),
    .inputs = SG_PORTS({"x", 0, "(N, C, H, W) or (C, H, W)"}),
    .outputs = SG_PORTS({"y", 0, "(N, C kh kw, L) or (C kh kw, L), L = H' W' windows as of a convolution"}),
    SG_OPTIONS(sg_im2col_options,
               SG_CONSTANT(sg_im2col_options, .dilation = {1, {1}}, .padding = {1, {0}}, .stride = {1, {1}}),
               SG_PATCHES_LISTS(sg_im2col_options, )),
    .samples = SG_SAMPLES({"by hand", SG_ON(SG_VALUES(SG_NUMBERS(1, 2, 3, 4, 5, 6), SG_DIMS(1, 2, 3))),
                           PATCHES(2, 1, 0, 1), SG_GIVES(1, 2, 2, 3, 4, 5, 5, 6)},
                          {"padded", SG_ON(SG_RANDN(2, 2, 4, 5)), PATCHES(3, 1, 1, 1)},
                          {"strided, dilated", SG_ON(SG_RANDN(2, 2, 6, 7)), PATCHES(2, 2, 1, 3)},
                          {"another number for each direction", SG_ON(SG_RANDN(2, 5, 4)),
                           SG_WITH(sg_im2col_options, {2, {2, 3}}, {2, {2, 1}}, {2, {0, 1}}, {2, {1, 2}})},
                          {"no images", SG_ON(SG_RANDN(0, 2, 3, 3)), PATCHES(2, 1, 0, 1)},
                          {"no channels", SG_ON(SG_RANDN(0, 3, 3)), PATCHES(2, 1, 0, 1)}),
    .bad_samples = SG_SAMPLES({"rank", SG_ON(SG_RANDN(3, 3)), PATCHES(2, 1, 0, 1),
                               .error = "im2col: x has shape [3, 3], expected (N, C, H, W) or (C, H, W)"},
                              {"kernel too large", SG_ON(SG_RANDN(1, 3, 3)), PATCHES(4, 1, 0, 1),
                               .error = "does not fit into an image of (3, 3)"}),
};

sg_tensor *sg_im2col(sg_context *context, sg_tensor *x, const sg_im2col_options *options) {
  return sg_apply_one(context, &op_im2col, 1, &x, options);
}
