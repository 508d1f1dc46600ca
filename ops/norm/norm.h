// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef SELENOGRAD_NORM_H
#define SELENOGRAD_NORM_H

#include "autograd/selenograd.h"

SG_PUBLIC_BEGIN

typedef struct sg_batch_norm_options {
  double eps; // added to the variance inside the square root; >= 0; default 1e-5
} sg_batch_norm_options;

// Normalizes every channel (dimension 1) of x, which is (N,C), (N,C,L), (N,C,H,W) or (N,C,D,H,W), by its mean and
// biased variance over all other dimensions, then scales by gamma and shifts by beta, both (C) or NULL.
// `mean` and `var`, where not NULL, receive the batch statistics, both (C), with their graph: whoever keeps them
// for longer than the batch detaches them. Refused: a channel of one value, or of none.
sg_tensor *sg_batch_norm(sg_context *context, sg_tensor *x, sg_tensor *gamma, sg_tensor *beta,
                         const sg_batch_norm_options *options, sg_tensor **mean, sg_tensor **var);

// The same with given statistics, both (C): inference. x may be empty.
sg_tensor *sg_batch_norm_inference(sg_context *context, sg_tensor *x, sg_tensor *mean, sg_tensor *var,
                                   sg_tensor *gamma, sg_tensor *beta, const sg_batch_norm_options *options);

SG_PUBLIC_END

#endif
