// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef SELENOGRAD_SELECT_KERNELS_H
#define SELENOGRAD_SELECT_KERNELS_H

#include "autograd/op.h"
#include "ops/kernels/kernels.h"
#include "ops/kernels/row.h"

// The kernels for a dtype on the instruction set the context runs with.
const sg_kernels *sg_kernels_for(const sg_context *context, sg_dtype dtype);

// The kernels that move elements of any dtype.
const move_kernels *sg_move_kernels(const sg_context *context, sg_dtype dtype);

// The kernels that add what an index deals out, for the dtypes that numbers can be added in: f32, f64, i64.
const index_kernels *sg_index_kernels(const sg_context *context, sg_dtype dtype);

// The row function of that name for a dtype; NULL where there is none.
sg_row_function *sg_row_for(const sg_context *context, sg_dtype dtype, sg_row_name name);

#endif
