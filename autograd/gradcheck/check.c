// SPDX-License-Identifier: GPL-3.0-or-later
//
// The check as a whole: options, private copies of the inputs, probes, orders, conclusion.
#include "autograd/gradcheck/check.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum { probes = 3 };

// ---- Options and inputs -----------------------------------------------------------------------------

static sg_status check_options(sg_context *c, sg_gradcheck_function *function, int input_count,
                               sg_tensor *const *inputs, const sg_gradcheck_options *o) {
  if (sg_error_status(c) != SG_OK) return sg_error_status(c);
  if (!function) return sg_error(c, SG_INVALID_ARGUMENT, "gradcheck: there is no function to check");
  if (input_count < 1 || input_count > SG_GRADCHECK_MAX_INPUTS)
    return sg_error(c, SG_INVALID_ARGUMENT, "gradcheck: got %d inputs, expected 1 to %d", input_count,
                    SG_GRADCHECK_MAX_INPUTS);
  for (int i = 0; i < input_count; i++)
    if (!inputs[i])
      return sg_error(c, SG_INVALID_ARGUMENT, "gradcheck: input %d is not a tensor", i + sg_index_base(c));
  if (o->mode == SG_GRADCHECK_DIRECTIONAL || o->mode == SG_GRADCHECK_AUTO)
    return sg_error(c, SG_INVALID_ARGUMENT, "gradcheck: mode %s is not available, expected full",
                    o->mode == SG_GRADCHECK_AUTO ? "auto" : "directional");
  if (o->mode != SG_GRADCHECK_FULL)
    return sg_error(c, SG_INVALID_ARGUMENT, "gradcheck: mode is %d, expected full", (int)o->mode);
  if (o->order < 0 || o->order > 2)
    return sg_error(c, SG_INVALID_ARGUMENT, "gradcheck: order is %d, expected 1 or 2", o->order);
  if (!(o->step >= 0) || !isfinite(o->step))
    return sg_error(c, SG_INVALID_ARGUMENT, "gradcheck: step is %g, expected a finite number >= 0", o->step);
  if (!(o->k == 0 || o->k >= 1) || !isfinite(o->k))
    return sg_error(c, SG_INVALID_ARGUMENT, "gradcheck: k is %g, expected a finite number >= 1", o->k);
  return SG_OK;
}

static void note(sg_gradcheck_report *report, const char *text) {
  const size_t length = strlen(report->notes);
  snprintf(report->notes + length, sizeof report->notes - length, "%s\n", text);
}

static void name_input(char *name, size_t size, const sg_gradcheck_options *o, int i, int base) {
  if (o->names && o->names[i])
    snprintf(name, size, "%s", o->names[i]);
  else
    snprintf(name, size, "input %d", i + base);
}

static sg_status choose_inputs(sg_context *c, int count, sg_tensor *const *inputs, const sg_gradcheck_options *o,
                               bool *checked) {
  int chosen = 0;
  for (int i = 0; i < count; i++) {
    const bool floating = sg_dtype_is_floating(sg_tensor_dtype(inputs[i]));
    checked[i] = o->check ? o->check[i] : floating && sg_tensor_requires_grad(inputs[i]);
    if (checked[i] && !floating)
      return sg_error(c, SG_INVALID_ARGUMENT, "gradcheck: input %d has dtype %s, only f32 and f64 have derivatives",
                      i + sg_index_base(c), sg_dtype_name(sg_tensor_dtype(inputs[i])));
    chosen += checked[i];
  }
  if (chosen > 0) return SG_OK;
  return sg_error(c, SG_INVALID_ARGUMENT,
                  "gradcheck: none of the %d inputs is floating and requires a gradient: nothing to check", count);
}

