// SPDX-License-Identifier: GPL-3.0-or-later
//
// Losses of rows that hold one value per class, against the class that each row is of: x is (N, C), (C) or
// (N, C, d1, ...), target (N), () or (N, d1, ...), weight (C) or absent.
#ifndef SELENOGRAD_LOSS_CLASS_ROWS_H
#define SELENOGRAD_LOSS_CLASS_ROWS_H

#include "autograd/op.h"

enum { SG_CLASS_X, SG_CLASS_TARGET, SG_CLASS_WEIGHT }; // the inputs

int sg_class_dimension(const sg_shape *x);
// Refuses other shapes of x and weight; *rows is that of x without the classes.
sg_status sg_plan_rows_and_weight(sg_plan *plan, sg_shape *rows);
// Refuses other shapes; *rows is that of the target.
sg_status sg_plan_class_rows(sg_plan *plan, sg_shape *rows);
// Refuses targets that are neither a class nor *ignored (NULL: none is).
sg_status sg_check_targets(const sg_call *call, const int64_t *ignored);

#endif
