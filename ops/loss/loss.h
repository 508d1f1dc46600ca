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
} sg_reduction;

typedef struct sg_loss_options {
  int reduction; // an sg_reduction; default mean
} sg_loss_options;

// (x - target)^2. Both have one shape. `options` NULL: the mean.
sg_tensor *sg_mse_loss(sg_context *context, sg_tensor *x, sg_tensor *target, const sg_loss_options *options);
// |x - target|
sg_tensor *sg_l1_loss(sg_context *context, sg_tensor *x, sg_tensor *target, const sg_loss_options *options);

typedef struct sg_cross_entropy_options {
  int reduction;          // an sg_reduction; the mean is weighted by the classes' weights; default mean
  double label_smoothing; // the share of the target that is spread evenly over all classes, in [0, 1]; default 0
  int64_t ignore_index;   // rows with this target count for nothing; default -100
} sg_cross_entropy_options;

// The negative logarithm of the softmax of x at the target: x is (N, C), (C) or (N, C, d1, ...), target (N), () or
// (N, d1, ...) holds classes counted from the context's index base, weight (C) or NULL scales every class.
sg_tensor *sg_cross_entropy(sg_context *context, sg_tensor *x, sg_tensor *target, sg_tensor *weight,
                            const sg_cross_entropy_options *options);

SG_PUBLIC_END

#endif
