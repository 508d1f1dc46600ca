// SPDX-License-Identifier: GPL-3.0-or-later
//
// Directional mode: derivatives along random directions through one input, and those of some of its elements.
#ifndef SELENOGRAD_GRADCHECK_DIRECTIONS_H
#define SELENOGRAD_GRADCHECK_DIRECTIONS_H

#include "autograd/gradcheck/verdict/verdict.h"

// What directional mode has found out about one input so far.
typedef struct directions {
  bool finished;
  int drawn;                      // directions compared
  int probes;                     // those that told something ...
  double *reach;                  // ... and the reach of each: see miss.c
  int joined;                     // at kinks that no choice of subgradients for each explains
  int lost;                       // directions that told nothing and were drawn anew ...
  sg_gradcheck_counts counts;     // ... inconclusive: those whose differences do not confirm each other
  bool far;                       // one of them told something only at very long steps
  bool avoid_zeros;               // zeros are kinks, as it seems: directions leave them alone
  bool exhausted;                 // the budget is spent
  char reason[256];               // for the worst verdict of a direction
  int64_t usable, zeros;          // elements that are compared; how many of them are 0
  int64_t cursor, stride, walked; // the walk over all elements from which samples are taken
  int64_t sampled, capacity;      // samples: the arrays below
  int64_t *positions;
  double *analytic;
  comparison *results;
  double *sample_reach;             // of each sample, like that of a direction
  verdict_experience along, beside; // directions and elements
} directions;

// Gets ready; memory belongs to the current scope.
sg_status directions_start(point *p, int i, uint64_t seed, directions *state);
// Compares one direction and some elements of input i under the weights in force.
sg_status directions_probe(point *p, int i, const sg_gradcheck_options *options, uint64_t seed, directions *state);
// Fills `input` with what was found.
sg_status directions_conclude(point *p, int i, const sg_gradcheck_options *options, directions *state,
                              sg_gradcheck_input *input);

#endif
