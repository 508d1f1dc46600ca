// SPDX-License-Identifier: GPL-3.0-or-later
//
// Normalizations. `mean` and `var`, where not NULL, receive the moments that x was normalized by, with their graph:
// whoever keeps them for longer than the batch detaches them. Variances are biased ones. gamma and beta may be
// NULL: 1 and 0. Refused are groups of one value, or of none, by whatever takes a mean away.
#ifndef SELENOGRAD_NORM_H
#define SELENOGRAD_NORM_H

#include "autograd/selenograd.h"

SG_PUBLIC_BEGIN

typedef struct sg_batch_norm_options {
  double eps; // added to the variance inside the square root; >= 0; default 1e-5
} sg_batch_norm_options;

// Normalizes every channel (dimension 1) of x, which is (N,C), (N,C,L), (N,C,H,W) or (N,C,D,H,W), by its mean and
// variance over all other dimensions, then scales by gamma and shifts by beta, both (C). Moments (C).
sg_tensor *sg_batch_norm(sg_context *context, sg_tensor *x, sg_tensor *gamma, sg_tensor *beta,
                         const sg_batch_norm_options *options, sg_tensor **mean, sg_tensor **var);

// The same with given statistics, both (C): inference. x may be empty. A variance of infinity is taken at its word:
// y is beta then, the limit for a growing variance, and d_x is 0. nn.BatchNorm refuses such statistics.
sg_tensor *sg_batch_norm_inference(sg_context *context, sg_tensor *x, sg_tensor *mean, sg_tensor *var,
                                   sg_tensor *gamma, sg_tensor *beta, const sg_batch_norm_options *options);

// batch_norm over the positions of x where mask, a tensor of bools in the shape of x without its channels, is true;
// or i64, (N): over so many positions along the last dimension of every sample of (N,C,L) and more. y is 0 at all
// other positions, and what x holds there is never read. Refused where fewer than two values are left in a channel.
sg_tensor *sg_masked_batch_norm(sg_context *context, sg_tensor *x, sg_tensor *mask, sg_tensor *gamma,
                                sg_tensor *beta, const sg_batch_norm_options *options, sg_tensor **mean,
                                sg_tensor **var);

typedef struct sg_running_stats_options {
  int64_t values_per_channel; // of the batch, >= 2; required
  double momentum;            // how much of the batch comes, in [0, 1]; default 0.1
  bool cumulative;            // the average of all batches, instead of the momentum; default false
} sg_running_stats_options;

// Moves running statistics, (C), in place towards the mean and the variance of a batch, and adds 1 to a single i64.
// var is the biased variance, what it moves the unbiased one. What would become NaN or infinite is refused before
// anything is written. mean and var are detached, or recording is off.
sg_status sg_running_stats_step(sg_context *context, sg_tensor *running_mean, sg_tensor *running_var,
                                sg_tensor *num_batches_tracked, sg_tensor *mean, sg_tensor *var,
                                const sg_running_stats_options *options);

typedef struct sg_layer_norm_options {
  sg_shape normalized_shape; // the last dimensions of x; required
  double eps;                // added to the variance inside the square root; >= 0; default 1e-5
} sg_layer_norm_options;

// Normalizes over the last dimensions; gamma and beta have their shape, moments that of the others.
sg_tensor *sg_layer_norm(sg_context *context, sg_tensor *x, sg_tensor *gamma, sg_tensor *beta,
                         const sg_layer_norm_options *options, sg_tensor **mean, sg_tensor **var);

typedef struct sg_group_norm_options {
  int64_t num_groups; // that the channels are divided into; >= 1; required
  double eps;         // added to the variance inside the square root; >= 0; default 1e-5
} sg_group_norm_options;

// Normalizes x (N,C,...) over groups of neighbouring channels of each sample; gamma and beta (C), moments
// (N,num_groups).
sg_tensor *sg_group_norm(sg_context *context, sg_tensor *x, sg_tensor *gamma, sg_tensor *beta,
                         const sg_group_norm_options *options, sg_tensor **mean, sg_tensor **var);

typedef struct sg_instance_norm_options {
  double eps; // added to the variance inside the square root; >= 0; default 1e-5
} sg_instance_norm_options;

// Normalizes every channel of every sample of x (N,C,L), (N,C,H,W) or (N,C,D,H,W); gamma and beta (C), moments
// (N,C).
sg_tensor *sg_instance_norm(sg_context *context, sg_tensor *x, sg_tensor *gamma, sg_tensor *beta,
                            const sg_instance_norm_options *options, sg_tensor **mean, sg_tensor **var);

typedef struct sg_rms_norm_options {
  sg_shape normalized_shape; // the last dimensions of x; required
  double eps; // added to the mean square inside the square root; >= 0; default -1: the machine epsilon of x's dtype
} sg_rms_norm_options;

// Divides by the root mean square over the last dimensions; gamma has their shape, the mean squares that of the
// others.
sg_tensor *sg_rms_norm(sg_context *context, sg_tensor *x, sg_tensor *gamma, const sg_rms_norm_options *options,
                       sg_tensor **mean_square);

typedef struct sg_weight_norm_options {
  sg_ints dim; // whose slices have a length each; none: one length of all; default the first
} sg_weight_norm_options;

// g v / |v|, the norm over all dimensions but dim; g has the shape of v with extents of 1 there. NaN where v is 0.
sg_tensor *sg_weight_norm(sg_context *context, sg_tensor *v, sg_tensor *g, const sg_weight_norm_options *options);

typedef struct sg_spectral_norm_options {
  int64_t dim; // the rows of the matrix that weight is taken for; default the first
} sg_spectral_norm_options;

// weight / (u' W v), W being weight with dim in front and the other dimensions as one: with the vectors that
// sg_spectral_norm_step arrives at, W over its largest singular value.
sg_tensor *sg_spectral_norm(sg_context *context, sg_tensor *weight, sg_tensor *u, sg_tensor *v,
                            const sg_spectral_norm_options *options);

typedef struct sg_spectral_norm_step_options {
  int64_t n_power_iterations; // >= 0; default 1
  double eps;                 // the least norm that is divided by; >= 0; default 1e-12
  int64_t dim;                // as of sg_spectral_norm
} sg_spectral_norm_step_options;

// Steps of the power iteration, which write u, one value for each row of W, and v, one for each column. A training
// takes one before sg_spectral_norm; an evaluation none.
sg_status sg_spectral_norm_step(sg_context *context, sg_tensor *u, sg_tensor *v, sg_tensor *weight,
                                const sg_spectral_norm_step_options *options);

SG_PUBLIC_END

#endif
