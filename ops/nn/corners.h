// SPDX-License-Identifier: GPL-3.0-or-later
//
// Weighted sums of a few pixels. With positions i[n, p, k],
//
//   T(x, w, y) = sum over n, c, p, k of y[n, c, p] w[n, p, k] x[n, c, i[n, p, k]]
//
// is linear in each of three tensors, and the derivative with respect to one of them is the product of the two
// others: a sum over corners, its adjoint, and the gradient of the weights. So an op is named by the tensor that it
// yields, as those of a convolution are, and all are closed under differentiation.
#ifndef SELENOGRAD_CORNERS_H
#define SELENOGRAD_CORNERS_H

#include "autograd/op.h"
#include "ops/nn/nn.h"

typedef enum sg_corners_tensor { SG_CORNERS_X, SG_CORNERS_WEIGHT, SG_CORNERS_Y } sg_corners_tensor;

extern const sg_op sg_corners_family; // `member`: what it yields, an sg_corners_tensor

// What a descriptor begins with: its name, what it yields, and the first two ports, in this order.
#define SG_CORNERS(op, yields, first, second)                                                                      \
  .name = #op, .family = &sg_corners_family, .member = &(const sg_corners_tensor){yields},                         \
  .inputs = SG_PORTS(first, second, {"index", SG_INDEX, "(N, P, K), positions in the last dimension of x"})
#define SG_CORNERS_PORT_X                                                                                          \
  { "x", 0, "(N, C, E)" }
#define SG_CORNERS_PORT_WEIGHT                                                                                     \
  { "weight", 0, "(N, P, K), K at most 8" }
#define SG_CORNERS_PORT_Y                                                                                          \
  { "y", 0, "(N, C, P)" }

#endif
