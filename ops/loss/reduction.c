// SPDX-License-Identifier: GPL-3.0-or-later
#include "ops/loss/reduction.h"

const char *const sg_reduction_names[] = {"mean", "sum", "none", NULL};
const sg_loss_options sg_loss_defaults = {SG_REDUCTION_MEAN};
