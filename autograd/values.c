// SPDX-License-Identifier: GPL-3.0-or-later
//
// Where the values of tensors come from: filling, conversion between dtypes, assignment. An i64 element is never
// made from what is no whole number or does not fit, and no integer passes through a double on its way.
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "autograd/custom.h"
#include "autograd/internal.h"

// ---- Filling ------------------------------------------------------------------------------------

// Of two forms of one value, that which the dtype takes; a float from an integer is rounded once.
static void fill(sg_tensor *tensor, double value, int64_t integer) {
  int64_t n = tensor->elements;
  if (tensor->dtype == SG_F32) {
    float *data = tensor->data, v = (float)value;
    for (int64_t i = 0; i < n; i++) data[i] = v;
  } else if (tensor->dtype == SG_F64) {
    double *data = tensor->data;
    for (int64_t i = 0; i < n; i++) data[i] = value;
  } else {
    int64_t *data = tensor->data;
    for (int64_t i = 0; i < n; i++) data[i] = integer;
  }
}

// printf shows the sign of a NaN, which means nothing.
static sg_text number_text(double value) {
  sg_text text;
  snprintf(text.text, sizeof text.text, isnan(value) ? "nan" : "%.17g", value);
  return text;
}

static double as_double(sg_dtype dtype, int64_t integer) {
  return dtype == SG_F32 ? (double)(float)integer : (double)integer;
}

// A double stands for an integer up to 2^53; beyond, it may be the neighbour of the one that was meant.
static sg_status whole_number(sg_context *context, sg_dtype dtype, double value, int64_t *integer) {
  const double bound = 0x1p53;
  *integer = 0;
  if (dtype != SG_I64) return SG_OK;
  if (!(value >= -bound && value <= bound && value == trunc(value))) {
    return sg_error(context, SG_INVALID_ARGUMENT, "an i64 tensor cannot hold the value %s",
                    number_text(value).text);
  }
  *integer = (int64_t)value;
  return SG_OK;
}

sg_tensor *sg_make_filled(sg_context *context, sg_dtype dtype, const sg_shape *shape, double value) {
  int64_t integer;
  if (context->status || whole_number(context, dtype, value, &integer)) return NULL;
  sg_tensor *tensor = sg_make_tensor(context, dtype, shape);
  if (tensor) fill(tensor, value, integer);
  return tensor;
}

sg_tensor *sg_tensor_new(sg_context *context, sg_dtype dtype, const sg_shape *shape) {
  return sg_scope_give(context, sg_make_tensor(context, dtype, shape));
}

sg_tensor *sg_tensor_full(sg_context *context, sg_dtype dtype, const sg_shape *shape, double value) {
  return sg_scope_give(context, sg_make_filled(context, dtype, shape, value));
}

sg_tensor *sg_tensor_full_integer(sg_context *context, sg_dtype dtype, const sg_shape *shape, int64_t value) {
  sg_tensor *tensor = sg_tensor_new(context, dtype, shape);
  if (tensor) fill(tensor, as_double(dtype, value), value);
  return tensor;
}

sg_tensor *sg_tensor_scalar(sg_context *context, sg_dtype dtype, double value) {
  return sg_tensor_full(context, dtype, &(sg_shape){0}, value);
}

sg_tensor *sg_tensor_from(sg_context *context, sg_dtype dtype, const sg_shape *shape, const void *data) {
  sg_tensor *tensor = sg_tensor_new(context, dtype, shape);
  if (tensor && tensor->elements) memcpy(tensor->data, data, sg_tensor_bytes(tensor));
  return tensor;
}

sg_status sg_tensor_fill(sg_tensor *tensor, double value) {
  sg_context *context = tensor->context;
  int64_t integer;
  if (context->status || whole_number(context, tensor->dtype, value, &integer)) return context->status;
  if (sg_tensor_write(tensor, "fill_")) fill(tensor, value, integer);
  return context->status;
}

sg_status sg_tensor_fill_integer(sg_tensor *tensor, int64_t value) {
  if (sg_tensor_write(tensor, "fill_")) fill(tensor, as_double(tensor->dtype, value), value);
  return tensor->context->status;
}

