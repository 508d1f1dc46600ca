// SPDX-License-Identifier: GPL-3.0-or-later
#include "ops/ops.h"
#include "ops/shape/view.h"

const sg_op op_atleast_3d = {
    SG_VIEW_AT_LEAST(atleast_3d, 3),
    SG_WORDS("Gives a tensor three dimensions or more, as a view.",
             "y = x, of a matrix [m, n, 1], of a vector [1, n, 1], of a scalar [1, 1, 1]", "NumPy's atleast_3d"),
};

sg_tensor *sg_atleast_3d(sg_context *context, sg_tensor *x) {
  return sg_apply_one(context, &op_atleast_3d, 1, &x, NULL);
}
