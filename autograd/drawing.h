// SPDX-License-Identifier: GPL-3.0-or-later
//
// Distributions of random elements. Element i takes number i of the stream, or numbers that follow from i, so
// whoever computes it, in whatever order, finds the same.
#ifndef SELENOGRAD_DRAWING_H
#define SELENOGRAD_DRAWING_H

#include "autograd/op.h"

typedef enum sg_distribution {
  SG_UNIFORM,     // floating, in [a, b)
  SG_NORMAL,      // floating, with mean a and standard deviation b
  SG_INTEGERS,    // i64, in [low, low + bound)
  SG_PERMUTATION, // i64, low and what follows; each element moves one before it, so in one piece only
} sg_distribution;

typedef struct sg_drawing {
  sg_distribution distribution;
  double a, b;
  int64_t low;
  uint64_t bound;
  sg_random_state start; // of the numbers that the drawing takes, sg_drawing_numbers of them
  sg_dtype dtype;
  void *target;
} sg_drawing;

int64_t sg_drawing_numbers(sg_distribution distribution, int64_t elements);
void sg_draw(const void *drawing, int64_t begin, int64_t end); // an sg_kernel over the elements

#endif
