// SPDX-License-Identifier: GPL-3.0-or-later
#include "ops/kernels/bias.h"
#include "ops/kernels/real.h"

enum { RUN = 512 }; // values added up in `real` before the sum passes on to a double

static void fill(const void *arguments, int64_t begin, int64_t end) {
  const bias_arguments *a = arguments;
  const real *restrict values = a->values;
  int64_t inner = a->inner, channel = begin % a->channels;
  real *restrict data = (real *)a->data + begin * inner;
  for (int64_t item = begin; item < end; item++) {
    real value = values[channel];
    for (int64_t i = 0; i < inner; i++) data[i] = value;
    data += inner;
    if (++channel == a->channels) channel = 0;
  }
}

static double sum_run(const real *restrict data, int64_t count) {
  real sum = 0;
#pragma omp simd reduction(+ : sum)
  for (int64_t i = 0; i < count; i++) sum += data[i];
  return (double)sum;
}

static void sum_planes(const bias_arguments *a, int64_t begin, int64_t end) {
  for (int64_t channel = begin; channel < end; channel++) {
    double sum = 0;
    for (int64_t o = 0; o < a->outer; o++) {
      const real *plane = (const real *)a->data + (o * a->channels + channel) * a->inner;
      for (int64_t first = 0; first < a->inner; first += RUN)
        sum += sum_run(plane + first, a->inner - first < RUN ? a->inner - first : RUN);
    }
    ((real *)a->values)[channel] = (real)sum;
  }
}

// inner = 1: channels are neighbours, so whole rows of a few channels are added.
static void sum_columns(const bias_arguments *a, int64_t begin, int64_t end) {
  int64_t width = end - begin;
  double sums[BIAS_SUM_GRAIN] = {0};
  for (int64_t first = 0; first < a->outer; first += RUN) {
    int64_t last = a->outer - first < RUN ? a->outer : first + RUN;
    real partial[BIAS_SUM_GRAIN] = {0};
    for (int64_t o = first; o < last; o++) {
      const real *restrict row = (const real *)a->data + o * a->channels + begin;
#pragma omp simd
      for (int64_t i = 0; i < width; i++) partial[i] += row[i];
    }
    for (int64_t i = 0; i < width; i++) sums[i] += (double)partial[i];
  }
  for (int64_t i = 0; i < width; i++) ((real *)a->values)[begin + i] = (real)sums[i];
}

static void sum(const void *arguments, int64_t begin, int64_t end) {
  const bias_arguments *a = arguments;
  if (a->inner != 1) {
    sum_planes(a, begin, end);
    return;
  }
  for (int64_t first = begin; first < end; first += BIAS_SUM_GRAIN)
    sum_columns(a, first, end - first < BIAS_SUM_GRAIN ? end : first + BIAS_SUM_GRAIN);
}

extern const bias_kernels VARIANT(bias);
const bias_kernels VARIANT(bias) = {.fill = fill, .sum = sum};
