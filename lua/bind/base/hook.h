// SPDX-License-Identifier: GPL-3.0-or-later
//
// Hooks of tensors, functions that see their gradient (hook.c).
#ifndef SELENOGRAD_LUA_BIND_BASE_HOOK_H
#define SELENOGRAD_LUA_BIND_BASE_HOOK_H

#include "lua/bind/base/function.h"

void hook_open(lua_State *L);
// What the engine calls at the end of a hook.
void hook_release(void *hook);
extern const binding_function hook_methods[];

#endif
