// SPDX-License-Identifier: GPL-3.0-or-later
#include "bench/op_cases.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "ops/sample.h"

// ---- Families --------------------------------------------------------------------------------------------

const char *const op_families[] = {"elementwise", "reduce", "shape", "linalg", "nn", "norm", "loss", NULL};
// The first op of each in op_list.h.
static const char *const first_of_family[] = {"abs",    "sum",        "expand",       "matmul",
                                              "conv1d", "batch_norm", "cross_entropy"};

static const char *family_of(const sg_op *op) {
  int family = 0;
  for (const sg_op *const *other = sg_builtin_ops(); *other; other++) {
    for (int f = 0; op_families[f]; f++)
      if (strcmp((*other)->name, first_of_family[f]) == 0) family = f;
    if (*other == op) break;
  }
  return op_families[family];
}

// ---- Cases -----------------------------------------------------------------------------------------------

static void require(const sg_context *c, const char *what) {
  if (sg_error_status(c) == SG_OK) return;
  fprintf(stderr, "%s: %s\n", what, sg_error_message(c));
  exit(1);
}

sg_context *op_cases_context(void) {
  sg_context *c = sg_open(&(sg_config){.ops = sg_builtin_ops(), .threads = 1, .seed = 1});
  if (!c) exit(1);
  return c;
}

// Whether an output can be differentiated: a conversion to integers has none.
static bool has_derivative(const op_case *c) {
  sg_tensors outputs;
  sg_apply_list(c->context, c->op, c->argument_count, c->arguments, c->sample->options, &outputs);
  require(c->context, c->op->name);
  for (int k = 0; k < outputs.count; k++)
    if (sg_op_output_is_differentiable(c->op, k, outputs.tensor[k])) return true;
  return false;
}

static void make_inputs(op_case *c) {
  c->argument_count = sg_sample_inputs(c->context, c->op, c->sample, SG_F64, c->seed, c->arguments);
  for (int i = 0; i < c->argument_count; i++) {
    if (!c->arguments[i]) continue;
    if (sg_op_input_is_differentiable(c->op, i, c->arguments[i])) {
      sg_tensor_set_requires_grad(c->arguments[i], true);
      c->elements += sg_tensor_elements(c->arguments[i]);
    }
    c->inputs[c->input_count++] = c->arguments[i];
  }
  require(c->context, c->op->name);
}

op_case op_case_next(op_cases *cases) {
  const sg_op *const *ops = sg_builtin_ops();
  for (;;) {
    const sg_op *op = ops[cases->op];
    if (!op) {
      cases->op = 0;
      cases->seed++;
      continue;
    }
    const sg_sample *sample = sg_op_sample(op, cases->sample);
    if (!sample || !sg_op_is_differentiable(op)) {
      cases->op++;
      cases->sample = 0;
      continue;
    }
    cases->sample++;
    op_case c = {.op = op,
                 .sample = sample,
                 .seed = cases->seed + 1,
                 .family = family_of(op),
                 .context = cases->context,
                 .scope = sg_scope_open(cases->context)};
    make_inputs(&c);
    if (c.elements > 0 && has_derivative(&c)) return c;
    op_case_close(&c);
  }
}

void op_case_close(op_case *c) { sg_scope_close(c->context, c->scope); }

sg_gradcheck_report *op_case_check(const op_case *c, const sg_gradcheck_options *options) {
  sg_gradcheck_report *report;
  sg_gradcheck_op(c->context, c->op, c->sample->options, c->argument_count, c->arguments, options, &report);
  require(c->context, c->op->name);
  return report;
}

// ---- Mistakes --------------------------------------------------------------------------------------------

// x + m (x - x), where the last x is a constant to derivatives: the same value, and a gradient times 1 + m.
static sg_tensor *with_mistake(const op_case *c, int i, sg_tensor *x) {
  const bool concerned = c->wrong_input < 0 || c->wrong_input == i;
  if (!concerned || !sg_tensor_requires_grad(x)) return x;
  sg_tensor *m = sg_tensor_full(c->context, SG_F64, sg_tensor_shape(x), c->wrong_position < 0 ? c->wrong : 0);
  if (m && c->wrong_position >= 0) ((double *)sg_tensor_write(m, "bench"))[c->wrong_position] = c->wrong;
  sg_tensor *nothing = sg_sub(c->context, x, sg_tensor_detach(c->context, x));
  return sg_add(c->context, x, sg_mul(c->context, m, nothing));
}

static sg_status wrong_op(sg_context *context, void *user, int input_count, sg_tensor *const *inputs,
                          int *output_count, sg_tensor **outputs) {
  const op_case *c = user;
  sg_tensor *arguments[SG_MAX_PORTS] = {NULL};
  sg_tensors all;
  for (int i = 0, next = 0; i < c->argument_count && next < input_count; i++)
    if (c->arguments[i]) {
      arguments[i] = sg_grad_enabled(context) ? with_mistake(c, next, inputs[next]) : inputs[next];
      next++;
    }
  if (sg_apply_list(context, c->op, c->argument_count, arguments, c->sample->options, &all))
    return sg_error_status(context);
  *output_count = 0;
  for (int k = 0; k < all.count; k++)
    if (sg_op_output_is_differentiable(c->op, k, all.tensor[k])) outputs[(*output_count)++] = all.tensor[k];
  return SG_OK;
}

sg_gradcheck_report *op_case_check_wrong(op_case *c, const sg_gradcheck_options *options) {
  sg_gradcheck_report *report;
  sg_gradcheck(c->context, wrong_op, c, c->input_count, c->inputs, options, &report);
  require(c->context, c->op->name);
  return report;
}

// ---- Progress --------------------------------------------------------------------------------------------

void op_cases_progress(const char *what, long long done, long long all) {
  if (isatty(fileno(stderr))) fprintf(stderr, "\r%s: %lld of %lld%s", what, done, all, done < all ? "" : "\n");
}
