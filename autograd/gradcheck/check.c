// SPDX-License-Identifier: GPL-3.0-or-later
//
// The check as a whole: private copies of the inputs, orders, conclusion.
#include "autograd/gradcheck/check.h"
#include "autograd/detached.h"
#include "autograd/gradcheck/common/words.h"
#include "autograd/gradcheck/options.h"
#include "autograd/gradcheck/purity.h"
#include "autograd/gradcheck/report/report.h"
#include "autograd/gradcheck/rounds.h"

#include <stdio.h>
#include <string.h>

enum { highest_order = 3 };

// The points of the orders 1 to `count`.
typedef struct orders {
  point point[highest_order];
  int count;
} orders;

// The position-th of the checked inputs.
static int checked_input(const point *p, int position) {
  int i = 0;
  while (i + 1 < p->input_count && (!p->checked[i] || position-- > 0)) i++;
  return i;
}

// Order 2 adds a cotangent for every output, order 3 one for every gradient that order 2 takes.
static void name_input(const orders *all, const sg_gradcheck_options *o, int i, char name[static 48]) {
  const point *first = &all->point[0];
  const int base = sg_index_base(first->context), outputs = first->input_count + first->output_count;
  if (i < first->input_count) {
    gradcheck_name_input(name, 48, o, i, base);
  } else if (i < outputs) {
    snprintf(name, 48, "cotangent %d", i - first->input_count + base);
  } else {
    char of[48];
    gradcheck_name_input(of, sizeof of, o, checked_input(first, i - outputs), base);
    snprintf(name, 48, "cotangent d(%.34s)", of);
  }
}

static void describe_inputs(const orders *all, const sg_gradcheck_options *o, sg_gradcheck_input *inputs) {
  const point *p = &all->point[all->count - 1];
  for (int i = 0; i < p->input_count; i++) {
    if (!p->checked[i]) continue;
    *inputs = (sg_gradcheck_input){.position = i, .order = all->count, .shape = *sg_tensor_shape(p->inputs[i])};
    inputs->worst.position = -1;
    report_clear_input(inputs);
    name_input(all, o, i, inputs->name);
    inputs++;
  }
}

static sg_status check_order(orders *all, const sg_gradcheck_options *o, sg_gradcheck_report *report,
                             function_defect *defect) {
  point *p = &all->point[all->count - 1];
  sg_gradcheck_input *inputs = report->inputs + report->input_count;
  describe_inputs(all, o, inputs);
  report->input_count += point_checked_count(p);
  if (o->budget) p->budget = o->budget > report->evaluations ? o->budget - report->evaluations : 1;
  const sg_status status = rounds_check(p, o, inputs, report, defect);
  report->evaluations += p->evaluations;
  return status;
}

static sg_status check_orders(orders *all, const sg_gradcheck_options *o, sg_gradcheck_report *report,
                              function_defect *defect) {
  for (all->count = 1;; all->count++) {
    if (check_order(all, o, report, defect) != SG_OK) break;
    if (all->count == report->order || defect->text[0]) break;
    point *lower = &all->point[all->count - 1];
    if (point_raise_order(lower, all->count + 1, o->seed, lower + 1) != SG_OK) break;
  }
  return sg_error_status(all->point[0].context);
}

// What stopped the check may be the failure of a structural one.
static void enter_defect(sg_gradcheck_report *report, const function_defect *defect) {
  for (int i = 0; i < report->structure_count; i++) {
    sg_gradcheck_structure *s = &report->structures[i];
    if (strcmp(s->name, defect->structure) != 0) continue;
    if (s->verdict != SG_GRADCHECK_FAIL) snprintf(s->text, sizeof s->text, "%.255s", defect->text);
    s->verdict = SG_GRADCHECK_FAIL;
    return;
  }
  report_enter(report, defect->structure, SG_GRADCHECK_FAIL, "%s", defect->text);
}

// Whether nothing that was compared was anything but zero.
static bool idle(const sg_gradcheck_input *input) {
  return input->verdict == SG_GRADCHECK_PASS && input->checked > 0 && input->largest == 0 &&
         input->max_error == 0 && input->worst.analytic == 0;
}

