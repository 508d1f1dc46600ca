// SPDX-License-Identifier: GPL-3.0-or-later
//
// The rounding noise of the function's outputs.
#include "autograd/gradcheck/common/length.h"
#include "autograd/gradcheck/common/random.h"
#include "autograd/gradcheck/point/point.h"

#include <float.h>
#include <math.h>
#include <string.h>

enum { noise_points = 7, noise_directions = 4 };

// How far an element can be moved without leaving the neighbourhood in which the function is as good as
// polynomial: a hundred-millionth of itself, but no more than is small against the others' spread (the function
// may see only that), and no less than can be represented.
static double spacing(double x, double length) {
  return fmax(fmin(1e-8 * fabs(x), 1e-5 * length), 64 * DBL_EPSILON * fabs(x));
}

// Moves every element of every checked input by some spacings times a random factor in [-1, 1).
static sg_status move_inputs(point *p, sg_tensor *const *base, uint64_t random, int spacings) {
  for (int i = 0; i < p->input_count; i++) {
    const int64_t count = sg_tensor_elements(p->inputs[i]);
    if (!p->checked[i] || count == 0) continue;
    double *x = sg_tensor_write(p->inputs[i], "gradcheck");
    if (!x) return sg_error_status(p->context);
    const double *from = sg_tensor_data(base[i]);
    const double *skip = p->skip[i] ? sg_tensor_data(p->skip[i]) : NULL; // there may be a pole: it stays
    const double length = gradcheck_typical_length(from, count);
    for (int64_t j = 0; j < count; j++) {
      if (skip && skip[j] != 0) continue;
      const double part = gradcheck_random_part(&random);
      x[j] = from[j] + spacings * part * spacing(from[j], length);
    }
  }
  return SG_OK;
}

static sg_status put_back(point *p, sg_tensor *const *base) {
  for (int i = 0; i < p->input_count; i++)
    if (p->checked[i] && sg_tensor_assign(p->inputs[i], base[i]) != SG_OK) return sg_error_status(p->context);
  return SG_OK;
}

// The standard deviation of the noise in equidistant values: differences of high order keep the noise and
// lose the smooth part. Of the three orders the smallest counts, should something smooth be left in the lower
// ones. J. Moré, S. Wild: "Estimating computational noise", SIAM J. Sci. Comput. 33 (2011).
static double noise_of(const double *values, int64_t stride) {
  double d[noise_points], result = DBL_MAX, scale = 1;
  for (int i = 0; i < noise_points; i++) d[i] = values[i * stride];
  for (int order = 1; order < noise_points; order++) {
    const int count = noise_points - order;
    double sum = 0;
    for (int i = 0; i < count; i++) {
      d[i] = d[i + 1] - d[i];
      sum += d[i] * d[i];
    }
    scale *= order / (2.0 * (2 * order - 1)); // (order!)^2 / (2 order)!
    if (order >= noise_points - 3) result = fmin(result, sqrt(scale * sum / count));
  }
  return result;
}

// The value of the last bit that is set.
static double last_bit(double x) {
  int exponent;
  const double mantissa = ldexp(frexp(fabs(x), &exponent), DBL_MANT_DIG);
  return ldexp(1, exponent - DBL_MANT_DIG + __builtin_ctzll((unsigned long long)mantissa));
}

// The largest power of two of which all values are multiples; 0 if they are equal. After a cancellation it is
// far above eps |y|: equidistant values that happen to fall between its multiples alike show no noise at all.
static double quantum_of(const double *values, int64_t stride) {
  double quantum = DBL_MAX;
  bool moves = false;
  for (int i = 0; i < noise_points; i++) {
    const double value = values[i * stride];
    if (!isfinite(value)) return 0;
    if (value != 0) quantum = fmin(quantum, last_bit(value));
    moves = moves || value != values[0];
  }
  return moves ? quantum : 0;
}

static void collect_noise(point *p, const double *values) {
  long double noise = 0, size = 0;
  for (int64_t j = 0; j < p->output_elements; j++) {
    const double measured = 2 * noise_of(values + j, p->output_elements);
    if (isfinite(measured)) p->noise[j] = fmax(p->noise[j], measured);
    p->noise[j] = fmax(p->noise[j], 0.5 * quantum_of(values + j, p->output_elements));
    noise += (long double)p->noise[j];
    size += (long double)fabs(p->base[j]);
  }
  if (!(noise > 0) || !(size > 0)) return;
  const double level = (double)(noise / size); // seen in some outputs, hidden by chance in others
  for (int64_t j = 0; j < p->output_elements; j++) p->noise[j] = fmax(p->noise[j], level * fabs(p->base[j]));
}

// Noise of an output is at least eps |y|, and more where the function loses digits on its way; so it is
// measured, along random directions in the space of all inputs, at points so close that nothing but
// noise is left in the differences of high order.
static sg_status measure_noise_in_scope(point *p, uint64_t seed) {
  sg_tensor *base[MAX_INPUTS] = {NULL};
  const sg_shape shape = {2, {noise_points, p->output_elements}};
  sg_tensor *room = sg_tensor_new(p->context, SG_F64, &shape);
  for (int i = 0; i < p->input_count; i++) base[i] = sg_tensor_copy(p->context, p->inputs[i]);
  double *values = room ? sg_tensor_write(room, "gradcheck") : NULL;
  if (sg_error_status(p->context) != SG_OK) return sg_error_status(p->context);
  const size_t bytes = (size_t)p->output_elements * sizeof(double);
  for (int direction = 0; direction < noise_directions && values && bytes; direction++) {
    const uint64_t random = gradcheck_random_bits(&seed);
    for (int i = 0; i < noise_points; i++) {
      if (move_inputs(p, base, random, i - noise_points / 2) != SG_OK || point_evaluate(p) != SG_OK)
        return sg_error_status(p->context);
      memcpy(values + i * p->output_elements, p->value, bytes);
    }
    collect_noise(p, values);
  }
  return put_back(p, base);
}

sg_status point_measure_noise(point *p, uint64_t seed) {
  int64_t j = 0;
  for (int i = 0; i < p->output_count; i++) {
    const double epsilon = p->output_dtype[i] == SG_F32 ? (double)FLT_EPSILON : DBL_EPSILON;
    for (int64_t end = j + sg_shape_elements(&p->output_shape[i]); j < end; j++)
      p->noise[j] = epsilon * fabs(p->base[j]);
  }
  const sg_scope scope = sg_scope_open(p->context);
  const sg_status status = measure_noise_in_scope(p, seed);
  sg_scope_close(p->context, scope);
  return status;
}
