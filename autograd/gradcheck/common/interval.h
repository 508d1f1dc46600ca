// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef SELENOGRAD_GRADCHECK_INTERVAL_H
#define SELENOGRAD_GRADCHECK_INTERVAL_H

typedef struct interval {
  double low, high; // empty when low > high
} interval;

#endif
