// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef SELENOGRAD_KERNELS_OPTIMIZER_H
#define SELENOGRAD_KERNELS_OPTIMIZER_H

#include <stdbool.h>

typedef struct sgd_parameter {
  double lr, momentum, dampening, weight_decay;
  bool nesterov, maximize, first;
} sgd_parameter;

typedef struct adam_parameter {
  double lr, beta1, beta2, eps, weight_decay;
  double correction1; // 1 - beta1^step
  double correction2; // sqrt(1 - beta2^step)
  bool decoupled, maximize;
} adam_parameter;

#endif