static sg_status copy_inputs(sg_check_problem *p, int count, sg_tensor *const *inputs,
                             const sg_gradcheck_options *o, sg_gradcheck_report *report) {
  p->input_count = count;
  for (int i = 0; i < count; i++) {
    const sg_dtype dtype = sg_tensor_dtype(inputs[i]);
    p->inputs[i] = sg_tensor_to(p->context, inputs[i], sg_dtype_is_floating(dtype) ? SG_F64 : dtype);
    if (p->inputs[i] == inputs[i]) p->inputs[i] = sg_tensor_copy(p->context, inputs[i]);
    if (!p->inputs[i]) return sg_error_status(p->context);
    if (p->checked[i] && sg_tensor_set_requires_grad(p->inputs[i], true) != SG_OK)
      return sg_error_status(p->context);
    if (dtype != SG_F32) continue;
    char name[48], text[96];
    name_input(name, sizeof name, o, i, sg_index_base(p->context));
    snprintf(text, sizeof text, "%s is f32 and was checked in f64", name);
    note(report, text);
  }
  return SG_OK;
}

// ---- All inputs of one problem ---------------------------------------------------------------------------

static sg_status probe(sg_check_problem *p, const sg_gradcheck_options *o, sg_gradcheck_input *inputs,
                       bool *settled, uint64_t seed, sg_check_defect *defect) {
  gradcheck_draw_weights(p, seed);
  if (gradcheck_differentiate(p, defect) != SG_OK) return sg_error_status(p->context);
  if (defect->text[0]) return SG_OK;
  for (int i = 0, n = 0; i < p->input_count; i++) {
    if (!p->checked[i]) continue;
    sg_gradcheck_input *input = &inputs[n];
    if (!settled[n]) {
      sg_gradcheck_input fresh = {.position = input->position, .order = input->order, .shape = input->shape};
      memcpy(fresh.name, input->name, sizeof fresh.name);
      if (gradcheck_check_input(p, i, o, &fresh, &settled[n]) != SG_OK) return sg_error_status(p->context);
      *input = fresh;
    }
    n++;
  }
  return SG_OK;
}

static sg_status check_problem(sg_check_problem *p, const sg_gradcheck_options *o, sg_gradcheck_input *inputs,
                               sg_check_defect *defect) {
  bool settled[MAX_INPUTS] = {false};
  uint64_t random = o->seed;
  if (gradcheck_measure(p, gradcheck_random_bits(&random), defect) != SG_OK) return sg_error_status(p->context);
  for (int attempt = 0; attempt < probes && !defect->text[0]; attempt++) {
    if (probe(p, o, inputs, settled, gradcheck_random_bits(&random), defect) != SG_OK)
      return sg_error_status(p->context);
    bool all = true;
    for (int i = 0, n = 0; i < p->input_count; i++)
      if (p->checked[i]) all = all && settled[n++];
    if (all) break;
  }
  return SG_OK;
}

// ---- The whole --------------------------------------------------------------------------------------------

static void describe_inputs(const sg_check_problem *p, const sg_gradcheck_options *o, int order, int given,
                            sg_gradcheck_input *inputs) {
  const int base = sg_index_base(p->context);
  for (int i = 0; i < p->input_count; i++) {
    if (!p->checked[i]) continue;
    *inputs = (sg_gradcheck_input){.position = i, .order = order, .verdict = SG_GRADCHECK_INCONCLUSIVE};
    inputs->shape = *sg_tensor_shape(p->inputs[i]);
    inputs->worst.position = -1;
    if (i < given)
      name_input(inputs->name, sizeof inputs->name, o, i, base);
    else
      snprintf(inputs->name, sizeof inputs->name, "cotangent %d", i - given + base);
    inputs++;
  }
}

static int checked_count(const sg_check_problem *p) {
  int count = 0;
  for (int i = 0; i < p->input_count; i++) count += p->checked[i];
  return count;
}

static sg_status check_order(sg_check_problem *p, const sg_gradcheck_options *o, int order, int given,
                             sg_gradcheck_report *report, sg_check_defect *defect) {
  sg_gradcheck_input *inputs = report->inputs + report->input_count;
  describe_inputs(p, o, order, given, inputs);
  report->input_count += checked_count(p);
  const sg_status status = check_problem(p, o, inputs, defect);
  report->evaluations += p->evaluations;
  return status;
}

