// SPDX-License-Identifier: GPL-3.0-or-later
//
// What the tape holds of Lua: a userdata, the ctx of a custom op or a hook. While its node or leaf lives, Lua holds
// it in a table by its address, BINDING_ANCHORS.
#ifndef SELENOGRAD_LUA_BIND_BASE_ANCHOR_H
#define SELENOGRAD_LUA_BIND_BASE_ANCHOR_H

#include "lua/bind/base/binding.h"

// The first member of such a userdata.
typedef struct lua_anchor {
  binding *owner;
  struct lua_anchor *next; // of the owner's list `released`
  bool held;               // a node points here, or did
  bool ended;              // and it is gone
  bool weak;               // only handles keep it: in place of the userdata the table has `false`
  bool refers;             // its user value `content` may refer to tensors; counted by the owner's `referring`
  bool running;            // a function that it is for
  int content;
} lua_anchor;

void anchor_open(lua_State *L);
// Makes the key of the table before there is a node, so that nothing can fail after it.
void anchor_reserve(lua_State *L, const lua_anchor *anchor);
// A node was made or not (`held`): Lua holds the userdata at `index`, or the key goes.
void anchor_hold(lua_State *L, int index, const lua_anchor *anchor);
// Takes the key out of the table.
void anchor_forget(lua_State *L, const lua_anchor *anchor);
// The node ended: maybe while Lua is collecting or closing, so nothing of Lua is touched here.
void anchor_release(lua_anchor *anchor);
// What its user value `content` has may refer to tensors, or does not any more.
void anchor_refers(lua_anchor *anchor, bool refers);
// Lets Lua collect those whose nodes ended. Allocates and raises nothing.
void anchor_drain(lua_State *L, binding *b);
// A handle that is watched is being used: nodes hold again what it alone kept. Runs no Lua code.
void anchor_touch(lua_State *L, int index, lua_tensor *slot);

#endif
