// SPDX-License-Identifier: GPL-3.0-or-later
#include "autograd/gradcheck/common/length.h"

#include <math.h>

double gradcheck_typical_length(const double *x, int64_t count) {
  double largest = 0, sum = 0, square = 0, mean = 0;
  int64_t finite = 0;
  for (int64_t i = 0; i < count; i++) {
    if (!isfinite(x[i])) continue;
    largest = fmax(largest, fabs(x[i]));
    finite++;
  }
  if (largest == 0) return 1;
  for (int64_t i = 0; i < count; i++)
    if (isfinite(x[i])) mean += x[i] / largest / (double)finite;
  for (int64_t i = 0; i < count; i++) {
    if (!isfinite(x[i])) continue;
    const double d = x[i] / largest - mean;
    sum += d * d;
    square += x[i] / largest * (x[i] / largest);
  }
  const double spread = sqrt(sum / (double)finite);
  return largest * (spread > 1e-12 ? spread : sqrt(square / (double)finite));
}