static sg_status check_orders(sg_check_problem *first, const sg_gradcheck_options *o, sg_gradcheck_report *report,
                              sg_check_defect *defect) {
  if (check_order(first, o, 1, first->input_count, report, defect) != SG_OK) return sg_error_status(first->context);
  if (report->order < 2 || defect->text[0]) return SG_OK;
  sg_check_problem second;
  sg_check_second_order second_order;
  if (gradcheck_second_order(first, o->seed, &second_order, &second) != SG_OK)
    return sg_error_status(first->context);
  return check_order(&second, o, 2, first->input_count, report, defect);
}

static void conclude(sg_gradcheck_report *report, const sg_check_defect *defect) {
  report->verdict = SG_GRADCHECK_PASS;
  for (int i = 0; i < report->input_count; i++)
    if (gradcheck_verdict_rank(report->inputs[i].verdict) > gradcheck_verdict_rank(report->verdict))
      report->verdict = report->inputs[i].verdict;
  if (defect->text[0]) {
    report->verdict = SG_GRADCHECK_FAIL;
    snprintf(report->reason, sizeof report->reason, "%s", defect->text);
  }
  report->ok = report->verdict == SG_GRADCHECK_PASS || report->verdict == SG_GRADCHECK_NONDIFFERENTIABLE;
}

// A report lies in the memory of a tensor, so that the context counts it.
typedef struct owned_report {
  sg_gradcheck_report report;
  sg_tensor *owner;
  sg_gradcheck_input inputs[];
} owned_report;

static sg_gradcheck_report *new_report(sg_context *c, int input_count, const sg_gradcheck_options *o) {
  const size_t room = 2 * (size_t)input_count + SG_GRADCHECK_MAX_OUTPUTS;
  sg_tensor *owner;
  owned_report *made = gradcheck_room(c, sizeof *made + room * sizeof *made->inputs, &owner);
  if (!made) return NULL;
  made->owner = sg_retain(owner);
  made->report.inputs = made->inputs;
  made->report.mode = o->mode;
  made->report.order = o->order == 0 ? 1 : o->order;
  return &made->report;
}

void sg_gradcheck_report_free(sg_gradcheck_report *report) {
  if (report) sg_release(((owned_report *)report)->owner);
}

static sg_status check_in_scope(sg_context *c, sg_gradcheck_function *function, void *user, int input_count,
                                sg_tensor *const *inputs, const sg_gradcheck_options *o,
                                sg_gradcheck_report *report) {
  sg_check_problem p = {.context = c, .function = function, .user = user, .output_limit = SG_GRADCHECK_MAX_OUTPUTS};
  p.random = sg_random_get_state(c);
  sg_check_purity purity = {0};
  sg_check_defect defect = {""};
  if (choose_inputs(c, input_count, inputs, o, p.checked) != SG_OK ||
      copy_inputs(&p, input_count, inputs, o, report) != SG_OK ||
      gradcheck_watch(&purity, c, input_count, inputs) != SG_OK)
    return sg_error_status(c);
  sg_status status = check_orders(&p, o, report, &defect);
  gradcheck_restore(&purity, &defect);
  if (status == SG_OK) status = sg_error_status(c);
  if (status == SG_OK) conclude(report, &defect);
  return status;
}

sg_status sg_gradcheck(sg_context *c, sg_gradcheck_function *function, void *user, int input_count,
                       sg_tensor *const *inputs, const sg_gradcheck_options *options,
                       sg_gradcheck_report **report) {
  static const sg_gradcheck_options defaults = {0};
  const sg_gradcheck_options *o = options ? options : &defaults;
  *report = NULL;
  if (check_options(c, function, input_count, inputs, o) != SG_OK) return sg_error_status(c);
  const sg_random_state random = sg_random_get_state(c);
  const bool recording = sg_set_grad_enabled(c, false);
  const sg_scope scope = sg_scope_open(c);
  sg_gradcheck_report *made = new_report(c, input_count, o);
  const sg_status status =
      made ? check_in_scope(c, function, user, input_count, inputs, o, made) : sg_error_status(c);
  sg_scope_close(c, scope);
  sg_set_grad_enabled(c, recording);
  sg_random_set_state(c, random);
  if (status == SG_OK)
    *report = made;
  else
    sg_gradcheck_report_free(made);
  return status;
}
