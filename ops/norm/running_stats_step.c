// SPDX-License-Identifier: GPL-3.0-or-later
//
// One step of the running statistics of a batch normalization, in place. With m the momentum, or 1 over the number
// of batches for the cumulative average, and n the values of the batch in a channel:
//
//   running_mean = (1 - m) running_mean + m mean
//   running_var  = (1 - m) running_var  + m var n / (n - 1)       var is the biased one
//
// What is not finite would stay so, and a variance of infinity would make beta of every later y: such a step is
// refused before anything is written.
#include <math.h>
#include <stdio.h>

#include "ops/ops.h"

enum { RUNNING_MEAN, RUNNING_VAR, NUM_BATCHES_TRACKED, MEAN, VAR };

static sg_status prepare(sg_plan *plan) {
  const sg_shape *channels = sg_plan_shape(plan, RUNNING_MEAN);
  for (int i = RUNNING_VAR; i <= VAR; i++) {
    if (i == NUM_BATCHES_TRACKED || sg_shape_equal(sg_plan_shape(plan, i), channels)) continue;
    return sg_reject(plan, "%s has shape %s, expected %s (that of running_mean)", sg_op_inputs(plan->op)[i].name,
                     sg_shape_text(sg_plan_shape(plan, i)).text, sg_shape_text(channels).text);
  }
  const sg_tensor *tracked = plan->inputs[NUM_BATCHES_TRACKED];
  if (sg_tensor_dtype(tracked) == SG_I64 && sg_tensor_elements(tracked) == 1) return SG_OK;
  return sg_reject(plan, "num_batches_tracked is %s %s, expected a single i64",
                   sg_dtype_name(sg_tensor_dtype(tracked)), sg_shape_text(sg_tensor_shape(tracked)).text);
}

// new = stays * old + comes * batch, in the dtype of the statistics.
typedef struct mixture {
  sg_dtype dtype;
  int64_t channels;
  const void *old, *batch;
  double stays, comes;
} mixture;

static mixture mixture_of(const sg_call *call, bool variance) {
  const sg_running_stats_options *options = call->options;
  const double batches = (double)sg_tensor_integer(call->inputs[NUM_BATCHES_TRACKED], 0) + 1;
  const double m = options->cumulative ? 1 / batches : options->momentum;
  const double n = (double)options->values_per_channel;
  return (mixture){.dtype = call->dtype,
                   .channels = sg_tensor_elements(call->inputs[RUNNING_MEAN]),
                   .old = sg_input_data(call, variance ? RUNNING_VAR : RUNNING_MEAN),
                   .batch = sg_input_data(call, variance ? VAR : MEAN),
                   .stays = 1 - m,
                   .comes = variance ? m * (n / (n - 1)) : m};
}

static inline float mixed_f32(const mixture *m, int64_t c) {
  return (float)(m->stays * (double)((const float *)m->old)[c] + m->comes * (double)((const float *)m->batch)[c]);
}

static inline double mixed_f64(const mixture *m, int64_t c) {
  return m->stays * ((const double *)m->old)[c] + m->comes * ((const double *)m->batch)[c];
}

static double mixed(const mixture *m, int64_t c) {
  return m->dtype == SG_F32 ? (double)mixed_f32(m, c) : mixed_f64(m, c);
}

// ---- check ----------------------------------------------------------------------------------------------

// printf shows the sign of a NaN, which means nothing.
static sg_text number_text(double value) {
  sg_text text;
  snprintf(text.text, sizeof text.text, isnan(value) ? "nan" : "%g", value);
  return text;
}

// x - x is 0 for a finite x, and else NaN.
static bool all_finite(const mixture *m) {
  bool finite = true;
  if (m->dtype == SG_F32)
    for (int64_t c = 0; c < m->channels; c++) finite &= mixed_f32(m, c) - mixed_f32(m, c) == 0;
  else
    for (int64_t c = 0; c < m->channels; c++) finite &= mixed_f64(m, c) - mixed_f64(m, c) == 0;
  return finite;
}

static sg_status check_finite(const sg_call *call, const char *name, bool variance) {
  const mixture m = mixture_of(call, variance);
  if (all_finite(&m)) return SG_OK;
  int64_t c = 0;
  while (isfinite(mixed(&m, c))) c++;
  return sg_refuse(call,
                   "running_%s of channel %lld would become %s and stay so, as the batch's %s is %s; the running "
                   "statistics are unchanged",
                   name, (long long)(c + sg_index_base(call->context)), number_text(mixed(&m, c)).text, name,
                   number_text(sg_tensor_value(call->inputs[variance ? VAR : MEAN], c)).text);
}

static sg_status check(const sg_call *call) {
  const int64_t tracked = sg_tensor_integer(call->inputs[NUM_BATCHES_TRACKED], 0);
  if (tracked < 0 || tracked == INT64_MAX)
    return sg_refuse(call, "num_batches_tracked is %lld, expected a number of batches", (long long)tracked);
  if (check_finite(call, "mean", false)) return sg_error_status(call->context);
  return check_finite(call, "var", true);
}

// ---- forward --------------------------------------------------------------------------------------------

static void step(const sg_call *call, bool variance) {
  const mixture m = mixture_of(call, variance);
  void *data = sg_output_data(call->outputs[variance ? RUNNING_VAR : RUNNING_MEAN]);
  if (m.dtype == SG_F32)
    for (int64_t c = 0; c < m.channels; c++) ((float *)data)[c] = mixed_f32(&m, c);
  else
    for (int64_t c = 0; c < m.channels; c++) ((double *)data)[c] = mixed_f64(&m, c);
}

