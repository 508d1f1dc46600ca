// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef SELENOGRAD_NN_H
#define SELENOGRAD_NN_H

#include "autograd/selenograd.h"

SG_PUBLIC_BEGIN

// ---- Convolution ----------------------------------------------------------------------------------

// Words in the place of padding, as SG_WORD(SG_PADDING_SAME): none, or with a stride of 1 as many zeros as keep the
// extents, of dilation (k - 1) the half before x and the rest, which may be one more, behind it.
enum { SG_PADDING_VALID, SG_PADDING_SAME };

// Over one, two or three spatial dimensions, the last ones of x: (N, C, L), (N, C, H, W) or (N, C, D, H, W). Each
// list of options holds one number for all of them, or one for each in that order. `options` NULL: the defaults.
typedef struct sg_conv_options {
  sg_ints stride;   // distance of neighbouring windows, >= 1; default 1
  sg_ints padding;  // zeros added on every side, >= 0, or a word; default 0
  sg_ints dilation; // distance between the taps of the kernel, >= 1; default 1
  int64_t groups;   // channels and filters divide into that many independent groups; default 1
} sg_conv_options;

// Cross-correlation: x is (N, C, ...), weight (O, C / groups, kernel...), bias (O) or NULL; the result is
// (N, O, ...), with L' = floor((L + 2 padding - dilation (k - 1) - 1) / stride) + 1 along each dimension.
sg_tensor *sg_conv1d(sg_context *context, sg_tensor *x, sg_tensor *weight, sg_tensor *bias,
                     const sg_conv_options *options);
sg_tensor *sg_conv2d(sg_context *context, sg_tensor *x, sg_tensor *weight, sg_tensor *bias,
                     const sg_conv_options *options);
sg_tensor *sg_conv3d(sg_context *context, sg_tensor *x, sg_tensor *weight, sg_tensor *bias,
                     const sg_conv_options *options);

typedef struct sg_conv_transpose_options {
  sg_conv_options convolution; // whose adjoint this is
  sg_ints output_padding;      // pixels more at the end, >= 0 and < stride or < dilation; default 0
} sg_conv_transpose_options;

// The adjoint in x of a convolution, with a bias: x is (N, C, ...), weight (C, O / groups, kernel...), bias (O) or
// NULL; the result is (N, O, ...) with L' = (L - 1) stride - 2 padding + dilation (k - 1) + output_padding + 1.
sg_tensor *sg_conv_transpose1d(sg_context *context, sg_tensor *x, sg_tensor *weight, sg_tensor *bias,
                               const sg_conv_transpose_options *options);
sg_tensor *sg_conv_transpose2d(sg_context *context, sg_tensor *x, sg_tensor *weight, sg_tensor *bias,
                               const sg_conv_transpose_options *options);
sg_tensor *sg_conv_transpose3d(sg_context *context, sg_tensor *x, sg_tensor *weight, sg_tensor *bias,
                               const sg_conv_transpose_options *options);

typedef struct sg_conv_weight_grad_options {
  sg_conv_options convolution;
  sg_ints kernel_size; // the spatial extents of weight; required
} sg_conv_weight_grad_options;

// The adjoint of a convolution in weight, whatever the number of its spatial dimensions: g has the shape of its
// result, the value has that of weight.
sg_tensor *sg_conv_weight_grad(sg_context *context, sg_tensor *x, sg_tensor *g,
                               const sg_conv_weight_grad_options *options);

// ---- Pooling --------------------------------------------------------------------------------------

// Over the last one, two or three dimensions of x, (N, C, ...) or (C, ...). Lists are those of convolutions.
typedef struct sg_max_pool_options {
  sg_ints kernel_size; // >= 1; required
  sg_ints stride;      // >= 1; empty: the kernel size
  sg_ints padding;     // >= 0 and at most half the kernel size; default 0
  sg_ints dilation;    // >= 1; default 1
  bool ceil_mode;      // round the output's extents up; default false
  bool return_indices; // of Lua alone
} sg_max_pool_options;

typedef struct sg_avg_pool_options {
  sg_ints kernel_size, stride, padding; // as above
  bool ceil_mode;
  bool count_include_pad;   // a mean counts the padding that its window sees; default true
  int64_t divisor_override; // > 0: what sums are divided by
} sg_avg_pool_options;

typedef struct sg_adaptive_pool_options {
  sg_ints output_size; // the extents of y, >= 1, or -1 for that of x
  bool return_indices; // of Lua alone
} sg_adaptive_pool_options;

typedef struct sg_max_unpool_options {
  sg_ints kernel_size, stride, padding; // of the pool that is undone
  sg_ints output_size;                  // empty: the least extents that it can have had
} sg_max_unpool_options;

