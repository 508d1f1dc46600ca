// SPDX-License-Identifier: GPL-3.0-or-later
//
// Elementwise loops see rows: stretches in which every operand is dense or one number. What a row is part of,
// broadcasting and threads, is the business of ops/rows.c, once for all of them.
#ifndef SELENOGRAD_KERNELS_ROW_H
#define SELENOGRAD_KERNELS_ROW_H

#include <stdint.h>

#define SG_ROW_OPERANDS 5
#define SG_ROW_RESULTS 3

typedef struct sg_row {
  int64_t count;                        // elements, at least one
  const void *operand[SG_ROW_OPERANDS]; // may be a result too, if it is dense; NULL: absent
  int64_t stride[SG_ROW_OPERANDS];      // 1, or 0 for an operand that is one number
  void *result[SG_ROW_RESULTS];         // dense; NULL: not wanted
  const void *parameter;                // of the whole loop
  int64_t position;                     // of the first element in the whole result
} sg_row;

typedef void sg_row_function(const sg_row *row);

// sg_row_add and so on, the names of the rows.
typedef enum sg_row_name {
  sg_row_none,
#define ROW(name) sg_row_##name,
#define FLOATING_ROW(name) ROW(name)
#define ANY_ROW(name) ROW(name)
#include "ops/kernels/row_list.h"
#undef ROW
#undef FLOATING_ROW
#undef ANY_ROW
  sg_row_names
} sg_row_name;

// What a variant has for each name; NULL where the function makes no sense for its type.
typedef struct sg_row_table {
  sg_row_function *function[sg_row_names];
} sg_row_table;

#endif
