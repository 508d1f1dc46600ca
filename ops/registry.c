// SPDX-License-Identifier: GPL-3.0-or-later
#include "ops/ops.h"

#define OP(name) extern const sg_op op_##name;
#include "ops/op_list.h"
#undef OP

static const sg_op *const builtin_ops[] = {
#define OP(name) &op_##name,
#include "ops/op_list.h"
#undef OP
    NULL,
};

const sg_op *const *sg_builtin_ops(void) { return builtin_ops; }
