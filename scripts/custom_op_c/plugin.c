// SPDX-License-Identifier: GPL-3.0-or-later
//
// What the library exports: its name and its ops.
#include <selenograd.h>

extern const sg_op op_swish, op_batch_rms_norm;

SG_PLUGIN("mine", &op_swish, &op_batch_rms_norm);
