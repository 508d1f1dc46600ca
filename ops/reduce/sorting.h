// SPDX-License-Identifier: GPL-3.0-or-later
//
// What sort and argsort share.
#ifndef SELENOGRAD_SORTING_H
#define SELENOGRAD_SORTING_H

#include "ops/reduce/ranks.h"

typedef struct sg_sort_options {
  int64_t dim;
  bool descending;
} sg_sort_options;

#define SG_SORT_OPTIONS                                                                                            \
  SG_OPTIONS(sg_sort_options, SG_CONSTANT(sg_sort_options, .dim = -1),                                             \
             SG_OPTION(sg_sort_options, dim, DIM, "the dimension to sort along; default the last"),                \
             SG_OPTION(sg_sort_options, descending, BOOL, "the largest first, equal elements in their order"))
#define SG_RADIX_SORT "Knuth, The Art of Computer Programming 3, 5.2.5 (radix sort)"

sg_status sg_sorting_prepare(sg_plan *plan);
extern const sg_sample sg_sorting_samples[];

#endif
