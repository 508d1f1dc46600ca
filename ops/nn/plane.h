// SPDX-License-Identifier: GPL-3.0-or-later
//
// What plane_gather and plane_scatter share.
#ifndef SELENOGRAD_PLANE_H
#define SELENOGRAD_PLANE_H

#include "autograd/op.h"

// Rejects an index (N, C, h, w) whose values are not positions in a plane of `pixels` pixels.
sg_status sg_plane_check_index(const sg_plan *plan, sg_tensor *index, int64_t pixels);

#endif
