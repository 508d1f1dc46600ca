// SPDX-License-Identifier: GPL-3.0-or-later
//
// The samples of an op's descriptor, as what a call of the op takes: `selenograd check --ops` checks them.
#include "lua/bind/base/check.h"
#include "lua/bind/base/collector.h"
#include "lua/bind/base/error.h"
#include "lua/bind/base/slot.h"
#include "lua/bind/functions.h"
#include "lua/bind/op/attribute.h"
#include "ops/sample.h"
#include <limits.h>

typedef struct sample_request {
  const sg_op *op;
  const sg_sample *sample;
  uint64_t seed;
  int count;
  lua_tensor *slots[SG_MAX_PORTS];
} sample_request;

static bool sample_work(sg_context *context, void *block) {
  sample_request *p = block;
  sg_tensor *inputs[SG_MAX_PORTS] = {NULL};
  sg_sample_inputs(context, p->op, p->sample, SG_F64, p->seed, inputs);
  for (int i = 0; i < p->count; i++)
    if (inputs[i] != NULL && sg_op_input_is_differentiable(p->op, i, inputs[i]))
      sg_tensor_set_requires_grad(inputs[i], true);
  if (sg_error_status(context) != SG_OK) return false;
  for (int i = 0; i < p->count; i++) p->slots[i]->tensor = sg_retain(inputs[i]);
  return true;
}

// The list of inputs; false where one is absent.
static void push_inputs(lua_State *L, sample_request *p) {
  binding *b = binding_open(L);
  p->count = sg_sample_input_count(p->op, p->sample);
  lua_createtable(L, p->count, 0);
  for (int i = 0; i < p->count; i++) {
    p->slots[i] = tensor_new_slot(L, b);
    lua_rawseti(L, -2, i + 1);
  }
  binding_run_as(L, b, p->op->name, sample_work, p);
  for (int i = 0; i < p->count; i++) {
    if (p->slots[i]->tensor != NULL) continue;
    lua_pushboolean(L, false);
    lua_rawseti(L, -2, i + 1);
  }
}

// The options, by name. A sample without any is computed with the defaults, also of those that a call must give.
static void push_options(lua_State *L, const sample_request *p) {
  const void *options = p->sample->options != NULL ? p->sample->options : sg_op_defaults(p->op);
  lua_newtable(L);
  for (const sg_attribute *a = sg_op_attributes(p->op); a->name != NULL; a++) {
    if (p->sample->options == NULL && !(a->flags & SG_REQUIRED)) continue;
    attribute_push(L, a, options);
    lua_setfield(L, -2, a->name);
  }
}

// op_sample(name, i, seed): the i-th good sample, {name = , inputs = , options = }; nil when there are fewer.
// Floating inputs are f64 unless the sample says otherwise; those with a derivative require a gradient. An absent
// input is false.
static int op_sample(lua_State *L) {
  const binding *b = binding_open(L);
  const char *name = string_check(L, 1, "op_sample", "the name");
  sample_request p = {.op = sg_op_find(b->context, name)};
  int64_t wanted = integer_check(L, 2, "op_sample", "the number of the sample");
  p.seed = (uint64_t)integer_check(L, 3, "op_sample", "the seed") & 0xFFFFFF; // what sg_sample_uniform takes
  if (p.op == NULL) binding_error(L, "op_sample: there is no op '%s'", name);
  p.sample = wanted < 1 || wanted > INT_MAX ? NULL : sg_op_sample(p.op, (int)wanted - 1);
  if (p.sample == NULL) return lua_pushnil(L), 1;
  lua_createtable(L, 0, 3);
  lua_pushstring(L, p.sample->name);
  lua_setfield(L, -2, "name");
  push_inputs(L, &p);
  lua_setfield(L, -2, "inputs");
  push_options(L, &p);
  lua_setfield(L, -2, "options");
  return 1;
}

const binding_function op_sample_functions[] = {{"op_sample", op_sample, 3}, {NULL, NULL, 0}};