static void forward(const sg_call *call) {
  step(call, false);
  step(call, true);
  ++*(int64_t *)sg_output_data(call->outputs[NUM_BATCHES_TRACKED]);
}

// ---- The op -----------------------------------------------------------------------------------------------

#define OF(n, ...) (&(const sg_running_stats_options){.values_per_channel = n, __VA_ARGS__})
#define BATCHES(n)                                                                                                 \
  { SG_SAMPLE_VALUES, SG_SCALAR, 0, 0, SG_NUMBERS(n), SG_I64 }
#define MEANS SG_RANDN(4)
#define VARIANCES SG_UNIFORM(0.5, 2, SG_DIMS(4))

const sg_op op_running_stats_step = {
    SG_COMPUTED(running_stats_step, prepare, forward, NULL),
    SG_WORDS("Moves the running statistics of a batch normalization towards those of a batch, in place.",
             "running_mean = (1 - m) running_mean + m mean; running_var = (1 - m) running_var + m var n / (n - 1); "
             "num_batches_tracked = num_batches_tracked + 1; m = momentum, or 1 / num_batches_tracked; "
             "n = values_per_channel",
             "Ioffe and Szegedy 2015, Batch Normalization, ICML, section 3.1"),
    .inputs = SG_PORTS({"running_mean", 0, "(C)"}, {"running_var", 0, "(C)"},
                       {"num_batches_tracked", SG_ANY_DTYPE | SG_STEP, "a single i64"},
                       {"mean", 0, "of the batch, (C)"}, {"var", 0, "biased variance of the batch, (C)"}),
    .outputs = SG_PORTS({"running_mean", SG_WRITTEN, "running_mean itself"},
                        {"running_var", SG_WRITTEN | SG_HIDDEN, "running_var itself"},
                        {"num_batches_tracked", SG_WRITTEN | SG_HIDDEN, "num_batches_tracked itself"}),
    SG_OPTIONS(sg_running_stats_options,
               SG_CONSTANT(sg_running_stats_options, .values_per_channel = 2, .momentum = 0.1),
               SG_OPTION(sg_running_stats_options, values_per_channel, INT,
                         "n, the values of the batch in a channel", SG_REQUIRED | SG_AT_LEAST, 2),
               SG_OPTION(sg_running_stats_options, momentum, FLOAT, "how much of the batch comes",
                         SG_AT_LEAST | SG_AT_MOST, 0, 1),
               SG_OPTION(sg_running_stats_options, cumulative, BOOL,
                         "the average of all batches, instead of the momentum")),
    .check = check,
    .samples = SG_SAMPLES(
        {"by hand", SG_ON(SG_VECTOR(1, 2), SG_VECTOR(1, 4), BATCHES(3), SG_VECTOR(5, 0), SG_VECTOR(3, 6)),
         OF(3, .momentum = 0.25), SG_GIVES(2, 1.5)},
        {"many values", SG_ON(MEANS, VARIANCES, BATCHES(0), MEANS, VARIANCES), OF(1000, .momentum = 0.1)},
        {"the first of a cumulative average", SG_ON(MEANS, VARIANCES, BATCHES(0), MEANS, VARIANCES),
         OF(2, .cumulative = true)},
        {"a later one", SG_ON(MEANS, VARIANCES, BATCHES(6), MEANS, VARIANCES), OF(9, .cumulative = true)},
        {"momentum 0", SG_ON(MEANS, VARIANCES, BATCHES(2), MEANS, VARIANCES), OF(9, .momentum = 0)},
        {"no channels", SG_ON(SG_RANDN(0), SG_RANDN(0), BATCHES(2), SG_RANDN(0), SG_RANDN(0)),
         OF(9, .momentum = 0.1)}),
    .bad_samples = SG_SAMPLES(
        {"shapes", SG_ON(MEANS, VARIANCES, BATCHES(0), SG_RANDN(3), VARIANCES), OF(9, .momentum = 0.1),
         .error = "mean has shape [3], expected [4] (that of running_mean)"},
        {"a NaN", SG_ON(SG_VECTOR(0), SG_VECTOR(1), BATCHES(0), SG_VECTOR(NAN), SG_VECTOR(1)),
         OF(9, .momentum = 0.1), .error = "would become nan and stay so, as the batch's mean is nan"},
        {"a variance of infinity", SG_ON(SG_VECTOR(0), SG_VECTOR(1), BATCHES(0), SG_VECTOR(0), SG_VECTOR(INFINITY)),
         OF(9, .momentum = 0.1), .error = "would become inf and stay so, as the batch's var is inf"},
        {"a counter of fractions", SG_ON(MEANS, VARIANCES, SG_NORMAL(0, 1, SG_SCALAR), MEANS, VARIANCES),
         OF(9, .momentum = 0.1), .error = "expected a single i64"},
        {"fewer than no batches", SG_ON(MEANS, VARIANCES, BATCHES(-3), MEANS, VARIANCES), OF(9, .momentum = 0.1),
         .error = "expected a number of batches"}),
};

sg_status sg_running_stats_step(sg_context *context, sg_tensor *running_mean, sg_tensor *running_var,
                                sg_tensor *num_batches_tracked, sg_tensor *mean, sg_tensor *var,
                                const sg_running_stats_options *options) {
  sg_tensor *outputs[3];
  return sg_apply(context, &op_running_stats_step, 5,
                  (sg_tensor *[]){running_mean, running_var, num_batches_tracked, mean, var}, options, outputs);
}
