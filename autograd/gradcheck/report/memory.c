// SPDX-License-Identifier: GPL-3.0-or-later
//
// A report lies in the memory of tensors, so that the context counts it.
#include "autograd/gradcheck/common/memory.h"
#include "autograd/gradcheck/common/defaults.h"
#include "autograd/gradcheck/report/report.h"

#include <string.h>

typedef struct owned_report {
  sg_gradcheck_report report;
  sg_tensor *owner;
  sg_gradcheck_input inputs[];
} owned_report;

// Order 2 has an input more for every output of the function, order 3 for every gradient of order 2 as well.
static size_t room_for_inputs(size_t input_count, int order) {
  const size_t first = input_count, second = first + SG_GRADCHECK_MAX_OUTPUTS, third = second + second;
  return order == 1 ? first : order == 2 ? first + second : first + second + third;
}

sg_gradcheck_report *report_new(sg_context *c, int input_count, const sg_gradcheck_options *o) {
  const int order = gradcheck_order(o);
  const size_t room = room_for_inputs((size_t)input_count, order);
  sg_tensor *owner;
  owned_report *made = gradcheck_memory(c, sizeof *made + room * sizeof *made->inputs, &owner);
  if (!made) return NULL;
  made->owner = sg_retain(owner);
  made->report.inputs = made->inputs;
  made->report.mode = o->mode;
  made->report.miss = gradcheck_wanted_miss(o);
  made->report.order = order;
  return &made->report;
}

static void release_memory(sg_gradcheck_input *input) {
  for (size_t i = 0; i < sizeof input->memory / sizeof *input->memory; i++) {
    sg_release(input->memory[i]);
    input->memory[i] = NULL;
  }
}

void report_clear_input(sg_gradcheck_input *input) {
  release_memory(input);
  const sg_gradcheck_input before = *input;
  *input = (sg_gradcheck_input){.position = before.position, .order = before.order, .shape = before.shape};
  memcpy(input->name, before.name, sizeof input->name);
  input->worst.position = -1;
  input->dense_miss = input->single_miss = 1; // nothing is promised yet
  report_judge_input(input);
}

void *report_keep(sg_context *c, sg_gradcheck_input *input, size_t bytes) {
  sg_tensor *owner;
  void *room = gradcheck_memory(c, bytes, &owner);
  if (!room) return NULL;
  for (size_t i = 0; i < sizeof input->memory / sizeof *input->memory; i++) {
    if (input->memory[i]) continue;
    input->memory[i] = sg_retain(owner);
    return room;
  }
  return NULL;
}

void sg_gradcheck_report_free(sg_gradcheck_report *report) {
  if (!report) return;
  for (int i = 0; i < report->input_count; i++) release_memory(&report->inputs[i]);
  sg_release(((owned_report *)report)->owner);
}
