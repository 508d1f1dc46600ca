// SPDX-License-Identifier: GPL-3.0-or-later
#include "ops/ops.h"
#include "ops/shape/view.h"

const sg_op op_atleast_1d = {
    SG_VIEW_AT_LEAST(atleast_1d, 1),
    SG_WORDS("Gives a tensor one dimension or more, as a view.", "y = x, of a scalar [1]", "NumPy's atleast_1d"),
};

sg_tensor *sg_atleast_1d(sg_context *context, sg_tensor *x) {
  return sg_apply_one(context, &op_atleast_1d, 1, &x, NULL);
}
