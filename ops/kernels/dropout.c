// SPDX-License-Identifier: GPL-3.0-or-later
#include "ops/kernels/dropout.h"
#include "ops/kernels/row_map.h"

#include <stdbool.h>

void VARIANT(dropout_row)(const sg_row *row) {
  const dropout_parameter *stream = row->parameter;
  const uint64_t first = stream->position + (uint64_t)row->position;
  const real *x = row->operand[0], kept = stream->p < 1 ? (real)(1 / (1 - stream->p)) : 0;
  real *y = row->result[0], *mask = row->result[1];
  for (int64_t i = 0; i < row->count; i++)
    mask[i] = sg_stream_uniform(stream->seed, first + (uint64_t)i) < stream->p ? 0 : kept;
#pragma omp simd
  for (int64_t i = 0; i < row->count; i++) y[i] = x[i] * mask[i];
}

// With one slope for all there are no numbers to draw. NaN stays NaN.
void VARIANT(rrelu_row)(const sg_row *row) {
  const rrelu_parameter *p = row->parameter;
  const uint64_t first = p->position + (uint64_t)row->position;
  const double range = p->upper - p->lower;
  const real *x = row->operand[0];
  real *y = row->result[0], *slope = row->result[1];
  for (int64_t i = 0; i < row->count; i++) {
    const bool draws = range > 0 && x[i] <= 0;
    const double number = draws ? sg_stream_uniform(p->seed, first + (uint64_t)i) : 0;
    slope[i] = x[i] <= 0 ? (real)(p->lower + range * number) : 1;
  }
#pragma omp simd
  for (int64_t i = 0; i < row->count; i++) y[i] = x[i] * slope[i];
}