// ---- Converting ---------------------------------------------------------------------------------

// -2^63 <= value < 2^63, which is false for NaN; both ends are exact in f32 too.
static int64_t first_outside(const sg_tensor *source) {
  const int64_t n = source->elements;
  int64_t i = 0;
  if (source->dtype == SG_F32) {
    const float *data = source->data;
    while (i < n && data[i] >= -0x1p63F && data[i] < 0x1p63F) i++;
  } else if (source->dtype == SG_F64) {
    const double *data = source->data;
    while (i < n && data[i] >= -0x1p63 && data[i] < 0x1p63) i++;
  } else {
    return -1;
  }
  return i < n ? i : -1;
}

sg_status sg_tensor_check_integers(const sg_tensor *source, const char *function, const char *name) {
  sg_context *context = source->context;
  int64_t i = context->status ? -1 : first_outside(source);
  if (i < 0) return context->status;
  return sg_error(context, SG_INVALID_ARGUMENT, "%s: %s holds %s (element %lld), which no i64 can be", function,
                  name, number_text(sg_tensor_value(source, i)).text, (long long)(i + context->index_base));
}

// The source fits: sg_tensor_check_integers was asked. f64 to f32 rounds to the nearest, which from
// about 3.4028236e38 on is infinity.
static void convert(sg_tensor *target, const sg_tensor *source) {
  int64_t n = source->elements;
  if (target->dtype == source->dtype) {
    if (n) memmove(target->data, source->data, sg_tensor_bytes(source));
  } else if (target->dtype == SG_I64) {
    int64_t *data = target->data;
    for (int64_t i = 0; i < n; i++) data[i] = (int64_t)sg_tensor_value(source, i);
  } else if (target->dtype == SG_F64) {
    double *data = target->data;
    for (int64_t i = 0; i < n; i++) data[i] = sg_tensor_value(source, i);
  } else if (source->dtype == SG_F64) {
    float *data = target->data;
    for (int64_t i = 0; i < n; i++) data[i] = (float)((const double *)source->data)[i];
  } else { // not through a double, which would round twice
    float *data = target->data;
    for (int64_t i = 0; i < n; i++) data[i] = (float)((const int64_t *)source->data)[i];
  }
}

sg_tensor *sg_tensor_to(sg_context *context, sg_tensor *tensor, sg_dtype dtype) {
  if (context->status || (dtype == SG_I64 && sg_tensor_check_integers(tensor, "to", "x"))) return NULL;
  sg_tensor *result = sg_tensor_new(context, dtype, &tensor->shape);
  if (result) convert(result, tensor);
  if (result) sg_guard_copy(tensor, result);
  return result;
}

sg_tensor *sg_tensor_copy(sg_context *context, sg_tensor *tensor) {
  return context->status ? NULL : sg_tensor_to(context, tensor, tensor->dtype);
}

// ---- Assigning ----------------------------------------------------------------------------------

sg_status sg_tensor_assign(sg_tensor *tensor, sg_tensor *source) {
  return sg_tensor_assign_as(tensor, source, "copy_");
}

sg_status sg_tensor_assign_as(sg_tensor *tensor, sg_tensor *source, const char *writer) {
  sg_context *context = tensor->context;
  if (context->status) return context->status;
  if (source->context != context || !sg_shape_equal(&tensor->shape, &source->shape)) {
    return sg_error(context, SG_INVALID_ARGUMENT, "%s: the source has shape %s, expected %s", writer,
                    sg_shape_text(&source->shape).text, sg_shape_text(&tensor->shape).text);
  }
  if (source->requires_grad && context->grad_enabled) {
    return sg_error(context, SG_INVALID_STATE,
                    "%s: the source requires a gradient, which an in-place write would lose; detach it first",
                    writer);
  }
  if (tensor->dtype == SG_I64 && sg_tensor_check_integers(source, writer, "the source")) return context->status;
  if (sg_tensor_may_receive(tensor, source, writer)) return context->status;
  if (sg_tensor_write(tensor, writer)) convert(tensor, source);
  return context->status;
}
