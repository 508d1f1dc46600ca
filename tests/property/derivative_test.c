// SPDX-License-Identifier: GPL-3.0-or-later
//
// What holds for every derivative without differences.
#include "tests/support/registry.h"

static const sg_backward_options keep = {.retain_graph = true};
static const sg_backward_options recorded = {.create_graph = true};

static const char *port_name(const test_case *test, int input) { return sg_op_input_port(test->op, input)->name; }

// Both ways compute the same sums of at most some hundreds of terms in double precision, in another order: they
// differ by some hundred roundings of 1.1e-16, relative to the largest gradient or to cotangents of size 1.
static double rounding(const sg_tensor *gradient) { return 1e-11 * (1 + largest(gradient)); }

static void check_fused_equals_vjp(test_case *test) {
  application a;
  sg_tensor *fused[SG_MAX_PORTS], *composed[SG_MAX_PORTS];
  apply_sample(test, test->context, SG_F64, ~0u, &a);
  unsigned mask = differentiable_inputs(test, &a);
  gradients_of(test, test->context, &a, mask, &keep, fused);
  gradients_of(test, test->context, &a, mask, &recorded, composed);
  for (int i = 0; i < a.input_count; i++) {
    if (fused[i])
      require_close(test, "backward against vjp", port_name(test, i), fused[i], composed[i], rounding(composed[i]));
  }
}

// The gradient of an input is the same whichever other inputs want one too.
static void check_subsets(test_case *test) {
  sg_context *context = test->context;
  for (int pass = 0; pass < 2; pass++) {
    const sg_backward_options *options = pass ? &recorded : &keep;
    application whole;
    sg_tensor *all[SG_MAX_PORTS], *some[SG_MAX_PORTS];
    apply_sample(test, context, SG_F64, ~0u, &whole);
    unsigned mask = differentiable_inputs(test, &whole);
    gradients_of(test, context, &whole, mask, options, all);
    for (unsigned subset = mask; subset; subset = (subset - 1) & mask) {
      sg_scope scope = sg_scope_open(context);
      application a;
      apply_sample(test, context, SG_F64, subset, &a);
      gradients_of(test, context, &a, subset, options, some);
      for (int i = 0; i < a.input_count; i++) {
        if (some[i])
          require_close(test, "with fewer gradients wanted", port_name(test, i), some[i], all[i], rounding(all[i]));
      }
      sg_scope_close(context, scope);
    }
    sg_scope scope = sg_scope_open(context);
    application none;
    apply_sample(test, context, SG_F64, 0, &none);
    for (int k = 0; k < none.output_count; k++) {
      if (sg_tensor_requires_grad(none.outputs[k])) fail_case(test, "output %d has a graph without need", k);
      require_same_bits(test, "recorded or not", sg_op_output_port(test->op, k)->name, none.outputs[k],
                        whole.outputs[k]);
    }
    sg_scope_close(context, scope);
  }
}

// Replaces every cotangent by factor * cotangent (+ other).
static void mix_cotangents(sg_context *context, application *a, double factor, int other) {
  for (int k = 0; k < a->output_count; k++) {
    if (!a->cotangents[k]) continue;
    sg_tensor *mixed = sg_tensor_copy(context, a->cotangents[k]);
    sg_tensor *second = other ? sg_sample_cotangent(context, a->outputs[k], 1 + (uint64_t)other, k) : NULL;
    double *values = sg_tensor_write(mixed, "test");
    for (int64_t i = 0; i < sg_tensor_elements(mixed); i++) {
      values[i] = factor * values[i] + (second ? sg_tensor_value(second, i) : 0);
    }
    a->cotangents[k] = mixed;
  }
}

static void check_zero_cotangent(test_case *test) {
  for (int pass = 0; pass < 2; pass++) {
    application a;
    sg_tensor *gradients[SG_MAX_PORTS];
    apply_sample(test, test->context, SG_F64, ~0u, &a);
    mix_cotangents(test->context, &a, 0, 0);
    gradients_of(test, test->context, &a, differentiable_inputs(test, &a), pass ? &recorded : &keep, gradients);
    for (int i = 0; i < a.input_count; i++) {
      if (gradients[i]) require_zero(test, "with a cotangent of zeros", port_name(test, i), gradients[i]);
    }
  }
}

// g(2 u + v) = 2 g(u) + g(v).
static void check_linear(test_case *test) {
  sg_context *context = test->context;
  for (int pass = 0; pass < 2; pass++) {
    const sg_backward_options *options = pass ? &recorded : &keep;
    application a;
    sg_tensor *of_u[SG_MAX_PORTS], *of_v[SG_MAX_PORTS], *of_both[SG_MAX_PORTS];
    apply_sample(test, context, SG_F64, ~0u, &a);
    unsigned mask = differentiable_inputs(test, &a);
    application v = a, both = a;
    mix_cotangents(context, &v, 0, 1);
    mix_cotangents(context, &both, 2, 1);
    gradients_of(test, context, &a, mask, options, of_u);
    gradients_of(test, context, &v, mask, options, of_v);
    gradients_of(test, context, &both, mask, options, of_both);
    for (int i = 0; i < a.input_count; i++) {
      if (!of_u[i]) continue;
      sg_tensor *sum = sg_tensor_copy(context, of_v[i]);
      double *values = sg_tensor_write(sum, "test");
      for (int64_t j = 0; j < sg_tensor_elements(sum); j++) values[j] += 2 * sg_tensor_value(of_u[i], j);
      require_close(test, "linearity in the cotangent", port_name(test, i), of_both[i], sum,
                    4 * (rounding(of_u[i]) + rounding(of_v[i])));
    }
  }
}

