// SPDX-License-Identifier: GPL-3.0-or-later
#include "ops/nn/max_pool.h"
#include "ops/ops.h"

#define NORMAL(...) SG_NORMAL(0, 1, SG_DIMS(__VA_ARGS__))
#define DISTINCT(...) SG_DISTINCT(-2, 2, SG_DIMS(__VA_ARGS__))
#define OPTIONS(...) .options = &(const sg_max_pool_options)SG_POOL(__VA_ARGS__)
static const sg_sample samples[] = {
    {.name = "worked by hand",
     .inputs = {SG_VALUES(((const double[]){1, 2, 5, 6, 3, 4, 8, 7}), SG_DIMS(1, 1, 2, 4))},
     .options = &(const sg_max_pool_options){{1, {2}}, {0, {0}}, {1, {0}}, {1, {1}}, false},
     .expected = (const double[]){4, 8}},
    {.name = "pairs", .inputs = {DISTINCT(2, 2, 4, 6)}, OPTIONS(2, 2, 0, 1, false)},
    {.name = "pairs and a rest", .inputs = {DISTINCT(1, 2, 5, 3)}, OPTIONS(2, 2, 0, 1, false)},
    {.name = "overlapping, padded", .inputs = {DISTINCT(1, 2, 5, 6)}, OPTIONS(3, 2, 1, 1, false)},
    {.name = "another number for each direction",
     .inputs = {DISTINCT(1, 2, 5, 7)},
     .options =
         &(const sg_max_pool_options){
             .kernel_size = {2, {2, 3}}, .stride = {2, {2, 1}}, .padding = {2, {1, 0}}, .dilation = {2, {1, 2}}}},
    {.name = "rounded up", .inputs = {DISTINCT(1, 2, 5, 3)}, OPTIONS(2, 2, 0, 1, true)},
    {.name = "no images", .inputs = {DISTINCT(0, 2, 4, 4)}, OPTIONS(2, 2, 0, 1, false)},
    {0},
};

static const sg_sample bad_samples[] = {
    {.name = "rank",
     .inputs = {NORMAL(4, 4)},
     OPTIONS(2, 2, 0, 1, false),
     .error = "max_pool2d: x has shape [4, 4], expected (N, C, H, W)"},
    {.name = "kernel too large",
     .inputs = {NORMAL(1, 1, 4, 4)},
     OPTIONS(5, 5, 0, 1, false),
     .error = "does not fit into x [1, 1, 4, 4]"},
    {.name = "padding",
     .inputs = {NORMAL(1, 1, 4, 4)},
     OPTIONS(2, 2, 2, 1, false),
     .error = "padding (2, 2) is more than half of kernel_size (2, 2)"},
    {.name = "empty kernel", .inputs = {NORMAL(1, 1, 4, 4)}, OPTIONS(0, 1, 0, 1, false), .error = "kernel_size"},
    {.name = "four strides",
     .inputs = {NORMAL(1, 1, 4, 4)},
     .options = &(const sg_max_pool_options){{1, {2}}, {4, {1, 1, 1, 1}}, {1, {0}}, {1, {1}}, false},
     .error = "stride has 4 values, expected one or two"},
    {0},
};

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
    .samples = samples,
    .bad_samples = bad_samples,
};

sg_tensor *sg_max_pool2d(sg_context *context, sg_tensor *x, const sg_max_pool_options *options) {
  return sg_max_pool_apply(context, &op_max_pool2d, x, options);
}