// The mean and the largest element of every channel of x (N, C, ...): (N, C, 1, ...). Ties share the gradient.
sg_tensor *sg_global_avg_pool(sg_context *context, sg_tensor *x);
sg_tensor *sg_global_max_pool(sg_context *context, sg_tensor *x);

typedef struct sg_lp_pool_options {
  double norm_type; // p > 0
  sg_ints kernel_size, stride;
  bool ceil_mode;
} sg_lp_pool_options;

// The largest value of every window, of which a NaN is larger than any number.
sg_tensor *sg_max_pool1d(sg_context *context, sg_tensor *x, const sg_max_pool_options *options);
sg_tensor *sg_max_pool2d(sg_context *context, sg_tensor *x, const sg_max_pool_options *options);
sg_tensor *sg_max_pool3d(sg_context *context, sg_tensor *x, const sg_max_pool_options *options);
// The same in 1 to 3 dimensions, with the position of each in its image, counted row by row from the index base
// (NULL: not wanted); and of the parts from floor(p L / L') to ceil((p + 1) L / L') of every dimension.
sg_tensor *sg_max_pool_with_indices(sg_context *context, int spatial, sg_tensor *x,
                                    const sg_max_pool_options *options, sg_tensor **indices);
sg_tensor *sg_adaptive_max_pool(sg_context *context, int spatial, sg_tensor *x, const sg_ints *output_size,
                                sg_tensor **indices);
// Zeros with x at the positions that such a pool has given.
sg_tensor *sg_max_unpool(sg_context *context, int spatial, sg_tensor *x, sg_tensor *indices,
                         const sg_max_unpool_options *options);

// The mean of every window and of every part; the p-norm of every window.
sg_tensor *sg_avg_pool(sg_context *context, int spatial, sg_tensor *x, const sg_avg_pool_options *options);
sg_tensor *sg_adaptive_avg_pool(sg_context *context, int spatial, sg_tensor *x, const sg_ints *output_size);
sg_tensor *sg_lp_pool(sg_context *context, int spatial, sg_tensor *x, const sg_lp_pool_options *options);

// ---- Patches --------------------------------------------------------------------------------------

typedef struct sg_im2col_options {
  sg_ints kernel_size, dilation, padding, stride; // as of a convolution
} sg_im2col_options;

// What the windows over x, (N, C, H, W) or (C, H, W), see: (N, C kh kw, L), a column for each of L windows, row by
// row. And images (N, C, output_size) from such columns, each pixel the sum of what windows saw of it: the adjoint.
sg_tensor *sg_im2col(sg_context *context, sg_tensor *x, const sg_im2col_options *options);
sg_tensor *sg_fold(sg_context *context, sg_tensor *x, const sg_ints *output_size, const sg_im2col_options *options);

// ---- Interpolation ----------------------------------------------------------------------------------

typedef struct sg_interpolate_options {
  sg_ints size;                // extents of the result, or else
  sg_float_list scale_factor;  // by which they grow: one for all dimensions, or one for each
  int mode;                    // 0 nearest (default), 1 linear, 2 bilinear, 3 bicubic, 4 trilinear, 5 area,
                               // 6 nearest-exact
  bool align_corners;          // corner pixels keep their places
  bool recompute_scale_factor; // go by the extents instead of scale_factor
  bool antialias;              // bilinear, bicubic: filters are widened where images get smaller
} sg_interpolate_options;

// x, (N, C, ...) with one to three spatial dimensions, made larger or smaller.
sg_tensor *sg_interpolate(sg_context *context, sg_tensor *x, const sg_interpolate_options *options);

// ---- Sampling ---------------------------------------------------------------------------------------

typedef struct sg_grid_sample_options {
  int mode;           // 0 bilinear (default), 1 nearest
  int padding_mode;   // beyond the image: 0 zeros (default), 1 its border, 2 the image reflected
  bool align_corners; // -1 and 1 are the centres of the outermost pixels, and not their outer sides
} sg_grid_sample_options;

// x, (N, C, H, W) or (N, C, D, H, W), at the points of grid, (N, ..., 2) or (N, ..., 3), which has the place along
// the last dimension of x first; and such a grid, (N, H, W, 2) or (N, D, H, W, 3) for images of the size N, C, H, W
// or N, C, D, H, W, under the affine maps theta, (N, 2, 3) or (N, 3, 4).
sg_tensor *sg_grid_sample(sg_context *context, sg_tensor *x, sg_tensor *grid,
                          const sg_grid_sample_options *options);
sg_tensor *sg_affine_grid(sg_context *context, sg_tensor *theta, const sg_ints *size, bool align_corners);

