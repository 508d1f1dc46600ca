// SPDX-License-Identifier: GPL-3.0-or-later
//
// det(x), the product of the diagonal of a factorization.  d_x = d_y C with the matrix C of cofactors.
#include "ops/linalg/matrices.h"

static sg_status shape(sg_plan *plan, sg_matrices *p) {
  sg_matrices_output(plan, p, 0, 0, 0, 0);
  p->work_bytes = sg_matrix_bytes(plan->output_dtype[0], p->n * p->n) + p->n * (int64_t)sizeof(int32_t);
  return SG_OK;
}

static const char *compute(const sg_matrix *x) {
  const matrix_number factors = sg_matrix_lu(x, x->work);
  x->kernels->write(x->out[0], 0, 1);
  x->kernels->scale(1, factors, x->out[0]);
  return NULL;
}

static void vjp(const sg_call *call) {
  sg_context *c = call->context;
  call->d_inputs[0] = sg_mul(c, sg_matrices_single(c, call->d_outputs[0]), sg_cofactor(c, call->inputs[0]));
}

const sg_op op_det = {
    SG_MATRICES(det, shape, compute, vjp, .square = true),
    SG_WORDS("The determinants of square matrices. Of a singular one it is 0, and has a derivative; the second "
             "derivative is there for invertible ones.",
             "y = det(x), d_x = d_y C with the cofactors C of x",
             SG_GILES("2.2.4") "; Magnus and Neudecker, Matrix Differential Calculus, 2019, section 8.3"),
    .outputs = SG_PORTS({"y", 0, "(...)"}),
    .save_inputs = 1 << 0,
    .samples = SG_SAMPLES(
        {"by hand", SG_ON(SG_VALUES(SG_NUMBERS(1, 2, 3, 4), SG_DIMS(2, 2))), SG_GIVES(-2)},
        {"matrix", SG_ON(SG_RANDN(3, 3))}, {"batch", SG_ON(SG_RANDN(2, 2, 4, 4))},
        {"exchanges", SG_ON(SG_VALUES(SG_NUMBERS(0, 0, 2, 3, 0, 0, 0, 5, 0), SG_DIMS(3, 3))), SG_GIVES(30)},
        {"one element", SG_ON(SG_VALUES(SG_NUMBERS(-3), SG_DIMS(1, 1))), SG_GIVES(-3)},
        {"of nothing", SG_ON(SG_RANDN(2, 0, 0)), SG_GIVES(1, 1)}, {"larger", SG_ON(SG_RANDN(7, 7))}),
    .bad_samples = SG_SAMPLES({"not square", SG_ON(SG_RANDN(2, 3)), .error = "x has shape [2, 3], expected square"},
                              {"vector", SG_ON(SG_RANDN(3)), .error = "expected square matrices"}),
};

sg_tensor *sg_det(sg_context *context, sg_tensor *x) { return sg_apply_one(context, &op_det, 1, &x, NULL); }
