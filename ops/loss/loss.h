// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef SELENOGRAD_LOSS_H
#define SELENOGRAD_LOSS_H

#include "autograd/selenograd.h"

SG_PUBLIC_BEGIN

// What becomes of the losses of single elements or rows.
typedef enum sg_reduction {
  SG_REDUCTION_MEAN,
  SG_REDUCTION_SUM,
  SG_REDUCTION_NONE,
  SG_REDUCTION_BATCHMEAN, // of kl_div: the sum over the extent of the first dimension
} sg_reduction;

typedef struct sg_loss_options {
  int reduction; // an sg_reduction; default mean
} sg_loss_options;

// (x - target)^2. Both have one shape. `options` NULL: the mean.
sg_tensor *sg_mse_loss(sg_context *context, sg_tensor *x, sg_tensor *target, const sg_loss_options *options);
// |x - target|
sg_tensor *sg_l1_loss(sg_context *context, sg_tensor *x, sg_tensor *target, const sg_loss_options *options);

typedef struct sg_huber_loss_options {
  int reduction; // an sg_reduction; default mean
  double delta;  // above 0, where the square goes over into a line; default 1
} sg_huber_loss_options;

// d^2 / 2 where |d| <= delta, else delta (|d| - delta / 2), for d = x - target of one shape.
sg_tensor *sg_huber_loss(sg_context *context, sg_tensor *x, sg_tensor *target,
                         const sg_huber_loss_options *options);

typedef struct sg_smooth_l1_loss_options {
  int reduction; // an sg_reduction; default mean
  double beta;   // at least 0, where the square goes over into a line; default 1
} sg_smooth_l1_loss_options;

// d^2 / (2 beta) where |d| < beta, else |d| - beta / 2, for d = x - target of one shape; l1_loss where beta is 0.
sg_tensor *sg_smooth_l1_loss(sg_context *context, sg_tensor *x, sg_tensor *target,
                             const sg_smooth_l1_loss_options *options);

// log(1 + exp(-target x)) for targets of 1 and -1, in the shape of x.
sg_tensor *sg_soft_margin_loss(sg_context *context, sg_tensor *x, sg_tensor *target,
                               const sg_loss_options *options);

// -weight (target log x + (1 - target) log(1 - x)), logarithms being at least -100. x holds probabilities in [0,
// 1], others are refused; target has the shape of x, weight broadcasts to it or is NULL for ones. Neither is
// divided by the sum of the weights.
sg_tensor *sg_binary_cross_entropy(sg_context *context, sg_tensor *x, sg_tensor *target, sg_tensor *weight,
                                   const sg_loss_options *options);
// The same of sigmoid(x), exact at both ends; pos_weight, which broadcasts to x or is NULL for ones, is a factor of
// target log sigmoid(x).
sg_tensor *sg_binary_cross_entropy_with_logits(sg_context *context, sg_tensor *x, sg_tensor *target,
                                               sg_tensor *weight, sg_tensor *pos_weight,
                                               const sg_loss_options *options);

typedef struct sg_kl_div_options {
  int reduction;   // an sg_reduction, or SG_REDUCTION_BATCHMEAN; default mean
  bool log_target; // target holds logarithms of probabilities; default false
} sg_kl_div_options;

// target (log target - x), the terms of the divergence from the distribution whose logarithm is x, of one shape.
sg_tensor *sg_kl_div(sg_context *context, sg_tensor *x, sg_tensor *target, const sg_kl_div_options *options);

typedef struct sg_cross_entropy_options {
  int reduction;          // an sg_reduction; the mean is weighted by the classes' weights; default mean
  double label_smoothing; // the share of the target that is spread evenly over all classes, in [0, 1]; default 0
  int64_t ignore_index;   // rows with this target count for nothing; default -100
} sg_cross_entropy_options;

// The negative logarithm of the softmax of x at the target: x is (N, C), (C) or (N, C, d1, ...), target (N), () or
// (N, d1, ...) holds classes counted from the context's index base, weight (C) or NULL scales every class.
// A floating target, of the shape and dtype of x, holds a probability for each class, in [0, 1], and has a
// derivative: the loss is the mean over these probabilities, the mean of the losses is not weighted, and nothing
// can be ignored.
sg_tensor *sg_cross_entropy(sg_context *context, sg_tensor *x, sg_tensor *target, sg_tensor *weight,
                            const sg_cross_entropy_options *options);

typedef struct sg_multi_margin_loss_options {
  int reduction; // an sg_reduction; default mean
  int64_t p;     // 1 or 2; default 1
  double margin; // default 1
} sg_multi_margin_loss_options;

// weight[t] / C times the sum over the classes c other than t of max(0, margin + x[c] - x[t])^p: x is (N, C) or
// (C), target (N) or () holds classes counted from the context's index base, weight (C) or NULL.
sg_tensor *sg_multi_margin_loss(sg_context *context, sg_tensor *x, sg_tensor *target, sg_tensor *weight,
                                const sg_multi_margin_loss_options *options);
