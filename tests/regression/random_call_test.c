// SPDX-License-Identifier: GPL-3.0-or-later
//
// Random calls of every op: shapes, options and values from the ordinary to the absurd, through sg_apply and both
// ways of the derivative. A call computes or is refused; nothing crashes, leaks or leaves tensors behind, and the
// fused derivative agrees with the composed one wherever the numbers are tame.
//
//   random_call_test [seed [calls [op]]]
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/support/registry.h"

enum { MOST_VALUES = 20 };

typedef struct fuzz {
  sg_context *context;
  uint64_t seed, draws;
  bool tame;
  const sg_op *op;
  int64_t integers[MOST_VALUES]; // of lists among the options
  double numbers[MOST_VALUES];
} fuzz;

static uint64_t draw(fuzz *f, uint64_t bound) {
  return sg_sample_hash(f->seed * 0x9E3779B97F4A7C15 + f->draws++) % bound;
}
static bool once_in(fuzz *f, uint64_t n) { return draw(f, n) == 0; }

static int64_t any_integer(fuzz *f) {
  static const int64_t extremes[] = {INT64_MIN,        INT64_MAX,        INT32_MAX, INT32_MIN,
                                     INT64_C(1) << 32, INT64_C(1) << 62, -1,        INT64_MIN + 1};
  return once_in(f, 12) ? extremes[draw(f, 8)] : (int64_t)draw(f, 7) - 2;
}

static double any_number(fuzz *f) {
  static const double extremes[] = {
      0, -0.0, 1e300, -1e300, (double)INFINITY, -(double)INFINITY, (double)NAN, 1e-310};
  return once_in(f, 6) ? extremes[draw(f, 8)] : (double)draw(f, 4096) / 1024 - 2;
}

static int64_t any_extent(fuzz *f) {
  static const int64_t extremes[] = {INT64_C(1) << 40, INT32_MAX, INT64_C(1) << 58, 1000};
  return once_in(f, 60) ? extremes[draw(f, 4)] : once_in(f, 12) ? 0 : (int64_t)draw(f, 4) + 1;
}

static sg_shape any_shape(fuzz *f) {
  sg_shape shape = {.rank = (int)draw(f, once_in(f, 4) ? SG_MAX_RANK + 1 : 5)};
  for (int d = 0; d < shape.rank; d++) shape.size[d] = any_extent(f);
  return shape;
}

// ---- Options ----------------------------------------------------------------------------------------

static void any_list(fuzz *f, sg_ints *list) {
  list->count = once_in(f, 20) ? (int)any_integer(f) : (int)draw(f, 4);
  for (int i = 0; i < SG_MAX_RANK; i++) list->value[i] = any_integer(f);
}

// At most as many values as there are, or below 0.
static int any_count(fuzz *f) { return once_in(f, 20) ? -1 - (int)draw(f, 9) : (int)draw(f, MOST_VALUES + 1); }

static void any_option(fuzz *f, const sg_attribute *attribute, void *at) {
  switch (attribute->type) {
  case SG_ATTRIBUTE_FLOAT:
    *(double *)at = any_number(f);
    break;
  case SG_ATTRIBUTE_NUMBER:
    *(sg_number *)at = once_in(f, 2) ? sg_whole(any_integer(f)) : sg_real(any_number(f));
    break;
  case SG_ATTRIBUTE_INT:
  case SG_ATTRIBUTE_DIM:
    *(int64_t *)at = any_integer(f);
    break;
  case SG_ATTRIBUTE_BOOL:
    *(bool *)at = draw(f, 2);
    break;
  case SG_ATTRIBUTE_INTS:
  case SG_ATTRIBUTE_DIMS:
    any_list(f, at);
    if (attribute->choices && once_in(f, 3)) ((sg_ints *)at)->count = -1 - (int)draw(f, 3);
    break;
  case SG_ATTRIBUTE_CHOICE:
    *(int *)at = (int)draw(f, 5) - 1;
    break;
  case SG_ATTRIBUTE_DTYPE:
    *(sg_dtype *)at = (sg_dtype)draw(f, SG_DTYPES + 2);
    break;
  case SG_ATTRIBUTE_STRING:
    *(const char **)at = attribute->choices && once_in(f, 2) ? attribute->choices[0] : once_in(f, 9) ? NULL : "any";
    break;
  case SG_ATTRIBUTE_INT_LIST:
    for (int i = 0; i < MOST_VALUES; i++) f->integers[i] = any_integer(f);
    *(sg_int_list *)at = (sg_int_list){any_count(f), once_in(f, 20) ? NULL : f->integers};
    break;
  case SG_ATTRIBUTE_FLOAT_LIST:
    for (int i = 0; i < MOST_VALUES; i++) f->numbers[i] = any_number(f);
    *(sg_float_list *)at = (sg_float_list){any_count(f), once_in(f, 20) ? NULL : f->numbers};
    break;
  case SG_ATTRIBUTE_SHAPE:
    *(sg_shape *)at = any_shape(f);
    if (once_in(f, 20)) ((sg_shape *)at)->rank = (int)any_integer(f);
    if (once_in(f, 4)) ((sg_shape *)at)->size[0] = any_integer(f);
    break;
  }
}

