// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef SELENOGRAD_KERNELS_OPTIMIZER_H
#define SELENOGRAD_KERNELS_OPTIMIZER_H

#include "ops/kernels/kernels.h"

#include <stdbool.h>

typedef struct sgd_arguments {
  double lr, momentum, dampening, weight_decay;
  bool nesterov, maximize, first;
  const void *gradient;
  void *parameter;
  void *buffer; // NULL without momentum
} sgd_arguments;

typedef struct adam_arguments {
  double lr, beta1, beta2, eps, weight_decay;
  double correction1; // 1 - beta1^step
  double correction2; // sqrt(1 - beta2^step)
  bool decoupled, maximize;
  const void *gradient;
  void *parameter, *m, *v;
} adam_arguments;

struct optimizer_kernels {
  sg_kernel *sgd, *adam; // items are elements
};

#endif
