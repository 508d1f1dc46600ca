// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/support/registry.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

// ---- Tests from properties ------------------------------------------------------------------------

typedef struct scheduled {
  char name[192];
  const property *property;
  test_case test;
} scheduled;

typedef struct schedule {
  scheduled *tests;
  size_t count, capacity;
} schedule;

static void add_test(schedule *s, const property *p, const sg_op *op, const sg_sample *sample, int number) {
  if (s->count == s->capacity) {
    s->capacity = s->capacity ? 2 * s->capacity : 256;
    s->tests = realloc(s->tests, s->capacity * sizeof *s->tests);
  }
  scheduled *test = &s->tests[s->count++];
  *test = (scheduled){.property = p, .test = {.op = op, .sample = sample, .number = number}};
  snprintf(test->name, sizeof test->name, "%s: %s%s%s", p->name, op->name, sample ? ", " : "",
           sample ? sample->name : "");
}

static void add_op(schedule *s, const property *p, const sg_op *op) {
  if (p->kind == PROPERTY_OF_OP) {
    add_test(s, p, op, NULL, 0);
    return;
  }
  if (p->kind == PROPERTY_OF_DERIVATIVE && !sg_op_is_differentiable(op)) return;
  const sg_sample *(*sample_of)(const sg_op *, int) =
      p->kind == PROPERTY_OF_BAD_SAMPLE ? sg_op_bad_sample : sg_op_sample;
  const sg_sample *sample;
  for (int i = 0; (sample = sample_of(op, i)) != NULL; i++) add_test(s, p, op, sample, i);
}

static void run_scheduled(void **state) {
  scheduled *s = *state;
  test_allocator allocator = {0};
  s->test.allocator = &allocator;
  s->test.context = open_context(&allocator, 0, NULL);
  assert_non_null(s->test.context);
  sg_scope scope = sg_scope_open(s->test.context);
  s->property->check(&s->test);
  sg_scope_close(s->test.context, scope);
  close_context(s->test.context, &allocator);
}

// An op that is not sound keeps every context from opening, so it is told by itself.
static bool descriptors_are_sound(void) {
  sg_context *context = sg_open(NULL);
  bool sound = context != NULL;
  for (const sg_op *const *op = sg_builtin_ops(); sound && *op; op++) {
    if (!sg_op_check(context, *op)) continue;
    fprintf(stderr, "%s\n", sg_error_message(context));
    sound = false;
  }
  sg_close(context);
  return sound;
}

int run_properties(int argc, char **argv, const property *properties, size_t count) {
  schedule s = {0};
  if (!descriptors_are_sound()) return 1;
  for (size_t p = 0; p < count; p++) {
    for (const sg_op *const *op = sg_builtin_ops(); *op; op++) add_op(&s, &properties[p], *op);
  }
  struct CMUnitTest *tests = calloc(s.count + 1, sizeof *tests);
  for (size_t i = 0; i < s.count; i++) {
    tests[i] =
        (struct CMUnitTest){.name = s.tests[i].name, .test_func = run_scheduled, .initial_state = &s.tests[i]};
  }
  if (argc > 1) cmocka_set_test_filter(argv[1]);
  int failed = _cmocka_run_group_tests(properties[0].name, tests, s.count, NULL, NULL);
  free(tests);
  free(s.tests);
  return failed != 0;
}

sg_context *open_context(test_allocator *allocator, int threads, const char *isa) {
  sg_config config = {.ops = sg_builtin_ops(),
                      .threads = threads ? threads : 1,
                      .seed = 7,
                      .isa = isa,
                      .allocate = test_allocate,
                      .release = test_deallocate,
                      .allocator_user = allocator};
  return sg_open(&config);
}

void close_context(sg_context *context, test_allocator *allocator) {
  sg_memory_usage memory = sg_memory(context);
  sg_close(context);
  if (allocator->live_blocks) {
    fail_msg("%llu blocks (%llu bytes) leaked; %llu tensors and %llu nodes were alive",
             (unsigned long long)allocator->live_blocks, (unsigned long long)allocator->live_bytes,
             (unsigned long long)memory.live_tensors, (unsigned long long)memory.live_nodes);
  }
}

