// SPDX-License-Identifier: GPL-3.0-or-later
#include "lua/bind/base/binding.h"

binding *binding_open(lua_State *L) {
  binding *b = binding_of(L);
  if (b->context == NULL) luaL_error(L, "selenograd is closing");
  return b;
}
