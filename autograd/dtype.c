// SPDX-License-Identifier: GPL-3.0-or-later
#include "autograd/dtype.h"

#include <string.h>

static const struct {
  const char *name;
  size_t bytes;
} dtypes[] = {
    [SG_F32] = {"f32", 4},   [SG_F64] = {"f64", 8}, [SG_I64] = {"i64", 8},
    [SG_BOOL] = {"bool", 1}, [SG_U8] = {"u8", 1},
};

static bool is_dtype(sg_dtype dtype) { return (unsigned)dtype - 1 < SG_DTYPES; }

size_t sg_dtype_bytes(sg_dtype dtype) { return is_dtype(dtype) ? dtypes[dtype].bytes : 8; }
const char *sg_dtype_name(sg_dtype dtype) { return is_dtype(dtype) ? dtypes[dtype].name : "unknown"; }
bool sg_dtype_is_floating(sg_dtype dtype) { return dtype == SG_F32 || dtype == SG_F64; }

sg_dtype sg_dtype_named(const char *name) {
  for (int i = 1; i <= SG_DTYPES; i++) {
    if (strcmp(dtypes[i].name, name) == 0) return (sg_dtype)i;
  }
  return (sg_dtype)0;
}

sg_dtype sg_dtype_promoted(sg_dtype a, sg_dtype b) {
  static const unsigned char width[] = {[SG_BOOL] = 1, [SG_U8] = 2, [SG_I64] = 3, [SG_F32] = 4, [SG_F64] = 4};
  if (a == b) return a;
  return width[a] == width[b] ? (sg_dtype)0 : width[a] > width[b] ? a : b;
}

// ---- One element --------------------------------------------------------------------------------------------

#define INLINE static inline __attribute__((always_inline)) // the dtype, a constant, dissolves into the loop

INLINE double real_at(sg_dtype dtype, const void *data, int64_t i) {
  switch (dtype) {
  case SG_F32: return (double)((const float *)data)[i];
  case SG_F64: return ((const double *)data)[i];
  case SG_I64: return (double)((const int64_t *)data)[i];
  case SG_BOOL:
  case SG_U8: return (double)((const uint8_t *)data)[i];
  }
  return 0;
}

INLINE int64_t integer_at(sg_dtype dtype, const void *data, int64_t i) {
  switch (dtype) {
  case SG_F32: return (int64_t)((const float *)data)[i];
  case SG_F64: return (int64_t)((const double *)data)[i];
  case SG_I64: return ((const int64_t *)data)[i];
  case SG_BOOL:
  case SG_U8: return ((const uint8_t *)data)[i];
  }
  return 0;
}

double sg_dtype_real(sg_dtype dtype, const void *data, int64_t position) { return real_at(dtype, data, position); }
int64_t sg_dtype_integer(sg_dtype dtype, const void *data, int64_t position) {
  return integer_at(dtype, data, position);
}

INLINE void convert_element(void *target, const void *source, sg_dtype to, sg_dtype from, int64_t i) {
  switch (to) {
  case SG_F32:
    if (from == SG_I64) ((float *)target)[i] = (float)((const int64_t *)source)[i];
    else if (from == SG_U8) ((float *)target)[i] = (float)((const uint8_t *)source)[i];
    else ((float *)target)[i] = (float)real_at(from, source, i);
    break;
  case SG_F64: ((double *)target)[i] = real_at(from, source, i); break;
  case SG_I64: ((int64_t *)target)[i] = integer_at(from, source, i); break;
  case SG_BOOL:
    ((uint8_t *)target)[i] =
        sg_dtype_is_floating(from) ? real_at(from, source, i) != 0 : integer_at(from, source, i) != 0;
    break;
  case SG_U8: ((uint8_t *)target)[i] = (uint8_t)integer_at(from, source, i); break;
  }
}

// ---- Loops --------------------------------------------------------------------------------------------------

