// SPDX-License-Identifier: GPL-3.0-or-later
//
// Where the values of tensors come from: filling, conversion between dtypes, detaching, assignment. An integer is
// never made from what is no whole number or does not fit, and no integer passes through a double on its way.
#include <math.h>
#include <stdio.h>

#include "autograd/dtype.h"
#include "autograd/execute.h"
#include "autograd/guard.h"
#include "autograd/lifetime.h"
#include "autograd/scope.h"

// ---- What a dtype can hold --------------------------------------------------------------------------

// printf shows the sign of a NaN, which means nothing.
static sg_text number_text(double value) {
  sg_text text;
  snprintf(text.text, sizeof text.text, isnan(value) ? "nan" : "%.17g", value);
  return text;
}

static sg_text element_text(const sg_tensor *tensor, int64_t i) {
  if (sg_dtype_is_floating(tensor->dtype)) return number_text(sg_dtype_real(tensor->dtype, tensor->data, i));
  sg_text text;
  snprintf(text.text, sizeof text.text, "%lld", (long long)sg_dtype_integer(tensor->dtype, tensor->data, i));
  return text;
}

static double as_double(sg_dtype dtype, int64_t integer) {
  return dtype == SG_F32 ? (double)(float)integer : (double)integer;
}

static const char *article(sg_dtype dtype) { return dtype == SG_I64 || sg_dtype_is_floating(dtype) ? "an" : "a"; }

static sg_status refuse_value(sg_context *context, sg_dtype dtype, const char *value) {
  return sg_error(context, SG_INVALID_ARGUMENT, "%s %s tensor cannot hold the value %s", article(dtype),
                  sg_dtype_name(dtype), value);
}

// The integer that a double stands for in a tensor of integers. It stands for one up to 2^53; beyond, it may be the
// neighbour of the one that was meant. A bool is whether it is not 0.
static sg_status whole_number(sg_context *context, sg_dtype dtype, double value, int64_t *integer) {
  *integer = 0;
  if (sg_dtype_is_floating(dtype)) return SG_OK;
  if (dtype == SG_BOOL && !isnan(value)) {
    *integer = value != 0;
    return SG_OK;
  }
  const double low = dtype == SG_U8 ? 0 : -0x1p53, high = dtype == SG_U8 ? UINT8_MAX : 0x1p53;
  if (!(value >= low && value <= high && value == trunc(value))) {
    return refuse_value(context, dtype, number_text(value).text);
  }
  *integer = (int64_t)value;
  return SG_OK;
}

static sg_status check_integer(sg_context *context, sg_dtype dtype, int64_t value) {
  if (dtype != SG_U8 || (value >= 0 && value <= UINT8_MAX)) return SG_OK;
  sg_text text;
  snprintf(text.text, sizeof text.text, "%lld", (long long)value);
  return refuse_value(context, dtype, text.text);
}

sg_status sg_tensor_check_range(const sg_tensor *source, sg_dtype dtype, const char *function, const char *name) {
  sg_context *context = source->context;
  if (context->status) return context->status;
  int64_t i = sg_dtype_first_outside(dtype, source->dtype, source->data, 0, source->elements);
  if (i < 0) return SG_OK;
  return sg_error(context, SG_INVALID_ARGUMENT, "%s: %s holds %s (element %lld), which no %s can be", function,
                  name, element_text(source, i).text, (long long)(i + context->index_base), sg_dtype_name(dtype));
}

// ---- Numbers as they were given ---------------------------------------------------------------------

sg_number sg_whole(int64_t integer) { return (sg_number){(double)integer, integer, true}; }

sg_number sg_real(double value) {
  const bool whole = value >= -0x1p63 && value < 0x1p63 && value == trunc(value) && value != 0;
  return (sg_number){value, whole ? (int64_t)value : 0, whole};
}

bool sg_number_fits(sg_dtype dtype, sg_number number) {
  if (sg_dtype_is_floating(dtype)) return true;
  if (dtype == SG_BOOL) return !isnan(number.value);
  if (!number.whole && number.value != 0) return false;
  return dtype == SG_I64 || (number.integer >= 0 && number.integer <= UINT8_MAX);
}

sg_status sg_number_check(sg_context *context, sg_dtype dtype, sg_number number) {
  if (context->status || sg_number_fits(dtype, number)) return context->status;
  if (number.whole) return check_integer(context, dtype, number.integer);
  return refuse_value(context, dtype, number_text(number.value).text);
}

