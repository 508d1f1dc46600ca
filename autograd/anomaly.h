// SPDX-License-Identifier: GPL-3.0-or-later
//
// Where numbers stop being numbers (anomaly.c).
#ifndef SELENOGRAD_ANOMALY_H
#define SELENOGRAD_ANOMALY_H

#include "autograd/selenograd.h"

SG_PUBLIC_BEGIN

// Writes where in the user's program an op is being applied, such as "model.lua:12"; at most `size` bytes with the
// end of the text.
typedef void sg_place_function(void *user, char *text, size_t size);

// While it is enabled, an error names the first op that gives a NaN or an infinity where its floating inputs are
// finite, the first NaN that comes in from outside, and in a backward pass the first derivative that gives one
// where what arrives is finite; there also where the op was applied, as `place` says (it may be NULL). Every result
// is looked through, so everything takes about twice the time. Returns whether it was enabled before.
bool sg_set_detect_anomaly(sg_context *context, bool enabled, sg_place_function *place, void *user);
bool sg_detects_anomaly(const sg_context *context);

SG_PUBLIC_END

#endif
