// SPDX-License-Identifier: GPL-3.0-or-later
//
// A plugin in C++17: every macro that fills a descriptor, and an option.
#include <cstddef>
#include <selenograd.h>

struct scaled_options {
  double factor;
};

static const scaled_options doubled = {2}, negated = {-1}, too_large = {1e6};

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

static const double numbers[] = {1, -2}, results[] = {2, -4};
static const sg_sample samples[] = {
    {"by hand", {SG_VALUES(numbers, SG_DIMS(2))}, nullptr, nullptr, results},
    {"normal", {SG_NORMAL(0, 1, SG_DIMS(2, 3))}, &negated, nullptr, nullptr},
    {"uniform", {SG_UNIFORM(-1, 1, SG_DIMS(4))}, nullptr, nullptr, nullptr},
    {"distinct", {SG_DISTINCT(-1, 1, SG_DIMS(2, 2))}, nullptr, nullptr, nullptr},
    {"domain", {SG_DOMAIN(SG_DIMS(3))}, nullptr, nullptr, nullptr},
    {"scalar", {SG_NORMAL(0, 1, SG_SCALAR)}, nullptr, nullptr, nullptr},
    {},
};
static const sg_sample bad_samples[] = {
    {"factor", {SG_NORMAL(0, 1, SG_DIMS(2))}, &too_large, "factor is", nullptr},
    {"indices", {SG_INDICES(3, SG_DIMS(2))}, nullptr, "x has dtype i64", nullptr},
    {"dtype", {SG_OF_DTYPE(SG_I64, SG_DIMS(2))}, nullptr, "x has dtype i64", nullptr},
    {},
};

static sg_op make_scaled() {
  sg_op op = {};
  op.name = "scaled";
  op.summary = "A multiple of x.";
  op.formula = "y = factor x";
  op.inputs = SG_PORTS({"x", 0, "any shape"});
  op.outputs = SG_PORTS({"y", 0, "the shape of x"});
  op.attributes = SG_ATTRIBUTES({"factor", SG_ATTRIBUTE_FLOAT, offsetof(scaled_options, factor),
                                 "what x is multiplied by; default 2", SG_AT_MOST, 0, 1000, nullptr});
  op.options_bytes = sizeof(scaled_options);
  op.defaults = &doubled;
  op.prepare = prepare;
  op.forward = forward;
  op.vjp = vjp;
  op.samples = samples;
  op.bad_samples = bad_samples;
  return op;
}
static const sg_op op_scaled = make_scaled();

SG_PLUGIN("scaled", &op_scaled);
