// SPDX-License-Identifier: GPL-3.0-or-later
//
// A tensor without elements may have extents of any size beside the zero: no loop may run over them. Every sample
// again with one extent of 0 and another of 2^40: the op computes, with its derivatives, or refuses, at once.
#include <signal.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/support/enlarge.h"
#include "tests/support/registry.h"

static const int64_t huge = INT64_C(1) << 40;

// A loop of 2^40 steps takes minutes at the very least, and everything else here milliseconds.
enum { SECONDS = 20 };

// Applies and differentiates in both forms. Memory that is not there is a fair answer: a sum over no elements can
// have any number of results.
static void run(const test_case *test, const sg_sample *sample) {
  sg_context *context = test->context;
  sg_scope scope = sg_scope_open(context);
  sg_tensor *inputs[SG_MAX_PORTS], *outputs[SG_MAX_PORTS], *wanted[SG_MAX_PORTS], *found[SG_MAX_PORTS];
  sg_tensor *results[SG_MAX_PORTS], *cotangents[SG_MAX_PORTS];
  int input_count = sg_sample_inputs(context, test->op, sample, SG_F64, 1, inputs), wanted_count = 0;
  for (int i = 0; i < input_count && !sg_error_status(context); i++) {
    if (!sg_op_input_is_differentiable(test->op, i, inputs[i])) continue;
    sg_tensor_set_requires_grad(inputs[i], true);
    wanted[wanted_count++] = inputs[i];
  }
  reset_random(context);
  alarm(SECONDS);
  int output_count = 0, result_count = 0;
  if (!sg_error_status(context) &&
      !apply_any(context, test->op, input_count, inputs, sample->options, &output_count, outputs)) {
    for (int p = 0; p < output_count; p++) {
      if (!outputs[p] || !sg_tensor_requires_grad(outputs[p])) continue;
      results[result_count] = outputs[p];
      cotangents[result_count++] = sg_sample_cotangent(context, outputs[p], 1, p);
    }
    for (int recorded = 0; recorded < 2 && result_count > 0 && !sg_error_status(context); recorded++) {
      const sg_backward_options options = {.retain_graph = true, .create_graph = recorded, .allow_unused = true};
      sg_grad(context, result_count, results, cotangents, wanted_count, wanted, &options, found);
    }
  }
  alarm(0);
  sg_error_clear(context);
  sg_scope_close(context, scope);
}

static void replace_at(sg_sample *sample, const sg_shape *like, int zero, int large) {
  for (int i = 0; i < SG_MAX_SAMPLE_INPUTS; i++) {
    sg_sample_input *input = &sample->inputs[i];
    if (input->kind == SG_SAMPLE_ABSENT || !sg_shape_equal(&input->shape, like)) continue;
    input->shape.size[zero] = 0;
    input->shape.size[large] = huge;
  }
}

// By place: in all inputs of one shape.
static void check_places(const test_case *test, const sg_shape *shape) {
  for (int zero = 0; zero < shape->rank; zero++) {
    for (int large = 0; large < shape->rank; large++) {
      if (zero == large) continue;
      sg_sample sample = *test->sample;
      replace_at(&sample, shape, zero, large);
      run(test, &sample);
    }
  }
}

// Values given one by one cannot be 2^40.
static bool can_be_huge(const sg_sample *sample, int64_t large) {
  for (int i = 0; i < SG_MAX_SAMPLE_INPUTS; i++) {
    const sg_sample_input *input = &sample->inputs[i];
    if (input->kind != SG_SAMPLE_VALUES || sg_shape_elements(&input->shape) == 0) continue;
    for (int d = 0; d < input->shape.rank; d++)
      if (input->shape.size[d] == large) return false;
  }
  return true;
}

// By size: wherever the extents occur, in attributes too.
static void check_sizes(const test_case *test, int64_t zero, int64_t large) {
  enlarged first, second;
  reshape_sample(test->op, test->sample, zero, 0, &first);
  if (can_be_huge(&first.sample, large)) {
    reshape_sample(test->op, &first.sample, large, huge, &second);
    run(test, &second.sample);
    enlarged_free(&second);
  }
  enlarged_free(&first);
}

static void run_all(const test_case *test) {
  const sg_sample_input *inputs = test->sample->inputs;
  for (int i = 0; i < SG_MAX_SAMPLE_INPUTS; i++) {
    if (inputs[i].kind == SG_SAMPLE_ABSENT) continue;
    check_places(test, &inputs[i].shape);
    for (int d = 0; d < inputs[i].shape.rank; d++) {
      for (int other = 0; other < SG_MAX_SAMPLE_INPUTS; other++) {
        if (inputs[other].kind == SG_SAMPLE_ABSENT) continue;
        for (int e = 0; e < inputs[other].shape.rank; e++) {
          int64_t zero = inputs[i].shape.size[d], large = inputs[other].shape.size[e];
          if (zero != large && large != 0) check_sizes(test, zero, large);
        }
      }
    }
  }
}

// In a process of its own, which the alarm ends: the other ops have their turn.
static void check_empty(test_case *test) {
  fflush(NULL);
  const pid_t child = fork();
  if (child < 0) fail_case(test, "cannot fork");
  if (child == 0) {
    sg_memory_set_limit(test->context, (uint64_t)1 << 26);
    run_all(test);
    _exit(0);
  }
  int status = 0;
  if (waitpid(child, &status, 0) != child) fail_case(test, "cannot wait for its process");
  if (WIFSIGNALED(status) && WTERMSIG(status) == SIGALRM)
    fail_case(test, "loops over an extent of a tensor without elements");
  if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) fail_case(test, "ends with status %d", status);
}

static const property properties[] = {{"empty and huge", PROPERTY_OF_SAMPLE, check_empty}};

int main(int argc, char **argv) {
  return run_properties(argc, argv, properties, sizeof properties / sizeof *properties);
}
