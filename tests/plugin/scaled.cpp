// SPDX-License-Identifier: GPL-3.0-or-later
//
// A plugin in C++17: every macro that fills a descriptor, and an option.
#include <cstddef>
#include <selenograd.h>

struct scaled_options {
  double factor;
};

static const scaled_options doubled = {2};

template <class real> void scale(const void *const *arguments, int64_t begin, int64_t end) {
  const auto *x = static_cast<const real *>(arguments[0]);
  auto *y = static_cast<real *>(const_cast<void *>(arguments[1]));
  const auto factor = static_cast<real>(static_cast<const scaled_options *>(arguments[2])->factor);
  for (int64_t i = begin; i < end; i++) y[i] = factor * x[i];
}

static void scale_f32(const void *arguments, int64_t begin, int64_t end) {
  scale<float>(static_cast<const void *const *>(arguments), begin, end);
}
static void scale_f64(const void *arguments, int64_t begin, int64_t end) {
  scale<double>(static_cast<const void *const *>(arguments), begin, end);
}

static sg_status prepare(sg_plan *plan) {
  plan->output_shape[0] = *sg_plan_shape(plan, 0);
  return SG_OK;
}

static void forward(const sg_call *call) {
  const void *arguments[] = {sg_input_data(call, 0), sg_output_data(call->outputs[0]), call->options};
  sg_parallel(call->context, sg_tensor_elements(call->inputs[0]), sg_grain(1),
              call->dtype == SG_F32 ? scale_f32 : scale_f64, arguments);
}

static void vjp(const sg_call *call) {
  const double factor = static_cast<const scaled_options *>(call->options)->factor;
  call->d_inputs[0] = sg_mul_scalar(call->context, call->d_outputs[0], factor);
}

static sg_op make_scaled() {
  sg_op op = {};
  op.name = "scaled";
  op.summary = "A multiple of x.";
  op.formula = "y = factor x";
  op.inputs = SG_PORTS({"x", 0, "any shape"});
  op.outputs = SG_PORTS({"y", 0, "the shape of x"});
  op.attributes = SG_ATTRIBUTES(
      SG_OPTION(scaled_options, factor, FLOAT, "what x is multiplied by; default 2", SG_AT_MOST, 0, 1000));
  op.options_bytes = sizeof(scaled_options);
  op.defaults = &doubled;
  op.prepare = prepare;
  op.forward = forward;
  op.vjp = vjp;
  op.samples = SG_SAMPLES(
      {"by hand", {SG_VECTOR(1, -2)}, nullptr, nullptr, SG_NUMBERS(2, -4)},
      {"matrix", {SG_VALUES(SG_NUMBERS(1, -2), SG_DIMS(2, 1))}, nullptr, nullptr, SG_NUMBERS(2, -4)},
      {"normal", {SG_RANDN(2, 3)}, SG_CONSTANT(scaled_options, -1), nullptr, nullptr},
      {"uniform", {SG_UNIFORM(-1, 1, SG_DIMS(4))}, nullptr, nullptr, nullptr},
      {"distinct", {SG_DISTINCT(-1, 1, SG_DIMS(2, 2))}, nullptr, nullptr, nullptr},
      {"domain", {SG_DOMAIN(SG_DIMS(3))}, nullptr, nullptr, nullptr},
      {"scalar", {SG_NORMAL(0, 1, SG_SCALAR)}, nullptr, nullptr, nullptr});
  op.bad_samples = SG_SAMPLES(
      {"factor", {SG_RANDN(2)}, SG_CONSTANT(scaled_options, 1e6), "factor is", nullptr},
      {"indices", {SG_INDICES(3, SG_DIMS(2))}, nullptr, "x has dtype i64", nullptr},
      {"dtype", {SG_OF_DTYPE(SG_I64, SG_DIMS(2))}, nullptr, "x has dtype i64", nullptr});
  return op;
}
static const sg_op op_scaled = make_scaled();

SG_PLUGIN("scaled", &op_scaled);