// ---- Applying the op under test -------------------------------------------------------------------

void reset_random(sg_context *context) {
  sg_random_set_state(context, (sg_random_state){.seed = 7, .position = 0});
}

sg_status apply_any(sg_context *context, const sg_op *op, int input_count, sg_tensor *const *inputs,
                    const void *options, int *output_count, sg_tensor **outputs) {
  sg_tensors all;
  sg_apply_list(context, op, input_count, inputs, options, &all);
  *output_count = all.count < SG_MAX_PORTS ? all.count : SG_MAX_PORTS;
  for (int k = 0; k < *output_count; k++) outputs[k] = all.tensor[k];
  while (*output_count && !outputs[*output_count - 1]) --*output_count; // written inputs that are absent
  return sg_error_status(context);
}

bool try_inputs(const test_case *test, sg_context *context, const void *options, application *a) {
  require_ok(test, context, "making the inputs");
  reset_random(context);
  memset(a->cotangents, 0, sizeof a->cotangents);
  if (apply_any(context, test->op, a->input_count, a->inputs, options, &a->output_count, a->outputs)) return false;
  for (int k = 0; k < a->output_count; k++) {
    if (!sg_op_output_is_differentiable(test->op, k, a->outputs[k])) continue;
    a->cotangents[k] = sg_sample_cotangent(context, a->outputs[k], 1, k);
  }
  return true;
}

void apply_inputs(const test_case *test, sg_context *context, const void *options, application *a) {
  try_inputs(test, context, options, a);
  require_ok(test, context, "applying the op");
}

void apply_sample(const test_case *test, sg_context *context, sg_dtype dtype, unsigned mask, application *a) {
  a->input_count = sg_sample_inputs(context, test->op, test->sample, dtype, 1, a->inputs);
  require_ok(test, context, "making the inputs");
  for (int i = 0; i < a->input_count; i++) {
    if (mask >> i & 1 && sg_op_input_is_differentiable(test->op, i, a->inputs[i])) {
      sg_tensor_set_requires_grad(a->inputs[i], true);
    }
  }
  apply_inputs(test, context, test->sample->options, a);
}

unsigned differentiable_inputs(const test_case *test, const application *a) {
  unsigned mask = 0;
  for (int i = 0; i < a->input_count; i++) {
    if (sg_op_input_is_differentiable(test->op, i, a->inputs[i])) mask |= 1u << i;
  }
  return mask;
}

void gradients_of(const test_case *test, sg_context *context, const application *a, unsigned mask,
                  const sg_backward_options *options, sg_tensor **gradients) {
  sg_tensor *outputs[SG_MAX_PORTS], *cotangents[SG_MAX_PORTS], *inputs[SG_MAX_PORTS], *found[SG_MAX_PORTS];
  int output_count = 0, input_count = 0;
  for (int k = 0; k < a->output_count; k++) {
    if (!a->cotangents[k] || !sg_tensor_requires_grad(a->outputs[k])) continue;
    outputs[output_count] = a->outputs[k];
    cotangents[output_count++] = a->cotangents[k];
  }
  for (int i = 0; i < a->input_count; i++) {
    gradients[i] = NULL;
    if (mask >> i & 1) inputs[input_count++] = a->inputs[i];
  }
  if (!input_count || !output_count) return;
  sg_grad(context, output_count, outputs, cotangents, input_count, inputs, options, found);
  require_ok(test, context, "taking the gradient");
  for (int i = 0, next = 0; i < a->input_count; i++) {
    if (!(mask >> i & 1)) continue;
    gradients[i] = found[next++];
    if (!gradients[i]) fail_case(test, "no gradient of %s", sg_op_input_port(test->op, i)->name);
    if (!sg_shape_equal(sg_tensor_shape(gradients[i]), sg_tensor_shape(a->inputs[i])) ||
        sg_tensor_dtype(gradients[i]) != sg_tensor_dtype(a->inputs[i])) {
      fail_case(test, "the gradient of %s has shape %s and dtype %s", sg_op_input_port(test->op, i)->name,
                sg_shape_text(sg_tensor_shape(gradients[i])).text, sg_dtype_name(sg_tensor_dtype(gradients[i])));
    }
  }
}