typedef struct sg_corner_scatter_options {
  int64_t extent; // of the last dimension of the result
} sg_corner_scatter_options;

// With x (N, C, E), y (N, C, P), weight and index (N, P, K): y[n, c, p] = sum over k of weight[n, p, k]
// x[n, c, index[n, p, k]], and its adjoints in x and in weight.
sg_tensor *sg_corner_sum(sg_context *context, sg_tensor *x, sg_tensor *weight, sg_tensor *index);
sg_tensor *sg_corner_scatter(sg_context *context, sg_tensor *y, sg_tensor *weight, sg_tensor *index,
                             int64_t extent);
sg_tensor *sg_corner_weights(sg_context *context, sg_tensor *x, sg_tensor *y, sg_tensor *index);

// ---- Dropout --------------------------------------------------------------------------------------

typedef struct sg_dropout_options {
  double p; // the probability of a zero, in [0, 1]; default 0.5
} sg_dropout_options;

// Sets elements of x to zero with probability p and divides the others by 1 - p.
sg_tensor *sg_dropout(sg_context *context, sg_tensor *x, const sg_dropout_options *options);
// The same with whole channels of (N, C, L) or (C, L), of (N, C, H, W) or (N, C, L), of (N, C, D, H, W) or
// (C, D, H, W).
sg_tensor *sg_dropout1d(sg_context *context, sg_tensor *x, const sg_dropout_options *options);
sg_tensor *sg_dropout2d(sg_context *context, sg_tensor *x, const sg_dropout_options *options);
sg_tensor *sg_dropout3d(sg_context *context, sg_tensor *x, const sg_dropout_options *options);
// Sets elements, or channels of (N, C, ...), to the limit of selu, and keeps a mean of 0 and a variance of 1.
sg_tensor *sg_alpha_dropout(sg_context *context, sg_tensor *x, const sg_dropout_options *options);
sg_tensor *sg_feature_alpha_dropout(sg_context *context, sg_tensor *x, const sg_dropout_options *options);

// x / (k + alpha mean of x^2 over `size` channels)^beta, of (N, C, ...).
sg_tensor *sg_local_response_norm(sg_context *context, sg_tensor *x, int64_t size, double alpha, double beta,
                                  double k);

typedef struct sg_rrelu_options {
  double lower, upper; // the range of the slopes, lower <= upper; default 1/8 and 1/3
  bool training;       // slopes are drawn; default false: all are (lower + upper) / 2
} sg_rrelu_options;

// x where x > 0, else x times a slope, which is drawn for each element.
sg_tensor *sg_rrelu(sg_context *context, sg_tensor *x, const sg_rrelu_options *options);

// ---- Softmax --------------------------------------------------------------------------------------

typedef struct sg_softmax_options {
  int64_t dim; // 0-based, negative from the end; default the last
} sg_softmax_options;

// exp(x) / sum of exp(x) over dim, and its logarithm. `options` NULL: the last dimension.
sg_tensor *sg_softmax(sg_context *context, sg_tensor *x, const sg_softmax_options *options);
sg_tensor *sg_log_softmax(sg_context *context, sg_tensor *x, const sg_softmax_options *options);

typedef struct sg_gumbel_softmax_options {
  double tau;  // temperature, above 0; default 1
  bool hard;   // rounded to one 1 and zeros, with the same derivative; default false
  int64_t dim; // default the last
} sg_gumbel_softmax_options;

// softmax((x + g) / tau), g drawn from the Gumbel distribution. `options` NULL: the defaults.
sg_tensor *sg_gumbel_softmax(sg_context *context, sg_tensor *x, const sg_gumbel_softmax_options *options);

// ---- Gated units ------------------------------------------------------------------------------------

// a sigmoid(b), and a sigmoid(a) b, with the two halves of x along dimension dim, whose size is even.
sg_tensor *sg_glu(sg_context *context, sg_tensor *x, int64_t dim);
sg_tensor *sg_swiglu(sg_context *context, sg_tensor *x, int64_t dim);

// ---- Attention --------------------------------------------------------------------------------------

typedef struct sg_attention_options {
  double dropout_p; // the probability that a weight is dropped, in [0, 1); default 0
  bool is_causal;   // query i looks at the keys up to i alone; default false
  double scale;     // factor of the products, >= 0; default 0: 1 / sqrt(E)
  bool enable_gqa;  // groups of heads of the query share a head of key and value; default false
} sg_attention_options;