void sg_number_fill(sg_dtype dtype, void *data, int64_t count, sg_number number) {
  const int64_t integer = number.whole ? number.integer : number.value != 0;
  sg_dtype_fill(dtype, data, count, number.whole ? as_double(dtype, integer) : number.value, integer);
}

// ---- Filling ------------------------------------------------------------------------------------

sg_tensor *sg_make_filled(sg_context *context, sg_dtype dtype, const sg_shape *shape, double value) {
  int64_t integer;
  if (context->status || whole_number(context, dtype, value, &integer)) return NULL;
  sg_tensor *tensor = sg_make_tensor(context, dtype, shape);
  if (tensor) sg_execute_fill(tensor, value, integer);
  return tensor;
}

sg_tensor *sg_tensor_new(sg_context *context, sg_dtype dtype, const sg_shape *shape) {
  return sg_scope_give(context, sg_make_tensor(context, dtype, shape));
}

sg_tensor *sg_tensor_full(sg_context *context, sg_dtype dtype, const sg_shape *shape, double value) {
  return sg_scope_give(context, sg_make_filled(context, dtype, shape, value));
}

sg_tensor *sg_tensor_full_integer(sg_context *context, sg_dtype dtype, const sg_shape *shape, int64_t value) {
  if (context->status || check_integer(context, dtype, value)) return NULL;
  sg_tensor *tensor = sg_tensor_new(context, dtype, shape);
  if (tensor) sg_execute_fill(tensor, as_double(dtype, value), value);
  return tensor;
}

sg_tensor *sg_tensor_scalar(sg_context *context, sg_dtype dtype, double value) {
  return sg_tensor_full(context, dtype, &(sg_shape){0}, value);
}

sg_tensor *sg_tensor_from(sg_context *context, sg_dtype dtype, const sg_shape *shape, const void *data) {
  sg_tensor *tensor = sg_tensor_new(context, dtype, shape);
  if (tensor) sg_execute_take(tensor, 0, tensor->elements, data);
  return tensor;
}

sg_status sg_tensor_fill(sg_tensor *tensor, double value) {
  sg_context *context = tensor->context;
  int64_t integer;
  if (context->status || whole_number(context, tensor->dtype, value, &integer)) return context->status;
  if (sg_tensor_write(tensor, "fill_")) sg_execute_fill(tensor, value, integer);
  return context->status;
}

sg_status sg_tensor_fill_integer(sg_tensor *tensor, int64_t value) {
  sg_context *context = tensor->context;
  if (context->status || check_integer(context, tensor->dtype, value)) return context->status;
  if (sg_tensor_write(tensor, "fill_")) sg_execute_fill(tensor, as_double(tensor->dtype, value), value);
  return context->status;
}

sg_status sg_tensor_put(sg_tensor *tensor, int64_t start, int64_t count, const void *data, const char *writer) {
  sg_context *context = tensor->context;
  if (context->status) return context->status;
  if (start < 0 || count < 0 || count > tensor->elements - start) {
    return sg_error(context, SG_INVALID_ARGUMENT,
                    "%s: %lld elements from position %lld on do not fit into a tensor of shape %s", writer,
                    (long long)count, (long long)start, sg_shape_text(&tensor->shape).text);
  }
  if (sg_tensor_write(tensor, writer)) sg_execute_take(tensor, start, count, data);
  return context->status;
}

// ---- Converting ---------------------------------------------------------------------------------

sg_tensor *sg_tensor_to(sg_context *context, sg_tensor *tensor, sg_dtype dtype) {
  if (context->status || sg_tensor_check_range(tensor, dtype, "to", "x")) return NULL;
  sg_tensor *result = sg_tensor_new(context, dtype, &tensor->shape);
  if (result) sg_execute_convert(result, tensor);
  if (result) sg_guard_copy(tensor, result);
  return result;
}

sg_tensor *sg_tensor_copy(sg_context *context, sg_tensor *tensor) {
  return context->status ? NULL : sg_tensor_to(context, tensor, tensor->dtype);
}

sg_tensor *sg_tensor_alias(sg_context *context, sg_tensor *tensor) {
  if (context->status) return NULL;
  sg_tensor *alias = sg_scope_give(context, sg_make_alias(context, tensor, &tensor->shape, 0));
  if (alias) sg_guard_copy(tensor, alias);
  return alias;
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
  if (sg_tensor_check_range(source, tensor->dtype, writer, "the source")) return context->status;
  if (sg_tensor_may_receive(tensor, source, writer)) return context->status;
  if (sg_tensor_write(tensor, writer)) sg_execute_convert(tensor, source);
  return context->status;
}
