// SPDX-License-Identifier: GPL-3.0-or-later
//
// Memory runs out at the first, the second, ... allocation of a Lua program that trains a network and checks a
// gradient. One counter runs over the allocations of Lua and those of the engine. Each time the program succeeds or
// raises an error that speaks of memory, the same state runs it afterwards, and closing the state gives all back.
// The files of the library are compiled once, in a state of their own: what fails is their loading, and not the
// compiler of Lua, which would be most of the time.
//
// usage: fault_test [FIRST STRIDE]
#include <lauxlib.h>
#include <lualib.h>
#include <stdlib.h>
#include <string.h>

#include "lua/bind/bind.h"
#include "tests/support/registry.h"

static const char program[] =
    "local sg = require 'selenograd'\n"
    "local nn, optim = sg.nn, sg.optim\n"
    "sg.manual_seed(1)\n"
    "local model = nn.Sequential(nn.Linear(3, 4), nn.BatchNorm1d(4), nn.ReLU(), nn.Dropout(0.5), nn.Linear(4, 2))\n"
    "local adam = optim.Adam(model:parameters(), {lr = 1e-2})\n"
    "local x, labels = sg.randn(6, 3), sg.tensor({1, 2, 1, 2, 1, 2}, {dtype = 'i64'})\n"
    "for step = 1, 2 do\n"
    "  adam:zero_grad()\n"
    "  local loss = sg.tidy(function()\n"
    "    local l = sg.cross_entropy(model(x), labels)\n"
    "    l:backward()\n"
    "    return l:item()\n"
    "  end)\n"
    "  adam:step()\n"
    "  assert(loss == loss and loss > 0)\n"
    "end\n"
    "local w = sg.tensor({0.5, -1}, {dtype = 'f64', requires_grad = true})\n"
    "assert(sg.gradcheck(function(a) return (a * a):tanh() end, {w}, {order = 2}).inputs[1]:values().count == 2)\n"
    "assert(sg.gradcheck(nn.Linear(1, 1, {bias = false}), {sg.ones(1, 1)}, {training = true}).ok)\n"
    "local g = sg.grad((w * w * w):sum(), {w}, {create_graph = true})[1]\n"
    "assert(sg.grad(g:sum(), {w})[1]:totable()[1] == 3)\n"
    "assert(#tostring(x) > 20 and x[1].shape[1] == 3)\n"
    "sg.load_ops('" PLUGIN "')\n" // all of its ops or none: otherwise it could not be loaded the next time
    "assert(w:toy_blend{weights = {1, 2, 3}, powers = {1, 2, 3}, mode = 'negative', label = 'x'}:numel() == 2)\n"
    "assert(#w:split({1, 0, 1}) == 3)\n"
    "assert(sg.toy_cube(w):numel() == 2 and w:detach():toy_split():numel() == 2)\n"
    "local parts = sg.randn(20, 2, {requires_grad = true}):unbind()\n" // more than the engine has room for at hand
    "parts[20]:sum():backward()\n"
    "assert(#parts == 20)\n"
    "local cube = sg.op {\n"
    "  name = 'cube', replace = true,\n"
    "  forward = function(ctx, a, n) local y = a * a * a ctx:save(a, y, a * 2) ctx.n = {n} return y, a * n end,\n"
    "  backward = function(ctx, gy, gs) return gy * 3 * ctx:saved():square() + gs * ctx.n[1] end,\n"
    "}\n"
    "local y, s = cube(w, 5)\n"
    "g = sg.grad(y:sum() + s:sum(), {w}, {create_graph = true})[1]\n"
    "assert(sg.grad(g:sum(), {w})[1]:totable()[1] == 3)\n"
    "w:cube(2):sum():backward()\n"
    "local z = (w * 2):retain_grad()\n"
    "local hook = z:register_hook(function(gradient) return gradient * 2 end)\n"
    "z:sum():backward()\n"
    "assert(z.grad:totable()[1] == 2)\n"
    "hook:remove()\n"
    "sg.checkpoint(function(a) return (a * w):tanh() end, w):sum():backward()\n"
    "assert(#z:graph() > 20)\n";

// Lua takes for granted that a block can be made smaller.
static void *reallocate(void *user, void *block, size_t old_bytes, size_t bytes) {
  test_allocator *allocator = user;
  if (!block) old_bytes = 0; // it then holds the type of what the block is for
  if (bytes > old_bytes && test_allocator_refuses(allocator)) return NULL;
  allocator->live_bytes += bytes;
  allocator->live_bytes -= old_bytes;
  if (bytes) return realloc(block, bytes);
  free(block);
  return NULL;
}

// ---- Modules that are compiled already ----------------------------------------------------------------

enum { MOST_MODULES = 128 };

#define MODULE_PATH LUA_MODULES "/?.lua;" LUA_MODULES "/?/init.lua"

typedef struct module {
  char name[64], file[1024];
  char *code;
  size_t bytes;
} module;

static module modules[MOST_MODULES];
static int module_count;

static int append_code(lua_State *L, const void *code, size_t bytes, void *user) {
  (void)L;
  module *m = user;
  m->code = realloc(m->code, m->bytes + bytes);
  assert_non_null(m->code);
  memcpy(m->code + m->bytes, code, bytes);
  m->bytes += bytes;
  return 0;
}

