// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef SELENOGRAD_LINALG_H
#define SELENOGRAD_LINALG_H

#include "autograd/selenograd.h"

SG_PUBLIC_BEGIN

// The matrix product over the last two dimensions; the dimensions before them broadcast. A tensor of one dimension
// is a row on the left and a column on the right, and that dimension is absent from the result.
sg_tensor *sg_matmul(sg_context *context, sg_tensor *a, sg_tensor *b);

// y = x weight' + bias: x is (..., in), weight (out, in), bias (out) or NULL, y (..., out).
sg_tensor *sg_linear(sg_context *context, sg_tensor *x, sg_tensor *weight, sg_tensor *bias);

// ---- The library behind the products ----------------------------------------------------------------

typedef struct sg_products_info {
  const char *library;     // what OpenBLAS says of itself: "OpenBLAS 0.3.21 NO_LAPACKE DYNAMIC_ARCH ..."
  const char *core;        // the processor whose routines it has chosen: "Haswell"
  const char *better_core; // the one it should have chosen for this processor, NULL when that will do: a value for
                           // the environment variable OPENBLAS_CORETYPE, which OpenBLAS reads when it is loaded
} sg_products_info;

sg_products_info sg_products_describe(void);

// Decides now, for both floating dtypes, what is otherwise decided before the first product: OpenBLAS computes
// products, unless it multiplies small matrices of whole numbers wrongly in any form, has chosen slow routines for
// the processor by itself, or has no address space for its buffers. Then Selenograd's own loops do. Takes a
// millisecond.
sg_status sg_products_decide(sg_context *context);
// Why products of this dtype are computed by Selenograd's own loops in this context: a sentence. NULL when OpenBLAS
// computes them, or nothing is decided yet.
const char *sg_products_warning(const sg_context *context, sg_dtype dtype);

SG_PUBLIC_END

#endif