// ---- Verdicts -------------------------------------------------------------------------------------

void fail_case(const test_case *test, const char *format, ...) {
  char text[4096];
  va_list arguments;
  va_start(arguments, format);
  vsnprintf(text, sizeof text, format, arguments);
  va_end(arguments);
  fail_msg("%s%s%s: %s", test->op->name, test->sample ? ", sample " : "", test->sample ? test->sample->name : "",
           text);
}

void require_ok(const test_case *test, sg_context *context, const char *what) {
  if (sg_error_status(context)) fail_case(test, "%s failed: %s", what, sg_error_message(context));
}

double largest(const sg_tensor *tensor) {
  double result = 0;
  for (int64_t i = 0; i < sg_tensor_elements(tensor); i++) {
    double size = fabs(sg_tensor_value(tensor, i));
    if (size > result && isfinite(size)) result = size;
  }
  return result;
}

static void require_same_shape(const test_case *test, const char *what, const char *port, const sg_tensor *got,
                               const sg_tensor *want) {
  if (sg_shape_equal(sg_tensor_shape(got), sg_tensor_shape(want))) return;
  fail_case(test, "%s: %s has shape %s, expected %s", what, port, sg_shape_text(sg_tensor_shape(got)).text,
            sg_shape_text(sg_tensor_shape(want)).text);
}

static bool agree(double a, double b, double bound) {
  return a == b || (isnan(a) && isnan(b)) || fabs(a - b) <= bound;
}

void require_close(const test_case *test, const char *what, const char *port, const sg_tensor *got,
                   const sg_tensor *want, double bound) {
  require_same_shape(test, what, port, got, want);
  for (int64_t i = 0; i < sg_tensor_elements(got); i++) {
    double a = sg_tensor_value(got, i), b = sg_tensor_value(want, i);
    if (!agree(a, b, bound)) {
      fail_case(test, "%s: element %lld of %s is %.17g, expected %.17g within %.3g", what, (long long)i, port, a, b,
                bound);
    }
  }
}

void require_same_bits(const test_case *test, const char *what, const char *port, const sg_tensor *got,
                       const sg_tensor *want) {
  require_same_shape(test, what, port, got, want);
  if (sg_tensor_dtype(got) != sg_tensor_dtype(want)) fail_case(test, "%s: %s changed its dtype", what, port);
  if (sg_tensor_bytes(got) && memcmp(sg_tensor_data(got), sg_tensor_data(want), sg_tensor_bytes(got)) == 0) return;
  for (int64_t i = 0; i < sg_tensor_elements(got); i++) {
    double a = sg_tensor_value(got, i), b = sg_tensor_value(want, i);
    size_t bytes = sg_dtype_bytes(sg_tensor_dtype(got));
    const char *p = (const char *)sg_tensor_data(got) + (size_t)i * bytes;
    const char *q = (const char *)sg_tensor_data(want) + (size_t)i * bytes;
    if (memcmp(p, q, bytes) != 0) {
      fail_case(test, "%s: element %lld of %s is %.17g, not the same bits as %.17g", what, (long long)i, port, a,
                b);
    }
  }
}

void require_zero(const test_case *test, const char *what, const char *port, const sg_tensor *got) {
  for (int64_t i = 0; i < sg_tensor_elements(got); i++) {
    double value = sg_tensor_value(got, i);
    if (!(value == 0))
      fail_case(test, "%s: element %lld of %s is %.17g, expected 0", what, (long long)i, port, value);
  }
}
