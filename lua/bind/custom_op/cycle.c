// SPDX-License-Identifier: GPL-3.0-or-later
//
// Cycles through the fields of a ctx, or the function of a hook. A node holds its ctx and its hooks; these may
// hold, in a table or a function, the handle of a tensor that holds the node. Lua sees one half of such a cycle
// and the engine the other, so neither would ever free it. Once in each of Lua's collections the handles that
// can be reached from there are looked at: where they alone keep a node, they alone keep its ctx and its hooks
// from then on, through a table with weak keys, and Lua sees the whole cycle. As soon as such a handle is used,
// which may give the node to others, the node holds them again.
#include "lua/bind/base/hook.h"
#include "lua/bind/base/slot.h"
#include "lua/bind/custom_op/parts.h"

enum { SEEN = 1, HANDLES, CONTEXTS, WATCHED, PLACES = WATCHED }; // on the stack
enum { MOST_VALUES = 1 << 20 };

// ---- What the fields lead to ----------------------------------------------------------------------------------

// The values seen are keys of the table SEEN, those that still have to be looked into its list.
typedef struct walk {
  int waiting, seen, handles;
} walk;

static void reach(lua_State *L, walk *w, int index) {
  int type = lua_type(L, index);
  bool handle = type == LUA_TUSERDATA && tensor_slot(L, index) != NULL;
  if (!handle && type != LUA_TTABLE && (type != LUA_TFUNCTION || lua_iscfunction(L, index))) return;
  lua_pushvalue(L, index);
  bool seen = lua_rawget(L, SEEN) != LUA_TNIL;
  lua_pop(L, 1);
  if (seen || w->seen == MOST_VALUES) return;
  w->seen++;
  lua_pushvalue(L, index);
  lua_pushvalue(L, index);
  if (handle) lua_rawseti(L, HANDLES, ++w->handles);
  else lua_rawseti(L, SEEN, ++w->waiting);
  lua_pushboolean(L, true);
  lua_rawset(L, SEEN);
}

static void reach_top(lua_State *L, walk *w) {
  reach(L, w, lua_gettop(L));
  lua_pop(L, 1);
}

static void look_into(lua_State *L, walk *w, int index) {
  if (lua_type(L, index) == LUA_TFUNCTION) {
    for (int i = 1; lua_getupvalue(L, index, i) != NULL; i++) reach_top(L, w);
    return;
  }
  if (lua_getmetatable(L, index)) reach_top(L, w);
  for (lua_pushnil(L); lua_next(L, index) != 0; lua_pop(L, 1)) {
    reach(L, w, index + 1);
    reach(L, w, index + 2);
  }
}

static int collect_handles(lua_State *L) {
  walk w = {0};
  for (lua_pushnil(L); lua_next(L, CONTEXTS) != 0; lua_pop(L, 1)) {
    const lua_anchor *anchor = lua_touserdata(L, -1);
    if (anchor == NULL || !anchor->refers) continue;
    lua_getiuservalue(L, -1, anchor->content);
    reach_top(L, &w);
  }
  while (w.waiting > 0) {
    lua_rawgeti(L, SEEN, w.waiting);
    lua_pushnil(L);
    lua_rawseti(L, SEEN, w.waiting--);
    look_into(L, &w, PLACES + 1);
    lua_settop(L, PLACES);
  }
  return w.seen < MOST_VALUES ? w.handles : 0;
}

// ---- What the handles alone keep ------------------------------------------------------------------------------

typedef struct kept {
  int handle;
  lua_anchor *anchor;
} kept;

typedef struct search {
  sg_context *context;
  int handle_count, count, capacity, handle;
  lua_tensor **slots;
  sg_tensor **tensors;
  kept *kept;
} search;

// `release` ends what lies behind `held`: a ctx or a hook, whose first member is its anchor.
static void note(void *user, void (*release)(void *), void *held) {
  search *s = user;
  lua_anchor *anchor = NULL;
  if (release == custom_op_release) anchor = *(lua_anchor *const *)held;
  else if (release == hook_release) anchor = held;
  if (anchor == NULL || !anchor->refers || anchor->running || anchor->weak) return;
  if (s->count < s->capacity) s->kept[s->count] = (kept){s->handle, anchor};
  s->count++;
}

