// SPDX-License-Identifier: GPL-3.0-or-later
#include "ops/elementwise/scalar_function.h"

enum { SCALAR_WORK = 64 }; // of one element, in additions of two numbers

typedef struct scalar_loop {
  sg_scalar_function *function;
  const void *options;
} scalar_loop;

static void scalars_f64(const sg_row *row) {
  const scalar_loop *loop = row->parameter;
  const double *a = row->operand[0], *b = row->operand[1];
  double *y = row->result[0];
  for (int64_t i = 0; i < row->count; i++) {
    const double x[] = {a[i * row->stride[0]], b ? b[i * row->stride[1]] : 0};
    y[i] = loop->function(x, loop->options);
  }
}

static void scalars_f32(const sg_row *row) {
  const scalar_loop *loop = row->parameter;
  const float *a = row->operand[0], *b = row->operand[1];
  float *y = row->result[0];
  for (int64_t i = 0; i < row->count; i++) {
    const double x[] = {(double)a[i * row->stride[0]], b ? (double)b[i * row->stride[1]] : 0};
    y[i] = (float)loop->function(x, loop->options);
  }
}

void sg_scalars_compute(const sg_call *call, sg_scalar_function *function, const sg_rows *rows) {
  const scalar_loop loop = {function, rows->parameter};
  sg_rows scalars = *rows;
  scalars.parameter = &loop;
  scalars.work = SCALAR_WORK;
  sg_rows_run(call->context, call->dtype == SG_F32 ? scalars_f32 : scalars_f64, &scalars);
}