// An input that no output depends on has a gradient of zero, which is right, and of which the caller has to know.
// Or the function is a closure that uses the caller's tensor in place of its argument: then nothing was checked.
static sg_status look_past_arguments(point *p, purity *owned, sg_gradcheck_report *report) {
  for (int n = 0; n < report->input_count; n++) {
    sg_gradcheck_input *input = &report->inputs[n];
    bool used = false;
    if (input->order > 1 || !idle(input)) continue;
    if (!p->op && purity_uses_original(owned, p, input->position, &used) != SG_OK)
      return sg_error_status(p->context);
    char text[256];
    if (used) {
      snprintf(text, sizeof text,
               "the function uses the tensor that was given for %s and not the argument it is called with: nothing "
               "was checked",
               input->name);
      report_withdraw(input, text);
    } else {
      snprintf(text, sizeof text, "no output changes when %s does: its gradient is zero here", input->name);
      snprintf(input->reason, sizeof input->reason, "%s", text);
    }
  }
  return SG_OK;
}

static void note_constant_outputs(const point *p, sg_gradcheck_report *report) {
  for (int i = 0; i < p->output_count; i++) {
    if (!p->output_constant[i]) continue;
    char text[96];
    snprintf(text, sizeof text, "output %d is a step by its op's declaration and was not differentiated",
             i + sg_index_base(p->context));
    report_note(report, text);
  }
}

static void conclude(sg_gradcheck_report *report, const function_defect *defect) {
  report->verdict = SG_GRADCHECK_PASS;
  for (int i = 0; i < report->input_count; i++)
    if (report_verdict_rank(report->inputs[i].verdict) > report_verdict_rank(report->verdict))
      report->verdict = report->inputs[i].verdict;
  for (int i = 0; i < report->structure_count; i++)
    if (report->structures[i].verdict == SG_GRADCHECK_FAIL) report->verdict = SG_GRADCHECK_FAIL;
  if (defect->text[0]) {
    report->verdict = SG_GRADCHECK_FAIL;
    if (defect->structure) enter_defect(report, defect);
    snprintf(report->reason, sizeof report->reason, "%s", defect->text);
  }
  report->ok = report->verdict == SG_GRADCHECK_PASS || report->verdict == SG_GRADCHECK_NONDIFFERENTIABLE;
}

// ---- What the function detaches -----------------------------------------------------------------------

// The caller's function, and what it detaches.
typedef struct watched {
  sg_gradcheck_function *function;
  void *user;
  sg_detached detached;
} watched;

static sg_status watched_function(sg_context *c, void *user, int input_count, sg_tensor *const *inputs,
                                  int *output_count, sg_tensor **outputs) {
  watched *w = user;
  const bool recording = sg_grad_enabled(c), within = recording || w->detached.hold;
  sg_set_grad_enabled(c, within);
  sg_detached_enter(&w->detached);
  const sg_status status = w->function(c, w->user, input_count, inputs, output_count, outputs);
  sg_detached_leave(&w->detached);
  const bool left_as_found = sg_grad_enabled(c) == within;
  sg_set_grad_enabled(c, left_as_found ? recording : !recording);
  return status;
}

static sg_status check_in_scope(sg_context *c, watched *w, const op_function *op, int input_count,
                                sg_tensor *const *inputs, const sg_gradcheck_options *o,
                                sg_gradcheck_report *report, bool *stopped) {
  orders all = {.count = 1};
  point *p = &all.point[0];
  *p = (point){.context = c, .function = watched_function, .user = w, .order = 1, .op = op};
  if (op) p->function = w->function, p->user = w->user;
  p->poll = o->poll;
  p->poll_user = o->poll_user;
  p->output_limit = SG_GRADCHECK_MAX_OUTPUTS;
  p->random = sg_random_get_state(c);
  purity owned = {0};
  function_defect defect = {.text = ""};
  if (options_choose_inputs(c, input_count, inputs, o, p->checked) != SG_OK ||
      options_copy_inputs(p, input_count, inputs, o, report) != SG_OK ||
      options_copy_masks(p, input_count, inputs, o) != SG_OK ||
      purity_watch(&owned, c, input_count, inputs) != SG_OK)
    return sg_error_status(c);
  sg_status status = check_orders(&all, o, report, &defect);
  note_constant_outputs(p, report);
  if (status == SG_OK && !defect.text[0]) status = look_past_arguments(p, &owned, report);
  purity_restore(&owned, &defect);
  *stopped = point_is_stopped(&all.point[all.count - 1]);
  if (status == SG_OK) status = sg_error_status(c);
  if (status == SG_OK) conclude(report, &defect);
  return status;
}

