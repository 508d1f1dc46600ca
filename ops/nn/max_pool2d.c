// SPDX-License-Identifier: GPL-3.0-or-later
#include "ops/nn/max_pool.h"
#include "ops/ops.h"

#define DISTINCT(...) SG_DISTINCT(-2, 2, SG_DIMS(__VA_ARGS__))
#define OPTIONS(...) .options = &(const sg_max_pool_options)SG_POOL(__VA_ARGS__)

const sg_op op_max_pool2d = {
    .name = "max_pool2d",
    .summary = "The largest value of every window of an image.",
    .formula =
        "y[n,c,p,q] = max over i,j of x[n, c, p*stride - padding + i*dilation, q*stride - padding + j*dilation]",
    .reference = "Goodfellow, Bengio and Courville, Deep Learning, 2016, section 9.3",
    .family = &sg_max_pool_family,
    .member = &(const int){2},
    .inputs = SG_PORTS({"x", 0, "(N, C, H, W)"}),
    .outputs = SG_PORTS(
        {"y", 0, "(N, C, H', W'), H' = floor((H + 2 padding - dilation (kernel_size - 1) - 1) / stride) + 1"},
        {"index", SG_INDEX | SG_HIDDEN, "position of the largest pixel, counted row by row"}),
    .samples =
        SG_SAMPLES({"worked by hand", SG_ON(SG_VALUES(SG_NUMBERS(1, 2, 5, 6, 3, 4, 8, 7), SG_DIMS(1, 1, 2, 4))),
                    SG_WITH(sg_max_pool_options, {1, {2}}, {0, {0}}, {1, {0}}, {1, {1}}, false), SG_GIVES(4, 8)},
                   {"pairs", SG_ON(DISTINCT(2, 2, 4, 6)), OPTIONS(2, 2, 0, 1, false)},
                   {"pairs and a rest", SG_ON(DISTINCT(1, 2, 5, 3)), OPTIONS(2, 2, 0, 1, false)},
                   {"overlapping, padded", SG_ON(DISTINCT(1, 2, 5, 6)), OPTIONS(3, 2, 1, 1, false)},
                   {"another number for each direction", SG_ON(DISTINCT(1, 2, 5, 7)),
                    SG_WITH(sg_max_pool_options, .kernel_size = {2, {2, 3}}, .stride = {2, {2, 1}},
                            .padding = {2, {1, 0}}, .dilation = {2, {1, 2}})},
                   {"rounded up", SG_ON(DISTINCT(1, 2, 5, 3)), OPTIONS(2, 2, 0, 1, true)},
                   {"no images", SG_ON(DISTINCT(0, 2, 4, 4)), OPTIONS(2, 2, 0, 1, false)}),
    .bad_samples = SG_SAMPLES(
        {"rank", SG_ON(SG_RANDN(4, 4)), OPTIONS(2, 2, 0, 1, false),
         .error = "max_pool2d: x has shape [4, 4], expected (N, C, H, W)"},
        {"kernel too large", SG_ON(SG_RANDN(1, 1, 4, 4)), OPTIONS(5, 5, 0, 1, false),
         .error = "does not fit into x [1, 1, 4, 4]"},
        {"padding", SG_ON(SG_RANDN(1, 1, 4, 4)), OPTIONS(2, 2, 2, 1, false),
         .error = "padding (2, 2) is more than half of kernel_size (2, 2)"},
        {"empty kernel", SG_ON(SG_RANDN(1, 1, 4, 4)), OPTIONS(0, 1, 0, 1, false), .error = "kernel_size"},
        {"four strides", SG_ON(SG_RANDN(1, 1, 4, 4)),
         SG_WITH(sg_max_pool_options, {1, {2}}, {4, {1, 1, 1, 1}}, {1, {0}}, {1, {1}}, false),
         .error = "stride has 4 values, expected one or two"}),
};

sg_tensor *sg_max_pool2d(sg_context *context, sg_tensor *x, const sg_max_pool_options *options) {
  return sg_max_pool_apply(context, &op_max_pool2d, x, options);
}
