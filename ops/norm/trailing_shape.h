// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef SELENOGRAD_TRAILING_SHAPE_H
#define SELENOGRAD_TRAILING_SHAPE_H

#include "ops/norm/normalization.h"

// Describes a norm over the last dimensions of x, with a parameter for each of their elements. Rejects a
// normalized_shape that x does not end with, or that is empty.
sg_status sg_norm_describe_trailing(const sg_plan *plan, const sg_shape *normalized,
                                    sg_norm_description *description);

#endif
