// SPDX-License-Identifier: GPL-3.0-or-later
//
// What the engine asks while sg_set_detect_anomaly is on (anomaly.c).
#ifndef SELENOGRAD_ANOMALY_CHECK_H
#define SELENOGRAD_ANOMALY_CHECK_H

#include "autograd/node.h"

sg_status sg_anomaly_check_forward(const sg_plan *plan, sg_tensor *const *outputs);
sg_status sg_anomaly_check_backward(const sg_node *node, sg_tensor *const *d_inputs, const bool *needs);
// Writes down where the op was applied, in memory of the node's own.
sg_status sg_anomaly_note_place(sg_node *node);

#endif
