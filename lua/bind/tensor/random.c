// SPDX-License-Identifier: GPL-3.0-or-later
//
// Random tensors, all from the context's one stream.
#include "lua/bind/base/check.h"
#include "lua/bind/base/collector.h"
#include "lua/bind/base/error.h"
#include "lua/bind/base/handle.h"
#include "lua/bind/base/options.h"
#include "lua/bind/tensor/tensor.h"

typedef struct random_request {
  enum { UNIFORM, NORMAL, INTEGERS, PERMUTATION } kind;
  sg_shape shape;
  create_options options;
  int64_t low, high;
  lua_tensor *slot;
} random_request;

static bool random_work(sg_context *context, void *block) {
  random_request *p = block;
  sg_tensor *made = NULL;
  switch (p->kind) {
  case UNIFORM: made = sg_random_uniform(context, p->options.dtype, &p->shape, 0, 1); break;
  case NORMAL: made = sg_random_normal(context, p->options.dtype, &p->shape, 0, 1); break;
  case INTEGERS: made = sg_random_integers(context, &p->shape, p->low, p->high); break;
  case PERMUTATION: made = sg_random_permutation(context, p->high); break;
  }
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

static int random_of_shape(lua_State *L, const char *function, random_request p) {
  p.options = (create_options){SG_F32, false};
  int next = shape_check(L, 1, lua_gettop(L), function, &p.shape);
  create_options_read(L, next, function, &p.options);
  return random_tensor(L, function, p);
}

static int random_like(lua_State *L, const char *function, random_request p) {
  const sg_tensor *model = tensor_check(L, 1, function, "the model");
  p.shape = *sg_tensor_shape(model);
  p.options = (create_options){sg_tensor_dtype(model), false};
  create_options_read(L, 2, function, &p.options);
  return random_tensor(L, function, p);
}

// rand(2, 3, {dtype = "f32"}): uniform in [0, 1).
static int random_rand(lua_State *L) { return random_of_shape(L, "rand", (random_request){.kind = UNIFORM}); }
// randn(2, 3, {dtype = "f32"}): normal with mean 0 and standard deviation 1.
static int random_randn(lua_State *L) { return random_of_shape(L, "randn", (random_request){.kind = NORMAL}); }
static int random_rand_like(lua_State *L) { return random_like(L, "rand_like", (random_request){.kind = UNIFORM}); }
static int random_randn_like(lua_State *L) {
  return random_like(L, "randn_like", (random_request){.kind = NORMAL});
}

// randint(low, high, shape): i64, low <= value < high.
static int random_randint(lua_State *L) {
  random_request p = {.kind = INTEGERS};
  p.low = integer_check(L, 1, "randint", "the lower bound");
  p.high = integer_check(L, 2, "randint", "the upper bound");
  if (p.low >= p.high) binding_error(L, "randint: the lower bound has to be below the upper bound");
  surplus_check(L, shape_check(L, 3, lua_gettop(L), "randint", &p.shape) - 1, "randint");
  return random_tensor(L, "randint", p);
}

// randperm(n): the numbers 1 .. n in random order, i64.
static int random_randperm(lua_State *L) {
  random_request p = {.kind = PERMUTATION, .high = integer_check(L, 1, "randperm", "the count")};
  if (p.high < 0) binding_error(L, "randperm: the count is negative");
  return random_tensor(L, "randperm", p);
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
    {"rand", random_rand, ANY_NUMBER}, {"randn", random_randn, ANY_NUMBER},
    {"rand_like", random_rand_like, 2}, {"randn_like", random_randn_like, 2},
    {"randint", random_randint, ANY_NUMBER}, {"randperm", random_randperm, 1},
    {"manual_seed", random_seed, 1}, {"get_rng_state", random_get_state, 0},
    {"set_rng_state", random_set_state, 1}, {NULL, NULL, 0},
};