// ---- Inputs -----------------------------------------------------------------------------------------

static sg_tensor *filled(fuzz *f, sg_dtype dtype, const sg_shape *shape) {
  sg_tensor *tensor = sg_tensor_full(f->context, dtype, shape, 0);
  if (!tensor) return NULL;
  void *data = sg_output_data(tensor);
  bool wild = !f->tame && once_in(f, 2);
  for (int64_t i = 0; i < sg_tensor_elements(tensor); i++) {
    double value = wild ? any_number(f) : 0.1 + (double)draw(f, 1 << 20) / (1 << 20);
    if (dtype == SG_F32) ((float *)data)[i] = (float)value;
    if (dtype == SG_F64) ((double *)data)[i] = value;
    if (dtype == SG_BOOL || dtype == SG_U8) ((uint8_t *)data)[i] = (uint8_t)draw(f, dtype == SG_U8 ? 256 : 2);
    if (dtype == SG_I64)
      ((int64_t *)data)[i] = wild ? any_integer(f) : (int64_t)draw(f, 3) + sg_index_base(f->context);
  }
  return tensor;
}

static void mutate(fuzz *f, sg_shape *shape) {
  if (once_in(f, 6)) *shape = any_shape(f);
  if (shape->rank > 0 && once_in(f, 3)) shape->size[draw(f, (uint64_t)shape->rank)] = any_extent(f);
}

static sg_tensor *any_input(fuzz *f, int position, const sg_sample *sample, sg_tensor **before, sg_dtype common) {
  const sg_port *port = sg_op_input_port(f->op, position);
  if (position > 0 && once_in(f, 16)) return before[position - 1]; // the same tensor twice
  const sg_sample_input *model = position < SG_MAX_SAMPLE_INPUTS ? &sample->inputs[position] : &sample->inputs[0];
  if (model->kind == SG_SAMPLE_ABSENT ? !once_in(f, 8) : once_in(f, 40)) return NULL;
  sg_shape shape = model->shape;
  if (!f->tame || once_in(f, 3)) mutate(f, &shape);
  bool index = port->flags & SG_INDEX || model->dtype == SG_I64;
  if (port->flags & SG_FLOATING_TOO && model->kind != SG_SAMPLE_INDEX) index = model->dtype == SG_I64;
  sg_dtype own = index ? SG_I64 : model->dtype == SG_BOOL || model->dtype == SG_U8 ? model->dtype : common;
  sg_dtype dtype = once_in(f, port->flags & SG_ANY_DTYPE ? 8 : 40) ? (sg_dtype)(1 + draw(f, SG_DTYPES)) : own;
  sg_tensor *tensor = filled(f, dtype, &shape);
  sg_error_clear(f->context);
  if (tensor && sg_dtype_is_floating(dtype) && !once_in(f, 4)) sg_tensor_set_requires_grad(tensor, true);
  if (tensor && shape.rank > 0 && once_in(f, 10)) { // a view, so that values do not begin where the storage does
    sg_tensor *same = sg_reshape(f->context, tensor, &shape);
    if (same) tensor = same;
  }
  return tensor;
}

// ---- One call ---------------------------------------------------------------------------------------

static void compare(const fuzz *f, int input, const sg_tensor *fused, const sg_tensor *composed) {
  for (int64_t i = 0; i < sg_tensor_elements(fused); i++) {
    double a = sg_tensor_value(fused, i), b = sg_tensor_value(composed, i);
    if (!isfinite(a) || !isfinite(b) || fabs(a) > 1e6) continue;
    if (fabs(a - b) <= 1e-6 * (1 + fabs(a))) continue;
    fail_msg("%s, seed %llu: gradient %d, element %lld is %.17g fused and %.17g composed", f->op->name,
             (unsigned long long)f->seed, input, (long long)i, a, b);
  }
}

