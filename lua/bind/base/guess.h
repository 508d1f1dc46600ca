// SPDX-License-Identifier: GPL-3.0-or-later
//
// Did you mean: the nearest of a number of names.
#ifndef SELENOGRAD_LUA_BIND_BASE_GUESS_H
#define SELENOGRAD_LUA_BIND_BASE_GUESS_H

#include <lua.h>
#include <stddef.h>

// Pushes "; did you mean 'x'?" for the candidate nearest to `name`, "" when none is near. Candidates are given one
// by one: start with guess_start, then guess_try each, then guess_push.
typedef struct guess {
  const char *name, *best;
  size_t distance;
} guess;
guess guess_start(const char *name);
void guess_try(guess *g, const char *candidate);
const char *guess_push(lua_State *L, const guess *g);

#endif