// One check, with what the function detaches followed or held constant.
static sg_status check_once(sg_context *c, watched *w, bool hold, const op_function *op, int input_count,
                            sg_tensor *const *inputs, const sg_gradcheck_options *o, sg_gradcheck_report *report,
                            bool *stopped) {
  const sg_random_state random = sg_random_get_state(c);
  const bool recording = sg_set_grad_enabled(c, false);
  const sg_scope scope = sg_scope_open(c);
  sg_detached_open(&w->detached, c, hold);
  const sg_status status = check_in_scope(c, w, op, input_count, inputs, o, report, stopped);
  sg_scope_close(c, scope);
  sg_set_grad_enabled(c, recording);
  sg_random_set_state(c, random);
  return status;
}

// What was cut off first, and where.
typedef struct cut {
  const char *how;
  char place[128];
} cut;

// In front of what else was found, which is what is wrong if the values are not meant as constants.
static void tell_detached(sg_gradcheck_report *report, const cut *first) {
  for (int i = 0; i < report->input_count; i++) {
    sg_gradcheck_input *input = &report->inputs[i];
    if (input->verdict != SG_GRADCHECK_FAIL) continue;
    char found[sizeof input->diagnosis], what[64];
    memcpy(found, input->diagnosis, sizeof found);
    if (strcmp(first->how, "detach") == 0)
      snprintf(what, sizeof what, "detaches values");
    else if (strcmp(first->how, "no_grad") == 0)
      snprintf(what, sizeof what, "computes in no_grad values");
    else
      snprintf(what, sizeof what, "takes numbers (%.20s) out of tensors", first->how);
    snprintf(
        input->diagnosis, sizeof input->diagnosis,
        "The function %s that depend on its inputs%s%s. If they are meant as constants, the gradient is right: "
        "detached = constant checks it so.%s%.150s",
        what, first->place[0] ? ", first at " : "", first->place, found[0] ? " If not: " : "", found);
  }
}

// A gradient that is wrong for the function may be right for what its author means, who detached something.
static sg_status explain_detached(sg_context *c, watched *w, int input_count, sg_tensor *const *inputs,
                                  const sg_gradcheck_options *o, sg_gradcheck_report *report) {
  cut first = {.how = w->detached.how};
  memcpy(first.place, w->detached.place, sizeof first.place);
  sg_detached_close(&w->detached);
  sg_gradcheck_report *held = report_new(c, input_count, o);
  bool stopped = false;
  if (!held) return sg_error_status(c);
  if (check_once(c, w, true, NULL, input_count, inputs, o, held, &stopped) == SG_OK) {
    report->evaluations += held->evaluations;
    if (held->ok) tell_detached(report, &first);
  } else if (!stopped) {
    sg_error_clear(c);
  }
  sg_gradcheck_report_free(held);
  return sg_error_status(c);
}

sg_status gradcheck_run(sg_context *c, sg_gradcheck_function *function, void *user, const op_function *op,
                        int input_count, sg_tensor *const *inputs, const sg_gradcheck_options *options,
                        sg_gradcheck_report **report) {
  static const sg_gradcheck_options defaults = {0};
  const sg_gradcheck_options *o = options ? options : &defaults;
  *report = NULL;
  if (options_check(c, function, input_count, inputs, o) != SG_OK) return sg_error_status(c);
  const sg_scope scope = sg_scope_open(c);
  sg_gradcheck_report *made = report_new(c, input_count, o);
  watched w = {.function = function, .user = user, .detached = {.context = c}};
  const bool constant = o->detached == SG_GRADCHECK_CONSTANT;
  bool stopped;
  sg_status status =
      made ? check_once(c, &w, constant, op, input_count, inputs, o, made, &stopped) : sg_error_status(c);
  if (status == SG_OK && made->verdict == SG_GRADCHECK_FAIL && w.detached.seen > 0 && !constant)
    status = explain_detached(c, &w, input_count, inputs, o, made);
  sg_detached_close(&w.detached);
  sg_scope_close(c, scope);
  if (status == SG_OK)
    *report = made;
  else
    sg_gradcheck_report_free(made);
  return status;
}

sg_status sg_gradcheck(sg_context *c, sg_gradcheck_function *function, void *user, int input_count,
                       sg_tensor *const *inputs, const sg_gradcheck_options *options,
                       sg_gradcheck_report **report) {
  return gradcheck_run(c, function, user, NULL, input_count, inputs, options, report);
}
