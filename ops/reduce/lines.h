// SPDX-License-Identifier: GPL-3.0-or-later
//
// A tensor as lines along one dimension: (outer, count, inner).
#ifndef SELENOGRAD_LINES_H
#define SELENOGRAD_LINES_H

#include "autograd/op.h"

typedef struct sg_lines {
  int dimension;
  int64_t outer, count, inner; // 1 where there are no elements
} sg_lines;

// The options of an op that needs to know no more, and those of a sample.
typedef struct sg_line_options {
  int64_t dim;
} sg_line_options;

#define SG_LINE(dimension) SG_WITH(sg_line_options, dimension)
#define SG_LINE_OPTIONS(words)                                                                                     \
  SG_OPTIONS(sg_line_options, SG_CONSTANT(sg_line_options, -1),                                                    \
             SG_OPTION(sg_line_options, dim, DIM, words, SG_REQUIRED))

// For backward: d_x of lines of which `kept` elements each were taken, those at `positions`.
void sg_lines_return(const sg_call *call, const sg_lines *lines, int64_t kept, const void *d_y,
                     const sg_tensor *positions);

// Resolves the dimension of input 0, or rejects. A scalar is one element on one dimension.
sg_status sg_lines_prepare(const sg_plan *plan, int64_t dim, sg_lines *lines);

#endif
