// SPDX-License-Identifier: GPL-3.0-or-later
//
// The update steps of optimizers: ops that write in place, one pass over each parameter. They refuse a parameter
// that requires a gradient while recording is enabled (see sg_set_grad_enabled). All tensors of a call have the
// parameter's shape and dtype, f32 or f64. Nothing is written when a check fails.
#ifndef SELENOGRAD_OPTIMIZER_H
#define SELENOGRAD_OPTIMIZER_H

#include "autograd/selenograd.h"

SG_PUBLIC_BEGIN

typedef struct sg_sgd_options {
  double lr;           // the step size, >= 0
  double momentum;     // >= 0; more than 0 needs the momentum buffer
  double dampening;    // of the gradient in the momentum buffer
  double weight_decay; // >= 0, times the parameter is added to the gradient
  bool nesterov;       // needs momentum > 0 and dampening = 0
  bool maximize;       // follows the gradient upwards
  bool first;          // the momentum buffer holds nothing yet and becomes the gradient
} sg_sgd_options;

//   g = gradient + weight_decay p    b = momentum b + (1 - dampening) g    p = p - lr b    (nesterov: g + momentum
//   b)
// Reference: Sutskever et al., "On the importance of initialization and momentum in deep learning", 2013; the form
// is that of torch.optim.SGD.
sg_status sg_sgd_step(sg_context *context, sg_tensor *parameter, sg_tensor *gradient, sg_tensor *momentum_buffer,
                      const sg_sgd_options *options);

typedef struct sg_adam_options {
  double lr;           // the step size, >= 0
  double beta1, beta2; // decay of the two averages, in [0, 1)
  double eps;          // added to the root of the second average, >= 0
  double weight_decay; // >= 0
  int64_t step;        // counts from 1
  bool decoupled;      // AdamW: p shrinks by lr weight_decay p; otherwise weight_decay p is added to the gradient
  bool maximize;       // follows the gradient upwards
} sg_adam_options;

//   m = beta1 m + (1 - beta1) g    v = beta2 v + (1 - beta2) g^2
//   p = p - lr / (1 - beta1^step) m / (sqrt(v / (1 - beta2^step)) + eps)
// Reference: Kingma and Ba, "Adam: A Method for Stochastic Optimization", 2015; Loshchilov and Hutter, "Decoupled
// Weight Decay Regularization", 2019.
sg_status sg_adam_step(sg_context *context, sg_tensor *parameter, sg_tensor *gradient, sg_tensor *m, sg_tensor *v,
                       const sg_adam_options *options);

SG_PUBLIC_END

#endif
