// SPDX-License-Identifier: GPL-3.0-or-later
//
// Engine work that is run from Lua, and what Lua's collector is told of it.
#ifndef SELENOGRAD_LUA_BIND_BASE_COLLECTOR_H
#define SELENOGRAD_LUA_BIND_BASE_COLLECTOR_H

#include "lua/bind/base/binding.h"

// Runs engine work in a scope of its own. When it fails for want of memory, Lua's garbage is collected and the work
// is tried once more; when it fails, its error is raised. `work` returns false on failure, must not touch the
// stack, and keeps what it wants to keep by sg_retain into userdata made before. The tensors it uses are those of
// handles on the stack, or held: between the attempts finalizers run. Afterwards the collector is fed.
typedef bool binding_work(sg_context *context, void *arguments);
void binding_run(lua_State *L, binding *b, binding_work *work, void *arguments);
// The same for a function whose name the engine's messages lack.
void binding_run_as(lua_State *L, binding *b, const char *function, binding_work *work, void *arguments);
void collector_open(lua_State *L, binding *b);
void collector_feed(lua_State *L, binding *b);

#endif
