// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef SELENOGRAD_ELEMENTWISE_LENGTH_H
#define SELENOGRAD_ELEMENTWISE_LENGTH_H

#include "autograd/selenograd.h"

// s t / h with h = sqrt(a^2 + b^2), all of one shape: below the smallest normal number h itself has few digits.
sg_tensor *sg_over_hypot(sg_context *context, sg_tensor *s, sg_tensor *t, sg_tensor *a, sg_tensor *b);

#endif
