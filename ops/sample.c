// SPDX-License-Identifier: GPL-3.0-or-later
#include "ops/sample.h"

#include <math.h>

uint64_t sg_sample_hash(uint64_t x) {
  uint64_t z = x + UINT64_C(0x9E3779B97F4A7C15);
  z = (z ^ (z >> 30)) * UINT64_C(0xBF58476D1CE4E5B9);
  z = (z ^ (z >> 27)) * UINT64_C(0x94D049BB133111EB);
  return z ^ (z >> 31);
}

double sg_sample_uniform(uint64_t seed, int stream, int64_t i) {
  uint64_t bits = sg_sample_hash((seed << 40) + ((uint64_t)stream << 32) + (uint64_t)i);
  return (double)(bits >> 11) * 0x1p-53;
}

// The sum of twelve uniform numbers less 6 has mean 0 and variance 1, needs no logarithm, and stays within 6.
static double normal(uint64_t seed, int stream, int64_t i) {
  double sum = -6;
  for (int64_t k = 0; k < 12; k++) sum += sg_sample_uniform(seed, stream, i * 12 + k);
  return sum;
}

int sg_sample_input_count(const sg_op *op, const sg_sample *sample) {
  int ports = sg_op_input_ports(op);
  if (ports == 0 || !(sg_op_inputs(op)[ports - 1].flags & SG_VARIADIC)) return ports;
  int count = SG_MAX_SAMPLE_INPUTS > ports ? SG_MAX_SAMPLE_INPUTS : ports;
  while (count > ports && sample->inputs[count - 1].kind == SG_SAMPLE_ABSENT) count--;
  return count;
}

// Fisher-Yates over the evenly spaced values from low to high.
static void fill_distinct(double *values, int64_t count, double low, double high, uint64_t seed, int stream) {
  for (int64_t i = 0; i < count; i++) {
    values[i] = count > 1 ? low + (high - low) * (double)i / (double)(count - 1) : low;
  }
  for (int64_t i = count - 1; i > 0; i--) {
    int64_t other = (int64_t)(sg_sample_uniform(seed, stream, i) * (double)(i + 1));
    double value = values[i];
    values[i] = values[other];
    values[other] = value;
  }
}

// Matrices b b' / n + 1 with normal b. A shape that is not square, as a test may make it, has zeros.
static void fill_positive_definite(double *values, int64_t count, const sg_shape *shape, uint64_t seed,
                                   int stream) {
  const int64_t n = count ? shape->size[shape->rank - 1] : 0;
  const bool square = count && shape->rank > 1 && shape->size[shape->rank - 2] == n;
  for (int64_t at = 0; at < count; at++) {
    const int64_t first = at / (n * n) * n * n, i = at % (n * n) / n, j = at % n;
    double sum = 0;
    for (int64_t k = 0; square && k < n; k++)
      sum += normal(seed, stream, first + i * n + k) * normal(seed, stream, first + j * n + k);
    values[at] = square ? sum / (double)n + (i == j) : 0;
  }
}

static void fill(double *values, int64_t count, const sg_sample_input *input, uint64_t seed, int stream) {
  double a = input->a, b = input->b;
  if (input->kind == SG_SAMPLE_DISTINCT) {
    fill_distinct(values, count, a, b, seed, stream);
    return;
  }
  if (input->kind == SG_SAMPLE_SPD) {
    fill_positive_definite(values, count, &input->shape, seed, stream);
    return;
  }
  for (int64_t i = 0; i < count; i++) {
    switch (input->kind) {
    case SG_SAMPLE_NORMAL:
      values[i] = a + b * normal(seed, stream, i);
      break;
    case SG_SAMPLE_UNIFORM:
      values[i] = a + (b - a) * sg_sample_uniform(seed, stream, i);
      break;
    case SG_SAMPLE_VALUES:
      values[i] = input->values[i];
      break;
    case SG_SAMPLE_WHOLE:
      values[i] = a + floor((b - a) * sg_sample_uniform(seed, stream, i));
      break;
    default:
      values[i] = 0;
    }
  }
}

