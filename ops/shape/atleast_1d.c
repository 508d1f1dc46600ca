// SPDX-License-Identifier: GPL-3.0-or-later
#include "ops/ops.h"
#include "ops/shape/view.h"

const sg_op op_atleast_1d = {
    .name = "atleast_1d",
    SG_WORDS("Gives a tensor one dimension or more, as a view.", "y = x, of a scalar [1]", "NumPy's atleast_1d"),
    .family = &sg_view_family,
    .member = &(const sg_view_member){.shape = sg_view_shape_at_least, .least = 1},
    .samples = sg_view_ranks,
    .bad_samples = sg_view_no_tensor,
};

sg_tensor *sg_atleast_1d(sg_context *context, sg_tensor *x) {
  return sg_apply_one(context, &op_atleast_1d, 1, &x, NULL);
}