static void differentiate(fuzz *f, int count, sg_tensor **inputs, int output_count, sg_tensor **outputs) {
  sg_context *context = f->context;
  for (int p = 0; p < output_count; p++) {
    sg_tensor *output = outputs[p];
    if (!output || !sg_tensor_requires_grad(output)) continue; // absent: what was to be written
    sg_tensor *cotangent = filled(f, sg_tensor_dtype(output), sg_tensor_shape(output));
    for (int i = 0; i < count; i++) {
      if (!inputs[i] || !sg_tensor_requires_grad(inputs[i])) continue;
      sg_backward_options keep = {.retain_graph = true, .allow_unused = true};
      sg_backward_options record = {.create_graph = true, .allow_unused = true};
      sg_tensor *fused = NULL, *composed = NULL, *second = NULL;
      sg_grad(context, 1, &output, &cotangent, 1, &inputs[i], &keep, &fused);
      sg_error_clear(context);
      sg_grad(context, 1, &output, &cotangent, 1, &inputs[i], &record, &composed);
      sg_error_clear(context);
      if (fused && composed && f->tame && sg_tensor_dtype(fused) == SG_F64) compare(f, i, fused, composed);
      if (composed && sg_tensor_requires_grad(composed)) {
        sg_tensor *again = filled(f, sg_tensor_dtype(composed), sg_tensor_shape(composed));
        sg_grad(context, 1, &composed, &again, 1, &inputs[i], &record, &second);
      }
      sg_error_clear(context);
    }
    sg_backward(context, output, cotangent, NULL);
    sg_error_clear(context);
  }
}

static void one_call(fuzz *f) {
  sg_context *context = f->context;
  enum { MOST = SG_MAX_PORTS + 2 };
  int samples = 0;
  while (sg_op_sample(f->op, samples)) samples++;
  const sg_sample none = {0}, *sample = samples ? sg_op_sample(f->op, (int)draw(f, (uint64_t)samples)) : &none;
  f->tame = draw(f, 2);
  _Alignas(16) char options[2048] = {0};
  const void *from = sample->options ? sample->options : sg_op_defaults(f->op);
  if (from) memcpy(options, from, sg_op_options_bytes(f->op));
  for (const sg_attribute *a = sg_op_attributes(f->op); a->name; a++) {
    if (once_in(f, f->tame ? 6 : 3)) any_option(f, a, options + a->offset);
  }
  sg_tensor *inputs[MOST] = {NULL}, *outputs[SG_MAX_PORTS];
  int count = sg_op_input_ports(f->op), ports = count, output_count;
  if (ports && sg_op_inputs(f->op)[ports - 1].flags & SG_VARIADIC) count += (int)draw(f, 3);
  if (once_in(f, 50)) count = (int)draw(f, SG_MAX_PORTS);
  sg_dtype common = f->tame || once_in(f, 2) ? SG_F64 : SG_F32;
  sg_scope scope = sg_scope_open(context);
  for (int i = 0; i < count; i++) inputs[i] = any_input(f, i, sample, inputs, common);
  sg_error_clear(context);
  sg_memory_usage before = sg_memory(context);
  if (!apply_any(context, f->op, count, inputs, from || sg_op_options_bytes(f->op) ? options : NULL, &output_count,
                 outputs)) {
    differentiate(f, count, inputs, output_count, outputs);
  } else {
    sg_memory_usage after = sg_memory(context);
    if (before.live_tensors != after.live_tensors || before.live_nodes != after.live_nodes)
      fail_msg("%s, seed %llu: a refused call left something", f->op->name, (unsigned long long)f->seed);
    sg_error_clear(context);
  }
  for (int i = 0; i < count; i++) {
    if (inputs[i] && sg_tensor_is_leaf(inputs[i])) sg_tensor_set_grad(inputs[i], NULL);
  }
  sg_scope_close(context, scope);
}

static uint64_t first_seed = 1, calls = 6000;
static const char *only;

static void random_calls(void **state) {
  (void)state;
  sg_context *context = sg_open(&(sg_config){
      .ops = sg_builtin_ops(), .threads = 2, .seed = 1, .memory_limit = UINT64_C(8) << 20, .index_base = 1});
  for (uint64_t i = 0; i < calls; i++) {
    fuzz f = {.context = context, .seed = first_seed + i};
    f.op = only ? sg_op_find(context, only) : sg_op_at(context, i % sg_op_count(context));
    assert_non_null(f.op);
    if (getenv("RANDOM_CALL_TRACE")) fprintf(stderr, "%s %llu\n", f.op->name, (unsigned long long)f.seed);
    one_call(&f);
  }
  assert_int_equal(sg_memory(context).live_tensors, 0);
  assert_int_equal(sg_memory(context).live_nodes, 0);
  sg_close(context);
}

int main(int argc, char **argv) {
  if (argc > 1) first_seed = strtoull(argv[1], NULL, 10);
  if (argc > 2) calls = strtoull(argv[2], NULL, 10);
  if (argc > 3) only = argv[3];
  const struct CMUnitTest tests[] = {cmocka_unit_test(random_calls)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
