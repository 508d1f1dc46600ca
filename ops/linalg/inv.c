// SPDX-License-Identifier: GPL-3.0-or-later
#include "ops/linalg/inversion.h"

const sg_op op_inv = {SG_INVERSION(inv)};

sg_tensor *sg_inv(sg_context *context, sg_tensor *x) { return sg_apply_one(context, &op_inv, 1, &x, NULL); }
