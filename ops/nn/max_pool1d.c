// SPDX-License-Identifier: GPL-3.0-or-later
#include "ops/nn/max_pool.h"
#include "ops/ops.h"

#define NORMAL(...) SG_NORMAL(0, 1, SG_DIMS(__VA_ARGS__))
#define DISTINCT(...) SG_DISTINCT(-2, 2, SG_DIMS(__VA_ARGS__))
#define OPTIONS(...) .options = &(const sg_max_pool_options)SG_POOL(__VA_ARGS__)
static const sg_sample samples[] = {
    {.name = "worked by hand",
     .inputs = {SG_VALUES(((const double[]){1, 2, 6, 5}), SG_DIMS(1, 1, 4))},
     .options = &(const sg_max_pool_options){{1, {2}}, {0, {0}}, {1, {0}}, {1, {1}}, false},
     .expected = (const double[]){2, 6}},
    {.name = "pairs and a rest", .inputs = {DISTINCT(1, 2, 5)}, OPTIONS(2, 2, 0, 1, false)},
    {.name = "overlapping, padded", .inputs = {DISTINCT(1, 2, 7)}, OPTIONS(3, 2, 1, 1, false)},
    {.name = "dilated", .inputs = {DISTINCT(1, 2, 7)}, OPTIONS(3, 1, 0, 2, false)},
    {.name = "rounded up", .inputs = {DISTINCT(1, 2, 5)}, OPTIONS(2, 2, 0, 1, true)},
    {.name = "no images", .inputs = {DISTINCT(0, 2, 4)}, OPTIONS(2, 2, 0, 1, false)},
    {0},
};

static const sg_sample bad_samples[] = {
    {.name = "rank",
     .inputs = {NORMAL(4, 4)},
     OPTIONS(2, 2, 0, 1, false),
     .error = "max_pool1d: x has shape [4, 4], expected (N, C, L)"},
    {.name = "kernel too large",
     .inputs = {NORMAL(1, 1, 4)},
     OPTIONS(5, 5, 0, 1, false),
     .error = "does not fit into x [1, 1, 4]"},
    {.name = "four strides",
     .inputs = {NORMAL(1, 1, 4)},
     .options = &(const sg_max_pool_options){{1, {2}}, {4, {1, 1, 1, 1}}, {1, {0}}, {1, {1}}, false},
     .error = "stride has 4 values, expected one"},
    {0},
};

const sg_op op_max_pool1d = {
    .name = "max_pool1d",
    .summary = "The largest value of every window of a line.",
    .formula = "y[n,c,p] = max over i of x[n, c, p*stride - padding + i*dilation]",
    .reference = "Goodfellow, Bengio and Courville, Deep Learning, 2016, section 9.3",
    .family = &sg_max_pool_family,
    .member = &(const int){1},
    .inputs = SG_PORTS({"x", 0, "(N, C, L)"}),
    .outputs =
        SG_PORTS({"y", 0, "(N, C, L'), L' = floor((L + 2 padding - dilation (kernel_size - 1) - 1) / stride) + 1"},
                 {"index", SG_INDEX | SG_HIDDEN, "position of the largest pixel, counted row by row"}),
    .samples = samples,
    .bad_samples = bad_samples,
};

sg_tensor *sg_max_pool1d(sg_context *context, sg_tensor *x, const sg_max_pool_options *options) {
  return sg_max_pool_apply(context, &op_max_pool1d, x, options);
}
