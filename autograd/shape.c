// SPDX-License-Identifier: GPL-3.0-or-later
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "autograd/context.h"

// Every tensor's size in bytes then fits a signed 64-bit integer twice over.
static const int64_t maximum_elements = INT64_C(1) << 59;

bool sg_shape_equal(const sg_shape *a, const sg_shape *b) {
  if (a->rank != b->rank) return false;
  for (int d = 0; d < a->rank; d++) {
    if (a->size[d] != b->size[d]) return false;
  }
  return true;
}

sg_text sg_shape_text(const sg_shape *shape) {
  sg_text result;
  size_t used = 0, room = sizeof result.text;
  used += (size_t)snprintf(result.text, room, "[");
  int rank = shape->rank < SG_MAX_RANK ? shape->rank : SG_MAX_RANK; // a shape from elsewhere may claim more
  for (int d = 0; d < rank && used < room; d++) {
    used += (size_t)snprintf(result.text + used, room - used, "%s%" PRId64, d ? ", " : "", shape->size[d]);
  }
  if (used < room) snprintf(result.text + used, room - used, shape->rank > rank ? ", ...]" : "]");
  return result;
}

int64_t sg_shape_elements(const sg_shape *shape) {
  int64_t count = 1;
  for (int d = 0; d < shape->rank; d++) count *= shape->size[d];
  return count;
}

bool sg_shape_count(const sg_shape *shape, int64_t *count) {
  if (shape->rank < 0 || shape->rank > SG_MAX_RANK) return false;
  // Extents of zero must not hide an overflow: the bound holds for the product of the others.
  int64_t product = 1;
  bool empty = false;
  for (int d = 0; d < shape->rank; d++) {
    if (shape->size[d] < 0) return false;
    if (shape->size[d] == 0) {
      empty = true;
    } else if (__builtin_mul_overflow(product, shape->size[d], &product) || product > maximum_elements) {
      return false;
    }
  }
  *count = empty ? 0 : product;
  return true;
}

bool sg_shape_broadcast(const sg_shape *a, const sg_shape *b, sg_shape *result) {
  const sg_shape *longer = a->rank >= b->rank ? a : b, *shorter = a->rank >= b->rank ? b : a;
  int shift = longer->rank - shorter->rank;
  sg_shape both = *longer; // the result may be one of them
  for (int d = 0; d < shorter->rank; d++) {
    int64_t m = longer->size[shift + d], n = shorter->size[d];
    if (m != n && m != 1 && n != 1) return false;
    both.size[shift + d] = m == 1 ? n : m;
  }
  *result = both;
  return true;
}

int sg_shape_dimension(const sg_shape *shape, int64_t dimension) {
  if (dimension < -shape->rank || dimension >= shape->rank) return -1;
  return (int)(dimension < 0 ? dimension + shape->rank : dimension);
}