// NULL when there is no such file.
static const module *compile(const char *name) {
  lua_State *L = luaL_newstate();
  assert_non_null(L);
  luaL_openlibs(L);
  lua_getglobal(L, "package");
  lua_getfield(L, -1, "searchpath");
  lua_pushstring(L, name);
  lua_pushliteral(L, MODULE_PATH);
  lua_call(L, 2, 1);
  const char *file = lua_tostring(L, -1);
  module *m = NULL;
  if (file) {
    assert_true(module_count < MOST_MODULES);
    m = &modules[module_count++];
    snprintf(m->name, sizeof m->name, "%s", name);
    snprintf(m->file, sizeof m->file, "%s", file);
    assert_int_equal(luaL_loadfile(L, file), LUA_OK);
    assert_int_equal(lua_dump(L, append_code, m, 0), 0);
  }
  lua_close(L);
  return m;
}

static const module *find_module(const char *name) {
  for (int i = 0; i < module_count; i++) {
    if (!strcmp(modules[i].name, name)) return &modules[i];
  }
  return compile(name);
}

// The second of package.searchers, in the place of the one that looks for files.
static int search_modules(lua_State *L) {
  const char *name = luaL_checkstring(L, 1);
  const module *m = find_module(name);
  if (!m) {
    lua_pushfstring(L, "no file for module '%s'", name);
    return 1;
  }
  if (luaL_loadbufferx(L, m->code, m->bytes, name, "b")) return lua_error(L);
  lua_pushstring(L, m->file);
  return 2;
}

static void free_modules(void) {
  for (int i = 0; i < module_count; i++) free(modules[i].code);
}

// ---- The program --------------------------------------------------------------------------------------

static int open_core(lua_State *L) {
  sg_config config = {.threads = 1,
                      .allocate = test_allocate,
                      .release = test_deallocate,
                      .allocator_user = lua_touserdata(L, lua_upvalueindex(1))};
  return sg_lua_open_with_config(L, &config);
}

static int run_program(lua_State *L) {
  luaL_openlibs(L);
  luaL_getsubtable(L, LUA_REGISTRYINDEX, LUA_PRELOAD_TABLE);
  lua_pushvalue(L, 1);
  lua_pushcclosure(L, open_core, 1);
  lua_setfield(L, -2, "selenograd.core");
  lua_getglobal(L, "package");
  lua_pushliteral(L, MODULE_PATH); // where sg looks whether there is a module of a name
  lua_setfield(L, -2, "path");
  lua_getfield(L, -1, "searchers");
  lua_pushcfunction(L, search_modules);
  lua_rawseti(L, -2, 2);
  if (luaL_loadbufferx(L, program, sizeof program - 1, "=program", "t")) return lua_error(L);
  lua_call(L, 0, 0);
  return 0;
}

static int call(lua_State *L, test_allocator *allocator) {
  lua_settop(L, 0);
  lua_pushcfunction(L, run_program);
  lua_pushlightuserdata(L, allocator);
  return lua_pcall(L, 1, 0, 0);
}

static void check_message(lua_State *L, uint64_t number) {
  const char *message = lua_tostring(L, -1);
  if (!message) fail_msg("allocation %llu refused: the error is no text", (unsigned long long)number);
  if (!strstr(message, "memory")) fail_msg("allocation %llu refused: %s", (unsigned long long)number, message);
}

// False when the program ends before allocation `number`.
static bool run_failing(uint64_t number, bool fail_after, uint64_t *allocations) {
  test_allocator allocator = {.fail_at = number, .fail_after = fail_after};
  lua_State *L = lua_newstate(reallocate, &allocator);
  if (L) {
    int status = call(L, &allocator);
    if (status && !allocator.failures)
      fail_msg("failed although no allocation was refused: %s", lua_tostring(L, -1));
    if (status) check_message(L, number);
    if (allocations) *allocations = allocator.allocations;
    allocator.fail_at = 0;
    if (number && call(L, &allocator)) {
      fail_msg("allocation %llu refused: the next run says %s", (unsigned long long)number, lua_tostring(L, -1));
    }
    lua_close(L);
  }
  if (allocator.live_blocks || allocator.live_bytes) {
    fail_msg("allocation %llu refused%s: %llu blocks of the engine, %llu bytes in all leaked",
             (unsigned long long)number, fail_after ? ", and all later ones" : "",
             (unsigned long long)allocator.live_blocks, (unsigned long long)allocator.live_bytes);
  }
  return allocator.failures > 0;
}

static uint64_t first = 1, stride = 1;

static void every_allocation(void **state) {
  (void)state;
  uint64_t allocations = 0;
  run_failing(0, false, &allocations);
  assert_true(allocations > 1000);
  for (uint64_t n = first; n <= allocations; n += stride) run_failing(n, true, NULL);
  // A single refusal mostly costs a collection of garbage; more than one of each kind is seen with fewer.
  for (uint64_t n = first; n <= allocations; n += 5 * stride) run_failing(n, false, NULL);
}

int main(int argc, char **argv) {
  if (argc > 1) first = strtoull(argv[1], NULL, 10);
  if (argc > 2) stride = strtoull(argv[2], NULL, 10);
  const struct CMUnitTest tests[] = {cmocka_unit_test(every_allocation)};
  const int failed = cmocka_run_group_tests(tests, NULL, NULL);
  free_modules();
  return failed;
}