// Element i of an integer dtype: exact where a double would not be.
static int64_t integer(const sg_sample_input *input, int64_t i, uint64_t seed, int stream) {
  double uniform = sg_sample_uniform(seed, stream, i);
  switch (input->kind) {
  case SG_SAMPLE_VALUES:
    return input->dtype == SG_BOOL ? input->values[i] != 0 : (int64_t)input->values[i];
  case SG_SAMPLE_INDEX:
    return (int64_t)(uniform * input->a);
  default:
    return (int64_t)input->a + (int64_t)(uniform * (input->b - input->a));
  }
}

static void fill_integers(sg_tensor *tensor, const sg_sample_input *input, int base, uint64_t seed, int stream) {
  void *data = sg_output_data(tensor);
  const bool wide = sg_tensor_dtype(tensor) == SG_I64;
  for (int64_t i = 0; i < sg_tensor_elements(tensor); i++) {
    int64_t value = integer(input, i, seed, stream) + base;
    if (wide) ((int64_t *)data)[i] = value;
    else ((uint8_t *)data)[i] = (uint8_t)value;
  }
}

static sg_tensor *make(sg_context *context, const sg_sample_input *input, sg_dtype dtype, int base, uint64_t seed,
                       int stream) {
  if (input->kind == SG_SAMPLE_ABSENT) return NULL;
  sg_dtype own = input->dtype ? input->dtype : dtype;
  bool floating = sg_dtype_is_floating(own);
  sg_tensor *tensor = sg_tensor_new(context, floating ? SG_F64 : own, &input->shape);
  if (!tensor) return NULL;
  if (floating) fill(sg_output_data(tensor), sg_tensor_elements(tensor), input, seed, stream);
  else fill_integers(tensor, input, base, seed, stream);
  return own == SG_F32 ? sg_tensor_to(context, tensor, own) : tensor;
}

sg_tensor *sg_sample_tensor(sg_context *context, const sg_sample_input *input, sg_dtype dtype, uint64_t seed,
                            int stream) {
  int base = input->kind == SG_SAMPLE_INDEX ? sg_index_base(context) : 0;
  return make(context, input, dtype, base, seed, stream);
}

static void give_domain(sg_sample_input *input, const sg_op *op) {
  bool unsaid = op->domain[0] == 0 && op->domain[1] == 0;
  input->kind = SG_SAMPLE_UNIFORM;
  input->a = unsaid ? -2 : op->domain[0];
  input->b = unsaid ? 2 : op->domain[1];
}

int sg_sample_inputs(sg_context *context, const sg_op *op, const sg_sample *sample, sg_dtype dtype, uint64_t seed,
                     sg_tensor **inputs) {
  int count = sg_sample_input_count(op, sample);
  for (int i = 0; i < count; i++) {
    sg_sample_input input = i < SG_MAX_SAMPLE_INPUTS ? sample->inputs[i] : (sg_sample_input){0};
    if (input.kind == SG_SAMPLE_DOMAIN) give_domain(&input, op);
    const unsigned flags = sg_op_input_port(op, i)->flags;
    bool index = flags & SG_INDEX;
    if (flags & SG_FLOATING_TOO) index = input.kind == SG_SAMPLE_INDEX || input.dtype == SG_I64;
    if (!input.dtype && index) input.dtype = SG_I64;
    int base = index || input.kind == SG_SAMPLE_INDEX ? sg_index_base(context) : 0;
    inputs[i] = make(context, &input, dtype, base, seed, i);
  }
  return count;
}

sg_tensor *sg_sample_cotangent(sg_context *context, const sg_tensor *output, uint64_t seed, int stream) {
  sg_sample_input input = {SG_SAMPLE_UNIFORM, *sg_tensor_shape(output), -1.5, 1.5, NULL, sg_tensor_dtype(output)};
  return sg_sample_tensor(context, &input, SG_F64, seed, 100 + stream);
}

bool sg_op_input_is_differentiable(const sg_op *op, int input, const sg_tensor *tensor) {
  return tensor && sg_op_is_differentiable(op) && sg_dtype_is_floating(sg_tensor_dtype(tensor)) &&
         sg_port_is_differentiable(sg_op_input_port(op, input));
}

bool sg_op_output_is_differentiable(const sg_op *op, int output, const sg_tensor *tensor) {
  return sg_op_is_differentiable(op) && sg_dtype_is_floating(sg_tensor_dtype(tensor)) &&
         sg_port_is_differentiable(sg_op_output_port(op, output));
}