// softmax(scale query key' + attn_mask) value: query is (..., L, E), key (..., S, E), value (..., S, V), and the
// result
// (..., L, V); leading dimensions broadcast. attn_mask broadcasts to (..., L, S) and holds bools, true where a
// query may look, or numbers that are added, or is NULL. A query that may look at nothing by a mask of bools gets
// zeros.
sg_tensor *sg_scaled_dot_product_attention(sg_context *context, sg_tensor *query, sg_tensor *key, sg_tensor *value,
                                           sg_tensor *attn_mask, const sg_attention_options *options);

// ---- Recurrent networks -----------------------------------------------------------------------------

// One step: x is (N, I) or (I), the state hx (and cx) (N, H) or (H), or NULL for zeros; w_ih is (G H, I), w_hh (G
// H, H), b_ih and b_hh (G H) or NULL, with G = 1, for an lstm 4 gates i, f, g, o, for a gru 3: r, z, n. Returns the
// next state; that of c goes to *cy, if that is not NULL.
sg_tensor *sg_rnn_tanh_cell(sg_context *context, sg_tensor *x, sg_tensor *hx, sg_tensor *w_ih, sg_tensor *w_hh,
                            sg_tensor *b_ih, sg_tensor *b_hh);
sg_tensor *sg_rnn_relu_cell(sg_context *context, sg_tensor *x, sg_tensor *hx, sg_tensor *w_ih, sg_tensor *w_hh,
                            sg_tensor *b_ih, sg_tensor *b_hh);
sg_tensor *sg_gru_cell(sg_context *context, sg_tensor *x, sg_tensor *hx, sg_tensor *w_ih, sg_tensor *w_hh,
                       sg_tensor *b_ih, sg_tensor *b_hh);
sg_tensor *sg_lstm_cell(sg_context *context, sg_tensor *x, sg_tensor *hx, sg_tensor *cx, sg_tensor *w_ih,
                        sg_tensor *w_hh, sg_tensor *b_ih, sg_tensor *b_hh, sg_tensor **cy);

typedef struct sg_recurrent_options {
  bool has_biases;    // weights has b_ih and b_hh; default true
  int64_t num_layers; // >= 1; default 1
  double dropout;     // between layers, in training, in [0, 1); default 0
  bool train;         // default false
  bool bidirectional; // each layer has a second network that reads backwards; default false
  bool batch_first;   // x and y are (N, T, ...); default false
} sg_recurrent_options;

// All steps of a sequence x, (T, N, I) or (T, I), from the states hx (and cx), (L D, N, H) or (L D, H) or NULL for
// zeros, with L layers and D directions. `weights` are those of a cell for each direction of each layer: w_ih, w_hh
// and, with has_biases, b_ih and b_hh, `count` in all. Returns y, (T, N, D H); the last states go to *hy (and *cy),
// if that is not NULL. `options` NULL: the defaults.
sg_tensor *sg_rnn_tanh(sg_context *context, sg_tensor *x, sg_tensor *hx, int count, sg_tensor *const *weights,
                       const sg_recurrent_options *options, sg_tensor **hy);
sg_tensor *sg_rnn_relu(sg_context *context, sg_tensor *x, sg_tensor *hx, int count, sg_tensor *const *weights,
                       const sg_recurrent_options *options, sg_tensor **hy);
sg_tensor *sg_gru(sg_context *context, sg_tensor *x, sg_tensor *hx, int count, sg_tensor *const *weights,
                  const sg_recurrent_options *options, sg_tensor **hy);
sg_tensor *sg_lstm(sg_context *context, sg_tensor *x, sg_tensor *hx, sg_tensor *cx, int count,
                   sg_tensor *const *weights, const sg_recurrent_options *options, sg_tensor **hy, sg_tensor **cy);

// ---- Compositions -----------------------------------------------------------------------------------

// softmax(-x)
sg_tensor *sg_softmin(sg_context *context, sg_tensor *x, const sg_softmax_options *options);

// (..., C r^2, H, W) as (..., C, H r, W r), and back; (N, C, ...) with the channels of every group dealt to all
// groups.
sg_tensor *sg_pixel_shuffle(sg_context *context, sg_tensor *x, int64_t upscale_factor);
sg_tensor *sg_pixel_unshuffle(sg_context *context, sg_tensor *x, int64_t downscale_factor);
sg_tensor *sg_channel_shuffle(sg_context *context, sg_tensor *x, int64_t groups);

// (..., I), (..., J), (O, I, J) and (O) or NULL make (..., O): sum over i, j of x1[i] weight[o, i, j] x2[j] +
// bias[o].
sg_tensor *sg_bilinear(sg_context *context, sg_tensor *x1, sg_tensor *x2, sg_tensor *weight, sg_tensor *bias);

SG_PUBLIC_END

#endif
