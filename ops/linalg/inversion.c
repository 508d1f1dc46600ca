// SPDX-License-Identifier: GPL-3.0-or-later
#include "ops/linalg/inversion.h"

#include <math.h>
#include <string.h>

static sg_status shape(sg_plan *plan, sg_matrices *p) {
  p->work_bytes = sg_matrix_bytes(plan->output_dtype[0], p->n * SG_LAPACK_BLOCK) + p->n * (int64_t)sizeof(int32_t);
  return sg_matrices_same_shape(plan, p);
}

static const char *compute(const sg_matrix *x) {
  int32_t *exchanges = sg_matrix_work(x, sg_matrix_bytes(x->dtype, x->n * SG_LAPACK_BLOCK));
  const int64_t elements = x->n * x->n;
  if (!sg_matrix_is_finite(x)) {
    x->kernels->fill(elements, (double)NAN, x->out[0]);
    return NULL;
  }
  memcpy(x->out[0], x->in[0], (size_t)elements * sg_dtype_bytes(x->dtype));
  if (x->n == 0) return NULL;
  if (!sg_lapack_lu(x->dtype, x->n, x->out[0], exchanges)) return "is singular";
  sg_lapack_inverse(x->dtype, x->n, x->out[0], exchanges, x->work);
  return NULL;
}

const sg_matrices_member sg_inversion_member = {shape, compute, .square = true};

void sg_inversion_vjp(const sg_call *call) {
  sg_context *c = call->context;
  sg_tensor *transposed = sg_matrices_transposed(c, call->outputs[0]);
  call->d_inputs[0] = sg_neg(c, sg_matmul(c, sg_matmul(c, transposed, call->d_outputs[0]), transposed));
}

const sg_sample sg_inversion_samples[] = {
    {"by hand", SG_ON(SG_VALUES(SG_NUMBERS(1, 2, 3, 4), SG_DIMS(2, 2))), SG_GIVES(-2, 1, 1.5, -0.5)},
    {"matrix", SG_ON(SG_RANDN(3, 3))},
    {"batch", SG_ON(SG_SPD(2, 2, 4, 4))},
    {"exchanges", SG_ON(SG_VALUES(SG_NUMBERS(0, 0, 2, 4, 0, 0, 0, 5, 0), SG_DIMS(3, 3))),
     SG_GIVES(0, 0.25, 0, 0, 0, 0.2, 0.5, 0, 0)},
    {"one element", SG_ON(SG_VALUES(SG_NUMBERS(-4), SG_DIMS(1, 1))), SG_GIVES(-0.25)},
    {"no matrices", SG_ON(SG_RANDN(0, 2, 2))},
    {"empty matrices", SG_ON(SG_RANDN(2, 0, 0))},
    {"larger", SG_ON(SG_SPD(7, 7))},
    {.name = NULL}};

static const double second_singular[] = {1, 0, 0, 1, 1, 2, 2, 4};

const sg_sample sg_inversion_bad_samples[] = {
    {"not square", SG_ON(SG_RANDN(2, 3)), .error = "x has shape [2, 3], expected square matrices (..., n, n)"},
    {"vector", SG_ON(SG_RANDN(3)), .error = "x has shape [3], expected square matrices"},
    {"singular", SG_ON(SG_VALUES(SG_NUMBERS(1, 2, 2, 4), SG_DIMS(2, 2))), .error = "x [2, 2] is singular"},
    {"one of a batch", SG_ON(SG_VALUES(second_singular, SG_DIMS(2, 2, 2))), .error = " of x [2, 2, 2] is singular"},
    {"too large", SG_ON(SG_RANDN(0, 40000, 40000)), .error = "limited to 30000"},
    {.name = NULL}};