// The sum over the classes t of a row and the others c of max(0, 1 + x[c] - x[t]) / C. target has the shape of x:
// the classes of each row, ended by -1, or the number before the first class, if they are not all.
sg_tensor *sg_multilabel_margin_loss(sg_context *context, sg_tensor *x, sg_tensor *target,
                                     const sg_loss_options *options);

// ---- Compositions of other ops --------------------------------------------------------------------------

typedef struct sg_margin_loss_options {
  int reduction; // an sg_reduction; default mean
  double margin;
} sg_margin_loss_options;

// x where target is 1, max(0, margin - x) where it is -1; default margin 1.
sg_tensor *sg_hinge_embedding_loss(sg_context *context, sg_tensor *x, sg_tensor *target,
                                   const sg_margin_loss_options *options);
// max(0, margin - target (x1 - x2)) for targets of 1 and -1; default margin 0.
sg_tensor *sg_margin_ranking_loss(sg_context *context, sg_tensor *x1, sg_tensor *x2, sg_tensor *target,
                                  const sg_margin_loss_options *options);
// With the cosine of x1 and x2, of shape (N, D) or (D): 1 - cos where target, (N) or (), is 1, max(0, cos - margin)
// where it is -1; default margin 0.
sg_tensor *sg_cosine_embedding_loss(sg_context *context, sg_tensor *x1, sg_tensor *x2, sg_tensor *target,
                                    const sg_margin_loss_options *options);
// The mean over the classes of sg_binary_cross_entropy_with_logits: x and target are (N, C) or (C), weight is (C)
// or NULL, and the losses are (N) or ().
sg_tensor *sg_multilabel_soft_margin_loss(sg_context *context, sg_tensor *x, sg_tensor *target, sg_tensor *weight,
                                          const sg_loss_options *options);

typedef struct sg_poisson_nll_loss_options {
  int reduction;  // an sg_reduction; default mean
  bool log_input; // x is the logarithm of the rate; default true
  bool full;      // adds Stirling's approximation of log target! where target > 1; default false
  double eps;     // added to x where its logarithm is taken; default 1e-8
} sg_poisson_nll_loss_options;

// exp(x) - target x, or x - target log(x + eps).
sg_tensor *sg_poisson_nll_loss(sg_context *context, sg_tensor *x, sg_tensor *target,
                               const sg_poisson_nll_loss_options *options);

typedef struct sg_gaussian_nll_loss_options {
  int reduction; // an sg_reduction; default mean
  bool full;     // adds log(2 pi) / 2; default false
  double eps;    // the least variance; default 1e-6
} sg_gaussian_nll_loss_options;

// (log var + (x - target)^2 / var) / 2, with a variance for each element, or for each row: the shape of x, with 1
// in place of the last extent, or without it. Negative variances are refused.
sg_tensor *sg_gaussian_nll_loss(sg_context *context, sg_tensor *x, sg_tensor *target, sg_tensor *var,
                                const sg_gaussian_nll_loss_options *options);

typedef struct sg_triplet_margin_loss_options {
  int reduction;         // an sg_reduction; default mean
  double margin, p, eps; // p and eps of the distances; default 1, 2 and 1e-6
  bool swap;             // d(positive, negative) counts where it is less than d(anchor, negative); default false
} sg_triplet_margin_loss_options;

// max(0, d(anchor, positive) - d(anchor, negative) + margin) of rows, with sg_pairwise_distance: (N, D) or (D).
sg_tensor *sg_triplet_margin_loss(sg_context *context, sg_tensor *anchor, sg_tensor *positive, sg_tensor *negative,
                                  const sg_triplet_margin_loss_options *options);

typedef struct sg_ctc_loss_options {
  int reduction;      // an sg_reduction; the mean is of losses divided by target lengths; default mean
  int64_t blank;      // the class that stands for none, counted from 0; default 0
  bool zero_infinity; // 0 in place of infinite losses; default false
} sg_ctc_loss_options;

// -log of the probability of the targets, spread in any way over the steps with blanks between: log_probs is (T, N,
// C) or (T, C), targets (N, S), or (S) for all N behind each other, classes counted from the context's index base,
// and the lengths are integers, (N) or ().
sg_tensor *sg_ctc_loss(sg_context *context, sg_tensor *log_probs, sg_tensor *targets, sg_tensor *input_lengths,
                       sg_tensor *target_lengths, const sg_ctc_loss_options *options);

typedef struct sg_nll_loss_options {
  int reduction;        // an sg_reduction; the mean is weighted by the classes' weights; default mean
  int64_t ignore_index; // rows with this target count for nothing; default -100
} sg_nll_loss_options;

// -x at the target, x holding logarithms of probabilities; shapes as of sg_cross_entropy.
sg_tensor *sg_nll_loss(sg_context *context, sg_tensor *x, sg_tensor *target, sg_tensor *weight,
                       const sg_nll_loss_options *options);

SG_PUBLIC_END

#endif
