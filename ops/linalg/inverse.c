// SPDX-License-Identifier: GPL-3.0-or-later
#include "ops/linalg/inversion.h"

const sg_op op_inverse = {SG_INVERSION(inverse)};

sg_tensor *sg_inverse(sg_context *context, sg_tensor *x) { return sg_apply_one(context, &op_inverse, 1, &x, NULL); }
