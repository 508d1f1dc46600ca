// SPDX-License-Identifier: GPL-3.0-or-later
//
// Samples and bad samples that adaptive pools of so many spatial dimensions share: `input` makes tensors of a shape
// (SG_RANDN, or SG_POOL_INPUT for those that choose), and the rest is what comes of the sample by hand.
//   SG_ADAPTIVE_LINE_CASES("adaptive_avg_pool1d", SG_RANDN, 2, 5.5),
#ifndef SELENOGRAD_NN_ADAPTIVE_CASES_H
#define SELENOGRAD_NN_ADAPTIVE_CASES_H

#include "ops/nn/pool.h"

#define SG_ADAPTIVE_LINE_CASES(op, input, ...)                                                                     \
  .samples = SG_SAMPLES({"worked by hand", SG_ON(SG_VALUES(SG_NUMBERS(1, 3, 6, 5), SG_DIMS(1, 1, 4))),             \
                         SG_ADAPTED(2), SG_GIVES(__VA_ARGS__)},                                                    \
                        {"overlapping parts", SG_ON(input(1, 2, 7)), SG_ADAPTED(3)},                               \
                        {"equal parts", SG_ON(input(2, 6)), SG_ADAPTED(3)},                                        \
                        {"more than there is", SG_ON(input(1, 2, 3)), SG_ADAPTED(5)},                              \
                        {"all of it", SG_ON(input(1, 2, 7)), SG_ADAPTED(1)},                                       \
                        {"as it is", SG_ON(input(2, 6)), SG_ADAPTED(-1)},                                          \
                        {"no images", SG_ON(input(0, 2, 4)), SG_ADAPTED(2)}),                                      \
  .bad_samples = SG_SAMPLES(                                                                                       \
      {"rank", SG_ON(SG_RANDN(4)), SG_ADAPTED(1), .error = op ": x has shape [4], expected (N, C, L) or (C, L)"},  \
      {"no parts", SG_ON(SG_RANDN(2, 6)), SG_ADAPTED(0), .error = "expected extents of at least 1, or -1"},        \
      {"no pixels", SG_ON(SG_RANDN(2, 0)), SG_ADAPTED(1), .error = "expected 1 to"},                               \
      {"too many", SG_ON(SG_RANDN(2, 6)), SG_ADAPTED(1, 1, 1, 1),                                                  \
       .error = "output_size has 4 values, expected one"})

#define SG_ADAPTIVE_IMAGE_CASES(op, input, ...)                                                                    \
  .samples = SG_SAMPLES({"worked by hand", SG_ON(SG_VALUES(SG_NUMBERS(1, 3, 6, 5), SG_DIMS(1, 1, 2, 2))),          \
                         SG_ADAPTED(1), SG_GIVES(__VA_ARGS__)},                                                    \
                        {"overlapping parts", SG_ON(input(1, 2, 5, 7)), SG_ADAPTED(3, 2)},                         \
                        {"equal parts", SG_ON(input(2, 4, 6)), SG_ADAPTED(2)},                                     \
                        {"more than there is", SG_ON(input(2, 3, 4)), SG_ADAPTED(5, 6)},                           \
                        {"all of it", SG_ON(input(1, 2, 5, 7)), SG_ADAPTED(1)},                                    \
                        {"as it is", SG_ON(input(2, 4, 6)), SG_ADAPTED(-1)},                                       \
                        {"no images", SG_ON(input(0, 2, 4, 4)), SG_ADAPTED(2)}),                                   \
  .bad_samples = SG_SAMPLES(                                                                                       \
      {"rank", SG_ON(SG_RANDN(4, 4)), SG_ADAPTED(1),                                                               \
       .error = op ": x has shape [4, 4], expected (N, C, H, W) or (C, H, W)"},                                    \
      {"no parts", SG_ON(SG_RANDN(2, 4, 6)), SG_ADAPTED(0), .error = "expected extents of at least 1, or -1"},     \
      {"no pixels", SG_ON(SG_RANDN(2, 0, 3)), SG_ADAPTED(1), .error = "expected 1 to"},                            \
      {"too many", SG_ON(SG_RANDN(2, 4, 6)), SG_ADAPTED(1, 1, 1, 1),                                               \
       .error = "output_size has 4 values, expected one"})

#define SG_ADAPTIVE_VOLUME_CASES(op, input, ...)                                                                   \
  .samples = SG_SAMPLES({"worked by hand", SG_ON(SG_VALUES(SG_NUMBERS(1, 3, 6, 5), SG_DIMS(1, 1, 2, 2, 1))),       \
                         SG_ADAPTED(2, 1, 1), SG_GIVES(__VA_ARGS__)},                                              \
                        {"overlapping parts", SG_ON(input(1, 2, 3, 4, 5)), SG_ADAPTED(2, 3, 2)},                   \
                        {"equal parts", SG_ON(input(2, 4, 2, 2)), SG_ADAPTED(2, 1, 2)},                            \
                        {"more than there is", SG_ON(input(1, 2, 3, 2)), SG_ADAPTED(3, 5, 2)},                     \
                        {"all of it", SG_ON(input(1, 2, 3, 4, 5)), SG_ADAPTED(1)},                                 \
                        {"as it is", SG_ON(input(2, 4, 2, 2)), SG_ADAPTED(-1)},                                    \
                        {"no images", SG_ON(input(0, 2, 4, 4, 4)), SG_ADAPTED(2)}),                                \
  .bad_samples = SG_SAMPLES(                                                                                       \
      {"rank", SG_ON(SG_RANDN(4, 4, 4)), SG_ADAPTED(1),                                                            \
       .error = op ": x has shape [4, 4, 4], expected (N, C, D, H, W) or (C, D, H, W)"},                           \
      {"no parts", SG_ON(SG_RANDN(2, 4, 2, 2)), SG_ADAPTED(0), .error = "expected extents of at least 1, or -1"},  \
      {"no pixels", SG_ON(SG_RANDN(2, 0, 3, 3)), SG_ADAPTED(1), .error = "expected 1 to"},                         \
      {"too many", SG_ON(SG_RANDN(2, 4, 2, 2)), SG_ADAPTED(1, 1, 1, 1),                                            \
       .error = "output_size has 4 values, expected one"})

#endif
