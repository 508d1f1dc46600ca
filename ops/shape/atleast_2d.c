// SPDX-License-Identifier: GPL-3.0-or-later
#include "ops/ops.h"
#include "ops/shape/view.h"

const sg_op op_atleast_2d = {
    SG_VIEW_AT_LEAST(atleast_2d, 2),
    SG_WORDS("Gives a tensor two dimensions or more, as a view.", "y = x, of a vector [1, n], of a scalar [1, 1]",
             "NumPy's atleast_2d"),
};

sg_tensor *sg_atleast_2d(sg_context *context, sg_tensor *x) {
  return sg_apply_one(context, &op_atleast_2d, 1, &x, NULL);
}
