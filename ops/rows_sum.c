// SPDX-License-Identifier: GPL-3.0-or-later
#include "ops/kernels/row_sum.h"
#include "ops/rows.h"
#include "ops/select_kernels.h"

static int64_t sums_of(int64_t elements, int64_t block) { return (elements + block - 1) / block; }

size_t sg_rows_sum_bytes(int64_t elements, int64_t work) {
  return (size_t)sums_of(elements, sg_grain(work)) * sizeof(double);
}

double sg_rows_sum(const sg_call *call, sg_row_name row, const sg_rows *rows, bool wide, void *scratch) {
  const int64_t elements = rows->layout ? rows->layout->elements : sg_tensor_elements(rows->operand[0]);
  const int64_t work = rows->work ? rows->work : 1;
  row_sum s = {.terms = sg_row_for(call->context, call->dtype, row),
               .wide_terms = sg_row_for(call->context, SG_F64, row),
               .parameter = rows->parameter,
               .wide = wide,
               .block = sg_grain(work),
               .sums = scratch};
  const int64_t sums = sums_of(elements, s.block);
  for (int64_t i = 0; i < sums; i++) s.sums[i] = 0;
  sg_rows summing = *rows;
  summing.parameter = &s;
  sg_rows_compute(call, sg_row_sum_of_row, &summing);
  double sum = 0;
  for (int64_t i = 0; i < sums; i++) sum += s.sums[i];
  return sum;
}
