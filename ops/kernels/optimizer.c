// SPDX-License-Identifier: GPL-3.0-or-later
#include "ops/kernels/optimizer.h"
#include "ops/kernels/row_map.h"

#include <math.h>
#include <stdbool.h>

static real square_root(real value) {
  return sizeof(real) == sizeof(float) ? (real)sqrtf((float)value) : (real)sqrt((double)value);
}

static void plain(const sg_row *row, const sgd_parameter *a) {
  const real *restrict gradient = row->operand[0];
  real *restrict p = row->result[0];
  real lr = (real)a->lr, decay = (real)a->weight_decay, sign = a->maximize ? -1 : 1;
#pragma omp simd
  for (int64_t i = 0; i < row->count; i++) p[i] -= lr * (sign * gradient[i] + decay * p[i]);
}

void VARIANT(sgd_row)(const sg_row *row) {
  const sgd_parameter *a = row->parameter;
  if (!row->result[1]) {
    plain(row, a);
    return;
  }
  const real *restrict gradient = row->operand[0];
  real *restrict p = row->result[0], *restrict buffer = row->result[1];
  real lr = (real)a->lr, decay = (real)a->weight_decay, sign = a->maximize ? -1 : 1;
  real momentum = (real)a->momentum, fresh = (real)(1 - a->dampening);
  bool first = a->first;
  // The step is along b, or with nesterov along g + momentum b.
  real of_g = a->nesterov ? 1 : 0, of_b = a->nesterov ? momentum : 1;
#pragma omp simd
  for (int64_t i = 0; i < row->count; i++) {
    real g = sign * gradient[i] + decay * p[i];
    real b = first ? g : momentum * buffer[i] + fresh * g;
    buffer[i] = b;
    p[i] -= lr * (of_g * g + of_b * b);
  }
}

void VARIANT(adam_row)(const sg_row *row) {
  const adam_parameter *a = row->parameter;
  const real *restrict gradient = row->operand[0];
  real *restrict p = row->result[0], *restrict m = row->result[1], *restrict v = row->result[2];
  real step = (real)(a->lr / a->correction1), correction = (real)a->correction2, eps = (real)a->eps;
  real beta1 = (real)a->beta1, fresh1 = (real)(1 - a->beta1), beta2 = (real)a->beta2, fresh2 = (real)(1 - a->beta2);
  real added = a->decoupled ? 0 : (real)a->weight_decay,
       shrink = a->decoupled ? (real)(1 - a->lr * a->weight_decay) : 1;
  real sign = a->maximize ? -1 : 1;
#pragma omp simd
  for (int64_t i = 0; i < row->count; i++) {
    real g = sign * gradient[i] + added * p[i];
    real m_i = beta1 * m[i] + fresh1 * g, v_i = beta2 * v[i] + fresh2 * g * g;
    m[i] = m_i;
    v[i] = v_i;
    p[i] = shrink * p[i] - step * (m_i / (square_root(v_i) / correction + eps));
  }
}
