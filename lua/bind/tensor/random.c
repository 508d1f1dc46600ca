// SPDX-License-Identifier: GPL-3.0-or-later
//
// The context's random stream, and random tensors like others; sg.rand and its kind are ops.
#include "lua/bind/base/check.h"
#include "lua/bind/base/collector.h"
#include "lua/bind/base/error.h"
#include "lua/bind/base/handle.h"
#include "lua/bind/base/options.h"
#include "lua/bind/tensor/tensor.h"
#include "ops/create/create.h"

typedef struct random_request {
  sg_tensor *(*make)(sg_context *context, sg_dtype dtype, const sg_shape *shape); // an op
  sg_shape shape;
  create_options options;
  lua_tensor *slot;
} random_request;

static bool random_work(sg_context *context, void *block) {
  random_request *p = block;
  sg_tensor *made = p->make(context, p->options.dtype, &p->shape);
  if (made == NULL) return false;
  if (p->options.requires_grad) sg_tensor_set_requires_grad(made, true);
  p->slot->tensor = sg_retain(made);
  return true;
}

static int random_tensor(lua_State *L, const char *function, random_request p) {
  binding *b = binding_open(L);
  p.slot = tensor_new_slot(L, b);
  binding_run_as(L, b, function, random_work, &p);
  return 1;
}

static int random_like(lua_State *L, const char *function, random_request p) {
  const sg_tensor *model = tensor_check(L, 1, function, "the model");
  p.shape = *sg_tensor_shape(model);
  p.options = (create_options){sg_tensor_dtype(model), false};
  create_options_read(L, 2, function, &p.options);
  return random_tensor(L, function, p);
}

static int random_rand_like(lua_State *L) { return random_like(L, "rand_like", (random_request){.make = sg_rand}); }
static int random_randn_like(lua_State *L) {
  return random_like(L, "randn_like", (random_request){.make = sg_randn});
}

static int random_seed(lua_State *L) {
  sg_random_seed(binding_open(L)->context, (uint64_t)integer_check(L, 1, "manual_seed", "the seed"));
  return 0;
}

// get_rng_state(): {seed = , position = }, for set_rng_state.
static int random_get_state(lua_State *L) {
  sg_random_state state = sg_random_get_state(binding_open(L)->context);
  lua_createtable(L, 0, 2);
  lua_pushinteger(L, (lua_Integer)state.seed);
  lua_setfield(L, -2, "seed");
  lua_pushinteger(L, (lua_Integer)state.position);
  lua_setfield(L, -2, "position");
  return 1;
}

static int random_set_state(lua_State *L) {
  binding *b = binding_open(L);
  if (lua_type(L, 1) != LUA_TTABLE)
    binding_error(L, "set_rng_state: the state is %s, expected what get_rng_state returned",
                  binding_describe(L, 1));
  lua_getfield(L, 1, "seed");
  lua_getfield(L, 1, "position");
  sg_random_state state = {(uint64_t)integer_check(L, -2, "set_rng_state", "seed"),
                           (uint64_t)integer_check(L, -1, "set_rng_state", "position")};
  sg_random_set_state(b->context, state);
  return 0;
}

const binding_function random_functions[] = {
    {"rand_like", random_rand_like, 2}, {"randn_like", random_randn_like, 2},
    {"manual_seed", random_seed, 1}, {"get_rng_state", random_get_state, 0},
    {"set_rng_state", random_set_state, 1}, {NULL, NULL, 0},
};
