// SPDX-License-Identifier: GPL-3.0-or-later
//
// Ops that write into their inputs: what must hold before anything is written. An output flagged SG_WRITTEN is the
// input of its name.
#ifndef SELENOGRAD_IN_PLACE_H
#define SELENOGRAD_IN_PLACE_H

#include "autograd/op.h"

// Refuses what would lose a gradient (a written tensor that requires one while recording is on, and likewise what
// is written into it), and two written tensors that share memory. Writes down for the guard of custom ops what
// flows into what.
sg_status sg_in_place_check(const sg_plan *plan);

// Presets the shapes and dtypes of written outputs, for prepare to leave or to say what it would give; and refuses
// what the tensor cannot take.
void sg_in_place_preset(sg_plan *plan);
sg_status sg_in_place_check_results(const sg_plan *plan);

// Counts the writes of an op into its written outputs; of another one there are none.
void sg_in_place_note(const sg_op *op, sg_tensor *const *outputs);

// Whether writing would change elements of input i that are still to be read, so that a copy must take its place.
// Elements in the same place are read before they are written, where the port says so (SG_SAME_PLACE).
bool sg_in_place_disturbs(const sg_plan *plan, int i);

#endif
