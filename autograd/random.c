// SPDX-License-Identifier: GPL-3.0-or-later
//
// Random tensors.
#include <math.h>

#include "autograd/execute.h"
#include "autograd/tensor.h"

// The numbers are taken from the context's stream here; they become elements in execute.c.
static void fill(sg_tensor *tensor, sg_drawing drawing) {
  drawing.start = sg_random_reserve(tensor->context, sg_drawing_numbers(drawing.distribution, tensor->elements));
  sg_execute_draw(tensor, drawing);
}

void sg_random_fill_uniform(sg_tensor *tensor, double low, double high) {
  fill(tensor, (sg_drawing){SG_UNIFORM, .a = low, .b = high});
}

void sg_random_fill_normal(sg_tensor *tensor, double mean, double deviation) {
  fill(tensor, (sg_drawing){SG_NORMAL, .a = mean, .b = deviation});
}

void sg_random_fill_integers(sg_tensor *tensor, int64_t low, int64_t high) {
  fill(tensor, (sg_drawing){SG_INTEGERS, .low = low, .bound = (uint64_t)high - (uint64_t)low});
}

void sg_random_fill_permutation(sg_tensor *tensor) {
  fill(tensor, (sg_drawing){SG_PERMUTATION, .low = tensor->context->index_base});
}

static sg_status check_floating(sg_context *context, const char *name, sg_dtype dtype, double a, double b) {
  if (context->status) return context->status;
  if (!sg_dtype_is_floating(dtype)) {
    return sg_error(context, SG_INVALID_ARGUMENT, "%s: dtype is %s, expected f32 or f64", name,
                    sg_dtype_name(dtype));
  }
  if (isfinite(a) && isfinite(b)) return SG_OK;
  return sg_error(context, SG_INVALID_ARGUMENT, "%s: the parameters %g and %g must be finite", name, a, b);
}

sg_tensor *sg_random_uniform(sg_context *context, sg_dtype dtype, const sg_shape *shape, double low, double high) {
  if (check_floating(context, "rand", dtype, low, high)) return NULL;
  if (low > high || !isfinite(high - low)) {
    sg_error(context, SG_INVALID_ARGUMENT, "rand: the range [%g, %g) is empty or too wide", low, high);
    return NULL;
  }
  sg_tensor *tensor = sg_tensor_new(context, dtype, shape);
  if (tensor) sg_random_fill_uniform(tensor, low, high);
  return tensor;
}

sg_tensor *sg_random_normal(sg_context *context, sg_dtype dtype, const sg_shape *shape, double mean,
                            double deviation) {
  if (check_floating(context, "randn", dtype, mean, deviation)) return NULL;
  if (deviation < 0) {
    sg_error(context, SG_INVALID_ARGUMENT, "randn: the standard deviation is %g, expected at least 0", deviation);
    return NULL;
  }
  sg_tensor *tensor = sg_tensor_new(context, dtype, shape);
  if (tensor) sg_random_fill_normal(tensor, mean, deviation);
  return tensor;
}

sg_tensor *sg_random_integers(sg_context *context, const sg_shape *shape, int64_t low, int64_t high) {
  if (context->status) return NULL;
  if (low >= high) {
    sg_error(context, SG_INVALID_ARGUMENT, "randint: the range [%lld, %lld) is empty", (long long)low,
             (long long)high);
    return NULL;
  }
  sg_tensor *tensor = sg_tensor_new(context, SG_I64, shape);
  if (tensor) sg_random_fill_integers(tensor, low, high);
  return tensor;
}

sg_tensor *sg_random_permutation(sg_context *context, int64_t count) {
  if (context->status) return NULL;
  sg_tensor *tensor = sg_tensor_new(context, SG_I64, &(sg_shape){1, {count}});
  if (tensor) sg_random_fill_permutation(tensor);
  return tensor;
}
