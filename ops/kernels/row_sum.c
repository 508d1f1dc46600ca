// SPDX-License-Identifier: GPL-3.0-or-later
#include "ops/kernels/row_sum.h"
#include "ops/kernels/row_map.h"

#include <math.h>

enum { RUN = 512 }; // terms added up in `real` before the sum passes on to a double

static double sum_of_run(const row_sum *s, sg_row *run) {
  real terms[RUN], sum = 0;
  run->result[0] = terms;
  s->terms(run);
#pragma omp simd reduction(+ : sum)
  for (int64_t i = 0; i < run->count; i++) sum += terms[i];
  return (double)sum;
}

static double wide_sum_of_run(const row_sum *s, const sg_row *run) {
  double operands[SG_ROW_OPERANDS][RUN], terms[RUN], sum = 0;
  sg_row wide = *run;
  for (int k = 0; k < SG_ROW_OPERANDS; k++) {
    const real *x = run->operand[k];
    if (!x) continue;
    const int64_t count = run->stride[k] ? run->count : 1;
    for (int64_t i = 0; i < count; i++) operands[k][i] = (double)x[i];
    wide.operand[k] = operands[k];
  }
  wide.result[0] = terms;
  s->wide_terms(&wide);
  for (int64_t i = 0; i < run->count; i++) sum += terms[i];
  return sum;
}

// Runs end where blocks do, so that it is of no consequence how many blocks a row has.
void VARIANT(sum_of_row_row)(const sg_row *row) {
  const row_sum *s = row->parameter;
  sg_row run = *row;
  run.parameter = s->parameter;
  for (int64_t done = 0; done < row->count; done += run.count) {
    const int64_t in_block = s->block - run.position % s->block, left = row->count - done;
    run.count = left < in_block ? left : in_block;
    if (run.count > RUN) run.count = RUN;
    double sum = s->wide ? 0 : sum_of_run(s, &run);
    if (s->wide || !isfinite(sum)) sum = wide_sum_of_run(s, &run);
    s->sums[run.position / s->block] += sum;
    run.position += run.count;
    for (int k = 0; k < SG_ROW_OPERANDS; k++)
      if (run.stride[k]) run.operand[k] = (const real *)run.operand[k] + run.count;
  }
}
