// SPDX-License-Identifier: GPL-3.0-or-later
#include "ops/kernels/optimizer.h"
#include "ops/kernels/real.h"

#include <math.h>

static real square_root(real value) {
  return sizeof(real) == sizeof(float) ? (real)sqrtf((float)value) : (real)sqrt((double)value);
}

static void plain(const sgd_arguments *a, int64_t begin, int64_t end) {
  const real *restrict gradient = a->gradient;
  real *restrict p = a->parameter;
  real lr = (real)a->lr, decay = (real)a->weight_decay, sign = a->maximize ? -1 : 1;
#pragma omp simd
  for (int64_t i = begin; i < end; i++) p[i] -= lr * (sign * gradient[i] + decay * p[i]);
}

static void sgd(const void *arguments, int64_t begin, int64_t end) {
  const sgd_arguments *a = arguments;
  if (!a->buffer) {
    plain(a, begin, end);
    return;
  }
  const real *restrict gradient = a->gradient;
  real *restrict p = a->parameter, *restrict buffer = a->buffer;
  real lr = (real)a->lr, decay = (real)a->weight_decay, sign = a->maximize ? -1 : 1;
  real momentum = (real)a->momentum, fresh = (real)(1 - a->dampening);
  bool first = a->first;
  // The step is along b, or with nesterov along g + momentum b.
  real of_g = a->nesterov ? 1 : 0, of_b = a->nesterov ? momentum : 1;
#pragma omp simd
  for (int64_t i = begin; i < end; i++) {
    real g = sign * gradient[i] + decay * p[i];
    real b = first ? g : momentum * buffer[i] + fresh * g;
    buffer[i] = b;
    p[i] -= lr * (of_g * g + of_b * b);
  }
}

static void adam(const void *arguments, int64_t begin, int64_t end) {
  const adam_arguments *a = arguments;
  const real *restrict gradient = a->gradient;
  real *restrict p = a->parameter, *restrict m = a->m, *restrict v = a->v;
  real step = (real)(a->lr / a->correction1), correction = (real)a->correction2, eps = (real)a->eps;
  real beta1 = (real)a->beta1, fresh1 = (real)(1 - a->beta1), beta2 = (real)a->beta2, fresh2 = (real)(1 - a->beta2);
  real added = a->decoupled ? 0 : (real)a->weight_decay,
       shrink = a->decoupled ? (real)(1 - a->lr * a->weight_decay) : 1;
  real sign = a->maximize ? -1 : 1;
#pragma omp simd
  for (int64_t i = begin; i < end; i++) {
    real g = sign * gradient[i] + added * p[i];
    real m_i = beta1 * m[i] + fresh1 * g, v_i = beta2 * v[i] + fresh2 * g * g;
    m[i] = m_i;
    v[i] = v_i;
    p[i] = shrink * p[i] - step * (m_i / (square_root(v_i) / correction + eps));
  }
}

extern const optimizer_kernels VARIANT(optimizer);
const optimizer_kernels VARIANT(optimizer) = {.sgd = sgd, .adam = adam};
