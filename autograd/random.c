// SPDX-License-Identifier: GPL-3.0-or-later
//
// Random tensors. Element i takes number i of the stream, or numbers that follow from i.
#include "autograd/random.h"

#include <math.h>

#include "autograd/tensor.h"

typedef struct fill_arguments {
  void *data;
  sg_dtype dtype;
  sg_random_state start;
  double a, b;
  int64_t count;
} fill_arguments;

static void store(const fill_arguments *f, int64_t i, double value) {
  if (f->dtype == SG_F32) {
    ((float *)f->data)[i] = (float)value;
  } else {
    ((double *)f->data)[i] = value;
  }
}

// What rounds up to the open end of the range becomes the number below it.
static void fill_uniform(const void *arguments, int64_t begin, int64_t end) {
  const fill_arguments *f = arguments;
  double width = f->b - f->a;
  for (int64_t i = begin; i < end; i++) {
    double u = sg_philox_uniform(f->start, i);
    if (f->dtype == SG_F32) {
      float value = (float)(f->a + width * u);
      ((float *)f->data)[i] = value < (float)f->b || width <= 0 ? value : nextafterf((float)f->b, (float)f->a);
    } else {
      double value = f->a + width * u;
      ((double *)f->data)[i] = value < f->b || width <= 0 ? value : nextafter(f->b, f->a);
    }
  }
}

// Box and Muller's pair: sqrt(-2 log u) (cos 2 pi v, sin 2 pi v), u in (0, 1].
static void fill_normal(const void *arguments, int64_t begin, int64_t end) {
  const fill_arguments *f = arguments;
  const double two_pi = 6.283185307179586;
  for (int64_t pair = begin; pair < end; pair++) {
    double radius = sqrt(-2 * log(1 - sg_philox_uniform(f->start, 2 * pair)));
    double angle = two_pi * sg_philox_uniform(f->start, 2 * pair + 1);
    store(f, 2 * pair, f->a + f->b * radius * cos(angle));
    if (2 * pair + 1 < f->count) store(f, 2 * pair + 1, f->a + f->b * radius * sin(angle));
  }
}

void sg_random_fill_uniform(sg_context *context, sg_tensor *tensor, double low, double high) {
  const fill_arguments arguments = {tensor->data, tensor->dtype,   sg_random_reserve(context, tensor->elements),
                                    low,          high,            tensor->elements};
  sg_parallel(context, tensor->elements, 4096, fill_uniform, &arguments);
}

void sg_random_fill_normal(sg_context *context, sg_tensor *tensor, double mean, double deviation) {
  const int64_t pairs = tensor->elements / 2 + tensor->elements % 2;
  const fill_arguments arguments = {tensor->data, tensor->dtype, sg_random_reserve(context, 2 * pairs),
                                    mean,         deviation,     tensor->elements};
  sg_parallel(context, pairs, 2048, fill_normal, &arguments);
}

// A number in [0, bound) by the high half of a product (Lemire 2019); the bias is below bound / 2^64.
static uint64_t below(uint64_t bits, uint64_t bound) { return (uint64_t)(((unsigned __int128)bits * bound) >> 64); }

void sg_random_fill_integers(sg_context *context, sg_tensor *tensor, int64_t low, int64_t high) {
  const sg_random_state start = sg_random_reserve(context, tensor->elements);
  const uint64_t bound = (uint64_t)high - (uint64_t)low;
  int64_t *data = tensor->data;
  for (int64_t i = 0; i < tensor->elements; i++)
    data[i] = (int64_t)((uint64_t)low + below(sg_philox_bits(start, i), bound));
}

void sg_random_fill_permutation(sg_context *context, sg_tensor *tensor) {
  const sg_random_state start = sg_random_reserve(context, tensor->elements);
  int64_t *data = tensor->data;
  for (int64_t i = 0; i < tensor->elements; i++) { // Fisher and Yates, inside out
    int64_t j = (int64_t)below(sg_philox_bits(start, i), (uint64_t)i + 1);
    data[i] = data[j];
    data[j] = i + context->index_base;
  }
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
  if (tensor) sg_random_fill_uniform(context, tensor, low, high);
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
  if (tensor) sg_random_fill_normal(context, tensor, mean, deviation);
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
  if (tensor) sg_random_fill_integers(context, tensor, low, high);
  return tensor;
}

sg_tensor *sg_random_permutation(sg_context *context, int64_t count) {
  if (context->status) return NULL;
  sg_tensor *tensor = sg_tensor_new(context, SG_I64, &(sg_shape){1, {count}});
  if (tensor) sg_random_fill_permutation(context, tensor);
  return tensor;
}
