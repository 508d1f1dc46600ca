// SPDX-License-Identifier: GPL-3.0-or-later
//
// Where numbers stop being numbers (anomaly.c).
#ifndef SELENOGRAD_ANOMALY_H
#define SELENOGRAD_ANOMALY_H

#include "autograd/selenograd.h"

SG_PUBLIC_BEGIN

// While it is enabled, an error names the first op that gives a NaN or an infinity where its floating inputs are
// finite, the first NaN that comes in from outside, and in a backward pass the first derivative that gives one
// where what arrives is finite; there also where the op was applied (sg_set_place). Every result is looked through,
// so everything takes about twice the time. Returns whether it was enabled before.
bool sg_set_detect_anomaly(sg_context *context, bool enabled);
bool sg_detects_anomaly(const sg_context *context);

SG_PUBLIC_END

#endif
