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
  bool same; // as many windows as pixels, of which the first sees `padding` zeros and the last as many or one more
  int64_t batch, groups, channels, filters; // channels of x and of y in one group
  // Derived. For one group and image the windows make a matrix of taps x positions, in tiles of `tile` positions.
  int64_t pixels, taps, positions, tile, tiles;
  bool direct; // a kernel of one, stride 1, no padding: the image itself is that matrix
  bool few;    // y comes without that matrix (convolution_few.c)
} sg_convolution;

// ---- The products -----------------------------------------------------------------------------------

// Works out the tiles. False where a matrix is too large to be multiplied, or there are too many.
bool sg_convolution_plan_tiles(sg_convolution *convolution);

sg_shape sg_convolution_shape(const sg_convolution *convolution, sg_convolution_tensor tensor);
size_t sg_convolution_scratch(const sg_convolution *convolution, sg_convolution_tensor result, sg_dtype dtype);

// The tensor named `result`, of the two others. `bias`, or NULL, is added to a convolution or a transposed one.
void sg_convolution_run(sg_context *context, const sg_convolution *convolution, sg_dtype dtype,
                        sg_convolution_tensor result, void *const tensors[3], const void *bias, void *scratch);

// Into how many blocks items are dealt that need so many elements of scratch space each.
int64_t sg_convolution_blocks(int64_t items, int64_t elements);

// With few filters, and lines of windows that are long enough, y is computed line by line from x itself.
bool sg_convolution_has_few_filters(const sg_convolution *convolution);
size_t sg_convolution_few_scratch(const sg_convolution *convolution, sg_dtype dtype);
void sg_convolution_run_few(sg_context *context, const sg_convolution *convolution, sg_dtype dtype, const void *x,
                            const void *weight, const void *bias, void *y, void *scratch);

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

// The options of a sample, with one number for all directions; of a transposed convolution, with output_padding.
#define SG_CONV(stride, padding, dilation, groups)                                                                 \
  SG_WITH(sg_conv_options, SG_CONV_NUMBERS(stride, padding, dilation, groups))
#define SG_CONV_TRANSPOSE(stride, padding, dilation, groups, more)                                                 \
  SG_WITH(sg_conv_transpose_options, {SG_CONV_NUMBERS(stride, padding, dilation, groups)}, {1, {more}})
// With padding "same", and "valid".
#define SG_CONV_SAME(dilation, groups)                                                                             \
  SG_WITH(sg_conv_options, {1, {1}}, SG_WORD(SG_PADDING_SAME), {1, {dilation}}, groups)
#define SG_CONV_VALID(stride) SG_WITH(sg_conv_options, {1, {stride}}, SG_WORD(SG_PADDING_VALID), {1, {1}}, 1)
#define SG_CONV_NUMBERS(stride, padding, dilation, groups) {1, {stride}}, {1, {padding}}, {1, {dilation}}, groups

// What a descriptor begins with: SG_CONVOLUTION(conv2d, "Two", 2, SG_IMAGE), with the words of ops/nn/windows.h.
#define SG_CONVOLUTION(op, number, spatial, words) SG_CONVOLUTION_OF(#op, number, spatial, words)
#define SG_CONVOLUTION_OF(op, number, spatial, x, kernel, y, first, tap)                                           \
  .name = op,                                                                                                      \
  .summary = number "-dimensional convolution (cross-correlation) with stride, padding, dilation and groups.",     \
  .reference = "Dumoulin and Visin, A guide to convolution arithmetic for deep learning, 2016",                    \
  .family = &sg_convolution_family, .member = &(const sg_convolution_member){spatial, CONVOLUTION_Y},              \
  .inputs = SG_PORTS({"x", 0, "(N, C, " x ")"}, {"weight", 0, "(O, C / groups, " kernel ")"},                      \
                     {"bias", SG_OPTIONAL, "(O)"}),                                                                \
  .outputs = SG_PORTS({"y", 0,                                                                                     \
                       "(N, O, " y "), " first "' = floor((" first " + 2 padding - dilation (" tap                 \
                       " - 1) - 1) / stride) + 1"})
#define SG_TRANSPOSED(op, of, number, spatial, words) SG_TRANSPOSED_OF(#op, of, number, spatial, words)
#define SG_TRANSPOSED_OF(op, of, number, spatial, x, kernel, y, first, tap)                                        \
  .name = op,                                                                                                      \
  .summary = number "-dimensional transposed convolution: the adjoint of " of " in x, and the gradient of its x.", \
  .reference = "Dumoulin and Visin, A guide to convolution arithmetic for deep learning, 2016, chapter 4",         \
  .family = &sg_transposed_family, .member = &(const sg_convolution_member){spatial, CONVOLUTION_X},               \
  .inputs = SG_PORTS({"x", 0, "(N, C, " x ")"}, {"weight", 0, "(C, O / groups, " kernel ")"},                      \
                     {"bias", SG_OPTIONAL, "(O)"}),                                                                \
  .outputs = SG_PORTS({"y", 0,                                                                                     \
                       "(N, O, " y "), " first "' = (" first " - 1) stride - 2 padding + dilation (" tap           \
                       " - 1) + output_padding + 1"})

extern const sg_op sg_convolution_family; // conv: x, weight, bias -> y
extern const sg_op sg_transposed_family;  // conv_transpose: y, weight, bias -> x, under the names x and y
extern const sg_op sg_weight_grad_family; // x, g -> weight

#endif