// Two backward passes leave twice the gradient in .grad.
static void check_accumulates(test_case *test) {
  sg_context *context = test->context;
  application a;
  sg_tensor *once[SG_MAX_PORTS];
  apply_sample(test, context, SG_F64, ~0u, &a);
  unsigned mask = differentiable_inputs(test, &a);
  gradients_of(test, context, &a, mask, &keep, once);
  for (int pass = 0; pass < 2; pass++) {
    for (int k = 0; k < a.output_count; k++) {
      if (!a.cotangents[k] || !sg_tensor_requires_grad(a.outputs[k])) continue;
      sg_backward(context, a.outputs[k], a.cotangents[k], &keep);
      require_ok(test, context, "backward");
    }
  }
  for (int i = 0; i < a.input_count; i++) {
    if (!once[i]) continue;
    sg_tensor *twice = sg_tensor_copy(context, once[i]);
    double *values = sg_tensor_write(twice, "test");
    for (int64_t j = 0; j < sg_tensor_elements(twice); j++) values[j] *= 2;
    if (!sg_tensor_grad(a.inputs[i])) fail_case(test, "%s has no gradient", port_name(test, i));
    require_close(test, "two backward passes", port_name(test, i), sg_tensor_grad(a.inputs[i]), twice,
                  rounding(twice));
  }
}

// One tensor in two arguments gets the sum of what two equal tensors would get.
static void check_shared_pair(test_case *test, const application *apart, int i, int j,
                              const sg_backward_options *options) {
  sg_context *context = test->context;
  application shared = *apart, separate = *apart;
  separate.inputs[j] = sg_tensor_copy(context, apart->inputs[i]);
  sg_tensor_set_requires_grad(separate.inputs[j], true);
  reset_random(context);
  apply_any(context, test->op, separate.input_count, separate.inputs, test->sample->options, &separate.output_count,
            separate.outputs);
  if (sg_error_status(context)) { // these two arguments cannot hold the same values
    sg_error_clear(context);
    return;
  }
  apply_inputs(test, context, test->sample->options, &separate);
  sg_tensor *one[SG_MAX_PORTS], *two[SG_MAX_PORTS];
  unsigned mask = differentiable_inputs(test, apart);
  gradients_of(test, context, &separate, mask, options, two);
  shared.inputs[j] = shared.inputs[i];
  apply_inputs(test, context, test->sample->options, &shared);
  gradients_of(test, context, &shared, 1u << i, options, one);
  for (int64_t e = 0; e < sg_tensor_elements(one[i]); e++) {
    double sum = sg_tensor_value(two[i], e) + sg_tensor_value(two[j], e), got = sg_tensor_value(one[i], e);
    double bound = rounding(two[i]) + rounding(two[j]);
    if (!(got == sum) && !(sum != sum && got != got) && !(got - sum <= bound && sum - got <= bound)) {
      fail_case(test, "the same tensor as %s and %s: element %lld of the gradient is %.17g, expected %.17g",
                port_name(test, i), port_name(test, j), (long long)e, got, sum);
    }
  }
}

static void check_shared_argument(test_case *test) {
  for (int pass = 0; pass < 2; pass++) {
    application a;
    apply_sample(test, test->context, SG_F64, ~0u, &a);
    unsigned mask = differentiable_inputs(test, &a);
    for (int i = 0; i < a.input_count; i++) {
      for (int j = i + 1; j < a.input_count; j++) {
        if (!(mask >> i & 1) || !(mask >> j & 1)) continue;
        if (!sg_shape_equal(sg_tensor_shape(a.inputs[i]), sg_tensor_shape(a.inputs[j]))) continue;
        check_shared_pair(test, &a, i, j, pass ? &recorded : &keep);
      }
    }
  }
}

static const property properties[] = {
    {"fused equals vjp", PROPERTY_OF_DERIVATIVE, check_fused_equals_vjp},
    {"subsets of gradients", PROPERTY_OF_DERIVATIVE, check_subsets},
    {"zero cotangent", PROPERTY_OF_DERIVATIVE, check_zero_cotangent},
    {"linear in the cotangent", PROPERTY_OF_DERIVATIVE, check_linear},
    {"accumulates", PROPERTY_OF_DERIVATIVE, check_accumulates},
    {"same tensor twice", PROPERTY_OF_DERIVATIVE, check_shared_argument},
};

int main(int argc, char **argv) {
  return run_properties(argc, argv, properties, sizeof properties / sizeof *properties);
}