// Touches nothing of Lua.
static bool search_kept(search *s) {
  sg_custom_cycle *cycle;
  s->count = 0;
  for (int i = 0; i < s->handle_count; i++) s->tensors[i] = s->slots[i]->tensor;
  if (!sg_custom_cycle_open(&cycle, s->context, s->handle_count, s->tensors)) return false;
  for (s->handle = 0; s->handle < s->handle_count; s->handle++)
    if (s->tensors[s->handle] != NULL) sg_custom_cycle_visit(cycle, s->tensors[s->handle], note, s);
  sg_custom_cycle_close(cycle);
  return s->count > 0 && s->count <= s->capacity;
}

// watched[handle] = the list of the contexts it keeps.
static void watch(lua_State *L, const search *s) {
  for (int i = 0, last = -1, length = 0; i < s->count; i++) {
    if (s->kept[i].handle != last) {
      lua_settop(L, PLACES + 3);
      last = s->kept[i].handle;
      length = 0;
      lua_newtable(L);
      lua_rawgeti(L, HANDLES, last + 1);
      lua_pushvalue(L, -2);
      lua_rawset(L, WATCHED);
      s->slots[last]->watched = true;
    }
    lua_rawgetp(L, CONTEXTS, s->kept[i].anchor);
    lua_rawseti(L, -2, ++length);
  }
}

// The same again, as finalizers have run meanwhile; then nodes no longer hold these contexts. Allocates nothing of
// Lua's.
static void weaken(lua_State *L, const search *before, search *s) {
  bool same = search_kept(s) && s->count == before->count;
  for (int i = 0; same && i < s->count; i++)
    same = s->kept[i].handle == before->kept[i].handle && s->kept[i].anchor == before->kept[i].anchor &&
           s->slots[s->kept[i].handle]->watched;
  for (int i = 0; same && i < s->count; i++) {
    s->kept[i].anchor->weak = true;
    lua_pushboolean(L, false);
    lua_rawsetp(L, CONTEXTS, s->kept[i].anchor);
  }
}

int custom_op_find_cycles(lua_State *L) {
  binding *b = binding_of(L);
  if (b->context == NULL) return 0;
  luaL_checkstack(L, LUA_MINSTACK, "custom ops");
  lua_settop(L, 0);
  lua_newtable(L);
  lua_newtable(L);
  lua_getiuservalue(L, lua_upvalueindex(1), BINDING_ANCHORS);
  lua_getiuservalue(L, lua_upvalueindex(1), BINDING_WATCHED);
  search s = {.context = b->context, .handle_count = collect_handles(L)};
  if (s.handle_count == 0) return 0;
  size_t count = (size_t)s.handle_count;
  s.capacity = 8 * s.handle_count + 64;
  s.slots = lua_newuserdatauv(L, count * sizeof *s.slots, 0);
  s.tensors = lua_newuserdatauv(L, count * sizeof *s.tensors, 0);
  s.kept = lua_newuserdatauv(L, 2 * (size_t)s.capacity * sizeof *s.kept, 0);
  for (int i = 0; i < s.handle_count; i++) {
    lua_rawgeti(L, HANDLES, i + 1);
    s.slots[i] = tensor_slot(L, -1);
    lua_pop(L, 1);
  }
  if (!search_kept(&s)) return 0;
  watch(L, &s);
  search again = s;
  again.kept += s.capacity;
  weaken(L, &s, &again);
  return 0;
}

void custom_op_cycle_open(lua_State *L) {
  lua_pushvalue(L, lua_upvalueindex(1));
  lua_pushvalue(L, lua_upvalueindex(2));
  lua_pushcclosure(L, custom_op_find_cycles, 2);
  lua_setiuservalue(L, lua_upvalueindex(1), BINDING_FIND_CYCLES);
}
