// SPDX-License-Identifier: GPL-3.0-or-later
//
// Steps of the power iteration for the largest singular value of a weight as a matrix W, in place:
//
//   v = W' u / max(|W' u|, eps),   u = W v / max(|W v|, eps)
//
// Sums are in f64.
#include "ops/norm/spectral_norm.h"
#include "ops/ops.h"

#include <math.h>

enum { U, V, WEIGHT, RUN = 256 };

static sg_status prepare(sg_plan *plan) {
  const sg_spectral_norm_step_options *options = plan->options;
  sg_spectral_matrix *matrix = plan->own;
  if (sg_spectral_plan(plan, WEIGHT, U, V, options->dim, matrix)) return sg_error_status(plan->context);
  plan->scratch_bytes = (size_t)(matrix->rows + matrix->outer * matrix->inner) * sizeof(double);
  return SG_OK;
}

static void read(const sg_tensor *from, int64_t start, int64_t count, double *to) {
  if (sg_tensor_dtype(from) == SG_F32)
    for (int64_t i = 0; i < count; i++) to[i] = (double)((const float *)sg_tensor_data(from))[start + i];
  else
    for (int64_t i = 0; i < count; i++) to[i] = ((const double *)sg_tensor_data(from))[start + i];
}

static void write(const double *from, int64_t count, sg_tensor *to) {
  for (int64_t i = 0; i < count; i++)
    if (sg_tensor_dtype(to) == SG_F32)
      ((float *)sg_output_data(to))[i] = (float)from[i];
    else
      ((double *)sg_output_data(to))[i] = from[i];
}

// Adds W' u to v, or W v to u.
static void multiply(const sg_spectral_matrix *m, const sg_tensor *weight, bool transposed, double *u, double *v) {
  double run[RUN];
  for (int64_t o = 0; o < m->outer; o++)
    for (int64_t r = 0; r < m->rows; r++)
      for (int64_t i = 0; i < m->inner; i += RUN) {
        const int64_t count = m->inner - i < RUN ? m->inner - i : RUN;
        double *part = v + o * m->inner + i, sum = 0;
        read(weight, (o * m->rows + r) * m->inner + i, count, run);
        for (int64_t k = 0; k < count && transposed; k++) part[k] += run[k] * u[r];
        for (int64_t k = 0; k < count && !transposed; k++) sum += run[k] * part[k];
        u[r] += sum;
      }
}

static void clear(double *values, int64_t count) {
  for (int64_t i = 0; i < count; i++) values[i] = 0;
}

static void normalize(double *values, int64_t count, double eps) {
  double square = 0;
  for (int64_t i = 0; i < count; i++) square += values[i] * values[i];
  const double norm = sqrt(square), divisor = norm < eps ? eps : norm;
  for (int64_t i = 0; i < count; i++) values[i] /= divisor;
}

static void forward(const sg_call *call) {
  const sg_spectral_norm_step_options *options = call->options;
  const sg_spectral_matrix *m = call->plan;
  const int64_t columns = m->outer * m->inner;
  double *u = call->scratch, *v = u + m->rows;
  read(call->inputs[U], 0, m->rows, u);
  read(call->inputs[V], 0, columns, v);
  for (int64_t i = 0; i < options->n_power_iterations; i++) {
    clear(v, columns);
    multiply(m, call->inputs[WEIGHT], true, u, v);
    normalize(v, columns, options->eps);
    clear(u, m->rows);
    multiply(m, call->inputs[WEIGHT], false, u, v);
    normalize(u, m->rows, options->eps);
  }
  write(u, m->rows, call->outputs[U]);
  write(v, columns, call->outputs[V]);
}

#define STEPS(n, d) SG_WITH(sg_spectral_norm_step_options, .n_power_iterations = n, .eps = 1e-12, .dim = d)

const sg_op op_spectral_norm_step = {
    SG_PLANNED_OP(spectral_norm_step, sg_spectral_matrix, prepare, forward, NULL),
    SG_WORDS("Moves u and v towards the vectors of the largest singular value of a weight, in place.",
             "n_power_iterations times: v = W' u / max(|W' u|, eps), u = W v / max(|W v|, eps)",
             SG_SPECTRAL_SOURCE ", algorithm 1"),
    .inputs = SG_PORTS(SG_SPECTRAL_U, SG_SPECTRAL_V, SG_SPECTRAL_WEIGHT),
    .outputs = SG_PORTS({"u", SG_WRITTEN, "u itself"}, {"v", SG_WRITTEN | SG_HIDDEN, "v itself"}),
    SG_OPTIONS(
        sg_spectral_norm_step_options,
        SG_CONSTANT(sg_spectral_norm_step_options, .n_power_iterations = 1, .eps = 1e-12, .dim = 0),
        SG_OPTION(sg_spectral_norm_step_options, n_power_iterations, INT, "how many steps; default 1", SG_AT_LEAST,
                  0),
        SG_OPTION(sg_spectral_norm_step_options, eps, FLOAT, "the least divisor; default 1e-12", SG_AT_LEAST, 0),
        SG_SPECTRAL_DIM(sg_spectral_norm_step_options)),
    .samples = SG_SAMPLES(
        {"by hand", SG_ON(SG_VECTOR(3, 0), SG_VECTOR(5, 5), SG_VALUES(SG_NUMBERS(4, 3, 0, 1), SG_DIMS(2, 2))),
         SG_GIVES(0.99287683848692212, 0.11914522061843064)},
        {"matrix", SG_ON(SG_RANDN(3), SG_RANDN(4), SG_RANDN(3, 4))},
        {"filters", SG_ON(SG_RANDN(3), SG_RANDN(8), SG_RANDN(3, 2, 2, 2)), STEPS(3, 0)},
        {"the second", SG_ON(SG_RANDN(3), SG_RANDN(4), SG_RANDN(2, 3, 2)), STEPS(2, 1)},
        {"no step", SG_ON(SG_VECTOR(3, 0), SG_VECTOR(5, 5), SG_RANDN(2, 2)), STEPS(0, 0), SG_GIVES(3, 0)},
        {"zeros", SG_ON(SG_VECTOR(3, 1), SG_VECTOR(5, 5), SG_UNIFORM(0, 0, SG_DIMS(2, 2))), SG_GIVES(0, 0)}),
    .bad_samples = SG_SAMPLES({"vectors", SG_ON(SG_RANDN(3), SG_RANDN(2), SG_RANDN(2, 3)),
                               .error = "u has shape [3] and v [2], expected [2] and [3] (weight [2, 3])"}),
};

sg_status sg_spectral_norm_step(sg_context *context, sg_tensor *u, sg_tensor *v, sg_tensor *weight,
                                const sg_spectral_norm_step_options *options) {
  sg_tensor *outputs[2];
  return sg_apply(context, &op_spectral_norm_step, 3, (sg_tensor *[]){u, v, weight}, options, outputs);
}