INLINE void convert_pair(const sg_conversion *c, sg_dtype to, sg_dtype from, int64_t begin, int64_t end) {
  void *restrict target = c->target;
  const void *restrict source = c->source;
  for (int64_t i = begin; i < end; i++) convert_element(target, source, to, from, i);
}

INLINE void convert_to(const sg_conversion *c, sg_dtype to, int64_t begin, int64_t end) {
  switch (c->from) {
  case SG_F32: convert_pair(c, to, SG_F32, begin, end); break;
  case SG_F64: convert_pair(c, to, SG_F64, begin, end); break;
  case SG_I64: convert_pair(c, to, SG_I64, begin, end); break;
  case SG_BOOL:
  case SG_U8: convert_pair(c, to, SG_U8, begin, end); break;
  }
}

void sg_dtype_convert(const void *conversion, int64_t begin, int64_t end) {
  const sg_conversion *c = conversion;
  if (c->to == c->from) {
    size_t bytes = sg_dtype_bytes(c->to), offset = (size_t)begin * bytes;
    memmove((char *)c->target + offset, (const char *)c->source + offset, (size_t)(end - begin) * bytes);
    return;
  }
  switch (c->to) {
  case SG_F32: convert_to(c, SG_F32, begin, end); break;
  case SG_F64: convert_to(c, SG_F64, begin, end); break;
  case SG_I64: convert_to(c, SG_I64, begin, end); break;
  case SG_BOOL: convert_to(c, SG_BOOL, begin, end); break;
  case SG_U8: convert_to(c, SG_U8, begin, end); break;
  }
}

// low <= value < high once it is cut to a whole number, which is false for NaN. The ends are exact in f32 too.
INLINE int64_t first_real_outside(sg_dtype from, const void *source, int64_t i, int64_t end, double low,
                                  double high) {
  while (i < end && real_at(from, source, i) > low && real_at(from, source, i) < high) i++;
  return i < end ? i : -1;
}

int64_t sg_dtype_first_outside(sg_dtype to, sg_dtype from, const void *source, int64_t begin, int64_t end) {
  if (to == SG_I64 && from == SG_F32) return first_real_outside(SG_F32, source, begin, end, -0x1.000002p63, 0x1p63);
  if (to == SG_I64 && from == SG_F64)
    return first_real_outside(SG_F64, source, begin, end, -0x1.0000000000001p63, 0x1p63);
  if (to != SG_U8) return -1;
  if (from == SG_F32) return first_real_outside(SG_F32, source, begin, end, -1, 256);
  if (from == SG_F64) return first_real_outside(SG_F64, source, begin, end, -1, 256);
  if (from == SG_I64) {
    const int64_t *data = source;
    int64_t i = begin;
    while (i < end && data[i] >= 0 && data[i] <= UINT8_MAX) i++;
    return i < end ? i : -1;
  }
  return -1;
}

void sg_dtype_fill(sg_dtype dtype, void *data, int64_t count, double value, int64_t integer) {
  switch (dtype) {
  case SG_F32:
    for (int64_t i = 0; i < count; i++) ((float *)data)[i] = (float)value;
    break;
  case SG_F64:
    for (int64_t i = 0; i < count; i++) ((double *)data)[i] = value;
    break;
  case SG_I64:
    for (int64_t i = 0; i < count; i++) ((int64_t *)data)[i] = integer;
    break;
  case SG_BOOL: memset(data, integer != 0, (size_t)count); break;
  case SG_U8: memset(data, (uint8_t)integer, (size_t)count); break;
  }
}

void sg_dtype_repeat(sg_dtype dtype, void *data, int64_t count) {
  switch (sg_dtype_bytes(dtype)) {
  case 1: memset(data, *(const uint8_t *)data, (size_t)count); break;
  case 4:
    for (int64_t i = 1; i < count; i++) ((uint32_t *)data)[i] = *(const uint32_t *)data;
    break;
  default:
    for (int64_t i = 1; i < count; i++) ((uint64_t *)data)[i] = *(const uint64_t *)data;
  }
}
