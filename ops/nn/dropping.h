// SPDX-License-Identifier: GPL-3.0-or-later
//
// Relatives of dropout, composed of it: those that drop whole channels, and those that keep mean and variance of
// standard normal elements.
#ifndef SELENOGRAD_DROPPING_H
#define SELENOGRAD_DROPPING_H

#include "autograd/op.h"
#include "ops/nn/nn.h"

// x may have `most` dimensions, or one less (`fewer`), and is (N, C, ...), but where `alone` says that what has one
// less is (C, ...). most 0: any number, and where channels are dropped 2 at least.
typedef struct sg_dropping_member {
  int most;
  bool alone, channels, alpha;
} sg_dropping_member;

extern const sg_op sg_dropping_family;

// What a descriptor begins with: SG_DROPPING(dropout2d, "(N, C, H, W) or (N, C, L)", 4, false, true, false)
#define SG_DROPPING(op, shapes, ...)                                                                               \
  .name = #op, .family = &sg_dropping_family, .member = &(const sg_dropping_member){__VA_ARGS__},                  \
  .inputs = SG_PORTS({"x", 0, shapes}), .outputs = SG_PORTS({"y", 0, "the shape of x"})
// Of those that drop channels: SG_CHANNEL_DROPPING(dropout2d, "images", ...)
#define SG_CHANNEL_DROPPING(op, of, ...)                                                                           \
  SG_DROPPING(op, __VA_ARGS__),                                                                                    \
      SG_WORDS("Sets whole channels of " of " to zero at random and scales the others.",                           \
               "y[n, c] = x[n, c] m[n, c], m = 0 with probability p, else 1 / (1 - p)",                            \
               "Tompson et al., Efficient Object Localization Using Convolutional Networks, 2015")
#define SG_DROPPED(probability) SG_WITH(sg_dropout_options, .p = probability)

#endif
