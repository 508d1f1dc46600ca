// SPDX-License-Identifier: GPL-3.0-or-later
//
// One convolution, of one to three spatial dimensions. With K(w) the map x -> y of a convolution with weight w,
//
//   T(x, w, y) = <y, K(w) x>
//
// is linear in each of three tensors. The derivative of T with respect to one of them is the product of the two
// others: K(w) x is the convolution, K(w)' y the transposed one, and the third is the gradient of the weight. So a
// product is named by the tensor that it yields, the derivatives of each product are the two others, and all of
// them are closed under differentiation.
#ifndef SELENOGRAD_CONVOLUTION_H
#define SELENOGRAD_CONVOLUTION_H

#include "autograd/op.h"
#include "ops/nn/nn.h"
#include "ops/nn/windows.h"

typedef enum sg_convolution_tensor { CONVOLUTION_X, CONVOLUTION_WEIGHT, CONVOLUTION_Y } sg_convolution_tensor;

// The geometry: the plan of every op of the family.
typedef struct sg_convolution {
  windows windows;
  int spatial;
  int64_t batch, groups, channels, filters; // channels of x and of y in one group
  // Derived. For one group and image the windows make a matrix of taps x positions, in tiles of `tile` positions.
  int64_t pixels, taps, positions, tile, tiles;
  bool direct; // a kernel of one, stride 1, no padding: the image itself is that matrix
} sg_convolution;

// ---- The products -----------------------------------------------------------------------------------

// Works out the tiles. False where a matrix is too large to be multiplied, or there are too many.
bool sg_convolution_plan_tiles(sg_convolution *convolution);

sg_shape sg_convolution_shape(const sg_convolution *convolution, sg_convolution_tensor tensor);
size_t sg_convolution_scratch(const sg_convolution *convolution, sg_convolution_tensor result, sg_dtype dtype);

// The tensor named `result`, of the two others. `bias`, or NULL, is added to a convolution or a transposed one.
void sg_convolution_run(sg_context *context, const sg_convolution *convolution, sg_dtype dtype,
                        sg_convolution_tensor result, void *const tensors[3], const void *bias, void *scratch);

// ---- The family -------------------------------------------------------------------------------------

typedef struct sg_convolution_member {
  int spatial; // 0: any number of dimensions, that of x
  sg_convolution_tensor result;
} sg_convolution_member;

// What the options of all members begin with, followed by one more list: output_padding or kernel_size.
typedef struct sg_convolution_options {
  sg_conv_options convolution;
  sg_ints extents;
} sg_convolution_options;

// The options of a sample, with one number for all directions.
#define SG_CONV(stride, padding, dilation, groups)                                                                 \
  { {1, {stride}}, {1, {padding}}, {1, {dilation}}, groups }

extern const sg_op sg_convolution_family; // conv: x, weight, bias -> y
extern const sg_op sg_transposed_family;  // conv_transpose: y, weight, bias -> x, under the names x and y
extern const sg_op sg_weight_grad_family; // x, g -> weight

#endif
