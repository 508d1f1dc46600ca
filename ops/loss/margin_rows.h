// SPDX-License-Identifier: GPL-3.0-or-later
//
// The family of losses of rows of one x per class, in which the classes of a row are to lead the others by a margin
// (ops/kernels/margin_rows.h). A member is its words, ports and options, of which the first is `int reduction`,
// what the kernels read, its prepare and check, and the derivative by x as a composition; the loops, the reductions
// and the fused derivative are the family's. Gradients at h = 0 are 0.
#ifndef SELENOGRAD_LOSS_MARGIN_ROWS_H
#define SELENOGRAD_LOSS_MARGIN_ROWS_H

#include "ops/kernels/margin_rows.h"
#include "ops/loss/reduction.h"
#include "ops/ops.h"

typedef struct sg_margin_rows {
  bool of_lists; // the target of a row is a list of classes
  // Beside the tensors and sizes, that is margin and power.
  void (*read_options)(const void *options, margin_rows_arguments *arguments);
  sg_tensor *(*slope)(const sg_call *call); // of a row's loss, by x, without weight
} sg_margin_rows;

extern const sg_op sg_margin_rows_family;

// What a descriptor begins with: its name, the family, and the fields of sg_margin_rows.
#define SG_MARGIN_ROWS(op, ...)                                                                                    \
  .name = #op, .family = &sg_margin_rows_family, .member = &(const sg_margin_rows) { __VA_ARGS__ }

// The rest of prepare: `rows` is the shape of a loss for each row.
sg_status sg_margin_rows_plan(sg_plan *plan, const sg_shape *rows);
// For a slope that is a step: a constant, as the fused derivative has it for cotangents of 1.
sg_tensor *sg_margin_rows_steps(const sg_call *call);

#endif
