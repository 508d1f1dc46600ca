// SPDX-License-Identifier: GPL-3.0-or-later
#include "ops/nn/pool.h"
#include "ops/ops.h"

const sg_op op_avg_pool2d = {
    SG_AVG_POOL(avg_pool2d, "an image", 2, SG_IMAGE),
    .formula = "y[n,c,p,q] = mean over i,j of x[n, c, p*stride - padding + i, q*stride - padding + j]",
    SG_AVG_POOL_OPTIONS(SG_AVG_POOL_LISTS, SG_AVG_POOL_DIVISOR),
    .samples = SG_SAMPLES(
        {"worked by hand", SG_ON(SG_VALUES(SG_NUMBERS(1, 2, 5, 6, 3, 4, 8, 7), SG_DIMS(1, 1, 2, 4))),
         SG_AVERAGE(2, 2, 0, false, true), SG_GIVES(2.5, 6.5)},
        {"pairs", SG_ON(SG_RANDN(2, 2, 4, 12)), SG_AVERAGE(2, 2, 0, false, true)},
        {"pairs and a rest", SG_ON(SG_RANDN(1, 2, 5, 3)), SG_AVERAGE(2, 2, 0, false, true)},
        {"overlapping, padded", SG_ON(SG_RANDN(1, 2, 5, 6)), SG_AVERAGE(3, 2, 1, false, true)},
        {"what exists", SG_ON(SG_RANDN(2, 5, 6)), SG_AVERAGE(3, 1, 1, false, false)},
        {"another number for each direction", SG_ON(SG_RANDN(1, 2, 5, 7)),
         SG_WITH(sg_avg_pool_options, .kernel_size = {2, {2, 3}}, .stride = {2, {2, 1}}, .padding = {2, {1, 0}},
                 .ceil_mode = true, .count_include_pad = true)},
        {"a divisor", SG_ON(SG_RANDN(1, 2, 4, 5)),
         SG_WITH(sg_avg_pool_options, .kernel_size = {1, {3}}, .stride = {1, {2}}, .padding = {1, {1}},
                 .divisor_override = 7)},
        {"rounded up", SG_ON(SG_RANDN(1, 2, 6, 4)), SG_AVERAGE(3, 2, 1, true, true)},
        {"along one dimension", SG_ON(SG_RANDN(1, 5, 3)),
         SG_WITH(sg_avg_pool_options, .kernel_size = {2, {2, 1}}, .stride = {1, {1}}, .padding = {1, {0}})},
        {"no images", SG_ON(SG_RANDN(0, 2, 4, 4)), SG_AVERAGE(2, 2, 0, false, true)}),
    .bad_samples = SG_SAMPLES({"rank", SG_ON(SG_RANDN(4, 4)), SG_AVERAGE(2, 2, 0, false, true),
                               .error = "avg_pool2d: x has shape [4, 4], expected (N, C, H, W) or (C, H, W)"},
                              {"no pixels", SG_ON(SG_RANDN(1, 0, 4)), SG_AVERAGE(2, 2, 1, false, true),
                               .error = "does not fit into x [1, 0, 4]"}),
};
